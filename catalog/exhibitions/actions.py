"""Writing in exhibitions."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F

from catalog.changes.writing import Actor, Clash, StaleChange, action, base_of, require, write_changes
from catalog.exhibitions.models import Exhibition, GuestbookEntry, Panel, Part, Placement

# Far beyond any number: where rows wait while others take their places.
ASIDE = 10_000
ORDERED: dict[type[Part | Panel | Placement], str] = {Part: "number", Panel: "number", Placement: "position"}


@dataclass(frozen=True)
class NewNumber:
    """A number that a row shall have. revision: that of the row when this was decided; judged: the number that stood
    when a clash about it was decided, None where there was none."""

    number: int
    revision: int
    judged: int | None = None


@action
def renumber(*, actor: Actor, model: type[Part | Panel | Placement], numbers: Mapping[int, NewNumber]) -> None:
    """Give rows of one whole new numbers, all at once, so that two may exchange theirs. numbers: by primary key.

    Raises NotAllowed; StaleChange where others renumbered them meanwhile; IntegrityError where a number is that of a
    row not named.
    """
    require(actor, f"change_{model._meta.model_name}")
    column = ORDERED[model]
    rows = list(model._default_manager.select_for_update().filter(pk__in=numbers).order_by("pk"))
    moving = [row for row in rows if getattr(row, column) != numbers[row.pk].number]
    for row in moving:
        wanted, stands = numbers[row.pk], getattr(row, column)
        base = base_of(row, wanted.revision)
        before = getattr(base, column) if base is not None else None
        if row.revision != wanted.revision and before != stands and wanted.judged != stands:
            raise StaleChange(row, [Clash(column, before, wanted.number, stands)], {column: wanted.number})
    model._default_manager.filter(pk__in=[row.pk for row in moving]).update(**{column: F(column) + ASIDE})
    for row in moving:
        write_changes(row, {column: numbers[row.pk].number}, actor=actor, revision=None)


def write_in_guest_book(
    *, exhibition: Exhibition, message: str, name: str, show_name: bool, country: str, language: str
) -> GuestbookEntry:
    """Keep a visitor's words; they wait until a person has read them."""
    with transaction.atomic():
        return GuestbookEntry.objects.create(
            exhibition=exhibition, message=message, name=name, show_name=show_name, country=country, language=language
        )
