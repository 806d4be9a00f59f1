"""How the catalogue is written: by actions, each with an actor, a permission, a revision and one short transaction.

An action is a function marked with `@action`. It checks the permission with `require`, writes new rows with `write_new`
and changes with `write_changes`. Nothing else writes a catalogue row: the test suite refuses an INSERT, UPDATE or
DELETE on these tables while no action runs (`tests/guard.py`).
"""

from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeVar

from django.core.exceptions import PermissionDenied
from django.db import models, transaction

P = ParamSpec("P")
R = TypeVar("R")
M = TypeVar("M", bound=models.Model)

_running: ContextVar[str] = ContextVar("running_action", default="")


class Actor(Protocol):
    """Who does something: a user, or the service itself (`HOUSE`)."""

    @property
    def pk(self) -> Any:
        """Primary key; None for the service itself and for visitors."""

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Whether the actor holds the permission `app.codename`."""


class House:
    """The service itself: commands that an administrator runs on the host, the worker, the demonstration archive.

    It has all permissions: a person who can run a command can also write the database file, so a check would protect
    nothing.
    """

    pk: Any = None

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Everything is allowed."""
        return True

    def __str__(self) -> str:
        return "the house"


HOUSE = House()


class NotAllowed(PermissionDenied):
    """The actor lacks a permission. `permission` is its codename without the app; a page answers 403."""

    def __init__(self, permission: str) -> None:
        super().__init__(permission)
        self.permission = permission


@dataclass(frozen=True)
class Clash:
    """A field that two people changed. field: its name; base: its value when the refused change began, None where that
    is not known; wanted: the value of the refused change; current: the value in the database now."""

    field: str
    base: Any
    wanted: Any
    current: Any


class StaleChange(Exception):
    """Others have changed the same fields of the row in the meantime. Nothing was written.

    row: in its current state; clashes: the fields that both changed; values: those of the refused change, merged with
    what the others changed in other fields.
    """

    def __init__(self, row: models.Model, clashes: Sequence[Clash], values: Mapping[str, Any]) -> None:
        super().__init__(", ".join(clash.field for clash in clashes))
        self.row, self.clashes, self.values = row, tuple(clashes), dict(values)


class RevisionedModel(models.Model):
    """A row that counts its changes, so that a change which began from an older state is noticed.

    `derive` fills in the columns that follow from other columns of the row; `DERIVED` names them. `before_write` and
    `after_write` run in the transaction of an action and do what needs other rows.
    """

    DERIVED: Sequence[str] = ()

    revision = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True

    def derive(self) -> None:
        """Fill in the columns that follow from the others of this row."""

    def before_write(self, actor: Actor, changed: frozenset[str]) -> frozenset[str]:
        """Fill in what follows from other rows, before an action saves the row. Returns the fields that it filled in.

        changed: names of the fields that will change; for a new row all of them.
        """
        return frozenset()

    def after_write(self, actor: Actor, changed: frozenset[str]) -> None:
        """Write what follows from the row in other tables, after an action has saved it."""

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Fill in the derived columns and save."""
        self.derive()
        if (columns := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*columns, *self.DERIVED}
        super().save(*args, **kwargs)


def action(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a function as an action: it runs in one transaction, and catalogue rows may be written only inside one."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        token = _running.set(function.__name__)
        try:
            with transaction.atomic():
                return function(*args, **kwargs)
        finally:
            _running.reset(token)

    return run


def action_in_steps(function: Callable[P, R]) -> Callable[P, R]:
    """Mark an action that runs in several short transactions, each of which leaves a consistent state."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        token = _running.set(function.__name__)
        try:
            return function(*args, **kwargs)
        finally:
            _running.reset(token)

    return run


def running_action() -> str:
    """The name of the running action, '' if none runs."""
    return _running.get()


def require(actor: Actor, *permissions: str) -> None:
    """Raise NotAllowed unless the actor has all the permissions (codenames of this app)."""
    for permission in permissions:
        if not actor.has_perm(f"catalog.{permission}"):
            raise NotAllowed(permission)


