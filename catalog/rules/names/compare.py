"""Comparing two names: a score, a band, and reasons as data. Weights: `weights.py` (docs/field/names.md, Weights).

The comparisons of letters are our own code: which letters look or sound alike, on which letter marks may differ, and
whether both sides are real syllables, is particular to Vietnamese. Only `_is_slip` could come from `rapidfuzz` (the
same results on 300,000 pairs, 0.5 instead of 1.7 µs); each pair is compared once and cached, so it would save little.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from math import log

from catalog.rules.families import FAMILIES, SEX
from catalog.rules.names.reading import Arrangement, NameText, query_arrangements, read_name, stored_arrangements
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

HOI_AND_NGA = {"\u0309", "\u0303"}
# The share of all names that have a given name: at or below RARE the given name is almost enough alone, at or above
# USUAL it says little.
RARE, USUAL = 1 / 20_000, 1 / 500
Rarity = Callable[[str], float | None]


@dataclass(frozen=True)
class Reason:
    """Why one part of a name (family, middle, given, whole) agrees or not: a code, the words asked for and written, and
    which of the two lacks something (`lacks`: asked, written or '')."""

    part: str
    code: str
    asked: str = ""
    written: str = ""
    lacks: str = ""


@dataclass(frozen=True)
class NameComparison:
    """score: 0 to 1; band: match, possible or none; reasons: those about the whole name first."""

    score: float
    band: str
    reasons: tuple[Reason, ...] = ()


NONE = NameComparison(0.0, "none")
Part = tuple[float, float, tuple[Reason, ...]]


def band_of(score: float) -> str:
    """The band of a score: match, possible or none."""
    return "match" if score >= MATCH else "possible" if score >= POSSIBLE else "none"


def compare_names(asked: str, written: str, rarity: Rarity | None = None) -> NameComparison:
    """The best comparison of any reading of `asked` with any reading of `written`.

    `rarity` returns the share of names that have a given name (folded), None if not known. Different service numbers
    separate equal names; equal numbers alone are a match (docs/field/names.md, Weights; identifiers are exact).
    """
    asked_name, written_name = read_name(asked), read_name(written)
    if asked_name.number and written_name.number and asked_name.number != written_name.number:
        return NONE
    query = NameQuery(asked_name, rarity)
    best = max(
        (query.compare(stored) for stored in stored_arrangements(written_name)),
        key=lambda comparison: comparison.score,
        default=NONE,
    )
    if asked_name.number and asked_name.number == written_name.number:
        number = Reason("whole", "number_equal", asked_name.number, written_name.number)
        if best.band == "match" or not asked_name.readings or not written_name.readings:
            return NameComparison(max(best.score, MATCH), "match", (number, *best.reasons))
        return replace(best, reasons=(number, *best.reasons))
    return best


class NameQuery:
    """A name asked for, prepared for comparison with many written ones."""

    def __init__(self, name: NameText, rarity: Rarity | None = None) -> None:
        self.name = name
        self.rarity = rarity
        self.arrangements = query_arrangements(name)

    def score(self, stored: Arrangement) -> float:
        """The best score alone, without reasons."""
        best = 0.0
        for index, asked in enumerate(self.arrangements):
            given = _compare_given(asked.given, stored.given, asked.bare, stored.bare)[0]
            # The upper bound for this arrangement, whatever the rest of the name.
            if given and (FAMILY + MIDDLE + GIVEN * given) * asked.factor > best:
                best = max(best, self._score(index, stored)[0])
        return best

    def compare(self, stored: Arrangement) -> NameComparison:
        """The best comparison of any arrangement asked with `stored`."""
        best, best_index = 0.0, -1
        best_parts: tuple[Part, ...] = ()
        for index in range(len(self.arrangements)):
            score, parts = self._score(index, stored)
            if score > best:
                best, best_parts, best_index = score, parts, index
        if best_index < 0:
            return NONE
        asked = self.arrangements[best_index]
        whole = [Reason("whole", code) for code in dict.fromkeys((*asked.how, *stored.how)) if code in WHOLE_CODES]
        reasons = dict.fromkeys([*whole, *(reason for part in best_parts for reason in part[2])])
        return NameComparison(round(best, 4), band_of(round(best, 4)), tuple(reasons))

    def _score(self, index: int, stored: Arrangement) -> tuple[float, tuple[Part, ...]]:
        asked = self.arrangements[index]
        given = _compare_given(asked.given, stored.given, asked.bare, stored.bare)
        if given[0] == 0:
            return 0.0, ()
        if not asked.family and not asked.middle:
            return self._score_given_alone(asked, stored, given)
        if not stored.family and not stored.middle:
            return GIVEN_ALONE * given[0] * asked.factor, (given,)
        family = _compare_family(asked.family, stored.family, asked.bare, stored.bare)
        middle = _compare_middle(asked.middle, stored.middle, asked.bare, stored.bare)
        # Without a family name the rest of the middle name must agree; otherwise only the given name counts.
        if not asked.family or not stored.family:
            short, long = (asked.middle, stored.middle) if not asked.family else (stored.middle, asked.middle)
            if middle[0] == 0 or len(short.split()) > len(long.split()):
                return GIVEN_ALONE * given[0] * asked.factor, (given,)
        score = FAMILY * family[0] + MIDDLE * middle[0] + GIVEN * given[0]
        factor = family[1] * middle[1] * asked.factor * stored.factor
        if middle[1] == WHOLE["middle_missing"]:
            # An initial says too little without the middle name; given name first is only for complete names
            # (docs/field/names.md, Weights).
            if initial(asked.family) or initial(stored.family):
                factor *= WHOLE["initial_alone"]
            if len(asked.middle.split()) > len(stored.middle.split()) and "given_first" in asked.how:
                factor *= WHOLE["unlikely"]
        return score * factor, (family, middle, given)

    def _score_given_alone(
        self, asked: Arrangement, stored: Arrangement, given: Part
    ) -> tuple[float, tuple[Part, ...]]:
        bare = fold(asked.given)
        if bare in SEX:
            return 0.0, ()
        reason = Reason("whole", "given_alone", asked.given, stored.given)
        alone: Part = (given[0], 1.0, (reason, *given[2]))
        if not stored.family and not stored.middle:
            return given[0] * asked.factor * (MATCH + POSSIBLE) / 2, (alone,)
        share = self.rarity(bare) if self.rarity else None
        weight = GIVEN_ALONE
        if share is not None and share < USUAL:
            rare = min(1.0, log(USUAL / max(share, RARE)) / log(USUAL / RARE))
            weight += (GIVEN_ALONE_RARE - GIVEN_ALONE) * rare
        return given[0] * asked.factor * weight, (alone,)


SLIPS = ("misread", "dropped", "merge")
WHOLE_CODES = frozenset(("telex", "vni", "viqr", "given_first", "comma", "run_together", "report", "alias"))


# There are few distinct parts, and they occur in many names: each pair is compared once.
@lru_cache(maxsize=32_768)
def _compare_given(asked: str, stored: str, asked_bare: bool, stored_bare: bool) -> Part:
    weight, code = compare_tokens(asked, stored, True, asked_bare, stored_bare)
    return weight, 1.0, (_reason("given", code, asked, stored),)


@lru_cache(maxsize=32_768)
def _compare_family(asked: str, written: str, asked_bare: bool, stored_bare: bool) -> Part:
    if not asked or not written:
        lacks = "asked" if not asked else "written"
        return 1.0, WHOLE["family_missing"], (Reason("family", "family_missing", asked, written, lacks),)
    pair = frozenset((fold(asked), fold(written)))
    weight, code = compare_tokens(asked, written, False, asked_bare, stored_bare)
    # A real family name is not a misreading of another real one (docs/field/names.md, Weights: Phan and Phạm, Hồ and
    # Hà).
    both_real = _real_family(asked) and _real_family(written)
    if pair in FAMILY_PAIRS and (tone(asked) == tone(written) or not marked(asked) or not marked(written)):
        return 1.0, WHOLE["family_pair"], (Reason("family", "family_pair", asked, written),)
    # If one is written without marks, it may be a slip after all.
    differs = both_real and (
        code in ("marks_differ", "two_marks_differ") or (code in SLIPS and marked(asked) and marked(written))
    )
    if weight == 0 or code == "regional" or differs:
        return 1.0, WHOLE["family_differs"], (Reason("family", "family_differs", asked, written),)
    # Trau (for Trần) is no name, so it is a slip; Tan (for Trần) is a name. No other name is one letter from Nguyễn.
    slip = both_real if code == "misread" or "nguyen" in pair else is_syllable(asked) and is_syllable(written)
    slip = slip and code in SLIPS
    return weight, WHOLE["family_slip"] if slip else 1.0, (_reason("family", code, asked, written),)


@lru_cache(maxsize=8192)
def _real_family(word: str) -> bool:
    return word in FAMILIES or (not marked(word) and any(fold(name) == word for name in FAMILIES))


@lru_cache(maxsize=65_536)
def _compare_middle(asked: str, stored: str, asked_bare: bool, stored_bare: bool) -> Part:
    left, right = asked.split(), stored.split()
    if not left and not right:
        return 1.0, 1.0, ()
    if not left or not right:
        lacks = "asked" if not left else "written"
        return 1.0, WHOLE["middle_missing"], (Reason("middle", "middle_missing", asked, stored, lacks),)
    short, long, lacks = (left, right, "asked") if len(left) < len(right) else (right, left, "written")
    if len(left) == len(right):
        results = [
            compare_tokens(token, counterpart, False, asked_bare, stored_bare)
            for token, counterpart in zip(left, right, strict=True)
        ]
        # Hoàng and Hồng are two names, so they differ; Vau is no name, so it is a slip.
        differs = any(
            code == "dropped" and is_syllable(token) and is_syllable(counterpart)
            for (_, code), token, counterpart in zip(results, left, right, strict=True)
        )
        if min(weight for weight, _ in results) and not differs:
            reasons = [
                _reason("middle", code, token, counterpart)
                for (_, code), token, counterpart in zip(results, left, right, strict=True)
            ]
            return min(weight for weight, _ in results), 1.0, tuple(reasons)
    else:
        weights = [
            max(compare_tokens(token, counterpart, False, asked_bare, stored_bare)[0] for counterpart in long)
            for token in short
        ]
        if min(weights):
            reason = Reason("middle", "middle_missing", asked, stored, lacks)
            return min(weights), WHOLE["middle_missing"], (reason,)
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
    return (letter == "đ") + len(unicodedata.normalize("NFD", letter)) - 1


@lru_cache(maxsize=400_000)
def compare_tokens(left: str, right: str, given: bool, left_bare: bool, right_bare: bool) -> tuple[float, str]:
    """How likely two tokens (lower case, canonical) are the same name: (weight, code); (0.0, "") if they are not.

    given: whether they are given names; `left_bare`, `right_bare`: whether the whole name on that side is written
    without marks.
    """
    if left == right:
        return _weight("equal", given)
    if iy(left) == iy(right):
        return _weight("iy", given)
    if not given and (letter := initial(left) or initial(right)):
        full = base(right if initial(left) else left)
        return _weight("initial", given) if full.startswith(letter) else (0.0, "")
    if base(left) == base(right):
        foreign = (left[0] == "f") != (right[0] == "f")
        first, second = (f"ph{word[1:]}" if word[0] == "f" else word for word in (left, right))
        code = "equal" if first == second else _marks_code(first, second, given, left_bare, right_bare)
        if not code:
            return 0.0, ""
        return (min(_weight(code, given), _weight("foreign", given))[0], "foreign") if foreign else _weight(code, given)
    pair = frozenset((base(left), base(right)))
    both_marked = marked(left) and marked(right)
    tones_agree = not both_marked or tone(left) == tone(right)
    if tones_agree and pair in GIVEN_PAIRS | FAMILY_PAIRS and (not both_marked or ("đ" in left) == ("đ" in right)):
        return _weight("regional", given)
    first, second = (toneless(iy(left)), toneless(iy(right))) if both_marked else (base(left), base(right))
    if tones_agree and _sounds_merged(first, second):
        return _weight("merge", given)
    if tones_agree and _is_misread(first, second):
        return _weight("misread", given)
    if _is_slip(base(left), base(right)) and (not given or not (is_syllable(left) and is_syllable(right))):
        return _weight("dropped", given)
    return 0.0, ""


def _weight(code: str, given: bool) -> tuple[float, str]:
    return TOKEN[code][given], code


def _marks_code(left: str, right: str, given: bool, left_bare: bool, right_bare: bool) -> str:
    if not marked(left) or not marked(right):
        lacking_bare = left_bare if not marked(left) else right_bare
        return "unmarked" if lacking_bare else "partial_marks"
    tones, bodies = (tone(left), tone(right)), (toneless(iy(left)), toneless(iy(right)))
    if bodies[0] == bodies[1] and set(tones) == HOI_AND_NGA:
        return "hoi_nga"
    strokes = ("đ" in left, "đ" in right)
    vowels = tuple(body.replace("đ", "d") for body in bodies)
    differences = (tones[0] != tones[1]) + (strokes[0] != strokes[1]) + (vowels[0] != vowels[1])
    if not given and _has_fewer_marks(left, right):
        return "partial_marks"
    if differences > 2:
        return "" if given else "two_marks_differ"
    return "two_marks_differ" if differences == 2 else "marks_differ"


def _has_fewer_marks(left: str, right: str) -> bool:
    """Whether one side has only marks that the other side has too."""
    letters = list(zip(toneless(iy(left)), toneless(iy(right)), strict=False))
    tones = (tone(left), tone(right))
    for side, other_side, sides in ((0, 1, tones), (1, 0, tones[::-1])):
        if sides[0] in ("", sides[1]) and all(
            pair[side] in (pair[other_side], fold(pair[other_side])) for pair in letters
        ):
            return True
    return False


def _sounds_merged(left: str, right: str) -> bool:
    """Whether only the onset or only the coda differs, and the two sound alike in some region."""
    (onset, vowel, coda), (other_onset, other_vowel, other_coda) = parts(left), parts(right)
    if vowel.replace("y", "i") != other_vowel.replace("y", "i") or not (onset or coda):
        return False
    onset_differs = onset != other_onset
    coda_differs = coda != other_coda
    if onset_differs + coda_differs != 1:
        return False
    if onset_differs:
        return bool(onset and other_onset) and START_CLASSES.get(onset) == START_CLASSES.get(other_onset, "-")
    return bool(coda and other_coda) and END_CLASSES.get(coda) == END_CLASSES.get(other_coda, "-")


def _is_misread(left: str, right: str) -> bool:
    """Whether exactly one letter differs, and the two letters look alike."""
    if len(left) != len(right) or len(left) < 2:
        return False
    differing = [
        (letter, counterpart) for letter, counterpart in zip(left, right, strict=True) if letter != counterpart
    ]
    return len(differing) == 1 and frozenset(map(fold, differing[0])) in LOOK_PAIRS


def _is_slip(left: str, right: str) -> bool:
    """Whether one letter is missing, or two neighbouring letters are exchanged."""
    if len(left) == len(right) > 3:
        differing = [index for index in range(len(left)) if left[index] != right[index]]
        return (
            len(differing) == 2
            and differing[1] == differing[0] + 1
            and left[differing[0]] == right[differing[1]]
            and left[differing[1]] == right[differing[0]]
        )
    short, long = sorted((left, right), key=len)
    return (
        len(long) - len(short) == 1
        and len(long) > 2
        and any(long[:index] + long[index + 1 :] == short for index in range(len(long)))
    )
