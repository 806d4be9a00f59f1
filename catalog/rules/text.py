"""The one analysis of Vietnamese text, used by every engine at index and query time and by every rule above it.

Sources: Unicode NFC (UAX #15); tone placement (only in open syllables) and folding of đ: docs/field/names.md,
Pipeline, steps 3 and 4.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise
from typing import TypeVar

WORD = re.compile(r"[^\W_]+", re.UNICODE)
SPACES = str.maketrans(
    dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " ")
)
# Old conversions have eth instead of đ; zero-width characters are dropped.
LETTERS = str.maketrans(
    {"Ð": "Đ", "ð": "đ", "\u200b": None, "\u200c": None, "\u200d": None, "\ufeff": None, "\u00ad": None}
)
ODD_LETTERS = re.compile("[" + "".join(map(chr, LETTERS)) + "]")
# What `\w` separates from its word: combining marks without a composed form, and format characters.
LOOSE_MARKS = re.compile(
    "[" + "".join(chr(code) for code in range(0x300, 0x10000) if unicodedata.category(chr(code)) in ("Mn", "Cf")) + "]"
)
# What a spreadsheet takes for the beginning of a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
T = TypeVar("T")
TONES = "\u0300\u0301\u0303\u0309\u0323"
# The tone mark is moved between the first and the second vowel only if the syllable ends with these two vowels.
OPEN_PAIRS = {"oa", "oe", "uy"}


@dataclass(frozen=True)
class Token:
    """A word: `text` as written, from `start` to `end` in the original; `exact` and `folded` for comparison."""

    text: str
    start: int
    end: int
    exact: str
    folded: str


def canonical(text: str) -> str:
    """The text in NFC, with Đ for Ð, plain spaces, and the tone mark placed as in hòa, khỏe, thúy; otherwise as is."""
    text = unicodedata.normalize("NFC", text.translate(LETTERS).translate(SPACES))
    return WORD.sub(lambda match: _with_tone_in_place(match[0]), text) if not text.isascii() else text


def fold(text: str) -> str:
    """The `canonical` text in lower case, without marks, đ as d."""
    text = canonical(text).lower()
    if text.isascii():
        return text
    bare = "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", bare.replace("đ", "d").replace("Đ", "d"))


def whole_number(text: str, digits: int = 17) -> int | None:
    """The whole number that `text` writes in at most `digits` ASCII digits; None for anything else, such as "²", which
    Unicode calls a digit. For primary keys (64 bits) and revisions (9 digits) in addresses and forms."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def spreadsheet_text(text: str) -> str:
    """The text for a cell of a CSV file. A spreadsheet would run a cell that begins with = + - @, a tab or a carriage
    return as a formula; an apostrophe before it makes it text (OWASP, "CSV injection")."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def has_marks(text: str) -> bool:
    """Whether any Vietnamese mark (or đ) is written."""
    return any(letter in "đĐÐð" or unicodedata.combining(letter) for letter in unicodedata.normalize("NFD", text))


def tokens(text: str) -> list[Token]:
    """The words of `text`, made of letters and digits. Offsets refer to `text` as given, even if it is not NFC."""
    words = []
    for start, end in _spans(text):
        piece = text[start:end]
        exact = EXACT[piece]
        if exact:
            words.append(Token(piece, start, end, exact, FOLDED[exact]))
    return words


def exact_and_folded(text: str) -> tuple[list[str], list[str]]:
    """The words of `text` as two lists, exact and folded: the same words as `tokens` finds, but faster, for whole
    catalogues, where offsets don't matter."""
    if not text.isascii():
        # Translating is slow, and such letters are rare; searching for them is fast.
        text = unicodedata.normalize("NFC", text.translate(LETTERS) if ODD_LETTERS.search(text) else text)
        if LOOSE_MARKS.search(text):
            words = tokens(text)
            return [word.exact for word in words], [word.folded for word in words]
    # No word contains a space, so each piece between spaces is looked up in the cache, where most of them are.
    pairs = list(chain.from_iterable(map(PIECES.__getitem__, text.split())))
    return [exact for exact, _ in pairs], [folded for _, folded in pairs]


def bigrams(words: Sequence[str]) -> list[str]:
    """Neighbouring words joined by an underscore, in order."""
    return [f"{word}_{next_word}" for word, next_word in pairwise(words)]


def _spans(text: str) -> list[tuple[int, int]]:
    if not LOOSE_MARKS.search(text) and "\u00ad" not in text:
        return [match.span() for match in WORD.finditer(text)]
    # Combining marks belong to the letter before them; `\w` alone would split NFD words.
    spans: list[tuple[int, int]] = []
    start: int | None = None
    for index, letter in enumerate(text):
        inside = letter.isalnum() or (start is not None and unicodedata.category(letter) in ("Mn", "Cf"))
        if inside and start is None:
            start = index
        elif not inside and start is not None:
            spans.append((start, index))
            start = None
    if start is not None:
        spans.append((start, len(text)))
    return spans


class _Cache(dict[str, T]):
    """What `compute` returns for a word, computed once: a catalogue has few distinct words. Emptied at MAX_CACHED
    words."""

    def __init__(self, compute: Callable[[str], T]) -> None:
        super().__init__()
        self._compute = compute

    def __missing__(self, word: str) -> T:
        if len(self) >= MAX_CACHED:
            self.clear()
        value = self[word] = self._compute(word)
        return value


MAX_CACHED = 250_000
EXACT = _Cache(lambda word: canonical(word).lower())
FOLDED = _Cache(lambda word: fold(word))
# The words of a piece of text without spaces, each (exact, folded).
PIECES = _Cache(lambda piece: tuple((exact, FOLDED[exact]) for exact in (EXACT[word] for word in WORD.findall(piece))))


@lru_cache(maxsize=65536)
def _with_tone_in_place(word: str) -> str:
    if len(word) < 2 or word.isascii():
        return word
    marked = unicodedata.normalize("NFD", word)
    tone = next((letter for letter in marked if letter in TONES), None)
    if tone is None:
        return word
    toneless = unicodedata.normalize("NFC", marked.replace(tone, "", 1))
    low = toneless.lower()
    # "qu" is a consonant: the tone of quý belongs on its only vowel.
    if low[-2:] not in OPEN_PAIRS or (low[-2:] == "uy" and low[-3:-2] == "q"):
        return word
    first, second = toneless[-2], toneless[-1]
    return toneless[:-2] + unicodedata.normalize("NFC", first + tone) + second
