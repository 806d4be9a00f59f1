"""Which rows of each kind exist for a member of staff: what the rooms' own visibility says, put together for every model."""

from typing import Any

from django.db.models import Model, Q, QuerySet

from catalog.exhibitions.queries import staff_exhibitions
from catalog.records.models import Record
from catalog.records.queries import (
    Asker,
    may_see_staff_notes,
    of_seen_records,
    staff_mentions,
    staff_persons,
)

# Fields that hold what only those who may see staff notes read: relatives, recipients, reasons for closing.
STAFF_FIELDS: dict[str, frozenset[str]] = {
    "record": frozenset({"archivist_note", "access_reason"}),
    "mention": frozenset({"kin", "lines_text"}),
    "custodyevent": frozenset({"staff_note"}),
    "person": frozenset({"note"}),
}


def visible_rows(model: type[Model], asker: Asker) -> QuerySet[Any]:
    """Rows of `model` that exist for `asker`, those in the trash included; what belongs to no record, person or exhibition is
    seen by everybody who may see its kind."""
    rows: QuerySet[Any] = model._default_manager.all()
    match model.__name__:
        case "Record":
            return rows.filter(of_seen_records(asker, ""))
        case "Mention":
            return staff_mentions(asker)
        case "Person":
            return staff_persons(asker)
        case "PersonName":
            return rows.filter(person__in=staff_persons(asker))
        case "MentionReading" | "Identification":
            return rows.filter(mention__in=staff_mentions(asker))
        case "Statement":
            seen = Q(record__in=Record.objects.filter(of_seen_records(asker, ""))) | Q(person__in=staff_persons(asker))
            return rows.filter(seen) if may_see_staff_notes(asker) else rows.filter(seen, staff_only=False)
        case "Exhibition":
            return staff_exhibitions(asker)
        case "Part" | "Milestone" | "GuestbookEntry":
            return rows.filter(exhibition__in=staff_exhibitions(asker))
        case "Panel":
            return rows.filter(part__exhibition__in=staff_exhibitions(asker))
        case "Placement":
            return rows.filter(of_seen_records(asker, "record__"), panel__part__exhibition__in=staff_exhibitions(asker))
        case "Scan" | "PageText" | "PageTranslation" | "Cover":
            return rows.filter(of_seen_records(asker, "page__record__"))
        case "Page" | "Identifier" | "CustodyEvent" | "Instantiation":
            return rows.filter(of_seen_records(asker, "record__"))
        case _:
            return rows
