"""All writing of exhibitions that has rules of its own."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F

from catalog.changes.writing import Actor, Clash, StaleChange, action, base_of, require, write_changes
from catalog.exhibitions.models import Exhibition, GuestbookEntry, Panel, Part, Placement

# Far above any number. Rows get it added for a moment, so that no two have one number while they change places.
PARKING_OFFSET = 10_000
ORDERED: dict[type[Part | Panel | Placement], str] = {Part: "number", Panel: "number", Placement: "position"}


@dataclass(frozen=True)
class NewNumber:
    """The new number of a row. revision: that of the row when the number was chosen; judged: the current number for
    which the user resolved a conflict, None if there was no conflict."""

    number: int
    revision: int
    judged: int | None = None


@action
def renumber(*, actor: Actor, model: type[Part | Panel | Placement], numbers: Mapping[int, NewNumber]) -> None:
    """Give rows of one parent new numbers, all at once, so that two may exchange theirs. numbers: by primary key.

    Raises NotAllowed; StaleChange if others renumbered them meanwhile; IntegrityError if another row has one of the
    numbers.
    """
    require(actor, f"change_{model._meta.model_name}")
    column = ORDERED[model]
    rows = list(model._default_manager.select_for_update().filter(pk__in=numbers).order_by("pk"))
    changed_rows = [row for row in rows if getattr(row, column) != numbers[row.pk].number]
    for row in changed_rows:
        wanted, current = numbers[row.pk], getattr(row, column)
        state_before = base_of(row, wanted.revision)
        number_before = getattr(state_before, column) if state_before is not None else None
        if row.revision != wanted.revision and number_before != current and wanted.judged != current:
            raise StaleChange(row, [Clash(column, number_before, wanted.number, current)], {column: wanted.number})
    model._default_manager.filter(pk__in=[row.pk for row in changed_rows]).update(
        **{column: F(column) + PARKING_OFFSET}
    )
    for row in changed_rows:
        write_changes(row, {column: numbers[row.pk].number}, actor=actor, revision=None)


def write_in_guest_book(
    *, exhibition: Exhibition, message: str, name: str, show_name: bool, country: str, language: str
) -> GuestbookEntry:
    """Save a visitor's entry; it is not shown until a member of staff has read it."""
    with transaction.atomic():
        return GuestbookEntry.objects.create(
            exhibition=exhibition, message=message, name=name, show_name=show_name, country=country, language=language
        )
