"""The one engine in use, by the setting SEARCH_ENGINE."""

from functools import cache
from pathlib import Path

from django.conf import settings

from catalog.engines.interface import Engine
from catalog.engines.whoosh_engine import WhooshEngine


@cache
def engine_in(folder: Path) -> Engine:
    """The engine whose index lies in `folder`; one a process, so that its open index is shared by threads."""
    return WhooshEngine(folder)


def engine() -> Engine:
    """The engine of this site."""
    return engine_in(Path(settings.SEARCH_INDEX_DIR))
