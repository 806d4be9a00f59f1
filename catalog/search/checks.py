"""Told at start and by `manage.py check`: an engine that is not installed, or that the catalogue has outgrown."""

from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.db import Error as DatabaseError

from catalog.records.models import Page, Record

# Records and pages up to which each engine answers at once on two cores (docs/benchmarks.md; None: not yet met).
COMFORTABLE = {"whoosh": 60_000, "tantivy": None}
NEXT = {"whoosh": "tantivy"}
PACKAGES = {"tantivy": "tantivy", "opensearch": "opensearchpy"}


def engine_is_installed(**_: Any) -> list[CheckMessage]:
    """The package of the chosen engine is there."""
    name = settings.SEARCH_ENGINE
    if name == "whoosh" or find_spec(PACKAGES[name]) is not None:
        return []
    return [
        Error(
            f"SEARCH_ENGINE={name}, but the package is not installed.",
            id="catalog.E001",
            hint=f"Install it with: pip install .[{name}], or leave SEARCH_ENGINE out.",
        )
    ]


def engine_is_large_enough(**_: Any) -> list[CheckMessage]:
    """The catalogue is not larger than the engine answers quickly for; asked of the database, so only with
    --database."""
    outgrown = how_far_outgrown()
    if outgrown is None:
        return []
    size, most, better = outgrown
    return [
        Warning(
            f"{size:,} records and pages are more than the search engine {settings.SEARCH_ENGINE} answers for at once "
            f"({most:,}).",
            id="catalog.W001",
            hint=f"Install the extra {better} and set SEARCH_ENGINE={better}; then run: manage.py index",
        )
    ]


def how_far_outgrown() -> tuple[int, int, str] | None:
    """(things there are, things the engine is good for, the engine to go over to); None while all is well."""
    most = COMFORTABLE.get(settings.SEARCH_ENGINE)
    if most is None:
        return None
    try:
        size = Record.objects.count() + Page.objects.count()
    except DatabaseError:
        return None
    return (size, most, NEXT[settings.SEARCH_ENGINE]) if size > most else None
