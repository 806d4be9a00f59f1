"""Comparing two names: a score, a band, and reasons as data. Weights: `weights.py` (domain notes 5.2)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from math import log

from catalog.rules.families import FAMILIES, SEX
from catalog.rules.names.reading import Arrangement, NameText, arrangements_asked, arrangements_stored, read_name
from catalog.rules.names.syllables import (
    END_CLASSES,
    LOOK_PAIRS,
    START_CLASSES,
    base,
    initial,
    is_syllable,
    iy,
    marked,
    parts,
    tone,
    toneless,
)
from catalog.rules.names.weights import (
    FAMILY,
    FAMILY_PAIRS,
    GIVEN,
    GIVEN_ALONE,
    GIVEN_ALONE_RARE,
    GIVEN_PAIRS,
    MATCH,
    MIDDLE,
    POSSIBLE,
    TOKEN,
    WHOLE,
)
from catalog.rules.text import fold

HOI_NGA = {"\u0309", "\u0303"}
# The share of all names that bear a given name: at or below RARE it nearly suffices alone, at or above USUAL it says
# little.
RARE, USUAL = 1 / 20_000, 1 / 500
Rarity = Callable[[str], float | None]


@dataclass(frozen=True)
class Reason:
    """Why, of one part (family, middle, given, whole): a code, what was asked, what is written, and which of the two
    lacks something (`lacks`: asked, written or '')."""

    part: str
    code: str
    asked: str = ""
    written: str = ""
    lacks: str = ""


@dataclass(frozen=True)
class NameComparison:
    """score 0 to 1; band match, possible or none; reasons, the whole name's first."""

    score: float
    band: str
    reasons: tuple[Reason, ...] = ()


NONE = NameComparison(0.0, "none")
Part = tuple[float, float, tuple[Reason, ...]]


def band_of(score: float) -> str:
    """match, possible or none."""
    return "match" if score >= MATCH else "possible" if score >= POSSIBLE else "none"


def compare_names(asked: str, written: str, rarity: Rarity | None = None) -> NameComparison:
    """The best comparison of any reading of `asked` with any of `written`.

    `rarity` gives the share of names that bear a given name (folded), None where not known. Contradicting service
    numbers separate equal names; equal numbers alone are a match (5.2; identifiers are exact).
    """
    one, other = read_name(asked), read_name(written)
    if one.number and other.number and one.number != other.number:
        return NONE
    query = Query(one, rarity)
    best = max(
        (query.compare(stored) for stored in arrangements_stored(other)), key=lambda got: got.score, default=NONE
    )
    if one.number and one.number == other.number:
        number = Reason("whole", "number_equal", one.number, other.number)
        if best.band == "match" or not one.readings or not other.readings:
            return NameComparison(max(best.score, MATCH), "match", (number, *best.reasons))
        return replace(best, reasons=(number, *best.reasons))
    return best


