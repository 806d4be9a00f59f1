"""Who may see a record: its status and its access. Each is changed by an action with a permission of its own."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from catalog.accounts.models import User
from catalog.changes.writing import StaleChange
from catalog.desk.access import for_staff
from catalog.records.actions import (
    OwnWork,
    publish_record,
    return_to_draft,
    send_to_review,
    set_access,
    withdraw_record,
)
from catalog.records.actions.descriptions import PATIENCE
from catalog.records.models import Record
from catalog.records.queries import spread_of, staff_records
from catalog.rules.text import whole_number

STATUS: dict[str, Any] = {
    "publish": publish_record,
    "review": send_to_review,
    "draft": return_to_draft,
    "withdraw": withdraw_record,
}


class AccessForm(forms.Form):
    """The access to a record."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    level = forms.ChoiceField(label=gettext_lazy("access"), choices=Record.Access.choices)
    until = forms.DateField(
        label=gettext_lazy("closed until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    reason = forms.CharField(label=gettext_lazy("reason for closing"), max_length=300, required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse to close a record without a reason."""
        data = super().clean() or {}
        if data.get("level") not in (None, Record.Access.OPEN) and not data.get("reason", "").strip():
            self.add_error("reason", _("Say why it is closed: the reason is kept for those who open it."))
        return data


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("view_record", "view_unpublished")
def standing(request: HttpRequest, pk: int) -> HttpResponse:
    """The status and access of a record. By POST: another status (`do`) or another access."""
    record = get_object_or_404(staff_records(request.user).select_related("repository", "parent"), pk=pk)
    person = cast(User, request.user)
    form = AccessForm(initial=_initial_access(record))
    status = 200
    if request.method == "POST":
        try:
            if "do" in request.POST:
                _set_status(request, person, record)
                return redirect("desk-standing", pk)
            form = AccessForm(request.POST)
            if form.is_valid():
                set_access(
                    actor=person,
                    record=record,
                    revision=form.cleaned_data["revision"],
                    level=form.cleaned_data["level"],
                    until=form.cleaned_data["until"],
                    reason=form.cleaned_data["reason"],
                    patience=PATIENCE,
                )
                messages.success(request, _("The access is set. The record's history keeps who did it."))
                return redirect("desk-standing", pk)
            status = 400
        except OwnWork:
            messages.error(
                request, _("Nobody approves a record that they wrote themselves. Ask a colleague to look at it.")
            )
            status = 403
        except StaleChange:
            record.refresh_from_db()
            form = AccessForm(initial=_initial_access(record))
            messages.error(
                request,
                _(
                    "A colleague changed this meanwhile, so nothing was changed. Look at what is there now, then "
                    "decide."
                ),
            )
            status = 409
    context = {
        "record": record,
        "form": form,
        "may_publish": person.has_perm("catalog.publish_record"),
        "may_review": person.has_perm("catalog.change_record"),
        "may_close": person.has_perm("catalog.close_record"),
        "sees_reasons": person.has_perm("catalog.view_closed"),
        "spread": spread_of(record),
    }
    return render(request, "catalog/desk/standing.html", context, status=status)


def _initial_access(record: Record) -> dict[str, Any]:
    return {
        "revision": record.revision,
        "level": record.access_level,
        "until": record.access_until,
        "reason": record.access_reason,
    }


def _set_status(request: HttpRequest, person: User, record: Record) -> None:
    operation, revision = request.POST["do"], whole_number(request.POST.get("revision", ""), 9)
    if operation not in STATUS or revision is None:
        raise Http404
    STATUS[operation](actor=person, record=record, revision=revision, patience=PATIENCE)
    message = {
        "publish": _("Published; the search follows within seconds."),
        "review": _("Sent to review."),
        "draft": _("Given back as a draft."),
        "withdraw": _("Withdrawn; its address now says so."),
    }
    messages.success(request, message[operation])
