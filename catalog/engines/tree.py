"""What a query is once it is read: our own tree, which each engine compiles into its own words."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Word:
    """One word; `exact` lower-cased in canonical spelling, `folded` without marks, `marked` if marks were typed."""

    exact: str
    folded: str
    marked: bool


@dataclass(frozen=True)
class Prefix:
    """Words whose folded form begins with `folded`; of more than a few dozen, an engine may take the most frequent ones
    alone."""

    folded: str


@dataclass(frozen=True)
class Near:
    """Words at most one letter away from `folded`, the first letter the same; an engine may take the most frequent ones
    alone."""

    folded: str


@dataclass(frozen=True)
class Phrase:
    """Words next to one another."""

    words: tuple[Word, ...]


@dataclass(frozen=True)
class Within:
    """`node` (words, begun words, near words or phrases alone) within one field: one of TEXT_FIELDS."""

    field: str
    node: "Node"


@dataclass(frozen=True)
class Facet:
    """One value of a facet: a code of the catalogue, or what a person typed for it until the caller has looked it
    up."""

    name: str
    value: str


@dataclass(frozen=True)
class Dates:
    """Dated things that may lie between two days, both included; None: open."""

    first: date | None
    last: date | None


@dataclass(frozen=True)
class Not:
    """What must not be there."""

    node: "Node"


@dataclass(frozen=True)
class All:
    """Every one of them."""

    nodes: tuple["Node", ...]


@dataclass(frozen=True)
class Either:
    """At least one of them."""

    nodes: tuple["Node", ...]


Node = Word | Prefix | Near | Phrase | Within | Facet | Dates | Not | All | Either

# Fields whose words can be asked for. The first two are what every search looks in; the others are named parts of it.
TEXT_FIELDS = ("title", "text", "name", "unit", "place", "number")
FACET_FIELDS = ("kind", "level", "repository", "lender", "decade", "language", "scans")


def words_asked_for(node: Node | None) -> list[Word | Prefix | Near]:
    """The words that a found text should show marked: those asked for, not those excluded."""
    match node:
        case Word() | Prefix() | Near():
            return [node]
        case Phrase(words):
            return list(words)
        case Within(_, inner):
            return words_asked_for(inner)
        case All(nodes) | Either(nodes):
            return [word for one in nodes for word in words_asked_for(one)]
        case _:
            return []
