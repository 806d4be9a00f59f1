"""What is found: mentions with their reasons, gathered under persons, matches apart from the merely possible."""

from dataclasses import dataclass, field

from catalog.people.models import Person
from catalog.records.models import Mention
from catalog.rules.names import NameComparison, Reason


@dataclass(frozen=True)
class FoundMention:
    """A mention, why it was found, and by which of its names (`form`, of kind name, alternate, alias, unit, number)."""

    mention: Mention
    comparison: NameComparison | None
    form: str
    kind: str
    facts: tuple[Reason, ...] = ()

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Those of the name and those of what else was known."""
        return (*(self.comparison.reasons if self.comparison else ()), *self.facts)

    @property
    def score(self) -> float:
        """0 to 1."""
        return self.comparison.score if self.comparison else 1.0

    @property
    def band(self) -> str:
        """match or possible."""
        return self.comparison.band if self.comparison else "match"


@dataclass
class FoundPerson:
    """Mentions thought to name one person, best first; `person` None for a mention nobody has identified yet."""

    person: Person | None
    mentions: list[FoundMention] = field(default_factory=list)
    comparison: NameComparison | None = None

    @property
    def band(self) -> str:
        """match or possible."""
        return self.comparison.band if self.comparison else "match"

    @property
    def score(self) -> float:
        """Of its best mention, 0 to 1."""
        return self.comparison.score if self.comparison else 1.0


@dataclass(frozen=True)
class PeopleFound:
    """Persons and unidentified mentions: matches, and apart from them the merely possible, as many as were asked for.

    `match_total`, `possible_total`: how many entries there are; `more`: more mentions than were gathered. `ask_more`: a
    name too common to list alone (family, given). `refinements`: the marked forms an unmarked name may stand for, with
    how many mentions each has. `family`: divisions taken in because they are of one family (324B for 324).
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
        """How many entries in both lists."""
        return self.match_total + self.possible_total


NOBODY = PeopleFound()
