"""Units compared: which contains which, which names are one formation's, and what two units say of two people.

Source: domain notes, section 4, "Ranking"; the factors are judgement.
"""

from dataclasses import dataclass
from itertools import product

from catalog.rules.units.notation import base_number, family, pieces
from catalog.rules.units.reading import UnitReading, parse_unit

STRONG_TAILS = ("letterbox:", "alias:")


@dataclass(frozen=True)
class UnitComparison:
    """What two units say. band: same, same_regiment, same_division, near, unknown, contradicts; factor: times a name's
    score.

    reason: same_unit, same_regiment, same_division, same_division_family, same_region, other_regiment, other_division,
    not_comparable; left, right: the deciding levels, asked and written.
    """

    band: str
    factor: float
    reason: str
    left: str = ""
    right: str = ""


NOTHING = UnitComparison("unknown", 1.0, "not_comparable")


def unit_family(normal: str) -> tuple[str, ...]:
    """The normal form and its other names by the division's letter: e90/f324 and e90/f324b. Itself alone if there is
    none."""
    if "|" in normal or "+" in normal or ":" in normal:
        return (normal,)
    options = [family(piece) for piece in normal.split("/")]
    return tuple(dict.fromkeys("/".join(way) for way in product(*options)))


def unit_contains(upper: str, lower: str) -> bool:
    """Whether `lower`, in normal form, is `upper` or stands below it; a division's letter is ignored, gaps are
    legal."""
    if upper == lower:
        return upper != "-"
    above, below = _readings(upper), _readings(lower)
    if any("+" in one for one in above):
        return False
    return any(_covers(one, other) for one in above for other in below)


def compare_units(asked: UnitReading, written: UnitReading) -> UnitComparison:
    """Compare two readings; where one is ambiguous, by the pair that agrees best."""
    pairs = [_compare(one, other) for one in asked.readings for other in written.readings]
    return max(pairs, key=lambda found: (found.factor, found.band != "unknown"), default=NOTHING)


def _readings(normal: str) -> tuple[str, ...]:
    return parse_unit(normal).readings


def _covers(upper: str, lower: str) -> bool:
    above, below = {_family_name(piece) for piece in pieces(upper)}, {_family_name(piece) for piece in pieces(lower)}
    return bool(above) and above <= below


def _family_name(piece: str) -> str:
    return base_number(piece) if piece.startswith("f") else piece


def _compare(asked: str, written: str) -> UnitComparison:
    one, other = _by_level(asked), _by_level(written)
    e, f = (one.get("e", ""), other.get("e", "")), (one.get("f", ""), other.get("f", ""))
    same_family = bool(f[0]) and base_number(f[0]) == base_number(f[1])
    if all(f) and not same_family:
        return UnitComparison("contradicts", 0.88, "other_division", *f)
    named = f"{e[0]}/{f[0]}".strip("/"), f"{e[1]}/{f[1]}".strip("/")
    if all(e) and e[0] == e[1]:
        if same_family and pieces(asked) == pieces(written):
            return UnitComparison("same", 1.08, "same_unit", asked, written)
        return UnitComparison("same_regiment", 1.06 if same_family else 1.04, "same_regiment", *named)
    if all(e) and same_family:
        return UnitComparison("contradicts", 0.85, "other_regiment", *named)
    if same_family:
        return UnitComparison("same_division", 1.02, "same_division" if f[0] == f[1] else "same_division_family", *f)
    if asked == written and any(sign in asked for sign in STRONG_TAILS):
        return UnitComparison("same", 1.08, "same_unit", asked, written)
    region = one.get("upper", ""), other.get("upper", "")
    # Khu 5 and Quân khu 5 were near, not equal; a region holds too many people to weigh.
    if all(region) and region[0].replace("qk", "khu") == region[1].replace("qk", "khu"):
        return UnitComparison("near", 1.0, "same_region", *region)
    return NOTHING


def _by_level(reading: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for piece in pieces(reading):
        level = piece[0] if len(piece) > 1 and piece[0] in "abcdef" and piece[1].isdecimal() else "upper"
        found[level] = piece
    return found
