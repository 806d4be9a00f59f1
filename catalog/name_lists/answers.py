"""Searching many names at once, each as the search page would."""

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
    """One result: a mention, or a person without a visible mention."""

    name: str
    score: float
    band: str
    reasons: list[dict[str, str]]
    record: str | None
    page: int | None
    mention: int | None
    person: int | None
    mention_hit: FoundMention | None


def results_of(people: PeopleFound, limit: int) -> Iterator[Result]:
    """At most `limit` results, matches before possible ones, the best first."""
    entries_without_mention = {}
    lines: list[tuple[Person | None, FoundMention | None]] = []
    for entry in (*people.matches, *people.possible):
        lines += [(entry.person, mention_hit) for mention_hit in entry.mentions]
        if entry.person and not entry.mentions:
            entries_without_mention[entry.person.pk] = entry
            lines.append((entry.person, None))

    def rank(line: tuple[Person | None, FoundMention | None]) -> tuple[int, float]:
        best = line[1] or entries_without_mention[line[0].pk if line[0] else 0]
        return (0 if best.band == "match" else 1, -best.score)

    for person, mention_hit in sorted(lines, key=rank)[:limit]:
        if mention_hit is None:
            if person is None:
                continue
            entry = entries_without_mention[person.pk]
            reasons = [asdict(reason) for reason in (entry.comparison.reasons if entry.comparison else ())]
            yield Result(person.name_vi, entry.score, entry.band, reasons, None, None, None, person.pk, None)
            continue
        mention = mention_hit.mention
        yield Result(
            name=mention.name,
            score=mention_hit.score,
            band=mention_hit.band,
            reasons=_reasons_as_json(mention_hit),
            record=address_code(mention.record),
            page=mention.page.number if mention.page else None,
            mention=mention.pk,
            person=person.pk if person else None,
            mention_hit=mention_hit,
        )


def find_each(queries: Iterator[PersonQuery], asker: Asker, limit: int) -> Iterator[tuple[PersonQuery, list[Result]]]:
    """Each query with its results."""
    for person_query in queries:
        yield person_query, list(results_of(find_people(person_query, asker, limit), limit))


def _reasons_as_json(mention_hit: FoundMention) -> list[dict[str, str]]:
    reasons = [asdict(reason) for reason in mention_hit.reasons]
    if mention_hit.kind in ("alias", "alternate"):
        reasons.insert(
            0, {"part": "whole", "code": mention_hit.kind, "asked": "", "written": mention_hit.form, "lacks": ""}
        )
    return reasons
