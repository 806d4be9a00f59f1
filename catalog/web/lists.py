"""Lists of names: uploaded, processed in the background, downloaded, deleted. Users see only their own lists."""

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
from catalog.interchange.csv_tables import UnreadableTable
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

View = Callable[..., HttpResponseBase]
SHOWN_LISTS = 50
MEDIA_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


class ListForm(forms.Form):
    """The table, the format of the answers, and the consent to keep them. After validation `table` and `data_read` hold
    what was read."""

    file = forms.FileField(
        allow_empty_file=True,
        error_messages={"required": gettext_lazy("No file was chosen. Choose the table with the names first.")},
    )
    as_csv = forms.BooleanField(required=False)
    keep = forms.BooleanField(required=False)

    def clean_file(self) -> File[bytes]:
        """Read the whole table, so that its errors are reported now and not an hour later."""
        upload: File[bytes] = self.cleaned_data["file"]
        self.data_read = upload.read(MOST_LIST_BYTES + 1)
        try:
            self.table = read_list(self.data_read)
        except UnreadableTable as error:
            raise forms.ValidationError(str(error)) from None
        return upload


def _for_lists(view: View) -> View:
    """A decorator for pages about lists: users with the permission `search_lists` only; visitors sign in first, other
    users get 403."""
    allowed = permission_required("catalog.search_lists", raise_exception=True)(view)
    return never_cache(login_required(allowed))


def _own_list(request: HttpRequest, token: UUID) -> NameList:
    name_list = lists_of(cast(User, request.user)).filter(token=token).first()
    if name_list is None:
        raise Http404
    return name_list


@require_http_methods(["GET", "HEAD", "POST"])
@_for_lists
def lists(request: HttpRequest) -> HttpResponse:
    """The form, and below it the user's own lists."""
    user = cast(User, request.user)
    delete_expired_lists()
    own_lists = lists_of(user)
    form = ListForm()
    if request.method == "POST":
        form = ListForm(request.POST, request.FILES)
        if own_lists.filter(state__in=[NameList.State.QUEUED, NameList.State.WORKING]).count() >= MOST_UNDER_WAY:
            form.add_error(
                "file",
                _("Three of your lists are still being worked through. Wait until one is finished, or delete one."),
            )
        elif form.is_valid():
            new_list = add_list(
                owner=user,
                table=form.table,
                data=form.data_read,
                name=form.cleaned_data["file"].name or "",
                keep=form.cleaned_data["keep"],
                as_csv=form.cleaned_data["as_csv"],
                language=get_language() or "vi",
                site=request.build_absolute_uri("/").rstrip("/"),
            )
            return redirect("list", new_list.token)
    context = {"form": form, "lists": own_lists[:SHOWN_LISTS], "may_ask_kin": user.has_perm("catalog.view_closed")}
    return render(request, "catalog/lists/lists.html", context, status=400 if form.errors else 200)


@require_safe
@_for_lists
def name_list(request: HttpRequest, token: UUID) -> HttpResponse:
    """The progress of a list and its results. The page reloads itself while there is work to do."""
    name_list = _own_list(request, token)
    context = {
        "list": name_list,
        "kind": "csv" if name_list.as_csv else "xlsx",
        "nothing": max(name_list.done - name_list.matched - name_list.possible, 0),
        "time_left": time_left(name_list),
        "problems": [(line, fault_in_words(heading, code)) for line, heading, code in name_list.problems],
        "unlisted": len(name_list.problems) < name_list.wrong,
    }
    return render(request, "catalog/lists/list.html", context)


@require_safe
@_for_lists
def result(request: HttpRequest, token: UUID, kind: str) -> HttpResponseBase:
    """The answers. Without consent to keep them they are deleted once the last byte has been sent."""
    name_list = _own_list(request, token)
    if kind != ("csv" if name_list.as_csv else "xlsx"):
        raise Http404
    if not name_list.result or not name_list.result.storage.exists(name_list.result.name or ""):
        return redirect("list", name_list.token)
    response = StreamingHttpResponse(
        _stream_result(name_list, is_fetched=request.method == "GET"), content_type=MEDIA_TYPES[kind]
    )
    name = f"{PurePath(name_list.original_name).stem or 'list'} – {_('Results')}.{kind}"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


@require_POST
@_for_lists
def delete(request: HttpRequest, token: UUID) -> HttpResponse:
    """Delete one of the user's own lists with everything in it, also while it is being processed."""
    delete_list(_own_list(request, token))
    messages.success(request, _("The list and its answers have been deleted."))
    return redirect("lists")


def time_left(name_list: NameList) -> str:
    """The remaining time in words, estimated from the time it took so far; '' if it cannot be estimated."""
    if name_list.state != NameList.State.WORKING or not name_list.started_at or not name_list.done:
        return ""
    seconds_each = (timezone.now() - name_list.started_at).total_seconds() / name_list.done
    minutes = math.ceil(seconds_each * (name_list.total - name_list.done) / 60)
    return _("about %(minutes)s minutes left") % {"minutes": minutes} if minutes > 1 else _("less than a minute left")


def _stream_result(name_list: NameList, *, is_fetched: bool) -> Iterator[bytes]:
    # If the connection breaks, the generator is closed before its end, and the answers can be downloaded again.
    with name_list.result.open("rb") as file:
        yield from cast(Any, file).chunks()
    if is_fetched:
        delete_fetched_answers(name_list)
