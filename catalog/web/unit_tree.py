"""The units above and below a unit, and mentions sorted by units in order of battle (from the top level down)."""

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
    """A unit in a list: the address of its page, its name, how many visible mentions name it or a unit below it."""

    normal: str
    address: str
    name: str
    count: int = 0


def unit_name(normal: str, unit: Unit | None = None) -> str:
    """A unit's name in the page's language: the authority's, else its normal form put into words."""
    english = get_language() == "en"
    if unit:
        return (unit.name_en or unit.name_vi) if english else unit.name_vi
    return unit_in_words(normal, "en" if english else "vi")


def broader_units(normal: str) -> list[UnitLine]:
    """The units above, from the top: f324, e90/f324 of d9/e90/f324."""
    nation, pieces = _pieces(normal)
    if "+" in normal or "|" in normal:
        return []
    normal_forms = [nation + "/".join(pieces[index:]) for index in range(len(pieces) - 1, 0, -1)]
    units = {unit.normal_form: unit for unit in units_named(normal_forms)}
    # For a unit of another army only its row gives a name.
    return [
        _line(form, units.get(form)) for form in normal_forms if "code:" not in form and (form in units or not nation)
    ]


def units_one_step_below(
    normal: str, units: Iterable[Unit], counts: dict[int, int]
) -> tuple[list[UnitLine], list[UnitLine]]:
    """The units one step below, and other units with the same number (another division of the family, or a
    regiment whose division is written), each with the visible mentions of it and of everything below it."""
    known = {unit.normal_form: unit for unit in units}
    below: Counter[str] = Counter()
    same_number: Counter[str] = Counter()
    for unit in known.values():
        same, child = _step(normal, unit.normal_form)
        if same and same != normal:
            same_number[same] += counts.get(unit.pk, 0)
        elif child:
            below[child] += counts.get(unit.pk, 0)
    return _lines(below, known), _lines(same_number, known)


def battle_order(normal: str) -> tuple[tuple[str, int, str], ...]:
    """A key that sorts from the top level down, numbers as numbers."""
    key = []
    for piece in reversed(_pieces(normal)[1]):
        head, number, tail = re.match(r"(\D*)(\d*)(.*)", piece).groups()  # type: ignore[union-attr]
        key.append((head, int(number or 0), tail))
    return tuple(key)


class MentionsByUnit(Sequence[Mention]):
    """Mentions in order of battle, then by name, as a sequence that loads only the slice that is read."""

    def __init__(self, mentions: QuerySet[Mention], counts: dict[int, int], units: dict[int, Unit]) -> None:
        self.mentions = mentions
        self.spans: list[tuple[int, int, int]] = []
        offset = 0
        for key in sorted(counts, key=lambda key: battle_order(units[key].normal_form)):
            self.spans.append((key, offset, offset + counts[key]))
            offset += counts[key]
        self.total = offset

    def __len__(self) -> int:
        return self.total

    def __getitem__(self, index: int | slice) -> list[Mention]:  # type: ignore[override]
        start, stop, _step = index.indices(self.total) if isinstance(index, slice) else (index, index + 1, 1)
        mentions: list[Mention] = []
        whole_units = [key for key, first, last in self.spans if start <= first and last <= stop]
        rows: dict[int, list[Mention]] = {}
        for mention in self.mentions.filter(unit__in=whole_units).order_by("name", "pk"):
            rows.setdefault(mention.unit_id or 0, []).append(mention)
        for key, first, last in self.spans:
            if key in rows:
                mentions += rows[key]
            elif first < stop and start < last:
                of_unit = self.mentions.filter(unit=key).order_by("name", "pk")
                mentions += of_unit[max(start - first, 0) : stop - first]
        return mentions


def _pieces(normal: str) -> tuple[str, list[str]]:
    nation = NATION.match(normal)
    head = nation[0] if nation else ""
    return head, normal.removeprefix(head).split("/")


def _step(top: str, normal: str) -> tuple[str, str]:
    """The part of `normal` at the level of the unit `top`, and the part one step below it; '' where there is none."""
    nation, top_pieces = _pieces(top)
    other_nation, pieces = _pieces(normal)
    if nation != other_nation:
        return "", ""
    index = next((index for index, piece in enumerate(pieces) if _level(piece) == _level(top_pieces[0])), None)
    if index is None:
        return "", ""
    return nation + "/".join(pieces[index:]), nation + "/".join(pieces[index - 1 :]) if index else ""


def _level(piece: str) -> str:
    """A level and its number, without arm or family letter: f324 of f324b, c21 of c21[trinhsat]."""
    match = re.match(r"([a-f]|lu)(\d+)", piece)
    return match[0] if match else piece


def _line(normal: str, unit: Unit | None, count: int = 0) -> UnitLine:
    return UnitLine(normal, address_of(normal), unit_name(normal, unit), count)


def _lines(counted: Counter[str], units: dict[str, Unit]) -> list[UnitLine]:
    return [_line(form, units.get(form), counted[form]) for form in sorted(counted, key=battle_order)]
