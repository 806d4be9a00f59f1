"""Our own small query grammar and its tree. Reading never fails: what could not be read is said in `notes`.

word            every word must be there; marks are respected where typed, ignored where not
"some words"    next to one another, in this order
-word           not there (also before a phrase)
one OR two      either (also HOẶC), in capitals
begin*          words beginning so, from two letters on
"""

import re
from dataclasses import dataclass

from catalog.rules.text import has_marks, tokens

MOST_WORDS = 40
LEAST_PREFIX = 2
PIECE = re.compile(r'(-?)"([^"]*)"|(-?)(\S+)')


@dataclass(frozen=True)
class Word:
    """One word; `exact` lower-cased in canonical spelling, `folded` without marks, `marked` if marks were typed."""

    exact: str
    folded: str
    marked: bool


@dataclass(frozen=True)
class Prefix:
    """Words whose folded form begins with `folded`."""

    folded: str


@dataclass(frozen=True)
class Phrase:
    """Words next to one another."""

    words: tuple[Word, ...]


@dataclass(frozen=True)
class Not:
    """What must not be there."""

    node: "Node"


@dataclass(frozen=True)
class All:
    """Every one of them."""

    nodes: tuple["Node", ...]


@dataclass(frozen=True)
class Either:
    """At least one of them."""

    nodes: tuple["Node", ...]


Node = Word | Prefix | Phrase | Not | All | Either


@dataclass(frozen=True)
class ReadQuery:
    """The tree (None where nothing searchable was typed) and codes of what could not be read as typed."""

    node: Node | None
    notes: tuple[str, ...]


def read_query(text: str) -> ReadQuery:
    """Read what a person typed. Notes: unclosed_quote, too_many_words, prefix_too_short, only_excluded, nothing."""
    text = text.replace("\0", " ")[:4000].replace("“", '"').replace("”", '"').replace("„", '"')
    notes: list[str] = []
    if text.count('"') % 2:
        notes.append("unclosed_quote")
        at = text.rindex('"')
        text = text[:at] + " " + text[at + 1 :]
    groups: list[list[Node]] = [[]]
    read = 0
    for piece in PIECE.finditer(text):
        if read >= MOST_WORDS:
            notes.append("too_many_words")
            break
        if piece[4] in ("OR", "HOẶC"):
            groups.append([])
            continue
        node = _phrase(piece[2]) if piece[2] is not None else _word(piece[4], notes)
        if node is None:
            continue
        read += len(node.words) if isinstance(node, Phrase) else 1
        groups[-1].append(Not(node) if (piece[1] or piece[3]) else node)
    alternatives = [_all(group) for group in groups if group]
    if not alternatives:
        return ReadQuery(None, tuple(dict.fromkeys([*notes, "nothing"] if text.strip() else notes)))
    node = alternatives[0] if len(alternatives) == 1 else Either(tuple(alternatives))
    if all(isinstance(part, Not) for group in groups for part in group):
        notes.append("only_excluded")
    return ReadQuery(node, tuple(dict.fromkeys(notes)))


def words_of(node: Node | None) -> list[Word | Prefix]:
    """The words that a found text should show marked: those asked for, not those excluded."""
    match node:
        case Word() | Prefix():
            return [node]
        case Phrase(words):
            return list(words)
        case All(nodes) | Either(nodes):
            return [word for one in nodes for word in words_of(one)]
        case _:
            return []


def _all(nodes: list[Node]) -> Node:
    return nodes[0] if len(nodes) == 1 else All(tuple(nodes))


def _words(text: str) -> list[Word]:
    return [Word(token.exact, token.folded, has_marks(token.exact)) for token in tokens(text)]


def _phrase(text: str) -> Node | None:
    words = _words(text)
    if not words:
        return None
    return words[0] if len(words) == 1 else Phrase(tuple(words))


def _word(text: str, notes: list[str]) -> Node | None:
    words = _words(text)
    if not words:
        return None
    if text.endswith("*") and len(words) == 1:
        if len(words[0].folded) < LEAST_PREFIX:
            notes.append("prefix_too_short")
            return words[0]
        return Prefix(words[0].folded)
    # "c3/d9" or "hoà-bình" typed in one piece: its words belong together.
    return words[0] if len(words) == 1 else Phrase(tuple(words))
