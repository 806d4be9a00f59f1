"""Plain rows: what has no rule of its own but who may write it, what it belongs to, and that it can be put back.

Numbers, custody events, forms of a record, statements, names and readings, units, places, sources, repositories, and
what hangs in exhibitions. What has a rule of its own (status, access, life, merging) has an action of its own.
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
from catalog.records.trashed import seen_entries

M = TypeVar("M", bound=models.Model)

# What only an action with a permission of its own changes.
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

    Returns the row as it now stands. Raises NotAllowed, StaleChange; ValueError for a field that has an action of its
    own.
    """
    standing = locked(row)
    _require(actor, "change", standing)
    if isinstance(standing, Identifier) and values.get("value", standing.value) != standing.value:
        require_number(values["value"])
    if WITH_AN_ACTION.get(type(row), frozenset()) & set(values):
        raise ValueError("this field has an action of its own")
    code = standing.code if isinstance(standing, Repository) else ""
    changed = write_changes(row, values, actor=actor, revision=revision, judged=judged)
    if isinstance(changed, Repository) and changed.code != code:
        _pass_on_code(changed)
    if (of := record_of(changed)) is not None and not may_see(actor, of):
        raise NotAllowed("view_record")
    return changed


@action
def delete_row(*, actor: Actor, row: models.Model) -> TrashedRow | models.Model:
    """Put a row in the trash. Returns its entry there, or the row where it stays in its table with `trashed_at`.

    Raises NotAllowed, StillNeeded.
    """
    standing = locked(row)
    _require(actor, "delete", standing)
    if isinstance(standing, TrashableModel):
        return write_changes(
            standing, {"trashed_at": timezone.now(), "trashed_by": actor.pk}, actor=actor, revision=None
        )
    record = record_of(standing)
    mention = standing.mention if isinstance(standing, MentionReading) else None
    staff_only = isinstance(standing, Statement) and standing.staff_only
    entry = remove_row(standing, actor=actor, record=record.pk if record else None, staff_only=staff_only)
    if mention is not None:
        mention.write_forms()
    return entry


@action
def put_back(*, actor: Actor, entry: TrashedRow) -> models.Model:
    """Put back what was deleted, under the key it had. Returns it. Raises NotAllowed, CannotBeRestored."""
    require(actor, f"delete_{entry.model.partition('.')[2]}")
    if entry.staff_only and not may_see_staff_notes(actor):
        raise NotAllowed("view_closed")
    if not seen_entries([entry], actor):
        raise NotAllowed("view_record")
    return restore_from_trash(entry, actor=actor)


@action
def restore_row(*, actor: Actor, row: M) -> M:
    """Take a row with `trashed_at` back from the trash. Returns it as it stands. Raises NotAllowed."""
    standing = locked(row)
    _require(actor, "delete", standing)
    return write_changes(standing, {"trashed_at": None, "trashed_by": None}, actor=actor, revision=None)


@action
def set_links(
    *,
    actor: Actor,
    row: models.Model,
    revision: int | None,
    links: Mapping[str, set[Any]],
    seen: Mapping[str, QuerySet[Any]],
) -> None:
    """Change what a row refers to by its many-to-many fields; what both sides added or took away since the change began
    holds.

    revision: that of the row when the change began, None for a row just made; links: primary keys wanted, by the
    field's name;
    seen: the rows that exist for the actor, by the field's name: others were not theirs to take away. Raises
    NotAllowed.
    """
    name_of_kind = row._meta.model_name
    require(actor, f"change_{name_of_kind}" if revision else f"add_{name_of_kind}")
    current: Any = locked(row)
    record = record_of(current)
    if revision and record is not None and not may_see(actor, record):
        raise NotAllowed("view_record")
    base = base_of(current, revision) if revision else None
    changed: dict[str, set[Any]] = {}
    for name, wanted in links.items():
        link = current._meta.get_field(name).m2m_reverse_field_name()
        every = set(getattr(current, name).values_list("pk", flat=True))
        standing = set(getattr(current, name).filter(pk__in=seen[name].values("pk")).values_list("pk", flat=True))
        hidden = every - standing
        then = set(getattr(base, name).values_list(link, flat=True)) if base is not None else standing
        result = (standing | (wanted - then)) - (then - wanted - hidden)
        if result != standing:
            changed[name] = result | hidden
    if changed:
        set_history_user(current, actor)
        current.revision += 1
        current.save(update_fields=["revision"])
        for name, keys in changed.items():
            getattr(current, name).set(keys)


def _require(actor: Actor, verb: str, row: models.Model) -> None:
    """The permission for the kind, and sight of what the row belongs to."""
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


def _pass_on_code(repository: Repository) -> None:
    """The code of a repository begins the reference code of everything in it."""
    tops = list(Record._base_manager.filter(repository=repository, parent=None))
    for record in tops:
        record.derive()
    if Record._base_manager.filter(reference_code__in=[one.reference_code for one in tops[:500]]).exclude(
        pk__in=[one.pk for one in tops[:500]]
    ):
        raise ValidationError({"code": _("Another repository's records have this code already.")})
    Record._base_manager.bulk_update(tops, ["reference_code", "reference_key"], batch_size=200)
    Spread.objects.bulk_create([Spread(record=record, hides=False) for record in tops])
    enqueue_changes(("record", record.pk) for record in tops)
