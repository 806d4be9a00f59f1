"""All results of a search, for feeds, tables and programs, read in batches."""

from collections.abc import Iterator
from dataclasses import replace

from django.conf import settings

from catalog.engines.interface import EngineError
from catalog.records.queries import Asker, may_see_staff_notes
from catalog.search.engine import engine
from catalog.search.hits import Hit, load_hits
from catalog.search.params import SearchParams
from catalog.search.parsed_query import parse_query
from catalog.search.queries import engine_request

# The engine is asked for many keys at once, since each request starts again from the first hit; hits are loaded in
# small batches.
KEYS_AT_ONCE, BATCH = 20_000, 200
IN_A_FEED = 30


def iterate_hits(params: SearchParams, asker: Asker, most: int | None = None) -> Iterator[Hit]:
    """The hits of a search that `asker` may see, from the first on: all of them, or those among the first `most` that
    the engine finds. Raises EngineError."""
    query = parse_query(params.q, asker)
    request = engine_request(params, query, asker)
    offset = 0
    while request is not None and (most is None or offset < most):
        size = KEYS_AT_ONCE if most is None else min(KEYS_AT_ONCE, most - offset)
        results = engine().search(replace(request, offset=offset, limit=size, facets=(), seconds=30))
        for start in range(0, len(results.hits), BATCH):
            batch = results.hits[start : start + BATCH]
            yield from load_hits([hit.key for hit in batch], query.words, asker)
        offset += len(results.hits)
        if len(results.hits) < size:
            return


def download_limit(asker: Asker) -> int | None:
    """How many results `asker` may download as a table; None: all."""
    return None if may_see_staff_notes(asker) else settings.PUBLIC_TABLE_ROWS


def newest_hits(params: SearchParams, asker: Asker) -> list[Hit]:
    """The hits of a search that were published last, newest first. Raises EngineError."""
    return list(iterate_hits(replace(params, sort="newest", page=1), asker, IN_A_FEED))


__all__ = ["EngineError", "download_limit", "iterate_hits", "newest_hits"]
