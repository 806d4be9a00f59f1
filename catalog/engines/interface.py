"""What a full-text engine is to this house: it is given documents and requests in these words and nothing else.

The search room is the only caller. Engines know neither Django nor the database; they hold derived data that can be
thrown away and built again at any time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from catalog.engines.query import Node


class EngineError(Exception):
    """The engine cannot answer or write now. The caller says so in one line and goes on without it."""


@dataclass(frozen=True)
class Document:
    """One thing that can be found.

    key: `kind:primary key`, unique. audience: its standing in the words of `records.queries.audience_of`. title, body:
    plain text, analysed by `rules.text`. facets: values by facet name. date_from, date_to: proleptic ordinals of the
    earliest and latest day, both or neither. number: sorts by number. newest: a Unix time. group: key of the record
    it belongs to.
    """

    key: str
    kind: str
    audience: str
    title: str
    body: str
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    date_from: int | None = None
    date_to: int | None = None
    number: str = ""
    newest: float = 0.0
    group: str = ""


@dataclass(frozen=True)
class SearchRequest:
    """One question. `query` None means everything. `filters`: any of the values of each facet named.

    sort: relevance, date, number or newest. offset and limit count hits; limit 0 asks for counts alone.
    """

    query: Node | None
    kinds: tuple[str, ...]
    audiences: frozenset[str]
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    date_from: int | None = None
    date_to: int | None = None
    sort: str = "relevance"
    offset: int = 0
    limit: int = 20
    facets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hit:
    """A found document's key and its score (comparable within one answer only)."""

    key: str
    score: float


@dataclass(frozen=True)
class Results:
    """The answer: how many, the asked-for slice, counts by kind, and counts by facet value, most frequent first.

    A facet's counts leave out its own filter, so that a second value can be chosen; so do the counts by kind.
    """

    total: int
    hits: list[Hit]
    kinds: Mapping[str, int]
    facets: Mapping[str, list[tuple[str, int]]]


class Engine(Protocol):
    """A full-text engine. Every method may raise EngineError and nothing else."""

    def search(self, request: SearchRequest) -> Results:
        """Answer a request. Called by web processes, many at once."""

    def apply(self, replace: Iterable[Document], remove: Iterable[str]) -> None:
        """Write and remove documents durably, both or neither. Called by the one writer."""

    def rebuild(self, documents: Iterable[Document]) -> int:
        """Put `documents` in place of everything, without taking search away meanwhile; returns how many."""

    def keys(self) -> set[str]:
        """The keys of all documents held."""

    def words_beginning(self, prefix: str, limit: int) -> list[str]:
        """Folded words of the index beginning with the folded `prefix`, most frequent first."""
