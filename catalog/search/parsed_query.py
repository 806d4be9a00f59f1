"""From what was typed into the one box to a question for the engine: codes for the words people use."""

from dataclasses import dataclass, replace
from functools import cache

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import override

from catalog.engines.query import (
    All,
    Either,
    Facet,
    Near,
    Node,
    Not,
    Phrase,
    Prefix,
    ReadQuery,
    Within,
    Word,
    query_words,
    read_query,
    words_asked_for,
)
from catalog.exhibitions.queries import nameable_repositories
from catalog.records.models import Record
from catalog.records.queries import Asker
from catalog.rules.identifiers import clean_identifier, looks_like_identifier
from catalog.rules.text import fold
from catalog.rules.units import parse_unit

YES, NO = {"yes", "co", "true", "1"}, {"no", "khong", "false", "0"}
LANGUAGES = {
    "vi": {"vi", "viet", "tieng viet", "vietnamese"},
    "en": {"en", "anh", "tieng anh", "english"},
    "fr": {"fr", "phap", "tieng phap", "french"},
    "zh": {"zh", "trung", "han", "tieng trung", "chinese"},
}


@dataclass(frozen=True)
class ParsedQuery:
    """The tree for the engine, the words to mark in what is found, and codes of what could not be read as typed."""

    node: Node | None
    words: list[Word | Prefix | Near]
    notes: tuple[str, ...]


def parse_query(text: str, asker: Asker | None = None) -> ParsedQuery:
    """Read what was typed. Never raises. Beyond `read_query`'s notes: unknown_value.

    asker: only repositories whose name may be said to them are understood; None, where words alone are wanted, is a
    visitor.
    """
    read: ReadQuery = read_query(text)
    notes = list(read.notes)
    node = _resolved(read.node, notes, asker or AnonymousUser()) if read.node is not None else None
    return ParsedQuery(node, words_asked_for(node), tuple(dict.fromkeys(notes)))


def _resolved(node: Node, notes: list[str], asker: Asker) -> Node:
    match node:
        case Facet(name, value):
            codes = _codes(name, value, asker)
            if not codes:
                notes.append("unknown_value")
                return node
            found: list[Node] = [Facet(name, code) for code in codes]
            return found[0] if len(found) == 1 else Either(tuple(found))
        case Within("unit", Word() | Phrase() as inner):
            return _unit(inner)
        case Within("number", Word() | Phrase() as inner):
            return _number(inner)
        case Not(inner):
            return Not(_resolved(inner, notes, asker))
        case All(nodes) | Either(nodes):
            return replace(node, nodes=tuple(_resolved(one, notes, asker) for one in nodes))
        case _:
            return node


def _codes(name: str, value: str, asker: Asker) -> list[str]:
    """The codes that `value` may mean, by code or by label in either language, of what may be named to `asker`."""
    wanted = fold(value).strip()
    match name:
        case "kind" | "level":
            return [code for code, names in _labels(name).items() if wanted == fold(code) or wanted in names]
        case "repository" | "lender":
            named = nameable_repositories(asker).values_list("slug", "name_vi", "name_en")
            return [
                slug
                for slug, *names in named
                if wanted == fold(slug) or any(wanted in fold(one) for one in names if one)
            ]
        case "language":
            return [code for code, names in LANGUAGES.items() if wanted in names]
        case "scans":
            return ["yes"] if wanted in YES else ["no"] if wanted in NO else []
        case _:
            digits = "".join(letter for letter in wanted if letter.isascii() and letter.isdigit())
            return [f"{digits[:3]}0"] if len(digits) == 4 else [f"19{digits[0]}0"] if len(digits) == 2 else []


@cache
def _labels(name: str) -> dict[str, set[str]]:
    choices = Record.Kind.choices if name == "kind" else Record.Level.choices
    labels: dict[str, set[str]] = {str(code): set() for code, _ in choices if code}
    for language in ("vi", "en"):
        with override(language):
            for code, label in choices:
                if code:
                    labels[str(code)].add(fold(str(label)))
    return labels


def _unit(inner: Word | Phrase) -> Node:
    """The words as typed, or the unit they mean in the catalogue's own notation (docs/field/units.md, Notation)."""
    typed = _typed(inner)
    normal = parse_unit(typed).normal
    as_typed: Node = Within("unit", inner)
    words = query_words(normal) if normal != "-" else ()
    if not words or normal == typed:
        return as_typed
    return Either((as_typed, Within("unit", words[0] if len(words) == 1 else Phrase(words))))


def _number(inner: Word | Phrase) -> Node:
    """The number as typed, or cleaned of what does not belong to it."""
    typed = _typed(inner)
    as_typed: Node = Within("number", inner)
    if not looks_like_identifier(typed):
        return as_typed
    words = query_words(clean_identifier(typed).value)
    if not words or words == (inner,):
        return as_typed
    return Either((as_typed, Within("number", words[0] if len(words) == 1 else Phrase(words))))


def _typed(inner: Word | Phrase) -> str:
    return inner.exact if isinstance(inner, Word) else " ".join(word.exact for word in inner.words)
