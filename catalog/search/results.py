"""Whole lists of results, for feeds, tables and programs: as many as wanted, a batch at a time."""

from collections.abc import Iterator
from dataclasses import replace

from catalog.engines.interface import EngineError
from catalog.records.queries import Asker, may_see_staff_notes
from catalog.search.engine import engine
from catalog.search.hits import Hit, loaded
from catalog.search.params import SearchParams
from catalog.search.parsed_query import parse_query
from catalog.search.queries import request_of

MOST_FOR_THE_PUBLIC = 1000
# The engine is asked for many keys at once, since every question begins from the first hit; a few at a time are loaded.
KEYS_AT_ONCE, BATCH = 20_000, 200
IN_A_FEED = 30


def every_hit(params: SearchParams, asker: Asker, most: int | None = None) -> Iterator[Hit]:
    """Hits of a search from the first on, as `asker` may see them; all of them, or `most`. Raises EngineError."""
    asked = parse_query(params.q, asker)
    request = request_of(params, asked, asker)
    at = 0
    while request is not None and (most is None or at < most):
        size = KEYS_AT_ONCE if most is None else min(KEYS_AT_ONCE, most - at)
        found = engine().search(replace(request, offset=at, limit=size, facets=(), seconds=30))
        for first in range(0, len(found.hits), BATCH):
            yield from loaded([hit.key for hit in found.hits[first : first + BATCH]], asked.words, asker)
        at += len(found.hits)
        if len(found.hits) < size:
            return


def how_many_for(asker: Asker) -> int | None:
    """How many results `asker` may take away as a table; None: all."""
    return None if may_see_staff_notes(asker) else MOST_FOR_THE_PUBLIC


def newest(params: SearchParams, asker: Asker) -> list[Hit]:
    """The latest published of what a search finds. Raises EngineError."""
    return list(every_hit(replace(params, sort="newest", page=1), asker, IN_A_FEED))


__all__ = ["EngineError", "every_hit", "how_many_for", "newest"]
