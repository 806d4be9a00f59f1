"""Describing records, and deciding who may see them."""

import datetime
from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Substr
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.accounts.models import User
from catalog.changes.actions import write_creation_history
from catalog.changes.models import enqueue_changes
from catalog.changes.writing import (
    Actor,
    NotAllowed,
    action,
    action_in_steps,
    locked,
    require,
    write_changes,
    write_new,
)
from catalog.records.actions.standing import finish_spreads
from catalog.records.models import Identifier, Record, Repository
from catalog.records.numbering import require_number
from catalog.records.queries import ancestors, may_see
from catalog.rules.identifiers import clean_identifier

# Columns that only actions with a permission of their own change, or that are derived from others.
NOT_DESCRIBED = frozenset(
    {
        "status",
        "access_level",
        "access_until",
        "access_reason",
        "published_at",
        "chain_published",
        "open_from",
        "reference_code",
        "reference_key",
        "trashed_at",
        "trashed_by",
        "revision",
        "created_by",
        "created_at",
        "updated_at",
        "id",
        "edtf_by_hand",
        "date_earliest",
        "date_latest",
    }
)
HIERARCHY_FIELDS = frozenset({"parent", "repository", "code"})
# Seconds that a page waits until a change has reached the records below; the worker does the rest.
PATIENCE = 1.5


class OwnWork(Exception):
    """The actor wrote the record and may not approve it, because TWO_PERSONS is set."""


@action
def create_record(*, actor: Actor, record: Record, numbers: Sequence[Identifier] = ()) -> Record:
    """Save a new record and return it. record: not saved yet, a draft and open unless the actor may publish and close;
    numbers: its numbers, not saved yet. Raises NotAllowed, ValidationError."""
    require(actor, "add_record")
    if record.status != Record.Status.DRAFT:
        require(actor, "publish_record")
    if record.access_level != Record.Access.OPEN:
        require(actor, "close_record")
    if record.parent is not None:
        require_visible(actor, record.parent)
    record.created_by_id = actor.pk
    record.derive()
    _require_place(record)
    write_new(record, actor=actor)
    for number in numbers:
        require_number(number.value)
        number.record = record
        write_new(number, actor=actor)
    return record


@action_in_steps
def describe_record(
    *,
    actor: Actor,
    record: Record,
    revision: int | None,
    values: Mapping[str, Any],
    judged: Mapping[str, Any] | None = None,
    patience: float | None = None,
    spread: bool = True,
) -> Record:
    """Change the description of a record, or its place in the hierarchy. values: any fields except those of status and
    access; revision, judged: see `write_changes`; patience: seconds to wait until the records below are updated (see
    `finish_spreads`); spread: False for a caller inside a transaction, who calls `finish_spreads` after it.

    Returns the record as it is now. Raises NotAllowed, StaleChange, ValidationError.
    """
    if forbidden := NOT_DESCRIBED & set(values):
        raise ValueError(f"not described here: {', '.join(sorted(forbidden))}")
    changed = _write_description(actor, record, revision, values, judged)
    if spread:
        finish_spreads(records=[changed.pk], patience=patience)
    return changed


@action
def _write_description(
    actor: Actor, record: Record, revision: int | None, values: Mapping[str, Any], judged: Mapping[str, Any] | None
) -> Record:
    require(actor, "change_record")
    require_visible(actor, record)
    # The given record may be the instance of a form, with the new values already set.
    current = Record._base_manager.get(pk=record.pk)
    if moves := _is_move(current, values):
        _lock_for_move(current, values)
    _lock_parent(record)
    if moves or "level" in values:
        current = locked(record)
        proposed = _with_values(current, values)
        proposed.clean()
        _require_level_for_children(proposed)
        if moves:
            _require_place(proposed, current.reference_code)
    return write_changes(record, values, actor=actor, revision=revision, judged=judged)


@action_in_steps
def publish_record(
    *, actor: Actor, record: Record, revision: int | None = None, patience: float | None = None
) -> Record:
    """Make the record public, as far as its access level and everything above it allow.

    Raises NotAllowed; OwnWork where TWO_PERSONS is set and the actor wrote any of it since it was last approved.
    """
    return _set_status(actor, record, Record.Status.PUBLISHED, revision, patience)


@action_in_steps
def send_to_review(
    *, actor: Actor, record: Record, revision: int | None = None, patience: float | None = None
) -> Record:
    """Send a draft to review by a colleague. Raises NotAllowed."""
    return _set_status(actor, record, Record.Status.IN_REVIEW, revision, patience)


