"""A unit among its broader units and those below it, in the order of an order of battle."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import get_language

from catalog.people.models import Unit
from catalog.people.queries import units_named
from catalog.records.models import Mention
from catalog.rules.units.naming import unit_in_words
from catalog.web.unit_codes import address_of

NATION = re.compile(r"(us|arvn|rok|aus|thai|fr):")


@dataclass(frozen=True)
class UnitLine:
    """A unit in a list: where its page is, what it is called, how many visible mentions are of it or below it."""

    normal: str
    address: str
    name: str
    count: int = 0


def name_of(normal: str, unit: Unit | None = None) -> str:
    """A unit's name in the page's language: the authority's, else its normal form put into words."""
    english = get_language() == "en"
    if unit:
        return (unit.name_en or unit.name_vi) if english else unit.name_vi
    return unit_in_words(normal, "en" if english else "vi")


def broader(normal: str) -> list[UnitLine]:
    """The units above, from the top: f324, e90/f324 of d9/e90/f324."""
    nation, pieces = _pieces(normal)
    if "+" in normal or "|" in normal:
        return []
    above = [nation + "/".join(pieces[at:]) for at in range(len(pieces) - 1, 0, -1)]
    known = {unit.normal_form: unit for unit in units_named(above)}
    # A unit of the other side is only put into words by its row.
    return [_line(one, known.get(one)) for one in above if "code:" not in one and (one in known or not nation)]


def one_step(normal: str, units: Iterable[Unit], counts: dict[int, int]) -> tuple[list[UnitLine], list[UnitLine]]:
    """What lies one step below, and what the same number also stands for (another division of the family, or a
    regiment whose division is written), each with the visible mentions of it and of everything below it."""
    known = {unit.normal_form: unit for unit in units}
    below: Counter[str] = Counter()
    beside: Counter[str] = Counter()
    for unit in known.values():
        same, child = _step(normal, unit.normal_form)
        if same and same != normal:
            beside[same] += counts.get(unit.pk, 0)
        elif child:
            below[child] += counts.get(unit.pk, 0)
    return _lines(below, known), _lines(beside, known)


def battle_order(normal: str) -> tuple[tuple[str, int, str], ...]:
    """A key that sorts from the top level down, numbers as numbers."""
    found = []
    for piece in reversed(_pieces(normal)[1]):
        head, number, tail = re.match(r"(\D*)(\d*)(.*)", piece).groups()  # type: ignore[union-attr]
        found.append((head, int(number or 0), tail))
    return tuple(found)


class ByUnit(Sequence[Mention]):
    """Mentions in order of battle, then by name, fetched only where they are asked for."""

    def __init__(self, mentions: QuerySet[Mention], counts: dict[int, int], units: dict[int, Unit]) -> None:
        self.mentions = mentions
        self.spans: list[tuple[int, int, int]] = []
        at = 0
        for key in sorted(counts, key=lambda key: battle_order(units[key].normal_form)):
            self.spans.append((key, at, at + counts[key]))
            at += counts[key]
        self.total = at

    def __len__(self) -> int:
        return self.total

    def __getitem__(self, at: int | slice) -> list[Mention]:  # type: ignore[override]
        start, stop, _step = at.indices(self.total) if isinstance(at, slice) else (at, at + 1, 1)
        found: list[Mention] = []
        whole = [key for key, first, last in self.spans if start <= first and last <= stop]
        rows: dict[int, list[Mention]] = {}
        for mention in self.mentions.filter(unit__in=whole).order_by("name", "pk"):
            rows.setdefault(mention.unit_id or 0, []).append(mention)
        for key, first, last in self.spans:
            if key in rows:
                found += rows[key]
            elif first < stop and start < last:
                some = self.mentions.filter(unit=key).order_by("name", "pk")
                found += some[max(start - first, 0) : stop - first]
        return found


def _pieces(normal: str) -> tuple[str, list[str]]:
    nation = NATION.match(normal)
    head = nation[0] if nation else ""
    return head, normal.removeprefix(head).split("/")


def _step(asked: str, normal: str) -> tuple[str, str]:
    """The part of `normal` at the asked unit's own level, and the part one step below it."""
    nation, wanted = _pieces(asked)
    other, pieces = _pieces(normal)
    if nation != other:
        return "", ""
    at = next((at for at, piece in enumerate(pieces) if _level(piece) == _level(wanted[0])), None)
    if at is None:
        return "", ""
    return nation + "/".join(pieces[at:]), nation + "/".join(pieces[at - 1 :]) if at else ""


def _level(piece: str) -> str:
    """A level and its number, without arm or family letter: f324 of f324b, c21 of c21[trinhsat]."""
    found = re.match(r"([a-f]|lu)(\d+)", piece)
    return found[0] if found else piece


def _line(normal: str, unit: Unit | None, count: int = 0) -> UnitLine:
    return UnitLine(normal, address_of(normal), name_of(normal, unit), count)


def _lines(counted: Counter[str], known: dict[str, Unit]) -> list[UnitLine]:
    return [_line(one, known.get(one), counted[one]) for one in sorted(counted, key=battle_order)]
