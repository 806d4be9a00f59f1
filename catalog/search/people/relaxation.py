"""Looser questions for one that found nothing, each with how many it finds."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from catalog.records.queries import Asker
from catalog.rules.names import read_name
from catalog.rules.units import parse_unit
from catalog.search.people.finding import find_people
from catalog.search.people.person_query import FIELDS, PersonQuery

MOST = 6


@dataclass(frozen=True)
class Relaxation:
    """A question, what was left out of it (field names, or middle, family, lower_units), and how many entries it
    finds."""

    query: PersonQuery
    without: tuple[str, ...]
    count: int
    more: bool


def relaxations(query: PersonQuery, asker: Asker) -> list[Relaxation]:
    """Questions that find something, the least loosened first."""
    found: list[Relaxation] = []
    seen: set[str] = {query.query_string()}
    for one, without in _ways(replace(query, page=1)):
        if one.is_empty or one.query_string() in seen or len(found) >= MOST:
            continue
        seen.add(one.query_string())
        people = find_people(one, asker, shown=0)
        if people.total:
            found.append(Relaxation(one, without, people.total, people.more))
    return found


def _ways(query: PersonQuery) -> Iterator[tuple[PersonQuery, tuple[str, ...]]]:
    given = [field for field in FIELDS if getattr(query, field)]
    facts = [field for field in given if field != "name"]
    for field in reversed(facts):
        if len(given) > 1:
            yield replace(query, **{field: ""}), (field,)  # type: ignore[arg-type]
    if query.unit and (upper := _above(query.unit)):
        yield replace(query, unit=upper), ("lower_units",)
    name = read_name(query.name)
    tokens = name.readings[0].text.split() if name.readings else []
    if query.name and len(facts) > 1:
        yield PersonQuery(name=query.name), tuple(facts)
    if len(tokens) > 2:
        yield replace(query, name=f"{tokens[0]} {tokens[-1]}"), ("middle",)
        yield PersonQuery(name=f"{tokens[0]} {tokens[-1]}"), ("middle", *facts)
        yield replace(query, name=" ".join(tokens[-2:])), ("family",)
    if query.name:
        for field in facts:
            if field in ("unit", "home", "number"):
                alone = replace(PersonQuery(), **{field: getattr(query, field)})
                yield alone, ("name", *(one for one in facts if one != field))
    if len(tokens) > 1 and facts:
        yield PersonQuery(name=tokens[-1], unit=query.unit, home=query.home), ("family", "middle")


def _above(unit: str) -> str:
    levels = parse_unit(unit).levels
    upper = [levels[level] for level in ("e", "f", "upper") if level in levels]
    return "/".join(upper) if upper and len(upper) < len(levels) else ""
