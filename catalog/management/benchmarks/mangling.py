"""Ways in which a remembered, typed, printed or worn name differs from the written one (docs/field/names.md)."""

import random
import re
import unicodedata
from collections.abc import Callable

from catalog.interchange.invented.names import capitalize
from catalog.rules.names.syllables import TONES, is_syllable, tone, toneless
from catalog.rules.text import fold

Words = list[str]
Mangle = Callable[[Words, random.Random], Words | None]

TELEX_TONE = {"\u0301": "s", "\u0300": "f", "\u0309": "r", "\u0303": "x", "\u0323": "j"}
VNI_TONE = {"\u0301": "1", "\u0300": "2", "\u0309": "3", "\u0303": "4", "\u0323": "5"}
VIQR_TONE = {"\u0301": "'", "\u0300": "`", "\u0309": "?", "\u0303": "~", "\u0323": "."}
TELEX = {"ă": "aw", "â": "aa", "ê": "ee", "ô": "oo", "ơ": "ow", "ư": "uw", "đ": "dd"}
VNI = {"ă": "a8", "â": "a6", "ê": "e6", "ô": "o6", "ơ": "o7", "ư": "u7", "đ": "d9"}
VIQR = {"ă": "a(", "â": "a^", "ê": "e^", "ô": "o^", "ơ": "o+", "ư": "u+", "đ": "dd"}
LOOKS = {"n": "u", "u": "n", "a": "o", "o": "a", "h": "l", "l": "h", "b": "h", "c": "e", "e": "c", "i": "j", "g": "c"}
MERGES = [
    ("ch", "tr"),
    ("tr", "ch"),
    ("s", "x"),
    ("x", "s"),
    ("l", "n"),
    ("n", "l"),
    ("gi", "d"),
    ("d", "gi"),
    ("v", "d"),
    ("r", "d"),
]
REGIONS = {
    "phúc": "phước",
    "phước": "phúc",
    "nhân": "nhơn",
    "chính": "chánh",
    "sinh": "sanh",
    "tính": "tánh",
    "bảo": "bửu",
    "nghĩa": "ngãi",
}
FAMILIES = {"vũ": "võ", "võ": "vũ", "hoàng": "huỳnh", "huỳnh": "hoàng"}


def _keyboard(letters: dict[str, str], tones: dict[str, str]) -> Mangle:
    def typed(words: Words, _draw: random.Random) -> Words:
        out = []
        for word in words:
            body = "".join(letters.get(letter, letter) for letter in toneless(word.lower()))
            out.append(capitalize(body + tones.get(tone(word.lower()), "")))
        return out

    return typed


def _each_word(change: Callable[[str], str]) -> Mangle:
    return lambda words, _draw: [change(word) for word in words]


def _partial(words: Words, draw: random.Random) -> Words | None:
    marked_positions = [position for position, word in enumerate(words) if fold(word) != word.lower()]
    if len(marked_positions) < 2:
        return None
    position = draw.choice(marked_positions)
    return [capitalize(fold(word)) if index == position else word for index, word in enumerate(words)]


def _swap_tone(
    words: Words, draw: random.Random, which: Callable[[Words], list[int]], pairs: dict[str, str]
) -> Words | None:
    positions = [position for position in which(words) if tone(words[position].lower()) in pairs]
    if not positions:
        return None
    position = draw.choice(positions)
    letters = unicodedata.normalize("NFD", words[position])
    changed = "".join(pairs.get(letter, letter) for letter in letters)
    return _replaced(words, position, unicodedata.normalize("NFC", changed))


def _replaced(words: Words, position: int, word: str) -> Words:
    return [*words[:position], word, *words[position + 1 :]]


def _all_positions(words: Words) -> list[int]:
    return list(range(len(words)))


def _all_but_given(words: Words) -> list[int]:
    return list(range(len(words) - 1))


def _hoi_nga(words: Words, draw: random.Random) -> Words | None:
    return _swap_tone(words, draw, _all_positions, {"\u0309": "\u0303", "\u0303": "\u0309"})


