"""Looser questions for one that found nothing, each with how many it finds."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from catalog.records.queries import Asker
from catalog.rules.names import read_name
from catalog.rules.units import parse_unit
from catalog.search.people.asked import FIELDS, PersonAsked
from catalog.search.people.finding import find_people

MOST = 6


@dataclass(frozen=True)
class Looser:
    """A question, what was left out of it (field names, or middle, family, lower_units), and how many entries it finds."""

    asked: PersonAsked
    without: tuple[str, ...]
    count: int
    more: bool


def loosened(asked: PersonAsked, asker: Asker) -> list[Looser]:
    """Questions that find something, the least loosened first."""
    found: list[Looser] = []
    seen: set[str] = {asked.query_string()}
    for one, without in _ways(replace(asked, page=1)):
        if not one.asked or one.query_string() in seen or len(found) >= MOST:
            continue
        seen.add(one.query_string())
        people = find_people(one, asker, shown=0)
        if people.total:
            found.append(Looser(one, without, people.total, people.more))
    return found


def _ways(asked: PersonAsked) -> Iterator[tuple[PersonAsked, tuple[str, ...]]]:
    given = [field for field in FIELDS if getattr(asked, field)]
    facts = [field for field in given if field != "name"]
    for field in reversed(facts):
        if len(given) > 1:
            yield replace(asked, **{field: ""}), (field,)  # type: ignore[arg-type]
    if asked.unit and (upper := _above(asked.unit)):
        yield replace(asked, unit=upper), ("lower_units",)
    name = read_name(asked.name)
    tokens = name.readings[0].text.split() if name.readings else []
    if asked.name and len(facts) > 1:
        yield PersonAsked(name=asked.name), tuple(facts)
    if len(tokens) > 2:
        yield replace(asked, name=f"{tokens[0]} {tokens[-1]}"), ("middle",)
        yield PersonAsked(name=f"{tokens[0]} {tokens[-1]}"), ("middle", *facts)
        yield replace(asked, name=" ".join(tokens[-2:])), ("family",)
    if asked.name:
        for field in facts:
            if field in ("unit", "home", "number"):
                alone = replace(PersonAsked(), **{field: getattr(asked, field)})
                yield alone, ("name", *(one for one in facts if one != field))
    if len(tokens) > 1 and facts:
        yield PersonAsked(name=tokens[-1], unit=asked.unit, home=asked.home), ("family", "middle")


def _above(unit: str) -> str:
    levels = parse_unit(unit).levels
    upper = [levels[level] for level in ("e", "f", "upper") if level in levels]
    return "/".join(upper) if upper and len(upper) < len(levels) else ""
