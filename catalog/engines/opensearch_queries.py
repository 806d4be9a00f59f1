"""Our tree as queries of OpenSearch (extra `opensearch`). Queries that only count use as few terms as possible."""

import itertools
from typing import Any

from catalog.engines.opensearch_documents import Body
from catalog.engines.tokens import UNDATED
from catalog.engines.tree import All, Dates, Either, Near, Node, Not, Phrase, Prefix, Within, Word
from catalog.engines.tree import Facet as FacetAsked
from catalog.rules.shortcuts import EXACT_PAIR, FOLDED_PAIR, TITLE_PAIR, pairs_within

MOST_WORDS = 64
TITLE_BOOST = 3.0


def compile_query(node: Node, *, scored: bool = False) -> Body:
    """The query for a node. `scored`: for ordering hits; words in the title then weigh more."""
    match node:
        case Word(exact, folded, marked):
            query = _term("exact", exact) if marked else _term("folded", folded)
            return _boost_title(query, _term("title", folded)) if scored else query
        case Prefix(folded):
            return _any_word("prefix", folded, scored=scored)
        case Near(folded):
            return _any_word("fuzzy", folded, scored=scored, **NEAR)
        case Within(field, inner):
            return (
                compile_query(inner, scored=scored)
                if field == "text"
                else {"bool": {"filter": [_in_field(field, inner)]}}
            )
        case FacetAsked(name, value):
            return {"bool": {"filter": [_term("facet", f"{name}={value}")]}}
        case Dates(first, last):
            days = [day.toordinal() if day else None for day in (first, last)]
            return {"bool": {"filter": date_filters(days[0], days[1], certain=False)}}
        case Phrase(words):
            if len(words) == 1:
                return compile_query(words[0], scored=scored)
            query = _phrase(words)
            return _boost_title(query, _phrase_in_title([word.folded for word in words])) if scored else query
        case Not(inner):
            return {"bool": {"filter": [{"match_all": {}}], "must_not": [compile_query(inner)]}}
        case All(nodes):
            return {"bool": {"must": [compile_query(child, scored=scored) for child in nodes]}}
        case Either(nodes):
            return {
                "bool": {"should": [compile_query(child, scored=scored) for child in nodes], "minimum_should_match": 1}
            }


NEAR: Body = {"fuzziness": 1, "prefix_length": 1, "max_expansions": MOST_WORDS, "transpositions": False}


def _term(field: str, word: str) -> Body:
    return {"term": {field: word}}


def _boost_title(query: Body, title_query: Body) -> Body:
    """`query`, with a higher score where `title_query` matches too."""
    return {"bool": {"must": [query], "should": [{"bool": {"must": [title_query], "boost": TITLE_BOOST}}]}}


def _any_word(kind: str, word: str, *, scored: bool, **options: Any) -> Body:
    """Any of the words that match a pattern; all with the same weight."""
    query, title_query = (
        {kind: {name: {"value": word, "rewrite": "constant_score", **options}}} for name in ("folded", "title")
    )
    return _boost_title(query, title_query) if scored else query


def _phrase(words: tuple[Word, ...]) -> Body:
    """Words next to each other: pairs of very common ones are looked up, others are checked by position."""
    folded = [word.folded for word in words]
    marked = all(word.marked for word in words)
    spelling = [word.exact for word in words] if marked else folded
    pairs = pairs_within(spelling, folded, EXACT_PAIR if marked else FOLDED_PAIR)
    filters = [_term("pairs", pair) for pair in pairs]
    if not marked:
        filters += [
            _phrase((word, next_word))
            for word, next_word in itertools.pairwise(words)
            if word.marked and next_word.marked
        ]
        filters += [_term("exact", word.exact) for word in words if word.marked]
    if len(words) == 2 and pairs:
        return {"constant_score": {"filter": {"bool": {"filter": filters}}}}
    phrase: Body = {"match_phrase": {"exact" if marked else "folded": " ".join(spelling)}}
    return {"bool": {"must": [phrase], "filter": filters}}


def _phrase_in_title(folded: list[str]) -> Body:
    if len(folded) == 2 and (pairs := pairs_within(folded, folded, TITLE_PAIR)):
        return _term("pairs", pairs[0])
    return {"match_phrase": {"title": " ".join(folded)}}


def _in_field(field: str, node: Node) -> Body:
    """A node within one field, whose words are in `fielded` as `field=word` and `field==word`, in their order."""
    match node:
        case Word(exact, folded, marked):
            return {"term": {"fielded": f"{field}=={exact}" if marked else f"{field}={folded}"}}
        case Phrase(words):
            phrase: Body = {"match_phrase": {"fielded": " ".join(f"{field}={word.folded}" for word in words)}}
            return {"bool": {"filter": [phrase, *(_in_field(field, word) for word in words if word.marked)]}}
        case Prefix(folded):
            return {"prefix": {"fielded": f"{field}={folded}"}}
        case Near(folded):
            return {"fuzzy": {"fielded": {"value": f"{field}={folded}", **NEAR, "prefix_length": len(field) + 2}}}
        case _:
            return compile_query(node)


def date_filters(first: int | None, last: int | None, *, certain: bool) -> list[Body]:
    """Filters for documents that may be dated between two days (ordinals), or with `certain` only those dated
    completely between them; empty without days."""
    if first is None and last is None:
        return []
    lower, upper = ("date_from", "date_to") if certain else ("date_to", "date_from")
    return [
        {"range": {lower: {"gte": -UNDATED if first is None else first}}},
        {"range": {upper: {"lte": UNDATED if last is None else last}}},
    ]
