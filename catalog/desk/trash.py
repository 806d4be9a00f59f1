"""The trash: what was deleted, when and by whom, and how to restore it."""

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

PAGE_SIZE = 50
# Models whose rows stay in their table when they are in the trash; `trashed_at` marks them.
MODELS_WITH_MARK: dict[str, type[Any]] = {
    "record": Record,
    "page": Page,
    "mention": Mention,
    "person": Person,
    "exhibition": Exhibition,
    "cover": Cover,
}


@dataclass(frozen=True)
class TrashLine:
    """A row in the trash. id: the value by which the form names it; may_restore: whether the user may restore it."""

    id: str
    kind: str
    name: str
    at: datetime
    by: User | None
    may_restore: bool


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff()
def trash(request: HttpRequest) -> HttpResponse:
    """Everything in the trash that the user may see. By POST one row (`id`) is restored."""
    person = cast(User, request.user)
    if request.method == "POST":
        _put_back(request, person)
        return redirect("desk-trash")
    kind = request.GET.get("kind", "")
    lines = _moved_lines(person) if kind in ("", "other") else []
    for name in MODELS_WITH_MARK:
        if kind in ("", name):
            lines += _marked_lines(person, name)
    lines.sort(key=lambda line: line.at, reverse=True)
    page = Paginator(lines, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "catalog/desk/trash.html", {"page": page, "kind": kind})


# Of each kind only the latest are listed; older ones are in the admin's list of that kind.
MOST_OF_A_KIND = 500


def _moved_lines(person: User) -> list[TrashLine]:
    lines = []
    for entry in visible_hall_entries(visible_entries(trashed_rows(person)[:MOST_OF_A_KIND], person), person):
        model = apps.get_model(entry.model)
        if not person.has_perm(f"catalog.view_{model._meta.model_name}"):
            continue
        may = person.has_perm(f"catalog.delete_{model._meta.model_name}")
        name = str(model._meta.verbose_name)
        lines.append(TrashLine(f"row:{entry.pk}", name, entry.name, entry.trashed_at, entry.trashed_by, may))
    return lines


def _marked_lines(person: User, name: str) -> list[TrashLine]:
    model = MODELS_WITH_MARK[name]
    if not person.has_perm(f"catalog.view_{name}"):
        return []
    may = person.has_perm(f"catalog.delete_{name}")
    rows = (
        _visible_rows(person, name)
        .filter(trashed_at__isnull=False)
        .select_related("trashed_by")
        .order_by("-trashed_at")
    )
    kind = str(model._meta.verbose_name)
    return [
        TrashLine(f"{name}:{row.pk}", kind, str(row), row.trashed_at, row.trashed_by, may)
        for row in rows[:MOST_OF_A_KIND]
    ]


def _visible_rows(person: User, name: str) -> Any:
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
    kind, _colon, number = request.POST.get("id", "").partition(":")
    key = whole_number(number)
    if key is None or kind not in (*MODELS_WITH_MARK, "row"):
        raise Http404
    restored: Model
    try:
        if kind == "row":
            entry = trashed_row(key)
            if entry is None or not visible_hall_entries(visible_entries([entry], person), person):
                messages.error(request, _("It is not in the trash any more: somebody put it back."))
                return
            restored = put_back(actor=person, entry=entry)
        else:
            row = get_object_or_404(_visible_rows(person, kind), pk=key)
            match kind:
                case "record":
                    restored = restore_record(actor=person, record=row, patience=PATIENCE)
                case "cover":
                    restored = restore_cover(actor=person, cover=row)
                case _:
                    restored = restore_row(actor=person, row=row)
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
    messages.success(request, _("Put back: %(name)s.") % {"name": restored})
