"""System checks, run at start and by `manage.py check`: the engine is installed, and large enough for the catalogue."""

from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.db import Error as DatabaseError

from catalog.records.models import Page, Record

LARGER_ENGINE = {"whoosh": "tantivy"}
PACKAGES = {"tantivy": "tantivy", "opensearch": "opensearchpy"}


def engine_is_installed(**_: Any) -> list[CheckMessage]:
    """An error where the package of the chosen engine is not installed."""
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
    """A warning where the catalogue is larger than the engine answers quickly for. It reads the database, so Django
    runs it only with --database."""
    overload = engine_overload()
    if overload is None:
        return []
    size, most, larger_engine = overload
    return [
        Warning(
            f"{size:,} records and pages are more than the search engine {settings.SEARCH_ENGINE} answers for at once "
            f"({most:,}).",
            id="catalog.W001",
            hint=f"Install the extra {larger_engine} and set SEARCH_ENGINE={larger_engine}; then run: manage.py index",
        )
    ]


def engine_overload() -> tuple[int, int, str] | None:
    """Where the catalogue has outgrown the engine: (records and pages there are, those the engine is good for, the name
    of an engine for more); None where it has not."""
    most = settings.SEARCH_ENGINE_LIMITS.get(settings.SEARCH_ENGINE)
    if most is None:
        return None
    try:
        size = Record.objects.count() + Page.objects.count()
    except DatabaseError:
        return None
    return (size, most, LARGER_ENGINE[settings.SEARCH_ENGINE]) if size > most else None
