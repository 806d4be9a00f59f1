"""Telex, VNI and VIQR typed without a Vietnamese keyboard turned on, or written so by a teletype.

Each is simulated as the keyboard works, letter by letter, so that a mark may be typed anywhere behind its vowel.
Sources: domain notes 0 (5) and 5.1 step 2; RFC 1456 (VIQR); the keyboards' own rules for Telex and VNI.
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
    """`text` with every token decoded that is no syllable as it stands, or that carries marks of a keyboard.

    Returns the decoded text and the keyboard (telex, vni, viqr); ('', '') where nothing decodes, or where a changed
    token would be no syllable: the guard against words that decode by accident.
    """
    for name, decode in (("viqr", _viqr), ("vni", _vni), ("telex", _telex)):
        words = text.split()
        read = [word if marked(word) else decode(word) for word in words]
        if read != words and all(
            one == word or is_syllable(one.lower().strip(".,")) for one, word in zip(read, words, strict=True)
        ):
            return " ".join(read), name
    return "", ""


@lru_cache(maxsize=65536)
def _telex(word: str) -> str:
    low = word.lower()
    if not low.isascii() or not low.isalpha():
        return word
    letters, mark = [low[0]], ""
    for letter in low[1:]:
        vowel_at = _last_vowel(letters)
        if letter in TELEX_TONES and vowel_at is not None:
            mark = TELEX_TONES[letter]
        elif letter == "z" and vowel_at is not None:
            mark = ""
        elif letter in HATS and letter in letters and vowel_at is not None:
            letters[_last(letters, letter)] = HATS[letter]
        elif letter == "w":
            _horn(letters)
        elif letter == "d" and letters[0] == "d":
            letters[0] = "đ"
        else:
            letters.append(letter)
    return _finished(word, letters, mark)


@lru_cache(maxsize=65536)
def _vni(word: str) -> str:
    low = word.lower()
    if not re.fullmatch(r"[a-z]+[a-z0-9]*[0-9][a-z0-9]*", low) or re.search(r"\d{3,}", low):
        return word
    letters: list[str] = []
    mark = ""
    for letter in low:
        if letter in VNI_TONES:
            mark = VNI_TONES[letter]
        elif letter == "6":
            _hat(letters)
        elif letter == "7":
            _horn(letters, breve=False)
        elif letter == "8":
            if "a" in letters:
                letters[_last(letters, "a")] = "ă"
        elif letter == "9":
            if letters and letters[0] == "d":
                letters[0] = "đ"
        elif letter == "0":
            mark = ""
        else:
            letters.append(letter)
    return _finished(word, letters, mark)


@lru_cache(maxsize=65536)
def _viqr(word: str) -> str:
    low = word.lower()
    # A full stop alone is a full stop; a mark must follow a vowel somewhere, so that K'Păh stays.
    if (
        not VIQR_WORD.fullmatch(low)
        or low.isalpha()
        or not re.search(r"[aeiouy][a-z]*['`?~^(+*\u2018\u2019]|[aeiouy]\.[a-z]", low)
    ):
        return word
    letters: list[str] = []
    mark = ""
    for letter in low:
        if letter in VIQR_TONES and _last_vowel(letters) is not None:
            mark = VIQR_TONES[letter]
        elif letter == "^":
            _hat(letters)
        elif letter == "(":
            if "a" in letters:
                letters[_last(letters, "a")] = "ă"
        elif letter in "+*":
            if letters and letters[-1] in HORNS:
                letters[-1] = HORNS[letters[-1]]
        elif letter == "d" and letters == ["d"]:
            letters[0] = "đ"
        else:
            letters.append(letter)
    return _finished(word, letters, mark)


def _hat(letters: list[str]) -> None:
    for at in range(len(letters) - 1, -1, -1):
        if letters[at] in HATS:
            letters[at] = HATS[letters[at]]
            return


def _horn(letters: list[str], *, breve: bool = True) -> None:
    joined = "".join(letters)
    at = joined.rfind("uo")
    if at >= 0 and not (at > 0 and joined[at - 1] == "q"):
        letters[at : at + 2] = ["ư", "ơ"]
    elif "ươ" in joined:
        return
    elif "ưo" in joined:
        letters[joined.rfind("ưo") + 1] = "ơ"
    else:
        for at in range(len(letters) - 1, -1, -1):
            if letters[at] in HORNS:
                letters[at] = HORNS[letters[at]]
                return
            if letters[at] == "a" and breve:
                letters[at] = "ă"
                return
        if breve:
            letters.append("ư")


def _last(letters: list[str], letter: str) -> int:
    return len(letters) - 1 - letters[::-1].index(letter)


def _last_vowel(letters: list[str]) -> int | None:
    start = 2 if "".join(letters[:2]) in ("qu", "gi") and len(letters) > 2 else 0
    return next((at for at in range(len(letters) - 1, start - 1, -1) if letters[at] in VOWELS), None)


def _finished(word: str, letters: list[str], mark: str) -> str:
    read = "".join(letters)
    if mark:
        read = with_tone(read, mark)
    read = canonical(read)
    if read == word.lower() or not is_syllable(read):
        return word
    return read.capitalize() if word[:1].isupper() else read


def with_tone(word: str, mark: str) -> str:
    """A toneless syllable with a combining tone mark where it is written."""
    vowels = [
        at
        for at, letter in enumerate(word)
        if letter in VOWELS and not (at == 1 and word[:2] in ("qu", "gi") and len(word) > 2)
    ]
    if not vowels:
        return word
    special = [at for at in vowels if word[at] in "ăâêôơư"]
    closed = word[-1] not in VOWELS
    if special:
        at = special[-1]
    elif closed or len(vowels) == 1:
        at = vowels[-1]
    else:
        at = vowels[-2]
    return unicodedata.normalize("NFC", word[: at + 1] + mark + word[at + 1 :])