def _iy(words: Words, _draw: random.Random) -> Words | None:
    for position, word in enumerate(words):
        if re.fullmatch(r"[hklmstv][yỳýỷỹỵ]", word.lower()) or fold(word) == "quy":
            return _replaced(
                words, position, unicodedata.normalize("NFC", unicodedata.normalize("NFD", word).replace("y", "i"))
            )
    return None


def _placement(words: Words, _draw: random.Random) -> Words | None:
    for position, word in enumerate(words):
        low = word.lower()
        if fold(low)[-2:] in ("oa", "oe", "uy") and tone(low) and not low.startswith("qu"):
            letters = [letter for letter in unicodedata.normalize("NFD", word) if letter not in TONES]
            letters.append(tone(low))
            return _replaced(words, position, unicodedata.normalize("NFC", "".join(letters)))
    return None


def _misread(words: Words, draw: random.Random, position: int) -> Words | None:
    bare = fold(words[position])
    spots = [spot for spot, letter in enumerate(bare) if letter in LOOKS]
    if not spots or len(bare) < 2:
        return None
    spot = draw.choice(spots)
    return _replaced(words, position, capitalize(bare[:spot] + LOOKS[bare[spot]] + bare[spot + 1 :]))


def _misread_outer(words: Words, draw: random.Random) -> Words | None:
    return _misread(words, draw, draw.choice(_all_but_given(words)))


def _misread_given(words: Words, draw: random.Random) -> Words | None:
    return _misread(words, draw, len(words) - 1)


def _dropped(words: Words, draw: random.Random) -> Words | None:
    long_words = [position for position in _all_but_given(words) if len(words[position]) > 3]
    if not long_words:
        return None
    position = draw.choice(long_words)
    bare = fold(words[position])
    spot = draw.randrange(1, len(bare))
    return _replaced(words, position, capitalize(bare[:spot] + bare[spot + 1 :]))


def _merge(words: Words, _draw: random.Random) -> Words | None:
    low = words[-1].lower()
    for start, other in MERGES:
        rest = low[len(start) :]
        if (
            low.startswith(start)
            and not (start in ("n", "l") and low[:2] in ("ng", "nh"))
            and is_syllable(other + rest)
        ):
            return _replaced(words, len(words) - 1, capitalize(other + rest))
    return None


def _tone_given(words: Words, draw: random.Random) -> Words | None:
    low = words[-1].lower()
    if not tone(low) or tone(low) in "\u0309\u0303" or fold(low)[-1] in "cpt" or fold(low).endswith("ch"):
        return None
    other = draw.choice([mark for mark in "\u0301\u0300\u0323" if mark != tone(low)])
    letters = unicodedata.normalize("NFD", words[-1]).replace(tone(low), other)
    return _replaced(words, len(words) - 1, unicodedata.normalize("NFC", letters))


def _middle_marks(words: Words, draw: random.Random) -> Words | None:
    positions = [
        position for position in range(1, len(words) - 1) if words[position] in ("Văn", "Hữu", "Đức", "Thế", "Trọng")
    ]
    changed = {"Văn": "Vân", "Hữu": "Hựu", "Đức": "Đực", "Thế": "Thể", "Trọng": "Trộng"}
    return _replaced(words, positions[0], changed[words[positions[0]]]) if positions else None


def _middle_differs(words: Words, draw: random.Random) -> Words | None:
    if len(words) != 3 or words[1] == "Thị":
        return None
    other = draw.choice([middle for middle in ("Văn", "Quốc", "Chí", "Xuân", "Đình") if fold(middle) != fold(words[1])])
    return [words[0], other, words[2]]


def _table(table: dict[str, str], which: int) -> Mangle:
    def change(words: Words, _draw: random.Random) -> Words | None:
        other = table.get(words[which].lower())
        position = which % len(words)
        return _replaced(words, position, capitalize(other)) if other else None

    return change


def _initials(words: Words, _draw: random.Random) -> Words | None:
    return [*(f"{fold(word)[:1].upper()}." for word in words[:-1]), words[-1]] if len(words) > 2 else None


