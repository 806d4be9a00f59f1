"""A whole list at once: sent in, watched while it is worked through, fetched, deleted. Each sees only their own
lists."""

import math
from collections.abc import Callable, Iterator
from pathlib import PurePath
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.files.base import File
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.accounts.models import User
from catalog.name_lists.actions import (
    MOST_UNDER_WAY,
    add_list,
    delete_expired_lists,
    delete_fetched_answers,
    delete_list,
    lists_of,
)
from catalog.name_lists.models import NameList
from catalog.name_lists.tables import MOST_LIST_BYTES, fault_in_words, read_list
from catalog.search.tables import UnreadableTable

View = Callable[..., HttpResponseBase]
SHOWN_LISTS = 50
MEDIA_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


class ListForm(forms.Form):
    """The table, the form of the answers, and the consent; `table` and `data` hold what was read."""

    file = forms.FileField(
        allow_empty_file=True,
        error_messages={"required": gettext_lazy("No file was chosen. Choose the table with the names first.")},
    )
    as_csv = forms.BooleanField(required=False)
    keep = forms.BooleanField(required=False)

    def clean_file(self) -> File[bytes]:
        """Read the whole table, so that what is wrong with it is said here and not an hour later."""
        upload: File[bytes] = self.cleaned_data["file"]
        self.data_read = upload.read(MOST_LIST_BYTES + 1)
        try:
            self.table = read_list(self.data_read)
        except UnreadableTable as error:
            raise forms.ValidationError(str(error)) from None
        return upload


def _for_lists(view: View) -> View:
    """For those who may ask with a whole list; others sign in first, or are told that their role does not include
    it."""
    allowed = permission_required("catalog.search_lists", raise_exception=True)(view)
    return never_cache(login_required(allowed))


def _own(request: HttpRequest, token: UUID) -> NameList:
    found = lists_of(cast(User, request.user)).filter(token=token).first()
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@_for_lists
def lists(request: HttpRequest) -> HttpResponse:
    """The form, and one's own lists below it."""
    user = cast(User, request.user)
    delete_expired_lists()
    own = lists_of(user)
    form = ListForm()
    if request.method == "POST":
        form = ListForm(request.POST, request.FILES)
        if own.filter(state__in=[NameList.State.QUEUED, NameList.State.WORKING]).count() >= MOST_UNDER_WAY:
            form.add_error(
                "file",
                _("Three of your lists are still being worked through. Wait until one is finished, or delete one."),
            )
        elif form.is_valid():
            made = add_list(
                owner=user,
                table=form.table,
                data=form.data_read,
                name=form.cleaned_data["file"].name or "",
                keep=form.cleaned_data["keep"],
                as_csv=form.cleaned_data["as_csv"],
                language=get_language() or "vi",
                site=request.build_absolute_uri("/").rstrip("/"),
            )
            return redirect("list", made.token)
    context = {"form": form, "lists": own[:SHOWN_LISTS], "may_ask_kin": user.has_perm("catalog.view_closed")}
    return render(request, "catalog/lists/lists.html", context, status=400 if form.errors else 200)


@require_safe
@_for_lists
def name_list(request: HttpRequest, token: UUID) -> HttpResponse:
    """How far a list is, and what came of it. The page loads itself anew while there is work to do."""
    found = _own(request, token)
    context = {
        "list": found,
        "kind": "csv" if found.as_csv else "xlsx",
        "nothing": max(found.done - found.matched - found.possible, 0),
        "time_left": time_left(found),
        "problems": [(line, fault_in_words(heading, code)) for line, heading, code in found.problems],
        "unlisted": len(found.problems) < found.wrong,
    }
    return render(request, "catalog/lists/list.html", context)


@require_safe
@_for_lists
def result(request: HttpRequest, token: UUID, kind: str) -> HttpResponseBase:
    """The answers. Without consent to keep them they are deleted here once the last byte has been handed over."""
    found = _own(request, token)
    if kind != ("csv" if found.as_csv else "xlsx"):
        raise Http404
    if not found.result or not found.result.storage.exists(found.result.name or ""):
        return redirect("list", found.token)
    response = StreamingHttpResponse(_handed_over(found, last=request.method == "GET"), content_type=MEDIA_TYPES[kind])
    name = f"{PurePath(found.original_name).stem or 'list'} – {_('Results')}.{kind}"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


@require_POST
@_for_lists
def delete(request: HttpRequest, token: UUID) -> HttpResponse:
    """Delete a list of one's own with everything in it, also while it is being worked through."""
    delete_list(_own(request, token))
    messages.success(request, _("The list and its answers have been deleted."))
    return redirect("lists")


def time_left(found: NameList) -> str:
    """How long it will still take, judged by how long it took so far; '' while nobody can say."""
    if found.state != NameList.State.WORKING or not found.started_at or not found.done:
        return ""
    each = (timezone.now() - found.started_at).total_seconds() / found.done
    minutes = math.ceil(each * (found.total - found.done) / 60)
    return _("about %(minutes)s minutes left") % {"minutes": minutes} if minutes > 1 else _("less than a minute left")


def _handed_over(found: NameList, *, last: bool) -> Iterator[bytes]:
    # Where the connection breaks the generator is closed before its end, and the answers stay to be fetched again.
    with found.result.open("rb") as stored:
        yield from cast(Any, stored).chunks()
    if last:
        delete_fetched_answers(found)