@action_in_steps
def return_to_draft(
    *, actor: Actor, record: Record, revision: int | None = None, patience: float | None = None
) -> Record:
    """Return a record from review to its authors. Raises NotAllowed."""
    return _set_status(actor, record, Record.Status.DRAFT, revision, patience)


@action_in_steps
def withdraw_record(
    *, actor: Actor, record: Record, revision: int | None = None, patience: float | None = None
) -> Record:
    """Hide a record from the public; its address says that it was withdrawn. Raises NotAllowed."""
    return _set_status(actor, record, Record.Status.WITHDRAWN, revision, patience)


@action_in_steps
def set_access(
    *,
    actor: Actor,
    record: Record,
    revision: int | None,
    level: str,
    until: datetime.date | None = None,
    reason: str = "",
    patience: float | None = None,
) -> Record:
    """Open, restrict or close a record. level: of Record.Access; until: the day the closure ends, None for never;
    reason: why, needed unless it is open. Raises NotAllowed, StaleChange, ValidationError."""
    changed = _write_access(actor, record, revision, level, until, reason)
    finish_spreads(records=[changed.pk], patience=patience)
    return changed


@action
def _write_access(
    actor: Actor, record: Record, revision: int | None, level: str, until: datetime.date | None, reason: str
) -> Record:
    require(actor, "close_record")
    require_visible(actor, record)
    if level not in Record.Access.values:
        raise ValidationError({"access_level": _("Choose one of the levels of access.")})
    if level != Record.Access.OPEN and not reason.strip():
        raise ValidationError({"access_reason": _("Say why it is closed: the reason is kept for those who open it.")})
    if level == Record.Access.OPEN:
        until, reason = None, ""
    _lock_parent(record)
    values = {"access_level": level, "access_until": until, "access_reason": reason.strip()}
    return write_changes(record, values, actor=actor, revision=revision)


@action_in_steps
def trash_record(*, actor: Actor, record: Record, patience: float | None = None) -> Record:
    """Move a record to the trash, from which it can be restored; everything below it is hidden too. Raises
    NotAllowed."""
    return _set_trashed(actor, record, timezone.now(), patience)


@action_in_steps
def restore_record(*, actor: Actor, record: Record, patience: float | None = None) -> Record:
    """Restore a record from the trash. Raises NotAllowed."""
    return _set_trashed(actor, record, None, patience)


def _set_trashed(actor: Actor, record: Record, trashed_at: datetime.datetime | None, patience: float | None) -> Record:
    @action
    def write() -> Record:
        require(actor, "delete_record")
        require_visible(actor, record)
        _lock_parent(record)
        trashed_by = actor.pk if trashed_at is not None else None
        return write_changes(record, {"trashed_at": trashed_at, "trashed_by": trashed_by}, actor=actor, revision=None)

    changed = write()
    finish_spreads(records=[changed.pk], patience=patience)
    return changed


@action
def create_file_records(*, actor: Actor, repository: Repository, numbers: Sequence[str], status: str) -> dict[str, int]:
    """Save new files at the top of a repository, one for each number, with everything that single saves would write.

    Returns their primary keys by number. Raises NotAllowed; ValidationError for a number that cannot be given.
    """
    require(actor, "add_record")
    if status != Record.Status.DRAFT:
        require(actor, "publish_record")
    for number in numbers:
        require_number(number)
    records = [
        Record(
            repository=repository,
            code=number[:60],
            level=Record.Level.FILE,
            title_vi=f"Hồ sơ {number}",
            title_en=f"File {number}",
            status=status,
        )
        for number in numbers
    ]
    for record in records:
        record.derive()
    Record.objects.bulk_create(records, batch_size=200)
    identifiers = []
    for number, record in zip(numbers, records, strict=True):
        scheme = clean_identifier(number).scheme
        known_scheme = scheme if scheme in Identifier.Scheme.values else Identifier.Scheme.LOCAL
        identifiers.append(Identifier(record=record, value=number, scheme=known_scheme, primary=True))
        identifiers[-1].derive()
    Identifier.objects.bulk_create(identifiers, batch_size=1000)
    user = actor if isinstance(actor, User) else None
    write_creation_history(Record, [record.pk for record in records], user)
    write_creation_history(Identifier, [identifier.pk for identifier in identifiers], user)
    enqueue_changes(("record", record.pk) for record in records)
    return {number: record.pk for number, record in zip(numbers, records, strict=True)}


def require_visible(actor: Actor, record: Record) -> None:
    """Raise NotAllowed if the actor may not see the record."""
    if not may_see(actor, record):
        raise NotAllowed("view_record")


