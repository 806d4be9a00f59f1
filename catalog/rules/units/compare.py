"""Units compared: which contains which, which names belong to one formation, and how two people's units agree.

Source: docs/field/units.md, Ranking; the factors are judgement.
"""

from dataclasses import dataclass
from itertools import product

from catalog.rules.units.notation import base_number, family, pieces
from catalog.rules.units.reading import UnitReading, parse_unit

STRONG_TAILS = ("letterbox:", "alias:")


@dataclass(frozen=True)
class UnitComparison:
    """How two units agree. band: same, same_regiment, same_division, near, unknown, contradicts; factor: to multiply
    the score of a name by.

    reason: same_unit, same_regiment, same_division, same_division_family, same_region, other_regiment, other_division,
    not_comparable; left, right: the levels that decided it, asked and written.
    """

    band: str
    factor: float
    reason: str
    left: str = ""
    right: str = ""


NOTHING = UnitComparison("unknown", 1.0, "not_comparable")


def unit_family(normal: str) -> tuple[str, ...]:
    """The normal form and its variants by the letter of the division: e90/f324 and e90/f324b. Only itself if there are
    no variants."""
    if "|" in normal or "+" in normal or ":" in normal:
        return (normal,)
    options = [family(piece) for piece in normal.split("/")]
    return tuple(dict.fromkeys("/".join(combination) for combination in product(*options)))


def unit_contains(upper: str, lower: str) -> bool:
    """Whether `lower`, in normal form, is `upper` or part of it. The letter of a division is ignored; levels may be
    missing."""
    if upper == lower:
        return upper != "-"
    upper_readings, lower_readings = _readings(upper), _readings(lower)
    if any("+" in reading for reading in upper_readings):
        return False
    return any(
        _contains_pieces(reading, lower_reading) for reading in upper_readings for lower_reading in lower_readings
    )


def compare_units(asked: UnitReading, written: UnitReading) -> UnitComparison:
    """Compare two readings; if one is ambiguous, by the pair that agrees best."""
    pairs = [
        _compare(asked_reading, written_reading)
        for asked_reading in asked.readings
        for written_reading in written.readings
    ]
    return max(pairs, key=lambda comparison: (comparison.factor, comparison.band != "unknown"), default=NOTHING)


def _readings(normal: str) -> tuple[str, ...]:
    return parse_unit(normal).readings


def _contains_pieces(upper: str, lower: str) -> bool:
    above, below = {_family_name(piece) for piece in pieces(upper)}, {_family_name(piece) for piece in pieces(lower)}
    return bool(above) and above <= below


def _family_name(piece: str) -> str:
    return base_number(piece) if piece.startswith("f") else piece


def _compare(asked: str, written: str) -> UnitComparison:
    asked_levels, written_levels = _pieces_by_level(asked), _pieces_by_level(written)
    regiments, divisions = (
        (asked_levels.get("e", ""), written_levels.get("e", "")),
        (asked_levels.get("f", ""), written_levels.get("f", "")),
    )
    same_family = bool(divisions[0]) and base_number(divisions[0]) == base_number(divisions[1])
    if all(divisions) and not same_family:
        return UnitComparison("contradicts", 0.88, "other_division", *divisions)
    names = f"{regiments[0]}/{divisions[0]}".strip("/"), f"{regiments[1]}/{divisions[1]}".strip("/")
    if all(regiments) and regiments[0] == regiments[1]:
        if same_family and pieces(asked) == pieces(written):
            return UnitComparison("same", 1.08, "same_unit", asked, written)
        return UnitComparison("same_regiment", 1.06 if same_family else 1.04, "same_regiment", *names)
    if all(regiments) and same_family:
        return UnitComparison("contradicts", 0.85, "other_regiment", *names)
    if same_family:
        return UnitComparison(
            "same_division",
            1.02,
            "same_division" if divisions[0] == divisions[1] else "same_division_family",
            *divisions,
        )
    if asked == written and any(sign in asked for sign in STRONG_TAILS):
        return UnitComparison("same", 1.08, "same_unit", asked, written)
    regions = asked_levels.get("upper", ""), written_levels.get("upper", "")
    # Khu 5 and Quân khu 5 were close, but not equal; a region has too many people to change the score.
    if all(regions) and regions[0].replace("qk", "khu") == regions[1].replace("qk", "khu"):
        return UnitComparison("near", 1.0, "same_region", *regions)
    return NOTHING


def _pieces_by_level(reading: str) -> dict[str, str]:
    levels: dict[str, str] = {}
    for piece in pieces(reading):
        level = piece[0] if len(piece) > 1 and piece[0] in "abcdef" and piece[1].isdecimal() else "upper"
        levels[level] = piece
    return levels
