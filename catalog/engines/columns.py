"""The columns of an index: everything about its documents except their words. All counts of an answer come from them.

A set of documents is one large integer with one byte per document, 1 if it belongs to the set. Sets are combined by &
and | and counted in microseconds. Suitable for some hundred thousand documents in a process. Our own code, since Whoosh
collects, filters and counts facets hit by hit in Python.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from catalog.engines.interface import Facet, SearchRequest, sorted_facet

BitSet = int
UNDATED = 10**9


@dataclass(frozen=True)
class Row:
    """What is stored of a document; `length` in words. See Document for the rest."""

    key: str
    kind: str
    audience: str
    facets: dict[str, tuple[str, ...]]
    date_from: int | None
    date_to: int | None
    number: str
    newest: float
    group: str
    above: tuple[str, ...]
    revision: str
    length: int


def set_of(flags: bytes | bytearray) -> BitSet:
    """The set of the documents whose byte is 1."""
    return int.from_bytes(flags, "little")


class Columns:
    """Columns of `rows` in document order; None for a deleted document."""

    def __init__(self, rows: Sequence[Row | None]) -> None:
        self.size = len(rows)
        self.rows = rows
        flags: dict[tuple[str, str], bytearray] = defaultdict(lambda: bytearray(self.size))
        alive = bytearray(self.size)
        for index, row in enumerate(rows):
            if row is None:
                continue
            alive[index] = 1
            flags["kind", row.kind][index] = 1
            flags["audience", row.audience][index] = 1
            for name, values in row.facets.items():
                for value in values:
                    flags[f"facet {name}", value][index] = 1
        self.alive: BitSet = set_of(alive)
        self._sets: dict[str, dict[str, BitSet]] = defaultdict(dict)
        for (name, value), set_flags in flags.items():
            self._sets[name][value] = set_of(set_flags)

    def any_of(self, name: str, values: Iterable[str]) -> BitSet:
        """Documents that have any of `values`; `name` is kind, audience or `facet NAME`."""
        result = 0
        for value in values:
            result |= self._sets.get(name, {}).get(value, 0)
        return result

    def between(self, first: int | None, last: int | None, *, certain: bool) -> BitSet:
        """Documents whose dates lie completely (`certain`), or may lie, between two days (ordinals)."""
        first_day, last_day = (first or -UNDATED), (last if last is not None else UNDATED - 1)
        if certain:
            return self._dated_between("date_from", first_day, UNDATED - 1) & self._dated_between(
                "date_to", -UNDATED, last_day
            )
        return self._dated_between("date_to", first_day, UNDATED - 1) & self._dated_between(
            "date_from", -UNDATED, last_day
        )

    def of_groups(self, groups: Iterable[str]) -> BitSet:
        """Documents of any of these groups."""
        flags = bytearray(self.size)
        for group in groups:
            for index in self._by_group.get(group, ()):
                flags[index] = 1
        return set_of(flags)

    def without_below(self, records: Iterable[str]) -> BitSet:
        """Documents that are not below any of `records`; without deleted ones."""
        hidden = set(records)
        flags = bytearray(self.size)
        for index, row in enumerate(self.rows):
            if row is not None and not hidden.isdisjoint(row.above):
                flags[index] = 1
        return self.alive & ~set_of(flags)

    def without_keys(self, keys: Iterable[str]) -> BitSet:
        """Documents whose key is none of `keys`; without deleted ones."""
        flags = bytearray(self.size)
        for key in keys:
            if (index := self._by_key.get(key)) is not None:
                flags[index] = 1
        return self.alive & ~set_of(flags)

    def counts(self, name: str, documents: BitSet) -> list[tuple[str, int]]:
        """How many of `documents` have each value of `name`."""
        return [(value, (documents & value_set).bit_count()) for value, value_set in self._sets.get(name, {}).items()]

    def facet(self, name: str, documents: BitSet) -> Facet:
        """The values of a facet among `documents`, with their counts."""
        return sorted_facet(self.counts(f"facet {name}", documents))

    def group_counts(self, groups: Iterable[str], documents: BitSet) -> dict[str, int]:
        """How many of `documents` belong to each of `groups`; groups without any are left out."""
        flags = documents.to_bytes(self.size, "little")
        counts = {group: sum(flags[index] for index in self._by_group.get(group, ())) for group in groups}
        return {group: count for group, count in counts.items() if count}

    def order(self, sort: str) -> Sequence[int]:
        """Document numbers in order of date, number or newest, then by key."""
        return self._orders[sort]

    @cached_property
    def length_factors(self) -> list[float]:
        """BM25's k1 · (1 - b + b · length / average) of each document, with k1 1.2 and b 0.75 (Robertson and Zaragoza
        2009, 3.8)."""
        lengths = [row.length if row else 0 for row in self.rows]
        average = (sum(lengths) / max(1, len(lengths))) or 1.0
        return [1.2 * (0.25 + 0.75 * length / average) for length in lengths]

    @cached_property
    def _by_key(self) -> dict[str, int]:
        return {row.key: index for index, row in enumerate(self.rows) if row}

    @cached_property
    def _by_group(self) -> dict[str, list[int]]:
        groups: dict[str, list[int]] = defaultdict(list)
        for index, row in enumerate(self.rows):
            if row and row.group:
                groups[row.group].append(index)
        return groups

    @cached_property
    def _orders(self) -> dict[str, list[int]]:
        alive = [(row, index) for index, row in enumerate(self.rows) if row]
        dated = sorted(
            alive, key=lambda pair: (UNDATED if pair[0].date_from is None else pair[0].date_from, pair[0].key)
        )
        return {
            "date": [index for _, index in dated],
            "number": [index for _, index in sorted(alive, key=lambda pair: (pair[0].number, pair[0].key))],
            "newest": [index for _, index in sorted(alive, key=lambda pair: (-pair[0].newest, pair[0].key))],
        }

    @cached_property
    def _days(self) -> dict[str, tuple[list[int], list[int]]]:
        days = {}
        for name in ("date_from", "date_to"):
            dated = sorted(
                (day, index) for index, row in enumerate(self.rows) if row and (day := getattr(row, name)) is not None
            )
            days[name] = ([day for day, _ in dated], [index for _, index in dated])
        return days

    def _dated_between(self, name: str, first: int, last: int) -> BitSet:
        days, indexes = self._days[name]
        flags = bytearray(self.size)
        for index in indexes[bisect_left(days, first) : bisect_right(days, last)]:
            flags[index] = 1
        return set_of(flags)


@dataclass(frozen=True)
class NarrowedSet:
    """The documents that match the words of a request, narrowed by its filters."""

    columns: Columns
    request: SearchRequest
    matching: BitSet

    @cached_property
    def _base(self) -> BitSet:
        base = self.matching & self.columns.any_of("audience", self.request.audiences)
        if self.request.without:
            base &= self.columns.without_keys(self.request.without)
        if self.request.without_below:
            base &= self.columns.without_below(self.request.without_below)
        if self.request.groups:
            base &= self.columns.of_groups(self.request.groups)
        if self.dated:
            base &= self.columns.between(self.request.date_from, self.request.date_to, certain=self.request.certain)
        return base

    @property
    def dated(self) -> bool:
        """Whether dates were asked for."""
        return self.request.date_from is not None or self.request.date_to is not None

    def without_filter(self, facet: str = "") -> BitSet:
        """The documents narrowed by everything except one facet (or `kind document`)."""
        result = self._base
        if facet != "kind document":
            result &= self.columns.any_of("kind", self.request.kinds)
        for name, values in self.request.filters.items():
            if name != facet:
                result &= self.columns.any_of(f"facet {name}", values)
        for name, values in self.request.excluded.items():
            if name != facet:
                result &= ~self.columns.any_of(f"facet {name}", values)
        return result

    @cached_property
    def documents(self) -> BitSet:
        """The documents narrowed by everything."""
        return self.without_filter()

    def facets(self) -> dict[str, Facet]:
        """The requested facets, each counted without its own filter."""
        chosen = {*self.request.filters, *self.request.excluded}
        return {
            name: self.columns.facet(name, self.without_filter(name) if name in chosen else self.documents)
            for name in self.request.facets
        }

    def certain(self) -> int | None:
        """How many of the found documents are dated completely between the requested days; None without dates."""
        if not self.dated:
            return None
        certainly_dated = self.columns.between(self.request.date_from, self.request.date_to, certain=True)
        return (self.documents & certainly_dated).bit_count()
