"""Writing plain rows: those without rules of their own, apart from who may write them and that they can be restored.

Numbers, custody events, forms of a record, statements, names and readings, units, places, sources, repositories, and
the parts of exhibitions. What has a rule of its own (status, access, life, merging) has an action of its own.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.changes.models import TrashableModel, TrashedRow, enqueue_changes
from catalog.changes.trash import remove_row, restore_from_trash
from catalog.changes.writing import (
    Actor,
    NotAllowed,
    action,
    base_of,
    locked,
    require,
    set_history_user,
    write_changes,
    write_new,
)
from catalog.people.models import Person
from catalog.records.models import Identification, Identifier, MentionReading, Record, Repository, Spread, Statement
from catalog.records.numbering import require_number
from catalog.records.queries import may_see, may_see_person, may_see_staff_notes, record_of
from catalog.records.trashed import visible_entries

M = TypeVar("M", bound=models.Model)

# Fields that only an action with a permission of its own changes.
WITH_AN_ACTION: dict[type[models.Model], frozenset[str]] = {
    Person: frozenset({"life", "life_source", "public_figure", "merged_into"}),
    Identification: frozenset({"withdrawn_at"}),
}


@action
def add_row(*, actor: Actor, row: M) -> M:
    """Save a new row. Returns it. Raises NotAllowed, ValueError for a kind with an action of its own."""
    _require(actor, "add", row)
    if isinstance(row, Identifier):
        require_number(row.value)
    if isinstance(row, Identification) and row.decided_by_id is None:
        row.decided_by_id = actor.pk
    return write_new(row, actor=actor)


@action
def change_row(
    *, actor: Actor, row: M, revision: int | None, values: Mapping[str, Any], judged: Mapping[str, Any] | None = None
) -> M:
    """Change fields of a row. values: field names with new values; revision, judged: see `write_changes`.

    Returns the row as it is now. Raises NotAllowed, StaleChange; ValueError for a field that has an action of its own.
    """
    current = locked(row)
    _require(actor, "change", current)
    if isinstance(current, Identifier) and values.get("value", current.value) != current.value:
        require_number(values["value"])
    if WITH_AN_ACTION.get(type(row), frozenset()) & set(values):
        raise ValueError("this field has an action of its own")
    code = current.code if isinstance(current, Repository) else ""
    changed = write_changes(row, values, actor=actor, revision=revision, judged=judged)
    if isinstance(changed, Repository) and changed.code != code:
        _update_codes_below(changed)
    if (record := record_of(changed)) is not None and not may_see(actor, record):
        raise NotAllowed("view_record")
    return changed


@action
def delete_row(*, actor: Actor, row: models.Model) -> TrashedRow | models.Model:
    """Move a row to the trash. Returns its trash entry, or the row itself if it stays in its table with `trashed_at`.

    Raises NotAllowed, StillNeeded.
    """
    current = locked(row)
    _require(actor, "delete", current)
    if isinstance(current, TrashableModel):
        return write_changes(
            current, {"trashed_at": timezone.now(), "trashed_by": actor.pk}, actor=actor, revision=None
        )
    record = record_of(current)
    mention = current.mention if isinstance(current, MentionReading) else None
    staff_only = isinstance(current, Statement) and current.staff_only
    entry = remove_row(current, actor=actor, record=record.pk if record else None, staff_only=staff_only)
    if mention is not None:
        mention.write_forms()
    return entry


@action
def put_back(*, actor: Actor, entry: TrashedRow) -> models.Model:
    """Restore a deleted row under its old primary key and return it. Raises NotAllowed, CannotBeRestored."""
    require(actor, f"delete_{entry.model.partition('.')[2]}")
    if entry.staff_only and not may_see_staff_notes(actor):
        raise NotAllowed("view_closed")
    if not visible_entries([entry], actor):
        raise NotAllowed("view_record")
    return restore_from_trash(entry, actor=actor)


@action
def restore_row(*, actor: Actor, row: M) -> M:
    """Restore a row that is in the trash by `trashed_at`. Returns it as it is now. Raises NotAllowed."""
    current = locked(row)
    _require(actor, "delete", current)
    return write_changes(current, {"trashed_at": None, "trashed_by": None}, actor=actor, revision=None)


@action
def set_links(
    *,
    actor: Actor,
    row: models.Model,
    revision: int | None,
    links: Mapping[str, set[Any]],
    visible: Mapping[str, QuerySet[Any]],
) -> None:
    """Change the many-to-many fields of a row. What others added or removed since the change began is kept.

    revision: that of the row when the change began, None for a new row; links: the wanted primary keys, by field name;
    visible: the rows that the actor may see, by field name: links to other rows are never removed. Raises NotAllowed.
    """
    kind = row._meta.model_name
    require(actor, f"change_{kind}" if revision else f"add_{kind}")
    current: Any = locked(row)
    record = record_of(current)
    if revision and record is not None and not may_see(actor, record):
        raise NotAllowed("view_record")
    base = base_of(current, revision) if revision else None
    changed: dict[str, set[Any]] = {}
    for name, wanted in links.items():
        link = current._meta.get_field(name).m2m_reverse_field_name()
        all_keys = set(getattr(current, name).values_list("pk", flat=True))
        current_keys = set(
            getattr(current, name).filter(pk__in=visible[name].values("pk")).values_list("pk", flat=True)
        )
        hidden = all_keys - current_keys
        keys_before = set(getattr(base, name).values_list(link, flat=True)) if base is not None else current_keys
        result = (current_keys | (wanted - keys_before)) - (keys_before - wanted - hidden)
        if result != current_keys:
            changed[name] = result | hidden
    if changed:
        set_history_user(current, actor)
        current.revision += 1
        current.save(update_fields=["revision"])
        for name, keys in changed.items():
            getattr(current, name).set(keys)


def _require(actor: Actor, verb: str, row: models.Model) -> None:
    """Require the permission for this kind of row, and that the actor may see what the row belongs to."""
    if isinstance(row, Record):
        raise ValueError("records have actions of their own")
    require(actor, f"{verb}_{row._meta.model_name}")
    record = record_of(row)
    if record is not None and not may_see(actor, record):
        raise NotAllowed("view_record")
    person = row if isinstance(row, Person) else getattr(row, "person", None)
    if isinstance(person, Person) and person.pk is not None and not may_see_person(actor, person):
        raise NotAllowed("view_person")
    if isinstance(row, Statement) and row.staff_only and not may_see_staff_notes(actor):
        raise NotAllowed("view_closed")


def _update_codes_below(repository: Repository) -> None:
    """Update the reference codes of everything in a repository; each begins with the repository's code."""
    tops = list(Record._base_manager.filter(repository=repository, parent=None))
    for record in tops:
        record.derive()
    if Record._base_manager.filter(reference_code__in=[record.reference_code for record in tops[:500]]).exclude(
        pk__in=[record.pk for record in tops[:500]]
    ):
        raise ValidationError({"code": _("Another repository's records have this code already.")})
    Record._base_manager.bulk_update(tops, ["reference_code", "reference_key"], batch_size=200)
    Spread.objects.bulk_create([Spread(record=record, hides=False) for record in tops])
    enqueue_changes(("record", record.pk) for record in tops)
