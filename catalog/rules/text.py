"""The one analysis of Vietnamese text, used by every engine at index and query time and by every rule above it.

Sources: Unicode NFC (UAX #15); tone placement: domain notes 5.1 step 3 (only in open syllables); đ folding: 5.1 step 4.
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
# Eth stands for đ in old conversions; zero-width characters stand for nothing.
LETTERS = str.maketrans(
    {"Ð": "Đ", "ð": "đ", "\u200b": None, "\u200c": None, "\u200d": None, "\ufeff": None, "\u00ad": None}
)
ODD = re.compile("[" + "".join(map(chr, LETTERS)) + "]")
# What `\w` parts from its word: marks that compose with nothing, and letters that stand for none.
LOOSE = re.compile(
    "[" + "".join(chr(at) for at in range(0x300, 0x10000) if unicodedata.category(chr(at)) in ("Mn", "Cf")) + "]"
)
T = TypeVar("T")
TONES = "\u0300\u0301\u0303\u0309\u0323"
# Old placement on the first vowel moves to the second, or back, only where the syllable ends with these two vowels.
OPEN_PAIRS = {"oa", "oe", "uy"}


@dataclass(frozen=True)
class Token:
    """A word: `text` as it stands, from `start` to `end` in the original; `exact` and `folded` for comparison."""

    text: str
    start: int
    end: int
    exact: str
    folded: str


def canonical(text: str) -> str:
    """NFC, Đ for Ð, plain spaces, and the tone mark placed as in hòa, khỏe, thúy; nothing else is changed."""
    text = unicodedata.normalize("NFC", text.translate(LETTERS).translate(SPACES))
    return WORD.sub(lambda found: _placed(found[0]), text) if not text.isascii() else text


def fold(text: str) -> str:
    """`canonical`, lower case, marks off, đ as d."""
    text = canonical(text).lower()
    if text.isascii():
        return text
    bare = "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", bare.replace("đ", "d").replace("Đ", "d"))


def whole_number(text: str, digits: int = 17) -> int | None:
    """The whole number that `text` writes in at most `digits` plain digits, as addresses and forms hand over primary
    keys (64 bits) and revisions (9 digits); None for anything else, such as "²", which Unicode calls a digit."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def has_marks(text: str) -> bool:
    """Whether any Vietnamese mark (or đ) is written."""
    return any(letter in "đĐÐð" or unicodedata.combining(letter) for letter in unicodedata.normalize("NFD", text))


def tokens(text: str) -> list[Token]:
    """The words of `text`, letters and digits; offsets are into `text` as given, also where it is not NFC."""
    found = []
    for start, end in _spans(text):
        piece = text[start:end]
        exact = EXACT[piece]
        if exact:
            found.append(Token(piece, start, end, exact, FOLDED[exact]))
    return found


def analysed(text: str) -> tuple[list[str], list[str]]:
    """The words of `text` as (exact, folded), the same as `tokens` finds: for whole catalogues, where places don't
    matter."""
    if not text.isascii():
        # Translating is slow and such letters are rare; looking for them is not.
        text = unicodedata.normalize("NFC", text.translate(LETTERS) if ODD.search(text) else text)
        if LOOSE.search(text):
            found = tokens(text)
            return [one.exact for one in found], [one.folded for one in found]
    # No word goes over a space: what stands between spaces is looked up whole, most of it having been met before.
    words = list(chain.from_iterable(map(PIECES.__getitem__, text.split())))
    return [exact for exact, _ in words], [folded for _, folded in words]


def bigrams(words: Sequence[str]) -> list[str]:
    """Neighbouring words joined by an underscore, in order."""
    return [f"{one}_{two}" for one, two in pairwise(words)]


def _spans(text: str) -> list[tuple[int, int]]:
    if not LOOSE.search(text) and "\u00ad" not in text:
        return [found.span() for found in WORD.finditer(text)]
    # Combining marks belong to the letter before them; `\w` alone would part NFD words.
    spans: list[tuple[int, int]] = []
    start: int | None = None
    for at, letter in enumerate(text):
        inside = letter.isalnum() or (start is not None and unicodedata.category(letter) in ("Mn", "Cf"))
        if inside and start is None:
            start = at
        elif not inside and start is not None:
            spans.append((start, at))
            start = None
    if start is not None:
        spans.append((start, len(text)))
    return spans


class _Memory(dict[str, T]):
    """What a word becomes, worked out once: a catalogue is made of few distinct words. Emptied when it has grown
    large."""

    def __init__(self, act: Callable[[str], T]) -> None:
        super().__init__()
        self._act = act

    def __missing__(self, word: str) -> T:
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        made = self[word] = self._act(word)
        return made


MOST_REMEMBERED = 250_000
EXACT = _Memory(lambda word: canonical(word).lower())
FOLDED = _Memory(lambda word: fold(word))
# The words of a piece of text without spaces, each (exact, folded).
PIECES = _Memory(lambda piece: tuple((exact, FOLDED[exact]) for exact in (EXACT[word] for word in WORD.findall(piece))))


@lru_cache(maxsize=65536)
def _placed(word: str) -> str:
    if len(word) < 2 or word.isascii():
        return word
    marked = unicodedata.normalize("NFD", word)
    tone = next((letter for letter in marked if letter in TONES), None)
    if tone is None:
        return word
    toneless = unicodedata.normalize("NFC", marked.replace(tone, "", 1))
    low = toneless.lower()
    # "qu" is a consonant: quý keeps its tone where the only vowel is.
    if low[-2:] not in OPEN_PAIRS or (low[-2:] == "uy" and low[-3:-2] == "q"):
        return word
    first, second = toneless[-2], toneless[-1]
    return toneless[:-2] + unicodedata.normalize("NFC", first + tone) + second
