"""What stands above the division: corps, regions, fronts, provincial units, groups; and cover names and
letter-boxes."""

import re

from catalog.rules.text import fold
from catalog.rules.units.state import ReadingState
from catalog.rules.units.tokens import Token
from catalog.rules.units.words import REGIONS, rows

REGION_SLUGS = dict(value.split() for value, _ in rows(REGIONS))
ALIASES = {"worksite": "congtruong", "farm": "nongtruong"}
# A name of a district or a province that no list knows.
LONGEST_NAME = 3


def read_upper(walk: ReadingState, token: Token, number: str = "") -> None:
    """Read what an upper word names. number: the one before it, "2nd Corps"; walk.at stands after the word."""
    before = walk.token(walk.at - 2)
    target = walk.token(walk.at)
    while target and not target.hard and target.kind in ("noise", "bo"):
        walk.at += 1
        target = walk.token(walk.at)
    if token.value == "letterbox":
        return _letterbox(walk)
    if target and target.hard:
        target = None
    taken = number or _number(walk, target)
    if token.value in ("front", "tinhdoi", "huyendoi"):
        named = taken or _name(walk, target, token)
        if not named and token.lang == "en" and before and before.kind in ("region", "province") and not token.hard:
            named = REGION_SLUGS.get(before.value.split()[0], before.value)
            walk.unread -= before.kind == "region"
        if not named and token.value == "front":
            named = _theatre_before(walk)
        if named and not (taken and token.value != "front"):
            return _take(walk, token.value, f"{token.value}:{named}")
    elif token.value in ALIASES and taken:
        word = ALIASES[token.value] + taken
        walk.chain.tails.append(f"alias:{word}->f{taken}?")
        return walk.note("cover_name", *(["ambiguous"] if token.raw.lower() == "ct" else []))
    elif token.value in ("doan", "binhtram") and (taken or (taken := _coded(walk, target))):
        if token.value == "doan":
            walk.note("cover_name")
        return _take(walk, token.value, f"doan:{taken}?" if token.value == "doan" else f"binhtram:{taken}")
    elif taken and token.value in ("qd", "qk", "khu", "lk", "pk"):
        return _take(walk, token.value, token.value + taken)
    elif token.value in ("qk", "khu", "lk"):
        region = target if target and target.kind == "region" else None
        if region:
            walk.at += 1
        elif before and before.kind == "region" and token.lang == "en" and not token.hard:
            region = before
            walk.unread -= 1
        if region:
            return _take(walk, token.value, token.value + region.value.split()[0])
    walk.unread += 1
    return None


def _take(walk: ReadingState, kind: str, text: str) -> None:
    walk.chain.add_upper(kind, text)


def _number(walk: ReadingState, target: Token | None) -> str:
    if target is None or target.kind not in ("num", "roman", "numeral"):
        return ""
    walk.at += 1
    return target.value + target.suffix


def _coded(walk: ReadingState, target: Token | None) -> str:
    following = walk.token(walk.at + 1)
    if target and target.kind == "letter" and following and following.kind == "num" and following.gap == "":
        walk.at += 2
        return target.value + following.value
    if target and target.kind in ("code", "place_code"):
        walk.at += 1
        return target.value
    return ""


def _name(walk: ReadingState, target: Token | None, token: Token) -> str:
    if target is None:
        return ""
    following = walk.token(walk.at + 1)
    if token.value == "front":
        if (
            target.kind == "letter"
            and target.value == "b"
            and following
            and following.kind == "num"
            and not following.hard
        ):
            walk.at += 2
            return "b" + following.value
        if target.kind in ("region", "province", "front_name"):
            walk.at += 1
            return REGION_SLUGS.get(target.value.split()[0], target.value)
        return ""
    if target.kind == "joining" and following and following.kind == "province" and not following.hard:
        walk.at += 1
        target = following
    if target.kind == "province":
        walk.at += 1
        return target.value
    names: list[str] = []
    while (word := walk.token(walk.at)) and len(names) < LONGEST_NAME and not (names and word.hard):
        if not word.raw[:1].isupper() or not re.fullmatch(r"[^\W\d_]+", word.raw):
            break
        names.append(fold(word.raw))
        walk.at += 1
    return "-".join(names) if all(name.isascii() for name in names) else ""


def _theatre_before(walk: ReadingState) -> str:
    """The platoon that "B5 Front" shows to have been a theatre."""
    standing = walk.chain.parts.get("b", [])
    last = walk.chain.last
    if last is None or last.level != "b" or last.word or walk.unit_end != walk.at - 1:
        return ""
    standing.remove(last)
    if not standing:
        del walk.chain.parts["b"]
    walk.chain.last = None
    return "b" + last.number


def _letterbox(walk: ReadingState) -> None:
    """Digits, however grouped, and the short letters after them: 86.123 YK."""
    digits = letters = ""
    while word := walk.token(walk.at):
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
            following = walk.token(walk.at + 1)
            if word.kind == "letter" and following and following.kind == "num":
                break
            ends = following is None or following.hard
            if not (word.raw.isupper() or word.gap == "" or (ends and len(word.raw) == 2)):
                break
            letters = word.raw
        else:
            break
        walk.at += 1
    if digits:
        walk.chain.tails.append(f"letterbox:{digits}{fold(letters)}")
        walk.note("letterbox")
    else:
        walk.unread += 1
