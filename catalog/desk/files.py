"""Upload of files for one record, which the worker then takes in."""

from typing import cast

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from catalog.accounts.models import User
from catalog.desk.access import for_staff
from catalog.intake.queries import batches_of, waiting_upload, waiting_uploads
from catalog.intake.uploads import append, begin_upload, drop_upload, queue_uploads
from catalog.records.queries import pages_of, visible_to

BATCHES_SHOWN = 10


class ManyFiles(forms.ClearableFileInput):
    """A file field that takes many files."""

    allow_multiple_selected = True


class FilesForm(forms.Form):
    """Many files at once, for browsers without script."""

    scans = forms.FileField(
        widget=ManyFiles(attrs={"multiple": True}),
        allow_empty_file=True,
        required=True,
        error_messages={"required": gettext_lazy("No file was chosen. Choose the scans first.")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("add_scan")
def files(request: HttpRequest, pk: int) -> HttpResponse:
    """The page to upload files. By POST: the files of the form, or without any, take in those that were uploaded by
    script."""
    record = get_object_or_404(visible_to(request.user).select_related("repository"), pk=pk)
    owner = cast(User, request.user)
    form = FilesForm()
    if request.method == "POST":
        sent_files = request.FILES.getlist("scans")
        for file in sent_files:
            upload = begin_upload(record=record, owner=owner, name=file.name or "", size=file.size or 0)
            if file.size:
                append(upload=upload, offset=0, chunks=file.chunks())
        batch = queue_uploads(record=record, owner=owner)
        if batch is not None:
            return redirect("desk-batch", batch.pk)
        form = FilesForm(request.POST, request.FILES)
        form.is_valid()
    waiting = list(waiting_uploads(record, owner))
    context = {
        "record": record,
        "form": form,
        "complete": [upload for upload in waiting if upload.ended_at],
        "incomplete": [upload for upload in waiting if not upload.ended_at],
        "page_total": pages_of(record).count(),
        "batches": batches_of(record)[:BATCHES_SHOWN],
    }
    return render(request, "catalog/desk/files.html", context, status=400 if form.errors else 200)


@require_POST
@for_staff("add_scan")
def drop(request: HttpRequest, token: str) -> HttpResponse:
    """Delete an uploaded file that was not taken in."""
    upload = waiting_upload(token, cast(User, request.user))
    if upload is None:
        raise Http404
    record = upload.record_id
    drop_upload(upload=upload)
    messages.success(request, _("%(name)s was cancelled; nothing of it is kept.") % {"name": upload.name})
    return redirect("desk-files", record)
