"""Names above the division: corps, regions, fronts, provincial units, groups; and cover names and letterboxes."""

import re

from catalog.rules.text import fold
from catalog.rules.units.state import ReadingState
from catalog.rules.units.tokens import UnitToken
from catalog.rules.units.words import REGIONS, rows

REGION_SLUGS = dict(value.split() for value, _ in rows(REGIONS))
ALIASES = {"worksite": "congtruong", "farm": "nongtruong"}
# Most words of the name of a district or province that is in no list.
LONGEST_NAME = 3


def read_upper(walk: ReadingState, token: UnitToken, number: str = "") -> None:
    """Read what an upper word names. number: the one before it, as in "2nd Corps". walk.position is after the word."""
    before = walk.token(walk.position - 2)
    target = walk.token(walk.position)
    while target and not target.hard and target.kind in ("noise", "bo"):
        walk.position += 1
        target = walk.token(walk.position)
    if token.value == "letterbox":
        return _read_letterbox(walk)
    if target and target.hard:
        target = None
    value = number or _read_upper_number(walk, target)
    if token.value in ("front", "tinhdoi", "huyendoi"):
        name = value or _read_upper_name(walk, target, token) or _name_before(walk, token, before)
        if name and not (value and token.value != "front"):
            return _add_upper(walk, token.value, f"{token.value}:{name}")
    elif token.value in ALIASES and value:
        word = ALIASES[token.value] + value
        walk.chain.tails.append(f"alias:{word}->f{value}?")
        return walk.note("cover_name", *(["ambiguous"] if token.raw.lower() == "ct" else []))
    elif token.value in ("doan", "binhtram") and (value or (value := _read_code(walk, target))):
        if token.value == "doan":
            walk.note("cover_name")
        return _add_upper(walk, token.value, f"doan:{value}?" if token.value == "doan" else f"binhtram:{value}")
    elif value and token.value in ("qd", "qk", "khu", "lk", "pk"):
        return _add_upper(walk, token.value, token.value + value)
    elif token.value in ("qk", "khu", "lk") and (region := _read_region(walk, token, target, before)):
        return _add_upper(walk, token.value, token.value + region.value.split()[0])
    walk.unread += 1
    return None


def _name_before(walk: ReadingState, token: UnitToken, before: UnitToken | None) -> str:
    """The name in front of an upper word, as in "Quảng Trị Front" or "B5 Front"; '' if there is none."""
    if token.lang == "en" and before and before.kind in ("region", "province") and not token.hard:
        walk.unread -= before.kind == "region"
        return REGION_SLUGS.get(before.value.split()[0], before.value)
    return _take_theatre_before(walk) if token.value == "front" else ""


def _read_region(
    walk: ReadingState, token: UnitToken, target: UnitToken | None, before: UnitToken | None
) -> UnitToken | None:
    """The region after the upper word, or before it in English."""
    if target and target.kind == "region":
        walk.position += 1
        return target
    if before and before.kind == "region" and token.lang == "en" and not token.hard:
        walk.unread -= 1
        return before
    return None


def _add_upper(walk: ReadingState, kind: str, text: str) -> None:
    walk.chain.add_upper(kind, text)


def _read_upper_number(walk: ReadingState, target: UnitToken | None) -> str:
    if target is None or target.kind not in ("num", "roman", "numeral"):
        return ""
    walk.position += 1
    return target.value + target.suffix


def _read_code(walk: ReadingState, target: UnitToken | None) -> str:
    following = walk.token(walk.position + 1)
    if target and target.kind == "letter" and following and following.kind == "num" and following.gap == "":
        walk.position += 2
        return target.value + following.value
    if target and target.kind in ("code", "place_code"):
        walk.position += 1
        return target.value
    return ""


def _read_upper_name(walk: ReadingState, target: UnitToken | None, token: UnitToken) -> str:
    if target is None:
        return ""
    following = walk.token(walk.position + 1)
    if token.value == "front":
        if (
            target.kind == "letter"
            and target.value == "b"
            and following
            and following.kind == "num"
            and not following.hard
        ):
            walk.position += 2
            return "b" + following.value
        if target.kind in ("region", "province", "front_name"):
            walk.position += 1
            return REGION_SLUGS.get(target.value.split()[0], target.value)
        return ""
    if target.kind == "joining" and following and following.kind == "province" and not following.hard:
        walk.position += 1
        target = following
    if target.kind == "province":
        walk.position += 1
        return target.value
    names: list[str] = []
    while (word := walk.token(walk.position)) and len(names) < LONGEST_NAME and not (names and word.hard):
        if not word.raw[:1].isupper() or not re.fullmatch(r"[^\W\d_]+", word.raw):
            break
        names.append(fold(word.raw))
        walk.position += 1
    return "-".join(names) if all(name.isascii() for name in names) else ""


def _take_theatre_before(walk: ReadingState) -> str:
    """The theatre in "B5 Front", which was read as a platoon: it is removed from the platoons. '' if there is none."""
    platoons = walk.chain.parts.get("b", [])
    last = walk.chain.last
    if last is None or last.level != "b" or last.word or walk.unit_end != walk.position - 1:
        return ""
    platoons.remove(last)
    if not platoons:
        del walk.chain.parts["b"]
    walk.chain.last = None
    return "b" + last.number


def _read_letterbox(walk: ReadingState) -> None:
    """Read the number of a letterbox: digits in any grouping, and up to three letters after them: 86.123 YK."""
    digits = letters = ""
    while word := walk.token(walk.position):
        if (
            word.raw.isdecimal()
            and len(digits + word.raw) <= 8
            and not letters
            and not (digits and re.search(r"[,;(]", word.gap))
        ):
            digits += word.raw
        elif (
            digits and not letters and word.raw.isalpha() and len(word.raw) <= 3 and not re.search(r"[,;(\n]", word.gap)
        ):
            following = walk.token(walk.position + 1)
            if word.kind == "letter" and following and following.kind == "num":
                break
            is_last = following is None or following.hard
            if not (word.raw.isupper() or word.gap == "" or (is_last and len(word.raw) == 2)):
                break
            letters = word.raw
        else:
            break
        walk.position += 1
    if digits:
        walk.chain.tails.append(f"letterbox:{digits}{fold(letters)}")
        walk.note("letterbox")
    else:
        walk.unread += 1
