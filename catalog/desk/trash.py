"""The trash: what was deleted, by whom, when, and the way back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.apps import apps
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from catalog.accounts.models import User
from catalog.changes.trash import CannotBeRestored
from catalog.desk.access import for_staff
from catalog.exhibitions.models import Exhibition
from catalog.exhibitions.queries import staff_exhibitions, visible_hall_entries
from catalog.images.renditions.actions import restore_cover
from catalog.people.models import Person
from catalog.records.actions import put_back, restore_record, restore_row
from catalog.records.actions.descriptions import PATIENCE
from catalog.records.models import Cover, Mention, Page, Record
from catalog.records.queries import staff_covers, staff_mentions, staff_pages, staff_persons, staff_records
from catalog.records.trashed import trashed_row, trashed_rows, visible_entries
from catalog.rules.text import whole_number

A_PAGE = 50
# What stays in its table with the day on which it was put in the trash.
MARKED: dict[str, type[Any]] = {
    "record": Record,
    "page": Page,
    "mention": Mention,
    "person": Person,
    "exhibition": Exhibition,
    "cover": Cover,
}


@dataclass(frozen=True)
class Trashed:
    """A thing in the trash as a person sees it. id: what its way back is asked by."""

    id: str
    kind: str
    name: str
    at: datetime
    by: User | None
    may: bool


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff()
def trash(request: HttpRequest) -> HttpResponse:
    """Everything in the trash that whoever asks may see; by POST one thing (`id`) is put back."""
    person = cast(User, request.user)
    if request.method == "POST":
        _put_back(request, person)
        return redirect("desk-trash")
    kind = request.GET.get("kind", "")
    things = _rows(person) if kind in ("", "other") else []
    for name in MARKED:
        if kind in ("", name):
            things += _marked(person, name)
    things.sort(key=lambda thing: thing.at, reverse=True)
    page = Paginator(things, A_PAGE).get_page(request.GET.get("page"))
    return render(request, "catalog/desk/trash.html", {"page": page, "kind": kind})


# Of each kind the latest are listed; older ones are found by their kind's own list.
MOST = 500


def _rows(person: User) -> list[Trashed]:
    shown = []
    for entry in visible_hall_entries(visible_entries(trashed_rows(person)[:MOST], person), person):
        model = apps.get_model(entry.model)
        if not person.has_perm(f"catalog.view_{model._meta.model_name}"):
            continue
        may = person.has_perm(f"catalog.delete_{model._meta.model_name}")
        name = str(model._meta.verbose_name)
        shown.append(Trashed(f"row:{entry.pk}", name, entry.name, entry.trashed_at, entry.trashed_by, may))
    return shown


def _marked(person: User, name: str) -> list[Trashed]:
    model = MARKED[name]
    if not person.has_perm(f"catalog.view_{name}"):
        return []
    may = person.has_perm(f"catalog.delete_{name}")
    rows = _seen(person, name).filter(trashed_at__isnull=False).select_related("trashed_by").order_by("-trashed_at")
    kind = str(model._meta.verbose_name)
    return [Trashed(f"{name}:{row.pk}", kind, str(row), row.trashed_at, row.trashed_by, may) for row in rows[:MOST]]


def _seen(person: User, name: str) -> Any:
    match name:
        case "record":
            return staff_records(person)
        case "page":
            return staff_pages(person)
        case "mention":
            return staff_mentions(person)
        case "person":
            return staff_persons(person)
        case "exhibition":
            return staff_exhibitions(person)
        case _:
            return staff_covers(person)


def _put_back(request: HttpRequest, person: User) -> None:
    kind, _colon, typed = request.POST.get("id", "").partition(":")
    key = whole_number(typed)
    if key is None or kind not in (*MARKED, "row"):
        raise Http404
    back: Model
    try:
        if kind == "row":
            entry = trashed_row(key)
            if entry is None or not visible_hall_entries(visible_entries([entry], person), person):
                messages.error(request, _("It is not in the trash any more: somebody put it back."))
                return
            back = put_back(actor=person, entry=entry)
        else:
            row = get_object_or_404(_seen(person, kind), pk=key)
            match kind:
                case "record":
                    back = restore_record(actor=person, record=row, patience=PATIENCE)
                case "cover":
                    back = restore_cover(actor=person, cover=row)
                case _:
                    back = restore_row(actor=person, row=row)
    except CannotBeRestored as error:
        messages.error(
            request,
            _(
                "“%(name)s” cannot be put back: what it belongs to is gone, or something else has taken its place. "
                "Put that right first."
            )
            % {"name": error.name},
        )
        return
    messages.success(request, _("Put back: %(name)s.") % {"name": back})
