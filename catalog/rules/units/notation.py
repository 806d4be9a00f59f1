"""The normal form of docs/field/units.md, Notation: built from its parts, and split into them."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product

from catalog.rules.units.words import DIVISION_LETTERS, LETTERS, RANKS

# From small to large, for units with more than one upper name. docs/field/units.md, Notation, allows one: the smallest,
# not counting a provincial or district unit.
UPPER_ORDER = ("huyendoi", "tinhdoi", "binhtram", "doan", "pk", "front", "qd", "lk", "khu", "qk")
MAY_HAVE_SECOND = {"huyendoi", "tinhdoi"}
MOST_READINGS = 8
PIECE = (
    r"(?:[a-f]|lu)\d{1,4}[a-d]?(?:\[[a-z0-9]{1,20}\])?|(?:qd|qk|khu|lk|pk)[a-z0-9]{1,4}|(?:front|tinhdoi|huyendoi|binhtram|doan)"
    r":[a-z0-9-]{1,40}\??|code:[a-z0-9]{1,8}\?|letterbox:[a-z0-9]{1,20}|alias:[a-z0-9]{1,20}->[a-z0-9]{1,5}(?:/[a-z0-9]{1,5})?\??"
)
CHAIN = rf"(?:{PIECE})(?:/(?:{PIECE}))*"
NOTATION = re.compile(
    rf"{CHAIN}(?:\+{CHAIN})?(?:\|{CHAIN}(?:\+{CHAIN})?)*|(?:us|arvn|rok|aus|thai|fr):[a-z0-9]+(?:/[a-z0-9]+)*"
)
PIECE_PATTERN = re.compile(PIECE)
FOREIGN = re.compile(r"(?:us|arvn|rok|aus|thai|fr):")


@dataclass(frozen=True)
class Part:
    """One level of a unit: e90, c21[trinhsat], d9[bo]. word: written as a word, not only as a letter; glued: no space
    between the letter and the number."""

    level: str
    number: str
    arm: str = ""
    headquarters: bool = False
    word: bool = False
    glued: bool = True

    def __str__(self) -> str:
        bracket = "bo" if self.headquarters else self.arm
        return f"{self.level}{self.number}" + (f"[{bracket}]" if bracket else "")


@dataclass
class Chain:
    """A unit while it is read. parts: by level, several if they disagree; either: tiểu đoàn or trung đoàn; uppers:
    (kind, text) of what is above the division; tails: aliases, codes and letterboxes; last: the part added last."""

    parts: dict[str, list[Part]] = field(default_factory=dict)
    either: list[Part] = field(default_factory=list)
    uppers: list[tuple[str, str]] = field(default_factory=list)
    tails: list[str] = field(default_factory=list)
    last: Part | None = None

    def __bool__(self) -> bool:
        return bool(self.parts or self.either or self.uppers or self.tails)

    def add(self, part: Part) -> None:
        """Add a level; if the number is already there, only add its arm and headquarters."""
        parts = self.either if part.level == "td" else self.parts.setdefault(part.level, [])
        known = next((candidate for candidate in parts if candidate.number == part.number), None)
        self.last = part
        if known:
            headquarters, arm = known.headquarters or part.headquarters, known.arm or part.arm
            self.last = Part(
                part.level, part.number, arm, headquarters, known.word or part.word, known.glued or part.glued
            )
            parts[parts.index(known)] = self.last
        else:
            parts.append(part)

    def amend(self, arm: str = "", headquarters: bool = False) -> None:
        """Add an arm, or "headquarters", to the part added last."""
        if self.last:
            self.add(Part(self.last.level, self.last.number, arm, headquarters))

    def add_upper(self, kind: str, text: str) -> None:
        """Add a name above the division, unless it is already there."""
        if (kind, text) not in self.uppers:
            self.uppers.append((kind, text))

    def settle(self) -> list[str]:
        """Resolve ambiguous levels by the other levels, and order the uppers. Returns notes."""
        notes: list[str] = []
        self._settle_either()
        for kind in {kind for kind, _ in self.uppers}:
            if len({text for upper_kind, text in self.uppers if upper_kind == kind}) > 1:
                notes.append(f"conflict:{kind}")
        ranked = sorted(self.uppers, key=lambda upper: UPPER_ORDER.index(upper[0]))
        lone = [upper for upper in ranked if upper[0] not in MAY_HAVE_SECOND]
        for upper in lone:
            if upper[0] != lone[0][0]:
                notes.append(f"second_upper:{upper[1]}")
                ranked.remove(upper)
        self.uppers = ranked
        return notes + [f"conflict:{level}" for level in RANKS if len(self.parts.get(level, ())) > 1]

    def _settle_either(self) -> None:
        free = [level for level in "de" if level not in self.parts]
        if self.either and len(free) == 1:
            self._name([free[0]] * len(self.either))
        elif len(self.either) == 2 and len(free) == 2:
            # Small before large, unless the division was written first.
            self._name(["e", "d"] if next(iter(self.parts), "") == "f" else ["d", "e"])

    def _name(self, levels: list[str]) -> None:
        for level, part in zip(levels, self.either, strict=True):
            self.add(Part(level, part.number, part.arm, part.headquarters, True))
        self.either = []

    def readings(self) -> tuple[str, ...]:
        """Every reading of the chain in normal form, the more likely first."""
        theatre = self._theatre()
        choices: list[list[str]] = []
        for level in RANKS:
            options = [str(part) for part in self.parts.get(level, ())]
            if options:
                choices.append(options)
            if level == "c" and self.either:
                choices.append(
                    [
                        str(Part(either_level, part.number, part.arm, part.headquarters))
                        for part in self.either
                        for either_level in "de"
                    ]
                )
        for kind in UPPER_ORDER:
            options = [text for upper_kind, text in self.uppers if upper_kind == kind]
            if options:
                choices.append(options)
        choices += [[tail] for tail in self.tails]
        if not choices:
            return ()
        readings = list(dict.fromkeys("/".join(choice) for choice in list(product(*choices))[:MOST_READINGS]))
        return tuple([f"front:{reading}" for reading in readings] + readings) if theatre else tuple(readings)

    def _theatre(self) -> bool:
        # B1 to B5 were theatres; together with any other level b is a platoon.
        if set(self.parts) != {"b"} or self.either or self.uppers:
            return False
        return all(part.number in "12345" and not part.word and not part.arm for part in self.parts["b"])


def levels_of(readings: tuple[str, ...]) -> dict[str, str]:
    """The level columns: values in which all readings agree. B1 to B5 alone, theatre or platoon, count as theatre."""
    if not readings:
        return {}
    if readings[0].startswith("front:") and len(readings) > 1 and all(reading[:1] in "bf" for reading in readings):
        readings = readings[:1]
    levels = [_levels(reading) for reading in readings]
    return {
        level: value for level, value in levels[0].items() if all(reading.get(level) == value for reading in levels)
    }


def _levels(reading: str) -> dict[str, str]:
    levels: dict[str, str] = {}
    for piece in pieces(reading):
        if piece[0] in LETTERS and piece[1:2].isdecimal():
            levels[piece[0]] = piece
        elif not FOREIGN.match(piece) and not piece.startswith(("code:", "alias:", "letterbox:")):
            levels["upper"] = f"{levels['upper']}/{piece}" if "upper" in levels else piece
    return levels


@lru_cache(maxsize=4096)
def pieces(reading: str) -> tuple[str, ...]:
    """The pieces of one reading without arms. Of an attachment only the attached unit; of a foreign unit each piece
    with its nation."""
    if match := FOREIGN.match(reading):
        return tuple(match[0] + piece for piece in reading[match.end() :].split("/"))
    return tuple(piece.partition("[")[0] for piece in PIECE_PATTERN.findall(reading.partition("+")[0]))


def base_number(piece: str) -> str:
    """A piece without the letter after its number: f324b gives f324."""
    return re.sub(r"^([a-f]\d+)[a-z]$", r"\1", piece)


def family(piece: str) -> tuple[str, ...]:
    """A division as given, then with the other letters known for its number; any other piece alone."""
    base = base_number(piece)
    if not base.startswith("f"):
        return (piece,)
    return tuple(dict.fromkeys([piece, base, *(base + letter for letter in DIVISION_LETTERS.get(base[1:], ""))]))
