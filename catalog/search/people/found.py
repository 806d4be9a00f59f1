"""The answer to a search for people: mentions with their reasons, grouped by person."""

from dataclasses import dataclass, field

from catalog.people.models import Person
from catalog.records.models import Mention
from catalog.rules.names import NameComparison, Reason


@dataclass(frozen=True)
class FoundMention:
    """A mention and why it was found.

    comparison: score and band, with the reasons from the name; form: the text of the name by which it was found; kind:
    what it was found by (name, alternate, alias, unit, number, facts); facts: the reasons from the other facts.
    """

    mention: Mention
    comparison: NameComparison
    form: str
    kind: str
    facts: tuple[Reason, ...] = ()

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """The reasons from the name, then those from the other facts."""
        return (*self.comparison.reasons, *self.facts)

    @property
    def score(self) -> float:
        """0 to 1."""
        return self.comparison.score

    @property
    def band(self) -> str:
        """match or possible."""
        return self.comparison.band


@dataclass
class FoundPerson:
    """Mentions that are identified as one person, best first; `person` is None for a mention not identified yet.

    comparison: score and band of the entry (`ranking.rank_person`), with the reasons of its best mention.
    """

    person: Person | None
    mentions: list[FoundMention]
    comparison: NameComparison

    @property
    def band(self) -> str:
        """match or possible."""
        return self.comparison.band

    @property
    def score(self) -> float:
        """0 to 1."""
        return self.comparison.score


@dataclass(frozen=True)
class PeopleFound:
    """One page of an answer: the matches, and separately those that are only possible.

    match_total, possible_total: how many entries there are on all pages. unit: the unit of the query, in the
    catalogue's notation. more: there are more mentions than were compared. ask_more: the name is one word that is too
    common to list alone; which part of a name it is (family, given). refinements: names with tone marks that a name
    typed without them may be, each with its number of mentions. family: divisions that were included because they
    belong together (324B with 324).
    """

    matches: list[FoundPerson] = field(default_factory=list)
    possible: list[FoundPerson] = field(default_factory=list)
    match_total: int = 0
    possible_total: int = 0
    unit: str = ""
    more: bool = False
    ask_more: str = ""
    refinements: tuple[tuple[str, int], ...] = ()
    family: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """The number of matches and possible entries on all pages."""
        return self.match_total + self.possible_total


NOBODY = PeopleFound()
