"""Units (first thin version)."""

import re
from dataclasses import dataclass

from catalog.rules.text import fold

ORDER = "abcdef"
WORDS = {
    "tieu doi": "a", "trung doi": "b", "dai doi": "c", "tieu doan": "d", "trung doan": "e", "su doan": "f",
    "squad": "a", "platoon": "b", "company": "c", "battalion": "d", "regiment": "e", "division": "f",
}  # fmt: skip
PIECE = re.compile(r"\b(" + "|".join(WORDS) + r"|[a-f])\s*(\d+[a-z]?)\b|(?<![a-z])([a-f])(\d+[a-z]?)", re.ASCII)


@dataclass(frozen=True)
class UnitReading:
    """A unit as read."""

    text: str
    normal: str
    readings: tuple[str, ...]
    levels: dict[str, str]
    inferred: bool
    notes: tuple[str, ...]


def parse_unit(text: str) -> UnitReading:
    """Read a unit."""
    levels: dict[str, str] = {}
    for found in PIECE.finditer(fold(text)):
        word, number = found[1] or found[3], found[2] or found[4]
        level = WORDS.get(word, word)
        levels.setdefault(level, level + number)
    normal = "/".join(levels[level] for level in ORDER if level in levels) or "-"
    return UnitReading(text, normal, (normal,), levels, False, ())


def unit_family(normal: str) -> tuple[str, ...]:
    """The same formation's other names."""
    return (normal,)


def unit_contains(upper: str, lower: str) -> bool:
    """Whether lower is upper or stands below it."""
    above, below = parse_unit(upper).levels, parse_unit(lower).levels
    return bool(above) and all(below.get(level) == value for level, value in above.items())


def is_unit_query(text: str) -> bool:
    """Whether the text reads as a unit."""
    reading = parse_unit(text)
    return bool(reading.levels) and not re.sub(r"[\s/,.-]", "", PIECE.sub("", fold(text)))
