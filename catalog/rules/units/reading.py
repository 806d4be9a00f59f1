"""Reading a unit as a clerk, a family, a newspaper or an intelligence report wrote it.

Source: docs/field/units.md, Reading. Any text gives a result; what is no unit has the normal form "-".
"""

from dataclasses import dataclass
from functools import lru_cache

from catalog.rules.text import canonical
from catalog.rules.units.foreign import foreign_unit, has_stop_sign, without_enemy
from catalog.rules.units.notation import FOREIGN, NOTATION, Chain, Part, levels_of
from catalog.rules.units.numbers import known_division
from catalog.rules.units.tokens import UnitToken, tokens_of, typed_words
from catalog.rules.units.walk import Walk
from catalog.rules.units.words import AIRCRAFT, US_NAMES

LONGEST = 300


@dataclass(frozen=True)
class UnitReading:
    """A unit as read. text: as given; normal: its normal form, "-" if it is no unit; readings: all of them, () for "-".

    levels: by a, b, c, d, e, f and upper, without arms, those that all readings share; of an attachment its left side;
    none for foreign units, codes, aliases and letterboxes. inferred: numbers without level words were given levels.
    notes: level_without_number:d, conflict:e, second_upper:qk4, bare_numbers, ambiguous, unresolved_code, cover_name,
    position_not_unit, foreign, place_code, attachment, letterbox.
    """

    text: str
    normal: str
    readings: tuple[str, ...]
    levels: dict[str, str]
    inferred: bool
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Result:
    readings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    inferred: bool = False
    is_complete: bool = False


def parse_unit(text: str) -> UnitReading:
    """Read a unit in Vietnamese, in English, in letters, or in normal form; only the first 300 characters. Never
    raises."""
    result = _read(text[:LONGEST].strip())
    normal = "|".join(result.readings) or "-"
    return UnitReading(text, normal, result.readings, levels_of(result.readings), result.inferred, result.notes)


def is_unit_query(text: str) -> bool:
    """Whether the text of a search box is a unit and contains nothing else: no name, place, post or date."""
    if len(text) > LONGEST:
        return False
    result = _read(text.strip())
    return result.is_complete and bool(result.readings)


@lru_cache(maxsize=4096)
def _read(text: str) -> _Result:
    if NOTATION.fullmatch(text) and any(mark in text for mark in ":|[+"):
        return _result_of_notation(text)
    tokens = without_enemy(tokens_of(typed_words(text)))
    if has_stop_sign(tokens):
        unit = foreign_unit(tokens)
        is_complete = not any(token.kind in ("other", "position", "province") for token in tokens)
        return _Result((unit,) if unit != "-" else (), ("foreign",), is_complete=is_complete)
    if any(token.kind == "num" for token in tokens) and all(token.kind == "num" for token in tokens):
        return _read_bare_numbers(tokens)
    if any(
        plane in canonical(text).lower() or plane in " ".join(token.plain for token in tokens) for plane in AIRCRAFT
    ):
        return _Result()
    walk = Walk(tokens).run()
    return _result_of(walk, tokens)


def _result_of_notation(text: str) -> _Result:
    readings = tuple(text.split("|"))
    signs = {
        "letterbox:": "letterbox",
        "code:": "unresolved_code",
        "alias:": "cover_name",
        "doan:": "cover_name",
        "+": "attachment",
    }
    notes = [note for sign, note in signs.items() if sign in text]
    notes += ["ambiguous"] * (len(readings) > 1) + ["foreign"] * bool(FOREIGN.match(text))
    return _Result(readings, tuple(dict.fromkeys(notes)), is_complete=True)


def _read_bare_numbers(tokens: list[UnitToken]) -> _Result:
    """Read 5-2-3-304: only if the last number is a known division; of three numbers it must not look like a year."""
    final = tokens[-1]
    tight = all(token.gap.strip() in ("", "-", "/", ".", ",", "–") for token in tokens[1:])
    # No company had a number of three digits.
    small = len(tokens) == 3 or len(tokens[0].value) < 3
    plain = small and not any(token.suffix or token.lang for token in tokens[:-1])
    if (
        len(tokens) not in (3, 4)
        or not (tight and plain and known_division(final))
        or (len(tokens) == 3 and int(final.value) < 300)
    ):
        return _Result()
    levels = "cdef"[-len(tokens) :]
    return _Result(
        ("/".join(level + token.value + token.suffix for level, token in zip(levels, tokens, strict=True)),),
        ("bare_numbers",),
        inferred=True,
        is_complete=True,
    )


def _result_of(walk: Walk, tokens: list[UnitToken]) -> _Result:
    for chain in walk.sides:
        _drop_accidental(chain, tokens)
        if walk.viet_cong:
            _replace_external_name(chain, walk)
    first = walk.sides[0]
    bare = {*first.parts, *("d" for _ in first.either)}
    if (
        walk.province
        and bare & {"c", "d"}
        and not bare & {"e", "f"}
        and not any(kind == "tinhdoi" for kind, _ in first.uppers)
    ):
        first.add_upper("tinhdoi", f"tinhdoi:{walk.province}")
    elif walk.province:
        walk.unread += 1
    notes = [note for chain in walk.sides for note in chain.settle()]
    sides = [readings for chain in walk.sides if (readings := chain.readings())]
    if not sides:
        return _Result((), tuple(walk.notes))
    if walk.passive:
        sides.reverse()
    readings = sides[0] if len(sides) == 1 else tuple(f"{left}+{right}" for left in sides[0] for right in sides[1])
    notes += walk.notes
    if len(readings) > 1 and not any(note.startswith("conflict") for note in notes):
        notes.append("ambiguous")
    return _Result(readings, tuple(dict.fromkeys(notes)), walk.inferred, not walk.unread)


def _drop_accidental(chain: Chain, tokens: list[UnitToken]) -> None:
    """Drop "a 3" in a sentence: a letter with a space before its number, among words that are no unit."""
    parts = [part for level in chain.parts.values() for part in level] + chain.either
    if (
        any(token.kind == "other" for token in tokens)
        and len(parts) < 2
        and not any(part.word or part.glued for part in parts)
    ):
        chain.parts, chain.either = {}, []


def _replace_external_name(chain: Chain, walk: Walk) -> None:
    """Replace the numbers that only the other side used for the regiments of the 9th Division, if the text says Việt
    Cộng."""
    regiments: list[Part] = chain.parts.get("e", [])
    divisions = {part.number for part in chain.parts.get("f", [])}
    if len(regiments) == 1 and regiments[0].number in US_NAMES and divisions <= {"9"}:
        number = regiments[0].number
        chain.tails.append(f"alias:{number}us->{US_NAMES[number]}")
        chain.parts = {level: parts for level, parts in chain.parts.items() if level not in "ef"}
        walk.note("cover_name")
