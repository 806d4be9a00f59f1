"""Highlights as data: a piece of the text, and the slices of it that match the query."""

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.engines.tree import All, Dates, Either, Facet, Near, Node, Not, Phrase, Prefix, Within, Word
from catalog.rules.text import Token, exact_and_folded, tokens

CONTEXT = 90


@dataclass(frozen=True)
class Highlight:
    """`text`, and (start, end) slices of it to mark; `before` and `after`: whether text was cut off there."""

    text: str
    slices: list[tuple[int, int]]
    before: bool = False
    after: bool = False

    @property
    def pieces(self) -> list[tuple[str, bool]]:
        """The text split into (piece, is marked)."""
        pieces: list[tuple[str, bool]] = []
        position = 0
        for start, end in self.slices:
            if start > position:
                pieces.append((self.text[position:start], False))
            pieces.append((self.text[start:end], True))
            position = end
        if position < len(self.text):
            pieces.append((self.text[position:], False))
        return pieces


def matches(token: Token, words: list[Word | Prefix | Near]) -> bool:
    """Whether the token matches one of the words, by the rules of each word about marks."""
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


def word_slices(text: str, words: list[Word | Prefix | Near]) -> list[tuple[int, int]]:
    """Every (start, end) in `text` of one of the words; neighbouring slices are joined."""
    slices: list[tuple[int, int]] = []
    for token in tokens(text):
        if not matches(token, words):
            continue
        if slices and not text[slices[-1][1] : token.start].strip():
            slices[-1] = (slices[-1][0], token.end)
        else:
            slices.append((token.start, token.end))
    return slices


def hit_slices(text: str, node: Node | None) -> list[tuple[int, int]]:
    """Every (start, end) in `text` that matches the query, as a person would mark it: phrases complete; words typed
    next to each other as one slice if the text has them so, otherwise each word. In order, without overlap."""
    words = tokens(text)
    slices = sorted(_slices(words, text, node))
    merged: list[tuple[int, int]] = []
    for start, end in slices:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def satisfies(text: str, node: Node | None) -> bool:
    """Whether the words of `text` satisfy the query; facets and dates count as satisfied."""
    exact, folded = exact_and_folded(text)
    return node is not None and _satisfies(exact, folded, node)


def _slices(words: list[Token], text: str, node: Node | None) -> list[tuple[int, int]]:
    match node:
        case Word() | Prefix() | Near():
            return [(word.start, word.end) for word in words if matches(word, [node])]
        case Phrase(phrase):
            return _phrase_slices(words, text, phrase)
        case Within(_, inner):
            return _slices(words, text, inner)
        case All(nodes):
            single_words = [child for child in nodes if isinstance(child, Word | Prefix | Near)]
            slices = [piece for child in nodes if child not in single_words for piece in _slices(words, text, child)]
            runs = _phrase_slices(words, text, single_words) if len(single_words) > 1 else []
            return slices + (runs or [piece for child in single_words for piece in _slices(words, text, child)])
        case Either(nodes):
            return [piece for child in nodes for piece in _slices(words, text, child)]
        case _:
            return []


def _phrase_slices(words: list[Token], text: str, phrase: Sequence[Word | Prefix | Near]) -> list[tuple[int, int]]:
    slices, index = [], 0
    while index + len(phrase) <= len(words):
        if all(matches(words[index + offset], [word]) for offset, word in enumerate(phrase)):
            slices.append((words[index].start, words[index + len(phrase) - 1].end))
            index += len(phrase)
        else:
            index += 1
    return slices


def _satisfies(exact: list[str], folded: list[str], node: Node) -> bool:
    match node:
        case Word():
            return node.exact in exact if node.marked else node.folded in folded
        case Prefix(prefix):
            return any(word.startswith(prefix) for word in folded)
        case Near(target):
            return any(one_letter_apart(word, target) for word in folded)
        case Phrase(phrase):
            return any(
                all(
                    (exact[start + offset] == word.exact) if word.marked else (folded[start + offset] == word.folded)
                    for offset, word in enumerate(phrase)
                )
                for start in range(len(folded) - len(phrase) + 1)
            )
        case Within(_, inner):
            return _satisfies(exact, folded, inner)
        case Not(inner):
            return not _satisfies(exact, folded, inner)
        case All(nodes):
            return all(_satisfies(exact, folded, child) for child in nodes)
        case Either(nodes):
            return any(_satisfies(exact, folded, child) for child in nodes)
        case Facet() | Dates():
            return True


def highlight(text: str, words: list[Word | Prefix | Near], *, complete: bool = False) -> Highlight | None:
    """The best piece of `text` around matching words, or with `complete` all of it; None if no word matches."""
    slices = word_slices(text, words)
    if not slices:
        return None
    if complete or len(text) <= 3 * CONTEXT:
        return Highlight(text, slices)
    best = max(slices, key=lambda first: sum(1 for other in slices if 0 <= other[0] - first[0] < 2 * CONTEXT))
    start, end = max(0, best[0] - CONTEXT), min(len(text), best[0] + 2 * CONTEXT)
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    slices_inside = [(first - start, last - start) for first, last in slices if start <= first and last <= end]
    return Highlight(text[start:end], slices_inside, before=start > 0, after=end < len(text))


# Our own code: it is short, and only searches with `near~` need it; `rapidfuzz` gives the same results (0.3 instead of
# 0.8 µs for a pair).
def one_letter_apart(left: str, right: str) -> bool:
    """Whether the words are equal, or one letter is changed, missing or added; the first letter must be equal."""
    if left == right:
        return True
    if left[:1] != right[:1] or abs(len(left) - len(right)) > 1:
        return False
    index = next(
        (index for index, (letter, counterpart) in enumerate(zip(left, right, strict=False)) if letter != counterpart),
        min(len(left), len(right)),
    )
    if len(left) == len(right):
        return left[index + 1 :] == right[index + 1 :]
    short, long = (left, right) if len(left) < len(right) else (right, left)
    return short[index:] == long[index + 1 :]