SPELLING: dict[str, Mangle] = {
    "unmarked": _each_word(fold),
    "upper case": _each_word(lambda word: fold(word).upper()),
    "decomposed": _each_word(lambda word: unicodedata.normalize("NFD", word)),
    "some marks": _partial,
    "Telex": _keyboard(TELEX, TELEX_TONE),
    "VNI": _keyboard(VNI, VNI_TONE),
    "VIQR": _keyboard(VIQR, VIQR_TONE),
    "i/y": _iy,
    "tone placement": _placement,
    "hỏi/ngã": _hoi_nga,
}
ERRORS: dict[str, Mangle] = {
    "misread, family or middle": _misread_outer,
    "letter dropped": _dropped,
    "mark differs, middle": _middle_marks,
    "misread, given": _misread_given,
    "merge, given": _merge,
    "tone differs, given": _tone_given,
    "North/South, given": _table(REGIONS, -1),
    "North/South, family": _table(FAMILIES, 0),
    "middle differs": _middle_differs,
}
SHAPE: dict[str, Mangle] = {
    "given name first": lambda words, _draw: [words[-1], *words[:-1]] if len(words) > 2 else None,
    "comma": lambda words, _draw: [f"{words[-1]},", *words[:-1]] if len(words) > 2 else None,
    "middle missing": lambda words, _draw: [words[0], words[-1]] if len(words) > 2 else None,
    "family missing": lambda words, _draw: words[1:] if len(words) > 2 else None,
    "initials": _initials,
    "one word": lambda words, _draw: ["".join(words)],
    "hyphens": lambda words, _draw: ["-".join(words)],
    "title": lambda words, _draw: ["liệt sĩ", *words],
}
# What the rules put below "possible" on purpose (docs/field/names.md, Weights: two changes of the given name, or one
# beside another middle name).
STACKED = {
    frozenset(pair)
    for pair in (
        ("middle differs", "misread, given"),
        ("middle differs", "merge, given"),
        ("middle differs", "tone differs, given"),
        ("middle differs", "North/South, given"),
        ("middle differs", "North/South, family"),
        ("middle differs", "misread, family or middle"),
        ("North/South, family", "misread, given"),
        ("North/South, family", "merge, given"),
        ("North/South, family", "tone differs, given"),
        ("North/South, family", "North/South, given"),
        ("misread, given", "merge, given"),
        ("misread, given", "tone differs, given"),
        ("merge, given", "tone differs, given"),
        ("North/South, given", "misread, given"),
        ("North/South, given", "merge, given"),
        ("North/South, given", "tone differs, given"),
        ("middle differs", "letter dropped"),
        ("middle differs", "initials"),
        ("middle differs", "middle missing"),
        ("middle differs", "family missing"),
        ("North/South, family", "initials"),
        ("North/South, family", "family missing"),
        ("family missing", "merge, given"),
        ("family missing", "tone differs, given"),
        ("family missing", "misread, given"),
        ("family missing", "North/South, given"),
    )
}
SINGLES: dict[str, Mangle] = {**SPELLING, **ERRORS, **SHAPE}


def mangle(name: str, classes: tuple[str, ...], draw: random.Random) -> str | None:
    """`name` changed in the ways `classes`: first errors, then spelling, then shape. None if one of them does not
    apply."""
    words: Words | None = name.split()
    order = [*ERRORS, *SPELLING, *SHAPE]
    before: Words = []
    for way in sorted(classes, key=order.index):
        before = list(words or [])
        words = SINGLES[way](before, draw)
        if words is None or not words:
            return None
    changed = " ".join(words or [])
    return changed if changed != name else None


def information_left(name: str, classes: tuple[str, ...]) -> str:
    """What a query mangled in these ways still tells of a name: names equal in this cannot be told apart."""
    words = fold(name).split()
    if "middle missing" in classes:
        return f"{words[0]} * {words[-1]}"
    if "family missing" in classes:
        return f"* {' '.join(words[1:])}"
    if "initials" in classes:
        return " ".join([*(word[:1] for word in words[:-1]), words[-1]])
    if "middle differs" in classes:
        return f"{words[0]} * {words[-1]}"
    return " ".join(words)
