"""Which trash entries somebody may see: those whose record, person and mention they may see."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet

from catalog.changes.models import TrashedRow
from catalog.records.models import Record
from catalog.records.queries import (
    Asker,
    may_see_staff_notes,
    sees_everything,
    staff_mentions,
    staff_persons,
    visible_or_trashed,
)


def deleted_fields(entry: TrashedRow) -> dict[str, Any]:
    """The columns of the row as it was deleted."""
    fields: dict[str, Any] = entry.content["rows"][0]["fields"]
    return fields


def trashed_rows(asker: Asker) -> QuerySet[TrashedRow]:
    """Trash entries whose record `asker` may see, the latest first; `visible_entries` checks their person and
    mention."""
    rows = TrashedRow.objects.select_related("trashed_by")
    if not may_see_staff_notes(asker):
        rows = rows.filter(staff_only=False)
    visible_records = Record._base_manager.filter(visible_or_trashed(asker, "")).values("pk")
    return rows.filter(Q(record=None) | Q(record__in=visible_records))


def trashed_row(key: int) -> TrashedRow | None:
    """The trash entry with this primary key. The caller must check with `visible_entries` whether the asker may see
    it."""
    return TrashedRow.objects.filter(pk=key).first()


def visible_entries(entries: Iterable[TrashedRow], asker: Asker) -> list[TrashedRow]:
    """The entries whose record, person and mention exist for `asker`, in the trash or not."""
    entries = list(entries)
    if sees_everything(asker):
        return entries
    records = {entry.record for entry in entries if entry.record is not None}
    visible_records = set(
        Record._base_manager.filter(visible_or_trashed(asker, ""), pk__in=records).values_list("pk", flat=True)
    )
    visible_rows: dict[str, Any] = {"person": staff_persons(asker), "mention": staff_mentions(asker)}
    visible_keys = {
        name: set(rows.filter(pk__in=_keys(entries, name)).values_list("pk", flat=True))
        for name, rows in visible_rows.items()
    }
    return [
        entry
        for entry in entries
        if (entry.record is None or entry.record in visible_records)
        and (not entry.staff_only or may_see_staff_notes(asker))
        and all((key := deleted_fields(entry).get(name)) is None or key in keys for name, keys in visible_keys.items())
    ]


def _keys(entries: Iterable[TrashedRow], name: str) -> set[Any]:
    return {key for entry in entries if (key := deleted_fields(entry).get(name)) is not None}