def write_new(row: M, *, actor: Actor) -> M:
    """Save a new row with everything that follows from it. Call within an action. Returns the row."""
    fields = frozenset(field.name for field in row._meta.concrete_fields)
    set_history_user(row, actor)
    if isinstance(row, RevisionedModel):
        row.before_write(actor, fields)
        row.save(force_insert=True)
        row.after_write(actor, fields)
    else:
        row.save(force_insert=True)
    return row


def locked(row: M) -> M:
    """The current state of the row, locked until the end of the transaction. Raises the model's DoesNotExist."""
    current: M = type(row)._base_manager.select_for_update(of=("self",), no_key=True).get(pk=row.pk)
    return current


def write_changes(
    row: M, values: Mapping[str, Any], *, actor: Actor, revision: int | None, judged: Mapping[str, Any] | None = None
) -> M:
    """Change the columns of a row that differ, and increase its revision. Call within an action.

    values: field names with their new values (foreign keys as rows or primary keys). revision: that of the row when the
    change began; None for a change that is computed from the current row. If others have changed the row since then,
    fields that only one side changed are merged. judged: for a change that was refused before and is sent again, the
    value of each clashing field when the person decided; the decision is valid as long as the field has that value.

    Returns the row in its new state; `row` itself is not changed. Raises StaleChange if both changed the same field.
    """
    current = locked(row)
    wanted = {current._meta.get_field(name).attname: _primary_key_or_value(value) for name, value in values.items()}  # type: ignore[union-attr]
    if revision is not None and isinstance(current, RevisionedModel) and revision != current.revision:
        wanted = _merged(current, wanted, revision, judged or {})
    changed = [name for name, value in wanted.items() if getattr(current, name) != value]
    if not changed:
        return current
    for name in changed:
        setattr(current, name, wanted[name])
    names = frozenset(current._meta.get_field(name).name for name in changed)
    set_history_user(current, actor)
    if not isinstance(current, RevisionedModel):
        current.save(update_fields=names)
        return current
    current.revision += 1
    filled_in = current.before_write(actor, names)
    current.save(update_fields={*names, *filled_in, "revision"} | _change_times(current))
    current.after_write(actor, names | filled_in)
    return current


def base_of(row: models.Model, revision: int) -> models.Model | None:
    """The row as it was at `revision`, from its history; None if the history does not have it."""
    history = getattr(row, "history", None)
    if history is None:
        return None
    base: models.Model | None = history.filter(revision=revision).order_by("-history_date", "-history_id").first()
    return base


def _merged(current: models.Model, wanted: dict[str, Any], revision: int, judged: Mapping[str, Any]) -> dict[str, Any]:
    base = base_of(current, revision)
    merged: dict[str, Any] = {}
    clashes = []
    for name, value in wanted.items():
        current_value = getattr(current, name)
        base_known = base is not None and hasattr(base, name)
        base_value = getattr(base, name) if base_known else None
        if value == current_value or (base_known and base_value == current_value):
            merged[name] = value
        elif base_known and value == base_value:
            merged[name] = current_value
        elif name in judged and judged[name] == current_value:
            merged[name] = value
        else:
            clashes.append(Clash(current._meta.get_field(name).name, base_value, value, current_value))
    if clashes:
        raise StaleChange(current, clashes, wanted | merged)
    return merged


def _primary_key_or_value(value: Any) -> Any:
    return value.pk if isinstance(value, models.Model) else value


def _change_times(row: models.Model) -> set[str]:
    """The fields that hold when the row was last changed."""
    return {field.name for field in row._meta.concrete_fields if getattr(field, "auto_now", False)}


def set_history_user(row: models.Model, actor: Actor) -> None:
    """Have the history name the actor; nobody if the service itself writes."""
    row._history_user = actor if actor.pk is not None else None  # type: ignore[attr-defined]
