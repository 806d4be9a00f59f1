"""Relaxed queries, offered where a query found nothing: each asks for less, and says how many entries it finds."""

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
    """query: one that asks for less; without: what it leaves out (names of fields, or middle, family, lower_units);
    count: how many entries it finds; more: whether there are more than were compared."""

    query: PersonQuery
    without: tuple[str, ...]
    count: int
    more: bool


def relaxations(query: PersonQuery, asker: Asker) -> list[Relaxation]:
    """At most six queries that find something; those that leave out least come first."""
    offers: list[Relaxation] = []
    tried: set[str] = {query.query_string()}
    for relaxed, without in _relaxed(replace(query, page=1)):
        if relaxed.is_empty or relaxed.query_string() in tried or len(offers) >= MOST:
            continue
        tried.add(relaxed.query_string())
        people = find_people(relaxed, asker, shown=0)
        if people.total:
            offers.append(Relaxation(relaxed, without, people.total, people.more))
    return offers


def _relaxed(query: PersonQuery) -> Iterator[tuple[PersonQuery, tuple[str, ...]]]:
    filled = [field for field in FIELDS if getattr(query, field)]
    facts = [field for field in filled if field != "name"]
    for field in reversed(facts):
        if len(filled) > 1:
            yield replace(query, **{field: ""}), (field,)  # type: ignore[arg-type]
    if query.unit and (upper := _upper_units(query.unit)):
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
                yield alone, ("name", *(other for other in facts if other != field))
    if len(tokens) > 1 and facts:
        yield PersonQuery(name=tokens[-1], unit=query.unit, home=query.home), ("family", "middle")


def _upper_units(unit: str) -> str:
    """Regiment and above of a unit that also names a smaller one; "" for any other."""
    levels = parse_unit(unit).levels
    upper = [levels[level] for level in ("e", "f", "upper") if level in levels]
    return "/".join(upper) if upper and len(upper) < len(levels) else ""
