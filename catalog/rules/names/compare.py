"""Comparing two names: a score, a band, and reasons as data. The weights are those of domain notes 5.2."""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from catalog.rules.names.reading import readings, sound
from catalog.rules.text import fold, has_marks

MATCH, POSSIBLE = 0.78, 0.60
SHARES = {"family": 0.20, "middle": 0.15, "given": 0.65}
WHOLE = {
    "given_first": 0.95,
    "middle_missing": 0.88,
    "family_missing": 0.85,
    "middle_differs": 0.80,
    "family_pair": 0.75,
    "sexes": 0.40,
}
FAMILY_PAIRS = {frozenset(("vu", "vo")), frozenset(("hoang", "huynh"))}
GIVEN_PAIRS = {frozenset(("phuc", "phuoc")), frozenset(("nhan", "nhon")), frozenset(("chinh", "chanh"))}
TONES = "\u0300\u0301\u0303\u0309\u0323"


@dataclass(frozen=True)
class Reason:
    """Why: the part of the name, a code, and the two sides where they differ."""

    part: str
    code: str
    left: str = ""
    right: str = ""


@dataclass(frozen=True)
class NameComparison:
    """score 0 to 1; band match, possible or none; reasons."""

    score: float
    band: str
    reasons: tuple[Reason, ...] = ()


NONE = NameComparison(0.0, "none")


def compare_names(query: str, candidate: str) -> NameComparison:
    """The best comparison of any reading of `query` with any of `candidate`. Contradicting service numbers: none."""
    asked, number = readings(query)
    written, other = readings(candidate)
    if number and other and number != other:
        return NONE
    best = NONE
    for one, two in product(asked[:6], written[:6]):
        found = _compare(one, two)
        if found.score > best.score:
            decoded = (
                (Reason("whole", "telex"),) if one != asked[0] and not has_marks(asked[0]) and has_marks(one) else ()
            )
            best = NameComparison(found.score, found.band, (*decoded, *found.reasons))
    return best


def _compare(query: str, candidate: str) -> NameComparison:
    left, right = query.split(), candidate.split()
    if len(left) < 2 or len(right) < 2 or len(left) > 6 or len(right) > 6:
        return NONE
    best = _aligned(left, right)
    if len(left) > 2:
        turned = _aligned([*left[1:], left[0]], right)
        score = turned.score * WHOLE["given_first"]
        if score > best.score:
            best = NameComparison(score, _band(score), (Reason("whole", "given_first"), *turned.reasons))
    return best


def _aligned(left: list[str], right: list[str]) -> NameComparison:
    reasons: list[Reason] = []
    whole = 1.0
    given = _token(left[-1], right[-1], "given", reasons)
    if given == 0:
        return NONE
    if len(left) < len(right) and len(left) == 2 and _quick(left[0], right[0]) == 0 and _quick(left[0], right[-2]) > 0:
        whole, family = WHOLE["family_missing"], 1.0
        middle = _token(left[0], right[-2], "middle", reasons)
        reasons.append(Reason("family", "family_missing"))
    else:
        family, factor = _family(left[0], right[0], reasons)
        whole *= factor
        middle, factor = _middles(left[1:-1], right[1:-1], reasons)
        whole *= factor
    score = (SHARES["family"] * family + SHARES["middle"] * middle + SHARES["given"] * given) * whole
    return NameComparison(round(score, 4), _band(score), tuple(dict.fromkeys(reasons)))


def _family(left: str, right: str, reasons: list[Reason]) -> tuple[float, float]:
    weight = _token(left, right, "family", reasons)
    if weight:
        return weight, 1.0
    pair = frozenset((fold(left), fold(right)))
    reasons.append(Reason("family", "family_pair" if pair in FAMILY_PAIRS else "family_differs", left, right))
    return 1.0, WHOLE["family_pair"] if pair in FAMILY_PAIRS else WHOLE["sexes"]