class Query:
    """A name asked for, ready to be compared with many written ones."""

    def __init__(self, name: NameText, rarity: Rarity | None = None) -> None:
        self.name = name
        self.rarity = rarity
        self.arrangements = arrangements_asked(name)

    def score(self, stored: Arrangement) -> float:
        """The best score alone, without reasons."""
        best = 0.0
        for at, asked in enumerate(self.arrangements):
            given = _given(asked.given, stored.given, asked.bare, stored.bare)[0]
            # No more than this can come of it, whatever the rest of the name says.
            if given and (FAMILY + MIDDLE + GIVEN * given) * asked.factor > best:
                best = max(best, self._score(at, stored)[0])
        return best

    def compare(self, stored: Arrangement) -> NameComparison:
        """The best comparison of any arrangement asked with `stored`."""
        best, best_at = 0.0, -1
        best_parts: tuple[Part, ...] = ()
        for at in range(len(self.arrangements)):
            score, found = self._score(at, stored)
            if score > best:
                best, best_parts, best_at = score, found, at
        if best_at < 0:
            return NONE
        asked = self.arrangements[best_at]
        whole = [Reason("whole", code) for code in dict.fromkeys((*asked.how, *stored.how)) if code in WHOLE_CODES]
        reasons = dict.fromkeys([*whole, *(reason for part in best_parts for reason in part[2])])
        return NameComparison(round(best, 4), band_of(round(best, 4)), tuple(reasons))

    def _score(self, at: int, stored: Arrangement) -> tuple[float, tuple[Part, ...]]:
        asked = self.arrangements[at]
        given = _given(asked.given, stored.given, asked.bare, stored.bare)
        if given[0] == 0:
            return 0.0, ()
        if not asked.family and not asked.middle:
            return self._alone(asked, stored, given)
        if not stored.family and not stored.middle:
            return GIVEN_ALONE * given[0] * asked.factor, (given,)
        family = _family(asked.family, stored.family, asked.bare, stored.bare)
        middle = _middle(asked.middle, stored.middle, asked.bare, stored.bare)
        # Without a family name all that is left of the middle one must agree, or nothing but the given name is left.
        if not asked.family or not stored.family:
            short, long = (asked.middle, stored.middle) if not asked.family else (stored.middle, asked.middle)
            if middle[0] == 0 or len(short.split()) > len(long.split()):
                return GIVEN_ALONE * given[0] * asked.factor, (given,)
        score = FAMILY * family[0] + MIDDLE * middle[0] + GIVEN * given[0]
        factor = family[1] * middle[1] * asked.factor * stored.factor
        if middle[1] == WHOLE["middle_missing"]:
            # An initial says too little without the middle name; given name first is meant with every part there (5.2).
            if initial(asked.family) or initial(stored.family):
                factor *= WHOLE["initial_alone"]
            if len(asked.middle.split()) > len(stored.middle.split()) and "given_first" in asked.how:
                factor *= WHOLE["unlikely"]
        return score * factor, (family, middle, given)

    def _alone(self, asked: Arrangement, stored: Arrangement, given: Part) -> tuple[float, tuple[Part, ...]]:
        bare = fold(asked.given)
        if bare in SEX:
            return 0.0, ()
        reason = Reason("whole", "given_alone", asked.given, stored.given)
        alone: Part = (given[0], 1.0, (reason, *given[2]))
        if not stored.family and not stored.middle:
            return given[0] * asked.factor * (MATCH + POSSIBLE) / 2, (alone,)
        share = self.rarity(bare) if self.rarity else None
        most = GIVEN_ALONE
        if share is not None and share < USUAL:
            rare = min(1.0, log(USUAL / max(share, RARE)) / log(USUAL / RARE))
            most += (GIVEN_ALONE_RARE - GIVEN_ALONE) * rare
        return given[0] * asked.factor * most, (alone,)


SLIPS = ("misread", "dropped", "merge")
WHOLE_CODES = frozenset(("telex", "vni", "viqr", "given_first", "comma", "run_together", "report", "alias"))


# Parts are few and come again with every name: each pair is compared once.
@lru_cache(maxsize=32_768)
def _given(asked: str, stored: str, asked_bare: bool, stored_bare: bool) -> Part:
    weight, code = compare_tokens(asked, stored, True, asked_bare, stored_bare)
    return weight, 1.0, (_reason("given", code, asked, stored),)


