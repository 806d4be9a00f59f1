"""The profile of a document: everything by which it can be filtered, in one value, so that one pass counts everything.

A column with one value per document is counted many times faster than one with several values, or than several columns.
The count of each profile gives the totals, the kinds, and every facet without its own filter: no second pass is needed.
An archive has few profiles, since most combinations never occur.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from catalog.engines.interface import Document, Facet, SearchRequest, sorted_facet

COLUMN = "profile"
MOST_PROFILES = 60_000
SEPARATOR = "\x1f"


@dataclass(frozen=True)
class Counts:
    """As the fields of `Results` with the same names."""

    total: int
    kinds: Mapping[str, int]
    facets: Mapping[str, Facet]


def profile_of(document: Document) -> str:
    """The profile of a document: its kind, then its values of every facet."""
    return _encode(document.kind, tuple(document.facets.items()))


def counts_of(profiles: Iterable[tuple[str, int]], request: SearchRequest) -> Counts:
    """The counts of a request. profiles: how many documents of each profile match its words, dates, audiences and
    groups, before its kinds and facets narrow them."""
    total, kinds = 0, defaultdict[str, int](int)
    facets: dict[str, dict[str, int]] = {name: defaultdict(int) for name in request.facets}
    for profile, count in profiles:
        kind, values_by_facet = _decode(profile)
        failed = _failed_facets(values_by_facet, request)
        if not failed:
            kinds[kind] += count
        if kind not in request.kinds:
            continue
        total += 0 if failed else count
        for name, counts in facets.items():
            if not failed - {name}:
                for value in values_by_facet.get(name, ()):
                    counts[value] += count
    return Counts(total, dict(kinds), {name: sorted_facet(counts.items()) for name, counts in facets.items()})


def _failed_facets(values_by_facet: Mapping[str, tuple[str, ...]], request: SearchRequest) -> set[str]:
    """The facets by which a request excludes a document with these values."""
    failed = {name for name, values in request.filters.items() if not set(values) & set(values_by_facet.get(name, ()))}
    return failed | {
        name for name, values in request.excluded.items() if set(values) & set(values_by_facet.get(name, ()))
    }


@lru_cache(maxsize=MOST_PROFILES)
def _encode(kind: str, facets: tuple[tuple[str, tuple[str, ...]], ...]) -> str:
    return SEPARATOR.join([kind, *sorted(f"{name}={value}" for name, values in facets for value in values)])


@lru_cache(maxsize=MOST_PROFILES)
def _decode(profile: str) -> tuple[str, Mapping[str, tuple[str, ...]]]:
    kind, *pairs = profile.split(SEPARATOR)
    values_by_facet: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for pair in pairs:
        name, _, value = pair.partition("=")
        values_by_facet[name] += (value,)
    return kind, dict(values_by_facet)
