"""The interface of a full-text engine: the types of documents, requests and answers. Nothing else passes through it.

The search room is the only caller. Engines know neither Django nor the database. Their data is derived: it can be
deleted and built again at any time.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, Protocol

from catalog.engines.highlights import Highlight
from catalog.engines.tree import Node

# The kinds of documents.
KINDS = ("record", "page", "exhibition")


class EngineError(Exception):
    """The engine cannot answer or write now. The caller reports it in one line and continues without the engine."""


@dataclass(frozen=True)
class Document:
    """One thing that can be found.

    key: `kind:primary key`, unique. kind: one of KINDS. audience: its standing, as `records.queries.audience_of`
    returns it. title, body: plain text, split into words by `rules.text`. fields: parts of the body that can be
    searched by name (name, unit, place, number); their text is in the body too. facets: values by facet name.
    date_from, date_to: proleptic ordinals of the earliest and latest day, both or neither. number: for sorting by
    number. newest: a Unix time. group: key of the record it belongs to. above: keys of that record and of all records
    above it.
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
        """A digest that the index stores for comparison: it changes with anything in the document (BLAKE2, 64 bits)."""
        other_values = (
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
        content = f"{self.audience}\n{self.title}\n{self.body}\n{other_values!r}"
        return hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


@dataclass(frozen=True)
class SearchRequest:
    """One search. `query` None means everything.

    audiences: only documents with one of these audiences. filters: one of the values of each facet named; excluded:
    none of the values; groups: only what belongs to these records; without: keys that are treated as missing, whatever
    the index has; without_below: records that are treated as missing, with everything below them.
    date_from, date_to: ordinals; documents that may be dated between them, with `certain` only those dated completely
    between them. sort: relevance, date, number or newest. offset and limit count hits; with limit 0 there are only
    counts. facets: names of those to count. by_group: count the hits of each of `groups`. seconds: how long the answer
    may take.
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
    """The key of a found document and its score (comparable only within one answer)."""

    key: str
    score: float


class Counted(NamedTuple):
    """A value of a facet, and how many hits have it."""

    value: str
    total: int


Facet = list[Counted]


@dataclass(frozen=True)
class Results:
    """The answer: the total, the requested slice of hits, counts by kind, and counts by facet value, most frequent
    first.

    The counts of a facet ignore its own filter, so that a second value can be chosen; so do the counts by kind.
    certain: how many of `total` are dated completely between the requested days; None without dates. groups: hits of
    each of the request's groups. complete: False if the time was over and there may be more.
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
    """What an engine can do. comfortable: up to how many records and pages it answers quickly on two cores (measured in
    docs/benchmarks.md; None: limit not reached). several_writers: whether more than one process may write. deadline:
    whether it stops by itself after `seconds`; in the others only the size of a query bounds the time."""

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
        """Write and remove documents durably, both or neither. Called by the only writer.

        Raises EngineError if there is no index: a new one with a few documents would look complete.
        """

    def rebuild(self, documents: Iterable[Document], progress: Progress | None = None) -> int:
        """Replace everything by `documents`, while search goes on with the old index. Returns how many there are.

        What an interrupted rebuild has already written is not written again if its revision is still right. `progress`
        is called with the number of documents done. Called by the only writer.
        """

    def revisions(self) -> Iterator[tuple[str, str]]:
        """(key, revision) of every document in the index, in no order. For comparison by commands and the worker."""

    def close(self) -> None:
        """Close what is open; the next call opens it again. Called between tests and before forking."""


def keys_of(engine: Engine) -> set[str]:
    """The keys of all documents in the index. Raises EngineError."""
    return {key for key, _ in engine.revisions()}


def sorted_facet(pairs: Iterable[tuple[str, int]]) -> Facet:
    """The values of a facet, most frequent first, equally frequent ones by value; without values of count 0."""
    return sorted(
        (Counted(value, count) for value, count in pairs if count), key=lambda counted: (-counted.total, counted.value)
    )


def changed_documents(documents: Iterable[Document], indexed: Mapping[str, str], keys: list[str]) -> Iterator[Document]:
    """Those of `documents` that the index does not have in this revision (`indexed`: revision by key). The key of every
    document is appended to `keys`."""
    for document in documents:
        keys.append(document.key)
        if indexed.get(document.key) != document.revision:
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
    "changed_documents",
    "keys_of",
    "sorted_facet",
]
