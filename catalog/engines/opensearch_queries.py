"""Our tree in the words of OpenSearch (extra `opensearch`): what is only counted, by the fewest words that tell it."""

import itertools
from typing import Any

from catalog.engines.opensearch_documents import Body
from catalog.engines.tokens import UNDATED
from catalog.engines.tree import All, Dates, Either, Near, Node, Not, Phrase, Prefix, Within, Word
from catalog.engines.tree import Facet as FacetAsked
from catalog.rules.shortcuts import EXACT_PAIR, FOLDED_PAIR, TITLE_PAIR, pairs_within

MOST_WORDS = 64
TITLE_BOOST = 3.0


def compiled(node: Node, *, scored: bool = False) -> Body:
    """A query. `scored`: for the order of hits, where what stands in the title weighs more."""
    match node:
        case Word(exact, folded, marked):
            borne = _term("exact", exact) if marked else _term("folded", folded)
            return _titled(borne, _term("title", folded)) if scored else borne
        case Prefix(folded):
            return _any_word("prefix", folded, scored=scored)
        case Near(folded):
            return _any_word("fuzzy", folded, scored=scored, **NEAR)
        case Within(field, inner):
            return compiled(inner, scored=scored) if field == "text" else {"bool": {"filter": [_within(field, inner)]}}
        case FacetAsked(name, value):
            return {"bool": {"filter": [_term("facet", f"{name}={value}")]}}
        case Dates(first, last):
            days = [day.toordinal() if day else None for day in (first, last)]
            return {"bool": {"filter": between(days[0], days[1], certain=False)}}
        case Phrase(words):
            if len(words) == 1:
                return compiled(words[0], scored=scored)
            found = _run(words)
            return _titled(found, _run_in_title([word.folded for word in words])) if scored else found
        case Not(inner):
            return {"bool": {"filter": [{"match_all": {}}], "must_not": [compiled(inner)]}}
        case All(nodes):
            return {"bool": {"must": [compiled(one, scored=scored) for one in nodes]}}
        case Either(nodes):
            return {"bool": {"should": [compiled(one, scored=scored) for one in nodes], "minimum_should_match": 1}}


NEAR: Body = {"fuzziness": 1, "prefix_length": 1, "max_expansions": MOST_WORDS, "transpositions": False}


def _term(field: str, word: str) -> Body:
    return {"term": {field: word}}


def _titled(borne: Body, titled: Body) -> Body:
    """What is borne anywhere; better where it stands in the title."""
    return {"bool": {"must": [borne], "should": [{"bool": {"must": [titled], "boost": TITLE_BOOST}}]}}


def _any_word(kind: str, word: str, *, scored: bool, **options: Any) -> Body:
    """Any of the words that a pattern stands for; each weighs the same."""
    borne, titled = (
        {kind: {name: {"value": word, "rewrite": "constant_score", **options}}} for name in ("folded", "title")
    )
    return _titled(borne, titled) if scored else borne


def _run(words: tuple[Word, ...]) -> Body:
    """Words next to one another: pairs of very common ones are looked up, others read word by word."""
    run = [word.folded for word in words]
    marked = all(word.marked for word in words)
    spelled = [word.exact for word in words] if marked else run
    together = pairs_within(spelled, run, EXACT_PAIR if marked else FOLDED_PAIR)
    filters = [_term("pairs", pair) for pair in together]
    if not marked:
        filters += [_run((one, two)) for one, two in itertools.pairwise(words) if one.marked and two.marked]
        filters += [_term("exact", word.exact) for word in words if word.marked]
    if len(words) == 2 and together:
        return {"constant_score": {"filter": {"bool": {"filter": filters}}}}
    phrase: Body = {"match_phrase": {"exact" if marked else "folded": " ".join(spelled)}}
    return {"bool": {"must": [phrase], "filter": filters}}


def _run_in_title(run: list[str]) -> Body:
    if len(run) == 2 and (together := pairs_within(run, run, TITLE_PAIR)):
        return _term("pairs", together[0])
    return {"match_phrase": {"title": " ".join(run)}}


def _within(field: str, node: Node) -> Body:
    """Words of one field stand in `fielded` as `field=word` and `field==word`, in their order."""
    match node:
        case Word(exact, folded, marked):
            return {"term": {"fielded": f"{field}=={exact}" if marked else f"{field}={folded}"}}
        case Phrase(words):
            run: Body = {"match_phrase": {"fielded": " ".join(f"{field}={word.folded}" for word in words)}}
            return {"bool": {"filter": [run, *(_within(field, word) for word in words if word.marked)]}}
        case Prefix(folded):
            return {"prefix": {"fielded": f"{field}={folded}"}}
        case Near(folded):
            return {"fuzzy": {"fielded": {"value": f"{field}={folded}", **NEAR, "prefix_length": len(field) + 2}}}
        case _:
            return compiled(node)


def between(first: int | None, last: int | None, *, certain: bool) -> list[Body]:
    """Filters for what may lie between two days (ordinals), or with `certain` lies wholly between; none where none is
    given."""
    if first is None and last is None:
        return []
    lower, upper = ("date_from", "date_to") if certain else ("date_to", "date_from")
    return [
        {"range": {lower: {"gte": -UNDATED if first is None else first}}},
        {"range": {upper: {"lte": UNDATED if last is None else last}}},
    ]