@lru_cache(maxsize=32_768)
def _family(one: str, other: str, asked_bare: bool, stored_bare: bool) -> Part:
    if not one or not other:
        lacks = "asked" if not one else "written"
        return 1.0, WHOLE["family_missing"], (Reason("family", "family_missing", one, other, lacks),)
    pair = frozenset((fold(one), fold(other)))
    weight, code = compare_tokens(one, other, False, asked_bare, stored_bare)
    # A real family name is not a misreading of another real one (5.2: Phan and Phạm, Hồ and Hà).
    both_real = _real_family(one) and _real_family(other)
    if pair in FAMILY_PAIRS and (tone(one) == tone(other) or not marked(one) or not marked(other)):
        return 1.0, WHOLE["family_pair"], (Reason("family", "family_pair", one, other),)
    # Where one is written without marks it may be a slip after all.
    apart = both_real and (
        code in ("marks_differ", "two_marks_differ") or (code in SLIPS and marked(one) and marked(other))
    )
    if weight == 0 or code == "regional" or apart:
        return 1.0, WHOLE["family_differs"], (Reason("family", "family_differs", one, other),)
    # Trau for Trần is no name; Tan for Trần is one. Nothing stands within a letter of Nguyễn.
    slip = both_real if code == "misread" or "nguyen" in pair else is_syllable(one) and is_syllable(other)
    slip = slip and code in SLIPS
    return weight, WHOLE["family_slip"] if slip else 1.0, (_reason("family", code, one, other),)


@lru_cache(maxsize=8192)
def _real_family(word: str) -> bool:
    return word in FAMILIES or (not marked(word) and any(fold(name) == word for name in FAMILIES))


@lru_cache(maxsize=65_536)
def _middle(asked: str, stored: str, asked_bare: bool, stored_bare: bool) -> Part:
    left, right = asked.split(), stored.split()
    if not left and not right:
        return 1.0, 1.0, ()
    if not left or not right:
        lacks = "asked" if not left else "written"
        return 1.0, WHOLE["middle_missing"], (Reason("middle", "middle_missing", asked, stored, lacks),)
    short, long, lacks = (left, right, "asked") if len(left) < len(right) else (right, left, "written")
    if len(left) == len(right):
        found = [compare_tokens(one, two, False, asked_bare, stored_bare) for one, two in zip(left, right, strict=True)]
        # Hoàng and Hồng are two names; Vau is none.
        other = any(
            code == "dropped" and is_syllable(one) and is_syllable(two)
            for (_, code), one, two in zip(found, left, right, strict=True)
        )
        if min(weight for weight, _ in found) and not other:
            reasons = [
                _reason("middle", code, one, two) for (_, code), one, two in zip(found, left, right, strict=True)
            ]
            return min(weight for weight, _ in found), 1.0, tuple(reasons)
    else:
        kept = [max(compare_tokens(one, two, False, asked_bare, stored_bare)[0] for two in long) for one in short]
        if min(kept):
            reason = Reason("middle", "middle_missing", asked, stored, lacks)
            return min(kept), WHOLE["middle_missing"], (reason,)
    sexes = {SEX[bare] for bare in (fold(left[0]), fold(right[0])) if bare in SEX}
    if len(sexes) == 2:
        return 1.0, WHOLE["sexes"], (Reason("middle", "sexes", asked, stored),)
    return 0.0, WHOLE["middle_differs"], (Reason("middle", "middle_differs", asked, stored),)


def _reason(part: str, code: str, asked: str, written: str) -> Reason:
    lacks = ""
    if code in ("unmarked", "partial_marks"):
        lacks = "asked" if sum(map(_marks_in, asked)) < sum(map(_marks_in, written)) else "written"
    elif code == "initial":
        lacks = "asked" if len(asked) < len(written) else "written"
    return Reason(part, code, asked, written, lacks)


def _marks_in(letter: str) -> int:
    import unicodedata

    return (letter == "đ") + len(unicodedata.normalize("NFD", letter)) - 1


