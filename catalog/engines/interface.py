"""What a full-text engine is to this house: it is given documents and requests in these words and nothing else.

The search room is the only caller. Engines know neither Django nor the database; they hold derived data that can be
thrown away and built again at any time.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, Protocol

from catalog.engines.highlights import Highlight
from catalog.engines.tree import Node

# What a document can be of.
KINDS = ("record", "page", "exhibition")


class EngineError(Exception):
    """The engine cannot answer or write now. The caller says so in one line and goes on without it."""


@dataclass(frozen=True)
class Document:
    """One thing that can be found.

    key: `kind:primary key`, unique. kind: one of KINDS. audience: its standing in the words of
    `records.queries.audience_of`. title, body: plain text, analysed by `rules.text`. fields: further parts of the body
    that can be asked for by name (name, unit, place, number); what stands in them stands in the body too. facets:
    values by facet name. date_from, date_to:
    proleptic ordinals of the earliest and latest day, both or neither. number: sorts by number. newest: a Unix time.
    group: key of the record it belongs to. above: keys of that record and of everything that it stands in.
    """

    key: str
    kind: str
    audience: str
    title: str
    body: str
    fields: Mapping[str, str] = field(default_factory=dict)
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    date_from: int | None = None
    date_to: int | None = None
    number: str = ""
    newest: float = 0.0
    group: str = ""
    above: tuple[str, ...] = ()

    @cached_property
    def revision(self) -> str:
        """What the index keeps to be compared: changes whenever anything in the document does (BLAKE2, 64 bits)."""
        beside = (
            len(self.title),
            len(self.body),
            *sorted(self.fields.items()),
            *sorted(self.facets.items()),
            self.date_from,
            self.date_to,
            self.number,
            self.newest,
            self.group,
            self.above,
        )
        said = f"{self.audience}\n{self.title}\n{self.body}\n{beside!r}"
        return hashlib.blake2b(said.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


@dataclass(frozen=True)
class SearchRequest:
    """One question. `query` None means everything.

    audiences: who asks, in the words of Document. filters: any of the values of each facet named; excluded: none of
    them; groups: only what belongs to these records; without: keys that are not there, whatever the index says;
    without_below: records that are not there, nor anything that stands in them.
    date_from, date_to: ordinals; what may lie between them is found, with `certain` only what lies wholly between.
    sort: relevance, date, number or newest. offset and limit count hits; limit 0 asks for counts alone. facets: names
    of those to count. by_group: count hits of each of `groups`. seconds: how long the answer may take.
    """

    query: Node | None
    kinds: tuple[str, ...]
    audiences: frozenset[str]
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    excluded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    without: frozenset[str] = frozenset()
    without_below: frozenset[str] = frozenset()
    date_from: int | None = None
    date_to: int | None = None
    certain: bool = False
    sort: str = "relevance"
    offset: int = 0
    limit: int = 20
    facets: tuple[str, ...] = ()
    by_group: bool = False
    seconds: float = 0.8


@dataclass(frozen=True)
class Hit:
    """A found document's key and its score (comparable within one answer only)."""

    key: str
    score: float


class Counted(NamedTuple):
    """A value of a facet and how many hits bear it."""

    value: str
    total: int


Facet = list[Counted]


@dataclass(frozen=True)
class Results:
    """The answer: how many, the asked-for slice, counts by kind, and counts by facet value, most frequent first.

    A facet's counts leave out its own filter, so that a second value can be chosen; so do the counts by kind. certain:
    how many of `total` lie wholly between the dates asked for; None where none were. groups: hits of each of the
    request's groups. complete: False where time ran out and there are more.
    """

    total: int
    hits: list[Hit]
    kinds: Mapping[str, int]
    facets: Mapping[str, Facet]
    certain: int | None = None
    groups: Mapping[str, int] = field(default_factory=dict)
    complete: bool = True


@dataclass(frozen=True)
class Capabilities:
    """What an engine is good for. comfortable: records and pages up to which it answers at once on two cores (measured:
    docs/benchmarks.md; None: not yet met). several_writers: whether more than one process may write. deadline: whether
    it stops by itself when `seconds` are over; the others are bounded by what a query may hold."""

    name: str
    comfortable: int | None
    several_writers: bool = False
    deadline: bool = False


Progress = Callable[[int], None]


class Engine(Protocol):
    """A full-text engine. Every method may raise EngineError and nothing else."""

    capabilities: Capabilities

    def search(self, request: SearchRequest) -> Results:
        """Answer a request. Called by web processes, many at once."""

    def apply(self, replace: Iterable[Document], remove: Iterable[str]) -> None:
        """Write and remove documents durably, both or neither. Called by the one writer.

        Raises EngineError where there is no index: one begun with a few documents would pass for whole.
        """

    def rebuild(self, documents: Iterable[Document], progress: Progress | None = None) -> int:
        """Put `documents` in place of everything, without taking search away meanwhile; returns how many.

        What an earlier rebuild that was broken off had written, and is still right by its revision, is not written
        again. `progress` is told how many are done. Called by the one writer.
        """

    def revisions(self) -> Iterator[tuple[str, str]]:
        """(key, revision) of every document held, in no order. Called to compare, by commands and the worker."""

    def close(self) -> None:
        """Let go of what is open; the next call opens it again. Called between tests and before forking."""


def keys_of(engine: Engine) -> set[str]:
    """The keys of all documents held. Raises EngineError."""
    return {key for key, _ in engine.revisions()}


def by_count(pairs: Iterable[tuple[str, int]]) -> Facet:
    """A facet's values, most frequent first, equally frequent ones by value; those that nothing bears left out."""
    return sorted((Counted(value, count) for value, count in pairs if count), key=lambda one: (-one.total, one.value))


def only_once(documents: Iterable[Document], held: Mapping[str, str], done: list[str]) -> Iterator[Document]:
    """Those of `documents` that are not `held` (revision by key) as they are; every key goes to `done`."""
    for document in documents:
        done.append(document.key)
        if held.get(document.key) != document.revision:
            yield document


__all__ = [
    "KINDS",
    "Capabilities",
    "Counted",
    "Document",
    "Engine",
    "EngineError",
    "Facet",
    "Highlight",
    "Hit",
    "Progress",
    "Results",
    "SearchRequest",
    "by_count",
    "keys_of",
    "only_once",
]
