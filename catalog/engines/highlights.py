"""Highlights as data: a piece of the text, and slices of it that were asked for."""

from dataclasses import dataclass

from catalog.engines.tree import Near, Prefix, Word
from catalog.rules.text import Token, tokens

AROUND = 90


@dataclass(frozen=True)
class Highlight:
    """`text`, and (start, end) slices of it to mark; `before` and `after` say whether something was left out."""

    text: str
    slices: list[tuple[int, int]]
    before: bool = False
    after: bool = False

    @property
    def pieces(self) -> list[tuple[str, bool]]:
        """The text cut into (piece, marked)."""
        cut: list[tuple[str, bool]] = []
        at = 0
        for start, end in self.slices:
            if start > at:
                cut.append((self.text[at:start], False))
            cut.append((self.text[start:end], True))
            at = end
        if at < len(self.text):
            cut.append((self.text[at:], False))
        return cut


def matches(token: Token, words: list[Word | Prefix | Near]) -> bool:
    """Whether the token is one of the words asked for, by their own rules about marks."""
    for word in words:
        if isinstance(word, Prefix):
            if token.folded.startswith(word.folded):
                return True
        elif isinstance(word, Near):
            if one_letter_apart(token.folded, word.folded):
                return True
        elif (token.exact == word.exact) if word.marked else (token.folded == word.folded):
            return True
    return False


def found_slices(text: str, words: list[Word | Prefix | Near]) -> list[tuple[int, int]]:
    """Every (start, end) in `text` of a word asked for; neighbours are joined."""
    joined: list[tuple[int, int]] = []
    for token in tokens(text):
        if not matches(token, words):
            continue
        if joined and not text[joined[-1][1] : token.start].strip():
            joined[-1] = (joined[-1][0], token.end)
        else:
            joined.append((token.start, token.end))
    return joined


def highlight(text: str, words: list[Word | Prefix | Near], *, whole: bool = False) -> Highlight | None:
    """The best piece of `text` around what was asked for, or all of it; None where nothing of it is in there."""
    slices = found_slices(text, words)
    if not slices:
        return None
    if whole or len(text) <= 3 * AROUND:
        return Highlight(text, slices)
    best = max(slices, key=lambda one: sum(1 for other in slices if 0 <= other[0] - one[0] < 2 * AROUND))
    start, end = max(0, best[0] - AROUND), min(len(text), best[0] + 2 * AROUND)
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    within = [(one - start, other - start) for one, other in slices if start <= one and other <= end]
    return Highlight(text[start:end], within, before=start > 0, after=end < len(text))


def one_letter_apart(one: str, other: str) -> bool:
    """Whether the words are equal, or differ in one letter written, left out or put in; the first the same."""
    if one == other:
        return True
    if one[:1] != other[:1] or abs(len(one) - len(other)) > 1:
        return False
    at = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    if len(one) == len(other):
        return one[at + 1 :] == other[at + 1 :]
    short, long = (one, other) if len(one) < len(other) else (other, one)
    return short[at:] == long[at + 1 :]
