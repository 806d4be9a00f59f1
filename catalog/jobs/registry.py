"""The kinds of work there are: rooms name theirs in a module `jobs.py`, and nobody lists them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.jobs.models import Job

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from catalog.jobs.handle import Handle

CATALOG = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Kind:
    """One kind of work. words: what it is called; tries: how often in a row without headway; pause: seconds before the
    second try, doubled before each further one; again: whether a person may have it tried again after its end."""

    name: str
    words: "str | _StrPromise"
    act: "Callable[[Handle], None]"
    lane: str
    tries: int
    pause: float
    daily_at: int | None
    again: bool
    given_up: Callable[[Job], None] | None


_KINDS: dict[str, Kind] = {}


def job(
    name: str,
    words: "str | _StrPromise",
    *,
    lane: str = "default",
    tries: int = 5,
    pause: float = 10.0,
    daily_at: int | None = None,
    again: bool = True,
    given_up: Callable[[Job], None] | None = None,
) -> "Callable[[Callable[[Handle], None]], Callable[[Handle], None]]":
    """Make a function the handler of a kind of work. See the room's docstring for what the arguments mean.

    Raises ValueError where the name is taken by another function.
    """

    def mark(act: "Callable[[Handle], None]") -> "Callable[[Handle], None]":
        standing = _KINDS.get(name)
        if standing is not None and standing.act.__module__ != act.__module__:
            raise ValueError(f"two handlers are called {name}")
        _KINDS[name] = Kind(name, words, act, lane, tries, pause, daily_at, again, given_up)
        return act

    return mark


def kinds() -> dict[str, Kind]:
    """Every kind by its name."""
    _discover()
    return _KINDS


def lanes() -> dict[str, list[str]]:
    """The names of kinds by lane."""
    found: dict[str, list[str]] = {}
    for kind in kinds().values():
        found.setdefault(kind.lane, []).append(kind.name)
    return found


@cache
def _discover() -> None:
    """Import every `jobs.py`, when kinds are first asked for: a command that needs none is not slowed down."""
    for path in sorted(CATALOG.glob("**/jobs.py")):
        parts = path.relative_to(CATALOG.parent).with_suffix("").parts
        # Pages of the desk about jobs are no handlers.
        if parts[1] not in ("desk", "web", "api", "management"):
            import_module(".".join(parts))
