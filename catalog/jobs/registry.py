"""The kinds of jobs: each room registers its own in a module `jobs.py`; there is no central list."""

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
    """One kind of job. words: its name for people; act: its handler; tries: how often in a row without progress; pause:
    seconds before the second try, doubled before each further one; again: whether a person may start it again after it
    has ended."""

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
    """Make a function the handler of a kind of job. For the arguments see the docstring of this package.

    Raises ValueError if another function has the name.
    """

    def mark(act: "Callable[[Handle], None]") -> "Callable[[Handle], None]":
        existing = _KINDS.get(name)
        if existing is not None and existing.act.__module__ != act.__module__:
            raise ValueError(f"two handlers are called {name}")
        _KINDS[name] = Kind(name, words, act, lane, tries, pause, daily_at, again, given_up)
        return act

    return mark


def kinds() -> dict[str, Kind]:
    """Every kind of job by its name."""
    _discover()
    return _KINDS


def lanes() -> dict[str, list[str]]:
    """The names of kinds by lane."""
    names_by_lane: dict[str, list[str]] = {}
    for kind in kinds().values():
        names_by_lane.setdefault(kind.lane, []).append(kind.name)
    return names_by_lane


@cache
def _discover() -> None:
    """Import every `jobs.py`. Only when kinds are first needed, so that other commands are not slowed down."""
    for path in sorted(CATALOG.glob("**/jobs.py")):
        parts = path.relative_to(CATALOG.parent).with_suffix("").parts
        # In these rooms `jobs.py` is a page about jobs, not handlers.
        if parts[1] not in ("desk", "web", "api", "management"):
            import_module(".".join(parts))


def call_given_up(job: Job) -> None:
    """Call the `given_up` of the kind of a job that failed or was stopped."""
    job_kind = kinds().get(job.kind)
    if job_kind is not None and job_kind.given_up is not None:
        job_kind.given_up(job)
