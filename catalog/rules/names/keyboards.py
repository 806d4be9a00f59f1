"""Telex, VNI and VIQR that was typed while the Vietnamese keyboard was off, or printed by a teletype.

Each keyboard is simulated letter by letter, so that a mark may be typed anywhere after its vowel.
Sources: docs/field/names.md, Pipeline, step 2; RFC 1456 (VIQR); the keyboards' own rules for Telex and VNI.
"""

import re
import unicodedata
from functools import lru_cache

from catalog.rules.names.syllables import VOWELS, is_syllable, marked
from catalog.rules.text import canonical

TELEX_TONES = {"s": "\u0301", "f": "\u0300", "r": "\u0309", "x": "\u0303", "j": "\u0323"}
VNI_TONES = {"1": "\u0301", "2": "\u0300", "3": "\u0309", "4": "\u0303", "5": "\u0323"}
VIQR_TONES = {
    "'": "\u0301",
    "`": "\u0300",
    "?": "\u0309",
    "~": "\u0303",
    ".": "\u0323",
    "\u2019": "\u0301",
    "\u2018": "\u0301",
}
HATS = {"a": "â", "e": "ê", "o": "ô"}
HORNS = {"o": "ơ", "u": "ư"}
VIQR_WORD = re.compile(r"[a-zđ]+[a-z'`?~.^(+*\u2018\u2019]*", re.IGNORECASE)


def decoded(text: str) -> tuple[str, str]:
    """`text` with its tokens decoded, and the keyboard (telex, vni, viqr). Tokens with Vietnamese marks stay.

    Returns ('', '') if nothing changes, or if a changed token would be no syllable: a guard against words that decode
    by accident.
    """
    for name, decode in (("viqr", _viqr), ("vni", _vni), ("telex", _telex)):
        words = text.split()
        results = [word if marked(word) else decode(word) for word in words]
        if results != words and all(
            result == word or is_syllable(result.lower().strip(".,"))
            for result, word in zip(results, words, strict=True)
        ):
            return " ".join(results), name
    return "", ""


@lru_cache(maxsize=65536)
def _telex(word: str) -> str:
    lower = word.lower()
    if not lower.isascii() or not lower.isalpha():
        return word
    letters, tone = [lower[0]], ""
    for letter in lower[1:]:
        vowel_index = _last_vowel_index(letters)
        if letter in TELEX_TONES and vowel_index is not None:
            tone = TELEX_TONES[letter]
        elif letter == "z" and vowel_index is not None:
            tone = ""
        elif letter in HATS and letter in letters and vowel_index is not None:
            letters[_last_index(letters, letter)] = HATS[letter]
        elif letter == "w":
            _add_horn(letters)
        elif letter == "d" and letters[0] == "d":
            letters[0] = "đ"
        else:
            letters.append(letter)
    return _if_syllable(word, letters, tone)


@lru_cache(maxsize=65536)
def _vni(word: str) -> str:
    lower = word.lower()
    if not re.fullmatch(r"[a-z]+[a-z0-9]*[0-9][a-z0-9]*", lower) or re.search(r"\d{3,}", lower):
        return word
    letters: list[str] = []
    tone = ""
    for letter in lower:
        if letter in VNI_TONES:
            tone = VNI_TONES[letter]
        elif letter == "6":
            _add_hat(letters)
        elif letter == "7":
            _add_horn(letters, breve=False)
        elif letter == "8":
            if "a" in letters:
                letters[_last_index(letters, "a")] = "ă"
        elif letter == "9":
            if letters and letters[0] == "d":
                letters[0] = "đ"
        elif letter == "0":
            tone = ""
        else:
            letters.append(letter)
    return _if_syllable(word, letters, tone)


@lru_cache(maxsize=65536)
def _viqr(word: str) -> str:
    lower = word.lower()
    # A full stop at the end is a full stop. A mark must follow a vowel somewhere, so that K'Păh stays.
    if (
        not VIQR_WORD.fullmatch(lower)
        or lower.isalpha()
        or not re.search(r"[aeiouy][a-z]*['`?~^(+*\u2018\u2019]|[aeiouy]\.[a-z]", lower)
    ):
        return word
    letters: list[str] = []
    tone = ""
    for letter in lower:
        if letter in VIQR_TONES and _last_vowel_index(letters) is not None:
            tone = VIQR_TONES[letter]
        elif letter == "^":
            _add_hat(letters)
        elif letter == "(":
            if "a" in letters:
                letters[_last_index(letters, "a")] = "ă"
        elif letter in "+*":
            if letters and letters[-1] in HORNS:
                letters[-1] = HORNS[letters[-1]]
        elif letter == "d" and letters == ["d"]:
            letters[0] = "đ"
        else:
            letters.append(letter)
    return _if_syllable(word, letters, tone)


def _add_hat(letters: list[str]) -> None:
    for index in range(len(letters) - 1, -1, -1):
        if letters[index] in HATS:
            letters[index] = HATS[letters[index]]
            return


def _add_horn(letters: list[str], *, breve: bool = True) -> None:
    joined = "".join(letters)
    index = joined.rfind("uo")
    if index >= 0 and not (index > 0 and joined[index - 1] == "q"):
        letters[index : index + 2] = ["ư", "ơ"]
    elif "ươ" in joined:
        return
    elif "ưo" in joined:
        letters[joined.rfind("ưo") + 1] = "ơ"
    else:
        for index in range(len(letters) - 1, -1, -1):
            if letters[index] in HORNS:
                letters[index] = HORNS[letters[index]]
                return
            if letters[index] == "a" and breve:
                letters[index] = "ă"
                return
        if breve:
            letters.append("ư")


def _last_index(letters: list[str], letter: str) -> int:
    return len(letters) - 1 - letters[::-1].index(letter)


def _last_vowel_index(letters: list[str]) -> int | None:
    start = 2 if "".join(letters[:2]) in ("qu", "gi") and len(letters) > 2 else 0
    return next((index for index in range(len(letters) - 1, start - 1, -1) if letters[index] in VOWELS), None)


def _if_syllable(word: str, letters: list[str], tone: str) -> str:
    result = "".join(letters)
    if tone:
        result = with_tone(result, tone)
    result = canonical(result)
    if result == word.lower() or not is_syllable(result):
        return word
    return result.capitalize() if word[:1].isupper() else result


def with_tone(word: str, tone: str) -> str:
    """A toneless syllable with a combining tone mark put on the right vowel."""
    vowels = [
        index
        for index, letter in enumerate(word)
        if letter in VOWELS and not (index == 1 and word[:2] in ("qu", "gi") and len(word) > 2)
    ]
    if not vowels:
        return word
    special = [index for index in vowels if word[index] in "ăâêôơư"]
    closed = word[-1] not in VOWELS
    if special:
        index = special[-1]
    elif closed or len(vowels) == 1:
        index = vowels[-1]
    else:
        index = vowels[-2]
    return unicodedata.normalize("NFC", word[: index + 1] + tone + word[index + 1 :])
