"""Which rows that left their table for the trash exist for whoever asks: as what they belonged to does."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet

from catalog.changes.models import TrashedRow
from catalog.records.models import Record
from catalog.records.queries import (
    Asker,
    may_see_staff_notes,
    of_seen_records,
    sees_everything,
    staff_mentions,
    staff_persons,
)


def said_of(entry: TrashedRow) -> dict[str, Any]:
    """The columns of the row as it was deleted."""
    fields: dict[str, Any] = entry.content["rows"][0]["fields"]
    return fields


def trashed_rows(asker: Asker) -> QuerySet[TrashedRow]:
    """Rows in the trash that may exist for `asker` by their record, the latest first; `seen_entries` asks the rest."""
    rows = TrashedRow.objects.select_related("trashed_by")
    if not may_see_staff_notes(asker):
        rows = rows.filter(staff_only=False)
    seen = Record._base_manager.filter(of_seen_records(asker, "")).values("pk")
    return rows.filter(Q(record=None) | Q(record__in=seen))


def trashed_row(key: int) -> TrashedRow | None:
    """The row in the trash of this primary key; whether `asker` may see it, `seen_entries` says."""
    return TrashedRow.objects.filter(pk=key).first()


def seen_entries(entries: Iterable[TrashedRow], asker: Asker) -> list[TrashedRow]:
    """Of these entries, those whose record, person and mention exist for `asker`, in the trash or not."""
    entries = list(entries)
    if sees_everything(asker):
        return entries
    records = {entry.record for entry in entries if entry.record is not None}
    seen = set(Record._base_manager.filter(of_seen_records(asker, ""), pk__in=records).values_list("pk", flat=True))
    of_rows: dict[str, Any] = {"person": staff_persons(asker), "mention": staff_mentions(asker)}
    links = {
        name: set(rows.filter(pk__in=_keys(entries, name)).values_list("pk", flat=True))
        for name, rows in of_rows.items()
    }
    return [
        entry
        for entry in entries
        if (entry.record is None or entry.record in seen)
        and (not entry.staff_only or may_see_staff_notes(asker))
        and all((key := said_of(entry).get(name)) is None or key in keys for name, keys in links.items())
    ]


def _keys(entries: Iterable[TrashedRow], name: str) -> set[Any]:
    return {key for entry in entries if (key := said_of(entry).get(name)) is not None}
