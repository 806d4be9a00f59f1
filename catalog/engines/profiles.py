"""Facets kept together for counting: all a document bears of a row of facets as one value, parted again when counted.

A column with one value a document is counted several times faster than one with many, and one pass does for a whole row.
Rows keep the number of different values small.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache

ROWS = (("kind", "level", "scans", "language"), ("repository", "lender", "decade"))
MOST_PROFILES = 60_000
BETWEEN = "\x1f"
COLUMNS = tuple(f"profile{at}" for at in range(len(ROWS)))


def column_of(facet: str) -> str:
    """The column in which a facet is counted; one that stands in no row, in the last."""
    return next((COLUMNS[at] for at, names in enumerate(ROWS) if facet in names), COLUMNS[-1])


def columns_of(facets: Iterable[str]) -> list[str]:
    """The columns that these facets are counted in, each once."""
    return list(dict.fromkeys(map(column_of, facets)))


def profiles(facets: Mapping[str, tuple[str, ...]]) -> Mapping[str, str]:
    """A document's value of every column."""
    return _profiles(tuple(facets.items()))


@lru_cache(maxsize=20_000)
def _profiles(facets: tuple[tuple[str, tuple[str, ...]], ...]) -> Mapping[str, str]:
    borne: dict[str, list[str]] = {column: [] for column in COLUMNS}
    for name, values in facets:
        borne[column_of(name)] += [f"{name}={value}" for value in values]
    return {column: BETWEEN.join(sorted(pairs)) for column, pairs in borne.items()}


def by_facet(counts: Iterable[tuple[str, int]]) -> dict[str, dict[str, int]]:
    """Counts of profiles, parted into counts of values by facet."""
    by_name: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for profile, count in counts:
        for pair in profile.split(BETWEEN) if profile else ():
            name, _, value = pair.partition("=")
            by_name[name][value] += count
    return by_name