def _middles(left: list[str], right: list[str], reasons: list[Reason]) -> tuple[float, float]:
    if not left and not right:
        return 1.0, 1.0
    if not left or not right:
        reasons.append(Reason("middle", "middle_missing"))
        return 1.0, WHOLE["middle_missing"]
    if len(left) != len(right):
        kept = [max(_quick(one, two) for two in right) for one in left]
        reasons.append(Reason("middle", "middle_missing"))
        return min(kept), WHOLE["middle_missing"] if min(kept) else WHOLE["middle_differs"]
    weights = [_token(one, two, "middle", reasons) for one, two in zip(left, right, strict=True)]
    if min(weights):
        return min(weights), 1.0
    one, two = " ".join(left), " ".join(right)
    reasons.append(Reason("middle", "middle_differs", one, two))
    if {"van", "thi"} == {fold(one), fold(two)}:
        return 1.0, WHOLE["sexes"]
    return 1.0, WHOLE["middle_differs"]


def _token(left: str, right: str, part: str, reasons: list[Reason]) -> float:
    weight, code = _pair(left.lower(), right.lower(), part == "given")
    if weight and code:
        reasons.append(Reason(part, code, left, right))
    return weight


def _quick(left: str, right: str) -> float:
    return _pair(left.lower(), right.lower(), False)[0]


@lru_cache(maxsize=200_000)
def _pair(left: str, right: str, given: bool) -> tuple[float, str]:
    if left == right:
        return 1.0, ""
    one, two = fold(left), fold(right)
    if one == two:
        if not has_marks(left) or not has_marks(right):
            return 0.95, "unmarked"
        return _marks(left, right, given)
    if one.replace("y", "i") == two.replace("y", "i"):
        return 0.97, "iy"
    if (not given and len(one) == 1 and two.startswith(one)) or (
        one in ("ng", "tr", "ph", "th") and two.startswith(one) and not given
    ):
        return 0.85, "initial"
    if given and frozenset((one, two)) in GIVEN_PAIRS:
        return 0.65, "regional"
    tones_agree = _tone(left) == _tone(right) or not has_marks(left) or not has_marks(right)
    if tones_agree and sound(one) == sound(two):
        return (0.62, "merge") if given else (0.80, "merge")
    if tones_agree and min(len(one), len(two)) > 2 and _one_letter(one, two):
        return (0.58, "misread") if given else (0.80, "misread")
    return 0.0, ""


def _marks(left: str, right: str, given: bool) -> tuple[float, str]:
    tones, vowels = (_tone(left), _tone(right)), (_toneless(left), _toneless(right))
    if vowels[0] == vowels[1] and set(tones) == {"\u0309", "\u0303"}:
        return 0.92, "hoi_nga"
    if "" in tones or fold(left) in vowels or fold(right) in vowels:
        if vowels[0] == vowels[1] or tones[0] == tones[1]:
            return (0.60, "tone_differs") if given else (0.85, "marks_differ")
    elif (vowels[0] == vowels[1]) != (tones[0] == tones[1]):
        return (0.60, "tone_differs") if given else (0.85, "marks_differ")
    return (0.35, "marks_differ") if given else (0.85, "marks_differ")


def _tone(word: str) -> str:
    return next((letter for letter in unicodedata.normalize("NFD", word) if letter in TONES), "")


def _toneless(word: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFD", word) if letter not in TONES)


def _one_letter(one: str, two: str) -> bool:
    alike = ({"n", "u"}, {"a", "o"}, {"h", "l"}, {"h", "b"}, {"c", "g"}, {"c", "e"}, {"i", "j"}, {"i", "l"}, {"o", "p"})
    if len(one) == len(two):
        differ = [{a, b} for a, b in zip(one, two, strict=True) if a != b]
        return len(differ) == 1 and differ[0] in alike
    short, long = sorted((one, two), key=len)
    return (
        len(long) - len(short) == 1
        and len(long) > 4
        and any(long[:at] + long[at + 1 :] == short for at in range(len(long)))
    )


def _band(score: float) -> str:
    return "match" if score >= MATCH else "possible" if score >= POSSIBLE else "none"
