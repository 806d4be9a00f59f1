"""Highlights as data: a piece of the text, and slices of it that were asked for."""

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.engines.tree import All, Dates, Either, Facet, Near, Node, Not, Phrase, Prefix, Within, Word
from catalog.rules.text import Token, exact_and_folded, tokens

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


def hit_slices(text: str, node: Node | None) -> list[tuple[int, int]]:
    """Every (start, end) in `text` of what was asked for, as a person would mark it: phrases whole; words typed next to
    one another as a run where the text has them so, else each by itself. In order, none within another."""
    words = tokens(text)
    found = sorted(_slices(words, text, node))
    apart: list[tuple[int, int]] = []
    for start, end in found:
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


def answers(text: str, node: Node | None) -> bool:
    """Whether the words of `text` answer what was asked; values of facets and dates are taken as right."""
    exact, folded = exact_and_folded(text)
    return node is not None and _answers(exact, folded, node)


def _slices(words: list[Token], text: str, node: Node | None) -> list[tuple[int, int]]:
    match node:
        case Word() | Prefix() | Near():
            return [(one.start, one.end) for one in words if matches(one, [node])]
        case Phrase(asked):
            return _runs(words, text, asked)
        case Within(_, inner):
            return _slices(words, text, inner)
        case All(nodes):
            loose = [one for one in nodes if isinstance(one, Word | Prefix | Near)]
            found = [piece for one in nodes if one not in loose for piece in _slices(words, text, one)]
            runs = _runs(words, text, loose) if len(loose) > 1 else []
            return found + (runs or [piece for one in loose for piece in _slices(words, text, one)])
        case Either(nodes):
            return [piece for one in nodes for piece in _slices(words, text, one)]
        case _:
            return []


def _runs(words: list[Token], text: str, asked: Sequence[Word | Prefix | Near]) -> list[tuple[int, int]]:
    found, at = [], 0
    while at + len(asked) <= len(words):
        if all(matches(words[at + step], [one]) for step, one in enumerate(asked)):
            found.append((words[at].start, words[at + len(asked) - 1].end))
            at += len(asked)
        else:
            at += 1
    return found


def _answers(exact: list[str], folded: list[str], node: Node) -> bool:
    match node:
        case Word():
            return node.exact in exact if node.marked else node.folded in folded
        case Prefix(begun):
            return any(word.startswith(begun) for word in folded)
        case Near(near):
            return any(one_letter_apart(word, near) for word in folded)
        case Phrase(asked):
            return any(
                all(
                    (exact[at + step] == one.exact) if one.marked else (folded[at + step] == one.folded)
                    for step, one in enumerate(asked)
                )
                for at in range(len(folded) - len(asked) + 1)
            )
        case Within(_, inner):
            return _answers(exact, folded, inner)
        case Not(inner):
            return not _answers(exact, folded, inner)
        case All(nodes):
            return all(_answers(exact, folded, one) for one in nodes)
        case Either(nodes):
            return any(_answers(exact, folded, one) for one in nodes)
        case Facet() | Dates():
            return True


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
