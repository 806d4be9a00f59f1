"""How the catalogue is written: by actions, each with its actor, its permission, its revision and one short
transaction.

An action is a function marked with `@action`. It asks `require` for the permission, writes new rows with `write_new`
and changes with `write_changes`, and nothing else in the house writes a catalogue row: the test suite refuses an
INSERT, UPDATE or DELETE on these tables while no action runs (`tests/conftest.py`).
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
    """Who does something: a user, or the house itself."""

    @property
    def pk(self) -> Any:
        """Primary key; None for the house itself and for visitors."""

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Whether the actor holds the permission `app.codename`."""


class House:
    """The service itself: commands that an administrator runs on the host, the worker, the demonstration archive.

    Whoever can run a command can write the database file, so that asking a permission there would protect nothing.
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
    """The row was changed meanwhile, in the same fields. Nothing was written.

    row: as it stands now; clashes: the fields changed by both; values: what the refused change wanted, with what the
    others changed elsewhere merged in.
    """

    def __init__(self, row: models.Model, clashes: Sequence[Clash], values: Mapping[str, Any]) -> None:
        super().__init__(", ".join(clash.field for clash in clashes))
        self.row, self.clashes, self.values = row, tuple(clashes), dict(values)


class RevisionedModel(models.Model):
    """A row that counts its changes, so that one that began from an older state is noticed.

    `derive` fills in what follows from the row's own columns, which `DERIVED` names; `before_write` and `after_write`
    do, in the transaction of an action, what needs other rows.
    """

    DERIVED: Sequence[str] = ()

    revision = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True

    def derive(self) -> None:
        """Fill in the columns that follow from the others of this row."""

    def before_write(self, actor: Actor, changed: frozenset[str]) -> frozenset[str]:
        """Fill in what follows from other rows, before the row is saved by an action; returns the columns that it
        filled in.

        changed: names of the fields that are about to change; all of a new row's.
        """
        return frozenset()

    def after_write(self, actor: Actor, changed: frozenset[str]) -> None:
        """Write what follows from the row, once it is saved by an action."""

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save with what follows from the row itself."""
        self.derive()
        if (columns := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*columns, *self.DERIVED}
        super().save(*args, **kwargs)


def action(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a function as an action: one transaction, and the only place where catalogue rows may be written."""

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
    """Mark an action that is several short transactions, each of which leaves a state that holds."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        token = _running.set(function.__name__)
        try:
            return function(*args, **kwargs)
        finally:
            _running.reset(token)

    return run


def running_action() -> str:
    """The name of the action that runs, '' where none does."""
    return _running.get()


def require(actor: Actor, *permissions: str) -> None:
    """Raise NotAllowed unless the actor holds every one of the permissions (codenames of this app)."""
    for permission in permissions:
        if not actor.has_perm(f"catalog.{permission}"):
            raise NotAllowed(permission)


def write_new(row: M, *, actor: Actor) -> M:
    """Save a new row with everything that follows from it. Call within an action. Returns the row."""
    every = frozenset(field.name for field in row._meta.concrete_fields)
    set_history_user(row, actor)
    if isinstance(row, RevisionedModel):
        row.before_write(actor, every)
        row.save(force_insert=True)
        row.after_write(actor, every)
    else:
        row.save(force_insert=True)
    return row


def locked(row: M) -> M:
    """The row as it stands, locked until the end of the transaction. Raises the model's DoesNotExist."""
    found: M = type(row)._base_manager.select_for_update(of=("self",), no_key=True).get(pk=row.pk)
    return found


def write_changes(
    row: M, values: Mapping[str, Any], *, actor: Actor, revision: int | None, judged: Mapping[str, Any] | None = None
) -> M:
    """Change the columns of a row, only those that differ, and count its revision up. Call within an action.

    values: field names with their new values (foreign keys as rows or primary keys). revision: that of the row when the
    change began; None for a change that is computed from the row as it stands. Where others changed the row meanwhile,
    fields that only one side changed are merged. judged: for a change that was refused before and is sent again, what
    stood in each clashing field when the person decided; that decision holds while it still stands.

    Returns the row as it now stands; `row` itself is left alone. Raises StaleChange where both changed the same field.
    """
    current = locked(row)
    wanted = {current._meta.get_field(name).attname: _plain(value) for name, value in values.items()}  # type: ignore[union-attr]
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
    filled = current.before_write(actor, names)
    current.save(update_fields={*names, *filled, "revision"} | _touched(current))
    current.after_write(actor, names | filled)
    return current


def base_of(row: models.Model, revision: int) -> models.Model | None:
    """The row as it stood at `revision`, from its history; None where that is not kept."""
    history = getattr(row, "history", None)
    if history is None:
        return None
    found: models.Model | None = history.filter(revision=revision).order_by("-history_date", "-history_id").first()
    return found


def _merged(current: models.Model, wanted: dict[str, Any], revision: int, judged: Mapping[str, Any]) -> dict[str, Any]:
    base = base_of(current, revision)
    merged: dict[str, Any] = {}
    clashes = []
    for name, mine in wanted.items():
        theirs = getattr(current, name)
        known = base is not None and hasattr(base, name)
        before = getattr(base, name) if known else None
        if mine == theirs or (known and before == theirs):
            merged[name] = mine
        elif known and mine == before:
            merged[name] = theirs
        elif name in judged and judged[name] == theirs:
            merged[name] = mine
        else:
            clashes.append(Clash(current._meta.get_field(name).name, before, mine, theirs))
    if clashes:
        raise StaleChange(current, clashes, wanted | merged)
    return merged


def _plain(value: Any) -> Any:
    return value.pk if isinstance(value, models.Model) else value


def _touched(row: models.Model) -> set[str]:
    """Columns that say when the row was last changed."""
    return {field.name for field in row._meta.concrete_fields if getattr(field, "auto_now", False)}


def set_history_user(row: models.Model, actor: Actor) -> None:
    """Have the history name the actor, and nobody where the house itself writes."""
    row._history_user = actor if actor.pk is not None else None  # type: ignore[attr-defined]
