"""A whole list of names at once: each asked as the page would ask it."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from catalog.people.models import Person
from catalog.records.queries import Asker, address_code
from catalog.search.people.finding import find_people
from catalog.search.people.found import FoundMention, PeopleFound
from catalog.search.people.person_query import PersonQuery

MOST_NAMES = 5000


@dataclass(frozen=True)
class Result:
    """One line of an answer: a mention, or a person known without a visible mention."""

    name: str
    score: float
    band: str
    reasons: list[dict[str, str]]
    record: str | None
    page: int | None
    mention: int | None
    person: int | None
    found: FoundMention | None


def results_of(found: PeopleFound, limit: int) -> Iterator[Result]:
    """Mentions, best first, matches before the merely possible; at most `limit`."""
    alone = {}
    lines: list[tuple[Person | None, FoundMention | None]] = []
    for entry in (*found.matches, *found.possible):
        lines += [(entry.person, one) for one in entry.mentions]
        if entry.person and not entry.mentions:
            alone[entry.person.pk] = entry
            lines.append((entry.person, None))

    def rank(line: tuple[Person | None, FoundMention | None]) -> tuple[int, float]:
        best = line[1] or alone[line[0].pk if line[0] else 0]
        return (0 if best.band == "match" else 1, -best.score)

    for person, one in sorted(lines, key=rank)[:limit]:
        if one is None:
            if person is None:
                continue
            entry = alone[person.pk]
            reasons = [asdict(reason) for reason in (entry.comparison.reasons if entry.comparison else ())]
            yield Result(person.name_vi, entry.score, entry.band, reasons, None, None, None, person.pk, None)
            continue
        mention = one.mention
        yield Result(
            name=mention.name,
            score=one.score,
            band=one.band,
            reasons=_reasons(one),
            record=address_code(mention.record),
            page=mention.page.number if mention.page else None,
            mention=mention.pk,
            person=person.pk if person else None,
            found=one,
        )


def find_each(query: Iterator[PersonQuery], asker: Asker, limit: int) -> Iterator[tuple[PersonQuery, list[Result]]]:
    """Every question with its results."""
    for one in query:
        yield one, list(results_of(find_people(one, asker, limit), limit))


def _reasons(found: FoundMention) -> list[dict[str, str]]:
    reasons = [asdict(reason) for reason in found.reasons]
    if found.kind in ("alias", "alternate"):
        reasons.insert(0, {"part": "whole", "code": found.kind, "asked": "", "written": found.form, "lacks": ""})
    return reasons
