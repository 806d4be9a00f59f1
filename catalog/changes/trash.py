"""Deleting so that it can be put back: rows leave their table for the trash with everything that goes with them.

For rows that nothing refers to from outside. What has a `trashed_at` of its own stays in its table instead
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
    """Others refer to the row, so that it cannot go. `rows`: some of them; who is told of them is for the caller to
    say."""

    def __init__(self, rows: list[models.Model]) -> None:
        super().__init__(", ".join(str(row) for row in rows))
        self.rows = rows


class CannotBePutBack(Exception):
    """What the row needs is gone, or another row has taken its place. `name`: what was to be put back."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def remove_row(row: models.Model, *, actor: Actor, record: int | None, staff_only: bool = False) -> TrashedRow:
    """Take a row, and what goes with it, out of its table into the trash. Call within an action.

    record, staff_only: who sees it there (see `TrashedRow`). Raises StillNeeded.
    """
    collector = Collector(using=router.db_for_write(type(row)))
    try:
        collector.collect([row])
    except (ProtectedError, RestrictedError) as error:
        others = error.protected_objects if isinstance(error, ProtectedError) else error.restricted_objects
        raise StillNeeded(list(others)[:5]) from error
    going: list[models.Model] = [one for found in collector.data.values() for one in found]
    going += [one for found in collector.fast_deletes for one in _rows_of(found) if not _is_a_link(one)]
    # What others lose by it (a milestone its part), to be given back with it.
    loosened = [
        {"model": one._meta.label_lower, "key": one.pk, "field": field.name, "was": getattr(one, field.attname)}
        for (field, _value), groups in collector.field_updates.items()
        for group in groups
        for one in _rows_of(group)
    ]
    content = {"rows": _as_data(_parents_first(going, row)), "loosened": loosened}
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


def put_row_back(entry: TrashedRow, *, actor: Actor) -> models.Model:
    """Make the rows of a trash entry again, under the keys they had. Call within an action. Returns the first.

    Raises CannotBePutBack where something it refers to is gone, or something else stands where it stood.
    """
    entry = TrashedRow.objects.select_for_update().get(pk=entry.pk)
    made: list[models.Model] = []
    try:
        with transaction.atomic():
            for one in serializers.deserialize("python", entry.content["rows"]):
                fresh: models.Model = one.object
                if isinstance(fresh, RevisionedModel):
                    # Whoever still holds a form of the row from before must be told.
                    fresh.revision += 1
                _require_targets(fresh)
                fresh._state.adding = True
                # When it was first written is not now.
                first = {
                    field.attname: getattr(fresh, field.attname)
                    for field in fresh._meta.concrete_fields
                    if getattr(field, "auto_now_add", False)
                }
                write_new(fresh, actor=actor)
                if first:
                    type(fresh)._base_manager.filter(pk=fresh.pk).update(**first)
                for name, keys in (one.m2m_data or {}).items():
                    getattr(fresh, name).set(keys)
                made.append(fresh)
            for lost in entry.content["loosened"]:
                model = made[0]._meta.apps.get_model(lost["model"])
                model._base_manager.filter(pk=lost["key"], **{lost["field"]: None}).update(
                    **{lost["field"]: lost["was"]}
                )
    except (IntegrityError, ObjectDoesNotExist, serializers.base.DeserializationError) as error:
        raise CannotBePutBack(entry.name) from error
    entry.delete()
    return made[0]


class _Exact(DjangoJSONEncoder):
    """Django's own, with times to the microsecond."""

    def default(self, o: Any) -> Any:
        """What JSON has no form for."""
        return o.isoformat() if isinstance(o, datetime.datetime) else super().default(o)


def _as_data(rows: list[models.Model]) -> Any:
    # Through the JSON encoder: dates and decimals become what JSON can hold, and are read back by their fields.
    return json.loads(json.dumps(serializers.serialize("python", rows), cls=_Exact))


def _parents_first(rows: list[models.Model], first: models.Model) -> list[models.Model]:
    """The row itself, then whatever refers only to what stands before it."""
    waiting = [one for one in rows if (type(one), one.pk) != (type(first), first.pk)]
    ordered = [first]
    while waiting:
        keys = {(type(one), one.pk) for one in waiting}
        ready = [one for one in waiting if not any(target in keys for target in _targets(one))]
        if not ready:
            return ordered + waiting
        ordered += ready
        waiting = [one for one in waiting if one not in ready]
    return ordered


def _targets(row: models.Model) -> list[tuple[type[models.Model], Any]]:
    return [
        (field.related_model, getattr(row, field.attname))  # type: ignore[misc]
        for field in row._meta.concrete_fields
        if field.is_relation and getattr(row, field.attname) is not None
    ]


def _require_targets(row: models.Model) -> None:
    """A foreign key is checked by SQLite only when the transaction ends; here it is asked at once."""
    for model, key in _targets(row):
        if not model._base_manager.filter(pk=key).exists():
            raise ObjectDoesNotExist(f"{model._meta.label} {key}")


def _rows_of(found: Any) -> list[models.Model]:
    return list(found) if isinstance(found, models.QuerySet) else [found]


def _is_a_link(row: models.Model) -> bool:
    return bool(row._meta.auto_created)