def authors_of(record: Record) -> set[int]:
    """Primary keys of the users who wrote the record since it was last made public, including its creator. Users who
    only decided about it (returned it, withdrew it, closed it) did not write it."""
    states = record.history.order_by("history_date", "history_id").values()
    authors = {record.created_by_id} if record.created_by_id else set[int]()
    previous: dict[str, Any] = {}
    for state in states:
        if state["history_user_id"] and any(state[name] != previous.get(name) for name in _WRITTEN):
            authors.add(state["history_user_id"])
        if state["status"] == Record.Status.PUBLISHED != previous.get("status"):
            authors = set()
        previous = state
    return authors


_WRITTEN = [field.attname for field in Record._meta.concrete_fields if field.name not in NOT_DESCRIBED]


def _set_status(actor: Actor, record: Record, status: str, revision: int | None, patience: float | None) -> Record:
    @action
    def write() -> Record:
        _lock_parent(record)
        current = locked(record)
        unpublished = status in BEFORE_PUBLISHING and current.status in BEFORE_PUBLISHING
        require(actor, "change_record" if unpublished else "publish_record")
        require_visible(actor, current)
        if status == Record.Status.PUBLISHED and settings.TWO_PERSONS and actor.pk in authors_of(current):
            raise OwnWork
        return write_changes(record, {"status": status}, actor=actor, revision=revision)

    changed = write()
    finish_spreads(records=[changed.pk], patience=patience)
    return changed


BEFORE_PUBLISHING = (Record.Status.DRAFT, Record.Status.IN_REVIEW)


def _lock_parent(record: Record) -> None:
    """Lock the parent before the record itself. A spread locks from the top down, so locking from the bottom up could
    deadlock with it."""
    parent = Record._base_manager.filter(pk=record.pk).values_list("parent_id", flat=True).first()
    if parent is not None:
        list(Record._base_manager.select_for_update(no_key=True).filter(pk=parent).values_list("pk"))


def _is_move(record: Record, values: Mapping[str, Any]) -> bool:
    def key_of(value: Any) -> Any:
        return getattr(value, "pk", value)

    return any(name in values and key_of(values[name]) != key_of(getattr(record, name)) for name in HIERARCHY_FIELDS)


def _require_level_for_children(record: Record) -> None:
    """Refuse a level that is too low for the record's children."""
    too_high = [level for level, rank in Record.RANK.items() if rank <= Record.RANK[record.level]]
    child = record.children.filter(level__in=too_high).first()
    if child is not None:
        raise ValidationError(
            {
                "level": _("A %(level)s cannot stand within a %(above)s. Choose a record of a higher level.")
                % {"level": child.get_level_display(), "above": record.get_level_display()}
            }
        )


def _lock_for_move(record: Record, values: Mapping[str, Any]) -> None:
    """Allow one move at a time within a repository: two at once could put each of two records below the other."""
    repository = values.get("repository", record.repository_id)
    keys = {record.repository_id, getattr(repository, "pk", repository)}
    list(Repository.objects.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk"))


def _with_values(current: Record, values: Mapping[str, Any]) -> Record:
    """A copy of the record with these values set, not saved."""
    changed = copy(current)
    for name, value in values.items():
        field = Record._meta.get_field(name)
        setattr(changed, field.name if isinstance(value, models.Model) else field.attname, value)  # type: ignore[union-attr]
    changed.derive()
    return changed


def _require_place(record: Record, old_code: str = "") -> None:
    """Refuse an impossible place, and a reference code that another record has or that a record below would get from
    another. record: not saved; old_code: the reference code that it had."""
    record.clean()
    taken = Record._base_manager.filter(reference_code=record.reference_code).exclude(pk=record.pk).first()
    if taken is None and old_code:
        taken = _conflict_below(record, old_code)
    if taken is not None:
        raise ValidationError(
            {
                # Without the title: the actor may not be allowed to see the record that has the code.
                "code": _("The reference code %(code)s is that of another record. Choose another code.")
                % {"code": taken.reference_code}
            }
        )


def _conflict_below(record: Record, old_code: str) -> Record | None:
    """A record elsewhere that already has the code which a record below this one is about to get."""
    new_code = record.reference_code
    if old_code == new_code or not record.children.exists():
        return None
    elsewhere = Record._base_manager.filter(reference_code__startswith=f"{new_code}/").annotate(
        rest=Substr("reference_code", len(new_code) + 1)
    )
    for other in elsewhere.iterator():
        if record.pk in (ancestor.pk for ancestor in ancestors(other)):
            continue
        if Record._base_manager.filter(reference_code=old_code + other.rest).exists():
            return other
    return None
