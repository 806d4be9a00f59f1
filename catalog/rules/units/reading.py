"""Reading a unit, as a clerk, a family, a newspaper or an intelligence report wrote it.

Source: domain notes, section 4. Whatever is typed, an answer comes back; what is no unit has the normal form "-".
"""

from dataclasses import dataclass
from functools import lru_cache

from catalog.rules.text import canonical
from catalog.rules.units.foreign import before_enemy, foreign_unit, stops
from catalog.rules.units.notation import FOREIGN, NOTATION, Chain, Part, levels_of
from catalog.rules.units.numbers import known_division
from catalog.rules.units.tokens import Token, tokens_of, typed_words
from catalog.rules.units.walk import Walk
from catalog.rules.units.words import AIRCRAFT, US_NAMES

LONGEST = 300


@dataclass(frozen=True)
class UnitReading:
    """A unit as read. text: as given; normal: its normal form, "-" where it is no unit; readings: every one, () for
    "-".

    levels: by a, b, c, d, e, f and upper, without arms, what all readings share; of an attachment its left side; none
    for foreign units, codes, aliases and letter-boxes. inferred: levels were put to bare numbers. notes:
    level_without_number:d, conflict:e, second_upper:qk4, bare_numbers, ambiguous, unresolved_code, cover_name,
    position_not_unit, foreign, place_code, attachment, letterbox.
    """

    text: str
    normal: str
    readings: tuple[str, ...]
    levels: dict[str, str]
    inferred: bool
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Found:
    readings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    inferred: bool = False
    whole: bool = False


def parse_unit(text: str) -> UnitReading:
    """Read a unit in Vietnamese, English or letters, or its normal form as it stands; only 300 characters. Never
    raises."""
    found = _read(text[:LONGEST].strip())
    normal = "|".join(found.readings) or "-"
    return UnitReading(text, normal, found.readings, levels_of(found.readings), found.inferred, found.notes)


def is_unit_query(text: str) -> bool:
    """Whether the whole of a search box is a unit and nothing else is in it: no name, place, post or date."""
    if len(text) > LONGEST:
        return False
    found = _read(text.strip())
    return found.whole and bool(found.readings)


@lru_cache(maxsize=4096)
def _read(text: str) -> _Found:
    if NOTATION.fullmatch(text) and any(mark in text for mark in ":|[+"):
        return _given(text)
    tokens = before_enemy(tokens_of(typed_words(text)))
    if stops(tokens):
        unit = foreign_unit(tokens)
        whole = not any(token.kind in ("other", "position", "province") for token in tokens)
        return _Found((unit,) if unit != "-" else (), ("foreign",), whole=whole)
    if any(token.kind == "num" for token in tokens) and all(token.kind == "num" for token in tokens):
        return _bare_run(tokens)
    if any(plane in canonical(text).lower() or plane in " ".join(one.plain for one in tokens) for plane in AIRCRAFT):
        return _Found()
    walk = Walk(tokens).run()
    return _settled(walk, tokens)


def _given(text: str) -> _Found:
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
    return _Found(readings, tuple(dict.fromkeys(notes)), whole=True)


def _bare_run(tokens: list[Token]) -> _Found:
    """5-2-3-304: only up to a known division; three numbers only to one that no date ends in."""
    final = tokens[-1]
    tight = all(token.gap.strip() in ("", "-", "/", ".", ",", "–") for token in tokens[1:])
    # No company had a number of three figures.
    small = len(tokens) == 3 or len(tokens[0].value) < 3
    plain = small and not any(token.suffix or token.lang for token in tokens[:-1])
    if (
        len(tokens) not in (3, 4)
        or not (tight and plain and known_division(final))
        or (len(tokens) == 3 and int(final.value) < 300)
    ):
        return _Found()
    levels = "cdef"[-len(tokens) :]
    return _Found(
        ("/".join(level + token.value + token.suffix for level, token in zip(levels, tokens, strict=True)),),
        ("bare_numbers",),
        inferred=True,
        whole=True,
    )


def _settled(walk: Walk, tokens: list[Token]) -> _Found:
    for chain in walk.sides:
        _drop_chance(chain, tokens)
        if walk.viet_cong:
            _external_name(chain, walk)
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
    sides = [found for chain in walk.sides if (found := chain.readings())]
    if not sides:
        return _Found((), tuple(walk.notes))
    if walk.passive:
        sides.reverse()
    readings = sides[0] if len(sides) == 1 else tuple(f"{left}+{right}" for left in sides[0] for right in sides[1])
    notes += walk.notes
    if len(readings) > 1 and not any(note.startswith("conflict") for note in notes):
        notes.append("ambiguous")
    return _Found(readings, tuple(dict.fromkeys(notes)), walk.inferred, not walk.unread)


def _drop_chance(chain: Chain, tokens: list[Token]) -> None:
    """Forget "a 3" in a sentence: letters with a space before the number, among words that are no unit."""
    parts = [part for level in chain.parts.values() for part in level] + chain.either
    if (
        any(token.kind == "other" for token in tokens)
        and len(parts) < 2
        and not any(part.word or part.glued for part in parts)
    ):
        chain.parts, chain.either = {}, []


def _external_name(chain: Chain, walk: Walk) -> None:
    """The numbers that only the other side gave to the 9th Division's regiments, where it says Việt Cộng."""
    regiments: list[Part] = chain.parts.get("e", [])
    divisions = {part.number for part in chain.parts.get("f", [])}
    if len(regiments) == 1 and regiments[0].number in US_NAMES and divisions <= {"9"}:
        number = regiments[0].number
        chain.tails.append(f"alias:{number}us->{US_NAMES[number]}")
        chain.parts = {level: parts for level, parts in chain.parts.items() if level not in "ef"}
        walk.note("cover_name")
