"""What is known of every document of an index beside its words, as columns that a whole answer is counted from at once.

A set of documents is one large whole number with a byte for each of them, 1 where it belongs to the set: sets are
joined by & and |, and counted, in microseconds. Good to some hundred thousand documents in a process.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from catalog.engines.interface import Facet, SearchRequest, by_count

Set = int
UNDATED = 10**9


@dataclass(frozen=True)
class Row:
    """What is kept of a document; `length` in words. See Document for the rest."""

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


def set_of(flags: bytes | bytearray) -> Set:
    """The set in which a byte 1 stands for each document that belongs."""
    return int.from_bytes(flags, "little")


class Columns:
    """Columns of `rows` in document order; None where a document was deleted."""

    def __init__(self, rows: Sequence[Row | None]) -> None:
        self.size = len(rows)
        self.rows = rows
        flags: dict[tuple[str, str], bytearray] = defaultdict(lambda: bytearray(self.size))
        alive = bytearray(self.size)
        for at, row in enumerate(rows):
            if row is None:
                continue
            alive[at] = 1
            flags["kind", row.kind][at] = 1
            flags["audience", row.audience][at] = 1
            for name, values in row.facets.items():
                for value in values:
                    flags[f"facet {name}", value][at] = 1
        self.alive: Set = set_of(alive)
        self._sets: dict[str, dict[str, Set]] = defaultdict(dict)
        for (name, value), some in flags.items():
            self._sets[name][value] = set_of(some)

    def any_of(self, name: str, values: Iterable[str]) -> Set:
        """Documents that bear any of `values`; `name` is kind, audience or `facet NAME`."""
        found = 0
        for value in values:
            found |= self._sets.get(name, {}).get(value, 0)
        return found

    def between(self, first: int | None, last: int | None, *, certain: bool) -> Set:
        """Documents dated wholly (`certain`), or possibly, between two days (ordinals)."""
        lowest, highest = (first or -UNDATED), (last if last is not None else UNDATED - 1)
        if certain:
            return self._where("date_from", lowest, UNDATED - 1) & self._where("date_to", -UNDATED, highest)
        return self._where("date_to", lowest, UNDATED - 1) & self._where("date_from", -UNDATED, highest)

    def of_groups(self, groups: Iterable[str]) -> Set:
        """Documents of any of these groups."""
        flags = bytearray(self.size)
        for group in groups:
            for at in self._by_group.get(group, ()):
                flags[at] = 1
        return set_of(flags)

    def without_below(self, records: Iterable[str]) -> Set:
        """Documents alive that do not stand in any of `records`."""
        hidden = set(records)
        flags = bytearray(self.size)
        for at, row in enumerate(self.rows):
            if row is not None and not hidden.isdisjoint(row.above):
                flags[at] = 1
        return self.alive & ~set_of(flags)

    def without_keys(self, keys: Iterable[str]) -> Set:
        """Documents alive whose key is none of `keys`."""
        flags = bytearray(self.size)
        for key in keys:
            if (at := self._by_key.get(key)) is not None:
                flags[at] = 1
        return self.alive & ~set_of(flags)

    def counts(self, name: str, found: Set) -> list[tuple[str, int]]:
        """How many of `found` bear each value of `name`."""
        return [(value, (found & some).bit_count()) for value, some in self._sets.get(name, {}).items()]

    def facet(self, name: str, found: Set) -> Facet:
        """The values of a facet that `found` bear."""
        return by_count(self.counts(f"facet {name}", found))

    def group_counts(self, groups: Iterable[str], found: Set) -> dict[str, int]:
        """How many of `found` belong to each of `groups`."""
        flags = found.to_bytes(self.size, "little")
        counted = {group: sum(flags[at] for at in self._by_group.get(group, ())) for group in groups}
        return {group: count for group, count in counted.items() if count}

    def order(self, sort: str) -> Sequence[int]:
        """Document numbers in order of date, number or newest, then by key."""
        return self._orders[sort]

    @cached_property
    def stretched(self) -> list[float]:
        """BM25's k1 · (1 - b + b · length / average) of each document, k1 1.2, b 0.75 (Robertson and Zaragoza 2009,
        3.8)."""
        lengths = [row.length if row else 0 for row in self.rows]
        average = (sum(lengths) / max(1, len(lengths))) or 1.0
        return [1.2 * (0.25 + 0.75 * length / average) for length in lengths]

    @cached_property
    def _by_key(self) -> dict[str, int]:
        return {row.key: at for at, row in enumerate(self.rows) if row}

    @cached_property
    def _by_group(self) -> dict[str, list[int]]:
        groups: dict[str, list[int]] = defaultdict(list)
        for at, row in enumerate(self.rows):
            if row and row.group:
                groups[row.group].append(at)
        return groups

    @cached_property
    def _orders(self) -> dict[str, list[int]]:
        alive = [(row, at) for at, row in enumerate(self.rows) if row]
        dated = sorted(alive, key=lambda one: (UNDATED if one[0].date_from is None else one[0].date_from, one[0].key))
        return {
            "date": [at for _, at in dated],
            "number": [at for _, at in sorted(alive, key=lambda one: (one[0].number, one[0].key))],
            "newest": [at for _, at in sorted(alive, key=lambda one: (-one[0].newest, one[0].key))],
        }

    @cached_property
    def _days(self) -> dict[str, tuple[list[int], list[int]]]:
        days = {}
        for name in ("date_from", "date_to"):
            dated = sorted(
                (day, at) for at, row in enumerate(self.rows) if row and (day := getattr(row, name)) is not None
            )
            days[name] = ([day for day, _ in dated], [at for _, at in dated])
        return days

    def _where(self, name: str, lowest: int, highest: int) -> Set:
        days, places = self._days[name]
        flags = bytearray(self.size)
        for at in places[bisect_left(days, lowest) : bisect_right(days, highest)]:
            flags[at] = 1
        return set_of(flags)


@dataclass(frozen=True)
class Narrowed:
    """What a request leaves of the documents that its words were found in."""

    columns: Columns
    request: SearchRequest
    asked: Set

    @cached_property
    def _base(self) -> Set:
        base = self.asked & self.columns.any_of("audience", self.request.audiences)
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

    def leaving_out(self, facet: str = "") -> Set:
        """Everything narrowed by all but one facet (or `kind document`)."""
        left = self._base
        if facet != "kind document":
            left &= self.columns.any_of("kind", self.request.kinds)
        for name, values in self.request.filters.items():
            if name != facet:
                left &= self.columns.any_of(f"facet {name}", values)
        for name, values in self.request.excluded.items():
            if name != facet:
                left &= ~self.columns.any_of(f"facet {name}", values)
        return left

    @cached_property
    def found(self) -> Set:
        """What is left of everything."""
        return self.leaving_out()

    def facets(self) -> dict[str, Facet]:
        """The facets asked for, each with its own filter left out."""
        chosen = {*self.request.filters, *self.request.excluded}
        return {
            name: self.columns.facet(name, self.leaving_out(name) if name in chosen else self.found)
            for name in self.request.facets
        }

    def certain(self) -> int | None:
        """How many of what was found lie wholly between the dates asked for."""
        if not self.dated:
            return None
        wholly = self.columns.between(self.request.date_from, self.request.date_to, certain=True)
        return (self.found & wholly).bit_count()
