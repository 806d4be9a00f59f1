"""From the text of the main search box to a query for the engine: words for values, units and numbers become codes."""

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

# All folded (`rules.text.fold`).
YES, NO = {"yes", "co", "true", "1"}, {"no", "khong", "false", "0"}
LANGUAGES = {
    "vi": {"vi", "viet", "tieng viet", "vietnamese"},
    "en": {"en", "anh", "tieng anh", "english"},
    "fr": {"fr", "phap", "tieng phap", "french"},
    "zh": {"zh", "trung", "han", "tieng trung", "chinese"},
}


@dataclass(frozen=True)
class ParsedQuery:
    """node: the query for the engine, None where there is nothing to search for; words: those to mark in hits; notes:
    codes of what could not be read as typed."""

    node: Node | None
    words: list[Word | Prefix | Near]
    notes: tuple[str, ...]


def parse_query(text: str, asker: Asker | None = None) -> ParsedQuery:
    """Read what was typed. Never raises. Notes are those of `read_query`, and unknown_value.

    asker: names of repositories are understood only where the asker may know them. None, for callers that need only the
    words, means a visitor.
    """
    query: ReadQuery = read_query(text)
    notes = list(query.notes)
    node = _resolve(query.node, notes, asker or AnonymousUser()) if query.node is not None else None
    return ParsedQuery(node, words_asked_for(node), tuple(dict.fromkeys(notes)))


def _resolve(node: Node, notes: list[str], asker: Asker) -> Node:
    """`node` with the codes that its values mean; unknown values are noted."""
    match node:
        case Facet(name, value):
            codes = _codes(name, value, asker)
            if not codes:
                notes.append("unknown_value")
                return node
            facets: list[Node] = [Facet(name, code) for code in codes]
            return facets[0] if len(facets) == 1 else Either(tuple(facets))
        case Within("unit", Word() | Phrase() as inner):
            return _resolve_unit(inner)
        case Within("number", Word() | Phrase() as inner):
            return _resolve_number(inner)
        case Not(inner):
            return Not(_resolve(inner, notes, asker))
        case All(nodes) | Either(nodes):
            return replace(node, nodes=tuple(_resolve(child, notes, asker) for child in nodes))
        case _:
            return node


def _codes(name: str, value: str, asker: Asker) -> list[str]:
    """The codes that `value` may mean: codes themselves, or labels in either language, as far as `asker` may know
    them."""
    wanted = fold(value).strip()
    match name:
        case "kind" | "level":
            return [code for code, names in _labels(name).items() if wanted == fold(code) or wanted in names]
        case "repository" | "lender":
            repositories = nameable_repositories(asker).values_list("slug", "name_vi", "name_en")
            return [
                slug
                for slug, *names in repositories
                if wanted == fold(slug) or any(wanted in fold(label) for label in names if label)
            ]
        case "language":
            return [code for code, names in LANGUAGES.items() if wanted in names]
        case "scans":
            return ["yes"] if wanted in YES else ["no"] if wanted in NO else []
        case "decade":
            digits = "".join(letter for letter in wanted if letter.isascii() and letter.isdigit())
            return [f"{digits[:3]}0"] if len(digits) == 4 else [f"19{digits[0]}0"] if len(digits) == 2 else []
        case _:
            return []


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


def _resolve_unit(inner: Word | Phrase) -> Node:
    """The words as typed, or the unit they mean in the catalogue's notation (docs/field/units.md, Notation)."""
    typed = typed_text(inner)
    normal_form = parse_unit(typed).normal
    as_typed: Node = Within("unit", inner)
    words = query_words(normal_form) if normal_form != "-" else ()
    if not words or normal_form == typed:
        return as_typed
    return Either((as_typed, Within("unit", words[0] if len(words) == 1 else Phrase(words))))


def _resolve_number(inner: Word | Phrase) -> Node:
    """The number as typed, or without what does not belong to it."""
    typed = typed_text(inner)
    as_typed: Node = Within("number", inner)
    if not looks_like_identifier(typed):
        return as_typed
    words = query_words(clean_identifier(typed).value)
    if not words or words == (inner,):
        return as_typed
    return Either((as_typed, Within("number", words[0] if len(words) == 1 else Phrase(words))))


def typed_text(inner: Word | Phrase) -> str:
    """The words of a node as they were typed, separated by spaces."""
    return inner.exact if isinstance(inner, Word) else " ".join(word.exact for word in inner.words)