@lru_cache(maxsize=400_000)
def compare_tokens(one: str, other: str, given: bool, one_bare: bool, other_bare: bool) -> tuple[float, str]:
    """How far two tokens (lower case, canonical) stand for one name: (weight, code).

    `one_bare`, `other_bare`: whether the whole name of that side is written without marks.
    """
    if one == other:
        return _weight("equal", given)
    if iy(one) == iy(other):
        return _weight("iy", given)
    if not given and (short := initial(one) or initial(other)):
        long = base(other if initial(one) else one)
        return _weight("initial", given) if long.startswith(short) else (0.0, "")
    if base(one) == base(other):
        foreign = (one[0] == "f") != (other[0] == "f")
        ours, theirs = (f"ph{word[1:]}" if word[0] == "f" else word for word in (one, other))
        code = "equal" if ours == theirs else _marks_code(ours, theirs, given, one_bare, other_bare)
        if not code:
            return 0.0, ""
        return (min(_weight(code, given), _weight("foreign", given))[0], "foreign") if foreign else _weight(code, given)
    pair = frozenset((base(one), base(other)))
    both = marked(one) and marked(other)
    tones_agree = not both or tone(one) == tone(other)
    if tones_agree and pair in GIVEN_PAIRS | FAMILY_PAIRS and (not both or ("đ" in one) == ("đ" in other)):
        return _weight("regional", given)
    left, right = (toneless(iy(one)), toneless(iy(other))) if both else (base(one), base(other))
    if tones_agree and _merged(left, right):
        return _weight("merge", given)
    if tones_agree and _misread(left, right):
        return _weight("misread", given)
    if _dropped(base(one), base(other)) and (not given or not (is_syllable(one) and is_syllable(other))):
        return _weight("dropped", given)
    return 0.0, ""


def _weight(code: str, given: bool) -> tuple[float, str]:
    return TOKEN[code][given], code


def _marks_code(one: str, other: str, given: bool, one_bare: bool, other_bare: bool) -> str:
    if not marked(one) or not marked(other):
        lacking_bare = one_bare if not marked(one) else other_bare
        return "unmarked" if lacking_bare else "partial_marks"
    tones, bodies = (tone(one), tone(other)), (toneless(iy(one)), toneless(iy(other)))
    if bodies[0] == bodies[1] and set(tones) == HOI_NGA:
        return "hoi_nga"
    strokes = ("đ" in one, "đ" in other)
    vowels = tuple(body.replace("đ", "d") for body in bodies)
    differ = (tones[0] != tones[1]) + (strokes[0] != strokes[1]) + (vowels[0] != vowels[1])
    if not given and _lacks(one, other):
        return "partial_marks"
    if differ > 2:
        return "" if given else "two_marks_differ"
    return "two_marks_differ" if differ == 2 else "marks_differ"


def _lacks(one: str, other: str) -> bool:
    """Whether every mark of one side is also on the other, which has more."""
    letters = list(zip(toneless(iy(one)), toneless(iy(other)), strict=False))
    tones = (tone(one), tone(other))
    for first, second, of in ((0, 1, tones), (1, 0, tones[::-1])):
        if of[0] in ("", of[1]) and all(pair[first] in (pair[second], fold(pair[second])) for pair in letters):
            return True
    return False


def _merged(one: str, other: str) -> bool:
    (onset, vowel, coda), (start, middle, end) = parts(one), parts(other)
    if vowel.replace("y", "i") != middle.replace("y", "i") or not (onset or coda):
        return False
    starts = onset != start
    ends = coda != end
    if starts + ends != 1:
        return False
    if starts:
        return bool(onset and start) and START_CLASSES.get(onset) == START_CLASSES.get(start, "-")
    return bool(coda and end) and END_CLASSES.get(coda) == END_CLASSES.get(end, "-")


def _misread(one: str, other: str) -> bool:
    if len(one) != len(other) or len(one) < 2:
        return False
    differ = [(a, b) for a, b in zip(one, other, strict=True) if a != b]
    return len(differ) == 1 and frozenset(map(fold, differ[0])) in LOOK_PAIRS


def _dropped(one: str, other: str) -> bool:
    if len(one) == len(other) > 3:
        differ = [at for at in range(len(one)) if one[at] != other[at]]
        return (
            len(differ) == 2
            and differ[1] == differ[0] + 1
            and one[differ[0]] == other[differ[1]]
            and one[differ[1]] == other[differ[0]]
        )
    short, long = sorted((one, other), key=len)
    return (
        len(long) - len(short) == 1
        and len(long) > 2
        and any(long[:at] + long[at + 1 :] == short for at in range(len(long)))
    )
