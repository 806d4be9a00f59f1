"""The tree of a query: our own types, which each engine compiles into its own query language."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Word:
    """One word; `exact` in lower case and canonical spelling, `folded` without marks, `marked` if marks were typed."""

    exact: str
    folded: str
    marked: bool


@dataclass(frozen=True)
class Prefix:
    """Words whose folded form begins with `folded`. Of more than a few dozen words an engine may use only the most
    frequent ones."""

    folded: str


@dataclass(frozen=True)
class Near:
    """Words at most one letter away from `folded`, with the same first letter. An engine may use only the most frequent
    ones."""

    folded: str


@dataclass(frozen=True)
class Phrase:
    """Words next to each other, in this order."""

    words: tuple[Word, ...]


@dataclass(frozen=True)
class Within:
    """`node` (only words, prefixes, near words or phrases) in one field, one of TEXT_FIELDS."""

    field: str
    node: "Node"


@dataclass(frozen=True)
class Facet:
    """One value of a facet: a code of the catalogue, or, until the caller has looked it up, what a person typed."""

    name: str
    value: str


@dataclass(frozen=True)
class Dates:
    """Documents that may be dated between two days, both included; None: open."""

    first: date | None
    last: date | None


@dataclass(frozen=True)
class Not:
    """The node must not match."""

    node: "Node"


@dataclass(frozen=True)
class All:
    """All nodes must match."""

    nodes: tuple["Node", ...]


@dataclass(frozen=True)
class Either:
    """At least one node must match."""

    nodes: tuple["Node", ...]


Node = Word | Prefix | Near | Phrase | Within | Facet | Dates | Not | All | Either

# Fields whose words can be searched. Every search looks in the first two; the others are named parts of the text.
TEXT_FIELDS = ("title", "text", "name", "unit", "place", "number")
FACET_FIELDS = ("kind", "level", "repository", "lender", "decade", "language", "scans")


def words_asked_for(node: Node | None) -> list[Word | Prefix | Near]:
    """The words to mark in a found text: those that the query asks for, not those that it excludes."""
    match node:
        case Word() | Prefix() | Near():
            return [node]
        case Phrase(words):
            return list(words)
        case Within(_, inner):
            return words_asked_for(inner)
        case All(nodes) | Either(nodes):
            return [word for child in nodes for word in words_asked_for(child)]
        case _:
            return []
