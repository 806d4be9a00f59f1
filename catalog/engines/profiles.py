"""All that a document can be narrowed by, kept as one value: one pass over what was found counts everything.

A column with one value a document is counted many times faster than one with many or than several columns, and from how
often each profile was found follow the totals, the kinds, and every facet with its own filter left out: no second pass.
An archive has few of them, since most of what could be combined never is.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from catalog.engines.interface import Document, Facet, SearchRequest, by_count

COLUMN = "profile"
MOST_PROFILES = 60_000
BETWEEN = "\x1f"


@dataclass(frozen=True)
class Counts:
    """What `Results` says of the same names."""

    total: int
    kinds: Mapping[str, int]
    facets: Mapping[str, Facet]


def profile_of(document: Document) -> str:
    """A document's value of COLUMN: its kind, then what it bears of every facet."""
    return _joined(document.kind, tuple(document.facets.items()))


def counts_of(profiles: Iterable[tuple[str, int]], request: SearchRequest) -> Counts:
    """What a request counts, from how often each profile was found by its words, dates, audiences and groups alone:
    before
    its kinds and facets narrowed it."""
    total, kinds = 0, defaultdict[str, int](int)
    facets: dict[str, dict[str, int]] = {name: defaultdict(int) for name in request.facets}
    for profile, count in profiles:
        kind, borne = _parted(profile)
        against = _against(borne, request)
        if not against:
            kinds[kind] += count
        if kind not in request.kinds:
            continue
        total += 0 if against else count
        for name, counted in facets.items():
            if not against - {name}:
                for value in borne.get(name, ()):
                    counted[value] += count
    return Counts(total, dict(kinds), {name: by_count(counted.items()) for name, counted in facets.items()})


def _against(borne: Mapping[str, tuple[str, ...]], request: SearchRequest) -> set[str]:
    """The facets by which a request leaves out what bears these."""
    wanted = {name for name, values in request.filters.items() if not set(values) & set(borne.get(name, ()))}
    return wanted | {name for name, values in request.excluded.items() if set(values) & set(borne.get(name, ()))}


@lru_cache(maxsize=MOST_PROFILES)
def _joined(kind: str, facets: tuple[tuple[str, tuple[str, ...]], ...]) -> str:
    return BETWEEN.join([kind, *sorted(f"{name}={value}" for name, values in facets for value in values)])


@lru_cache(maxsize=MOST_PROFILES)
def _parted(profile: str) -> tuple[str, Mapping[str, tuple[str, ...]]]:
    kind, *pairs = profile.split(BETWEEN)
    borne: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for pair in pairs:
        name, _, value = pair.partition("=")
        borne[name] += (value,)
    return kind, dict(borne)
