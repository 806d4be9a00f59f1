"""Deletion that can be undone: a row moves from its table to the trash, with everything that is deleted with it.

For rows to which no other row refers. Models with a `trashed_at` of their own keep their rows in their tables
(`TrashableModel`).
"""

import datetime
import json
from typing import Any

from django.core import serializers
from django.core.exceptions import ObjectDoesNotExist
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, models, router, transaction
from django.db.models.deletion import Collector, ProtectedError, RestrictedError

from catalog.changes.models import TrashedRow
from catalog.changes.writing import Actor, RevisionedModel, set_history_user, write_new


class StillNeeded(Exception):
    """The row cannot be deleted because other rows refer to it. `rows`: some of them; the caller decides who may see
    them."""

    def __init__(self, rows: list[models.Model]) -> None:
        super().__init__(", ".join(str(row) for row in rows))
        self.rows = rows


class CannotBeRestored(Exception):
    """A row that it refers to is missing, or another row has taken its place. `name`: of the row in the trash."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def remove_row(row: models.Model, *, actor: Actor, record: int | None, staff_only: bool = False) -> TrashedRow:
    """Move a row, and what is deleted with it, from its table to the trash. Call within an action.

    record, staff_only: who sees it in the trash (see `TrashedRow`). Raises StillNeeded.
    """
    collector = Collector(using=router.db_for_write(type(row)))
    try:
        collector.collect([row])
    except (ProtectedError, RestrictedError) as error:
        others = error.protected_objects if isinstance(error, ProtectedError) else error.restricted_objects
        raise StillNeeded(list(others)[:5]) from error
    deleted: list[models.Model] = [instance for instances in collector.data.values() for instance in instances]
    deleted += [
        instance
        for group in collector.fast_deletes
        for instance in _rows_of(group)
        if not _is_many_to_many_row(instance)
    ]
    # Foreign keys that are set to null (the part of a milestone), to be restored with the row.
    nulled = [
        {
            "model": instance._meta.label_lower,
            "key": instance.pk,
            "field": field.name,
            "was": getattr(instance, field.attname),
        }
        for (field, _value), groups in collector.field_updates.items()
        for group in groups
        for instance in _rows_of(group)
    ]
    content = {"rows": _as_data(_parents_first(deleted, row)), "loosened": nulled}
    entry = TrashedRow.objects.create(
        model=row._meta.label_lower,
        key=row.pk,
        name=str(row)[:300],
        content=content,
        record=record,
        staff_only=staff_only,
        trashed_by_id=actor.pk,
    )
    set_history_user(row, actor)
    row.delete()
    return entry


def restore_from_trash(entry: TrashedRow, *, actor: Actor) -> models.Model:
    """Create the rows of a trash entry again, with the primary keys they had. Call within an action. Returns the first.

    Raises CannotBeRestored if a row that it refers to is missing, or another row has taken its place.
    """
    entry = TrashedRow.objects.select_for_update().get(pk=entry.pk)
    restored: list[models.Model] = []
    try:
        with transaction.atomic():
            for deserialized in serializers.deserialize("python", entry.content["rows"]):
                row: models.Model = deserialized.object
                if isinstance(row, RevisionedModel):
                    # A form that was opened before the deletion must be recognised as stale.
                    row.revision += 1
                _require_targets(row)
                row._state.adding = True
                # The time of creation stays that of the first creation.
                creation_times = {
                    field.attname: getattr(row, field.attname)
                    for field in row._meta.concrete_fields
                    if getattr(field, "auto_now_add", False)
                }
                write_new(row, actor=actor)
                if creation_times:
                    type(row)._base_manager.filter(pk=row.pk).update(**creation_times)
                for name, keys in (deserialized.m2m_data or {}).items():
                    getattr(row, name).set(keys)
                restored.append(row)
            for reference in entry.content["loosened"]:
                model = restored[0]._meta.apps.get_model(reference["model"])
                model._base_manager.filter(pk=reference["key"], **{reference["field"]: None}).update(
                    **{reference["field"]: reference["was"]}
                )
    except (IntegrityError, ObjectDoesNotExist, serializers.base.DeserializationError) as error:
        raise CannotBeRestored(entry.name) from error
    entry.delete()
    return restored[0]


class _PreciseEncoder(DjangoJSONEncoder):
    """Django's encoder, but with times to the microsecond."""

    def default(self, o: Any) -> Any:
        """Encode what JSON has no type for."""
        return o.isoformat() if isinstance(o, datetime.datetime) else super().default(o)


def _as_data(rows: list[models.Model]) -> Any:
    # The JSON encoder turns dates and decimals into strings; their fields read them back.
    return json.loads(json.dumps(serializers.serialize("python", rows), cls=_PreciseEncoder))


def _parents_first(rows: list[models.Model], first: models.Model) -> list[models.Model]:
    """The rows in an order in which each refers only to rows before it; `first` is the first."""
    waiting = [row for row in rows if (type(row), row.pk) != (type(first), first.pk)]
    ordered = [first]
    while waiting:
        keys = {(type(row), row.pk) for row in waiting}
        ready = [row for row in waiting if not any(target in keys for target in _targets(row))]
        if not ready:
            return ordered + waiting
        ordered += ready
        waiting = [row for row in waiting if row not in ready]
    return ordered


def _targets(row: models.Model) -> list[tuple[type[models.Model], Any]]:
    return [
        (field.related_model, getattr(row, field.attname))  # type: ignore[misc]
        for field in row._meta.concrete_fields
        if field.is_relation and getattr(row, field.attname) is not None
    ]


def _require_targets(row: models.Model) -> None:
    """Check the foreign keys now: SQLite checks them only at the end of the transaction. Raises ObjectDoesNotExist."""
    for model, key in _targets(row):
        if not model._base_manager.filter(pk=key).exists():
            raise ObjectDoesNotExist(f"{model._meta.label} {key}")


def _rows_of(rows: Any) -> list[models.Model]:
    return list(rows) if isinstance(rows, models.QuerySet) else [rows]


def _is_many_to_many_row(row: models.Model) -> bool:
    return bool(row._meta.auto_created)
