"""Requests and our tree as queries of tantivy (extra `tantivy`).

The cost of an answer grows with the number of documents that a part of the query visits. So what must not be seen is
excluded (there is little of it), instead of requiring the rest; and queries that only count use as few terms as
possible.
"""

import itertools
from collections.abc import Collection, Iterable
from functools import lru_cache

import tantivy

from catalog.engines.interface import SearchRequest
from catalog.engines.tantivy_documents import SCHEMA
from catalog.engines.tokens import UNDATED, facet_terms
from catalog.engines.tree import All, Dates, Either, Near, Node, Not, Phrase, Prefix, Within, Word
from catalog.engines.tree import Facet as FacetAsked
from catalog.rules.shortcuts import EXACT_PAIR, FOLDED_PAIR, TITLE_PAIR, pairs_within

MOST_EXPANDED, MOST_WORDS = 2000, 64
TITLE_BOOST = 3.0
MUST, SHOULD, MUST_NOT = tantivy.Occur.Must, tantivy.Occur.Should, tantivy.Occur.MustNot


class QueryBuilder:
    """Builds queries for one state of the index."""

    def __init__(self, searcher: tantivy.Searcher) -> None:
        """searcher: of that state; prefixes are expanded in it."""
        self._searcher = searcher
        # Columns of few values.
        self._values = {
            name: [value for value, _count in searcher.terms_with_prefix(name, "", limit=1000)]
            for name in ("audience", "kind")
        }

    def query(self, request: SearchRequest, *, with_facets: bool = True, scored: bool = False) -> tantivy.Query:
        """The request as one query; filters have no score. with_facets: apply kinds and facets too, which the counts by
        profile do themselves; scored: for ordering hits."""
        narrowing = [self._any("group", request.groups)] if request.groups else []
        without = [("audience", self._other_values("audience", request.audiences)), ("key", sorted(request.without))]
        without.append(("above", sorted(request.without_below)))
        if with_facets:
            without.append(("kind", self._other_values("kind", request.kinds)))
            narrowing += [self._any("facet", facet_terms(name, values)) for name, values in request.filters.items()]
            without += [("facet", facet_terms(name, values)) for name, values in request.excluded.items()]
        parts = [(MUST, self._unscored(part)) for part in narrowing]
        if request.query is not None:
            parts.append((MUST, self._compile(request.query, scored=scored and request.sort == "relevance")))
        if not parts:
            parts.append((MUST, self._unscored(tantivy.Query.all_query())))
        parts += [(MUST_NOT, self._any(name, words)) for name, words in without if words]
        parts += self._outside_dates(request.date_from, request.date_to, certain=request.certain)
        return tantivy.Query.boolean_query(parts)

    def _other_values(self, name: str, wanted: Collection[str]) -> list[str]:
        """The other values of a column: those to exclude."""
        return [value for value in self._values[name] if value not in wanted]

    def _outside_dates(
        self, first: int | None, last: int | None, *, certain: bool
    ) -> list[tuple[tantivy.Occur, tantivy.Query]]:
        """Excludes documents dated outside two days; empty without days.

        If most documents lie between the days, excluding the others takes half the time of requiring these.
        """
        if first is None and last is None and not certain:
            return []
        excluded = []
        if first is not None:
            excluded.append(self._days("date_from" if certain else "date_to", None, first - 1))
        if certain and last is not None:
            excluded.append(self._days("date_to", last + 1, None))
        excluded.append(self._days("by_date", UNDATED if certain or last is None else last + 1, None))
        return [(MUST_NOT, self._either(excluded))]

    def _days(self, column: str, first: int | None, last: int | None) -> tantivy.Query:
        return tantivy.Query.range_query(SCHEMA, column, tantivy.FieldType.Integer, first, last)

    def _compile(self, node: Node, *, scored: bool = False) -> tantivy.Query:
        match node:
            case Word(exact, folded, marked):
                query = self._term("exact", exact) if marked else self._term("folded", folded)
                return self._boost_title(query, self._term("title", folded)) if scored else query
            case Prefix(folded):
                # All words have the same weight.
                words = self._words_with_prefix("folded", folded, MOST_WORDS)
                query = tantivy.Query.term_set_query(SCHEMA, "folded", words)
                if not words or not scored:
                    return query
                return self._boost_title(query, tantivy.Query.term_set_query(SCHEMA, "title", words))
            case Near(folded):
                query = _one_letter_away("folded", folded)
                return self._boost_title(query, _one_letter_away("title", folded)) if scored else query
            case Within(field, inner):
                return self._compile(inner, scored=scored) if field == "text" else self._in_field(field, inner)
            case FacetAsked(name, value):
                return self._unscored(self._any("facet", [f"{name}={value}"]))
            case Dates(first, last):
                days = [day.toordinal() if day else None for day in (first, last)]
                everything = self._unscored(tantivy.Query.all_query())
                return tantivy.Query.boolean_query([(MUST, everything), *self._outside_dates(*days, certain=False)])
            case Phrase(words):
                if len(words) == 1:
                    return self._compile(words[0], scored=scored)
                query = self._phrase_with_pairs(words)
                return (
                    self._boost_title(query, self._phrase_in_title([word.folded for word in words]))
                    if scored
                    else query
                )
            case Not(inner):
                everything = tantivy.Query.const_score_query(tantivy.Query.all_query(), 0.0)
                return tantivy.Query.boolean_query([(MUST, everything), (MUST_NOT, self._compile(inner))])
            case All(nodes):
                return tantivy.Query.boolean_query([(MUST, self._compile(child, scored=scored)) for child in nodes])
            case Either(nodes):
                return self._either([self._compile(child, scored=scored) for child in nodes])

    def _phrase_with_pairs(self, words: tuple[Word, ...]) -> tantivy.Query:
        """Words next to each other: pairs of very common ones are looked up, others are checked by position."""
        folded = [word.folded for word in words]
        if all(word.marked for word in words):
            name, spelling, joiner = "exact", [word.exact for word in words], EXACT_PAIR
        else:
            name, spelling, joiner = "folded", folded, FOLDED_PAIR
        pairs = pairs_within(spelling, folded, joiner)
        parts = [self._unscored(self._term("pairs", pair)) for pair in pairs]
        if len(words) > 2 or not pairs:
            parts.append(self._phrase(name, spelling))
        if name == "folded":
            for word, next_word in itertools.pairwise(words):
                if word.marked and next_word.marked:
                    parts.append(self._unscored(self._phrase_with_pairs((word, next_word))))
            parts += [self._unscored(self._term("exact", word.exact)) for word in words if word.marked]
        return parts[0] if len(parts) == 1 else tantivy.Query.boolean_query([(MUST, part) for part in parts])

    def _phrase_in_title(self, folded: list[str]) -> tantivy.Query:
        if len(folded) == 2 and (pairs := pairs_within(folded, folded, TITLE_PAIR)):
            return self._term("pairs", pairs[0])
        return self._phrase("title", folded)

    def _in_field(self, field: str, node: Node) -> tantivy.Query:
        """A node within one field, whose words are in `fielded` as `field=word` and `field==word`, in their order."""
        match node:
            case Word(exact, folded, marked):
                return self._unscored(self._term("fielded", f"{field}=={exact}" if marked else f"{field}={folded}"))
            case Phrase(words):
                terms = [f"{field}={word.folded}" for word in words]
                query = self._unscored(self._phrase("fielded", terms))
                for word in words:
                    if word.marked:
                        query = self._both(query, self._in_field(field, word))
                return query
            case Prefix(folded):
                terms = self._words_with_prefix("fielded", f"{field}={folded}", MOST_WORDS)
                return self._unscored(self._either([self._term("fielded", word) for word in terms]))
            case Near(folded):
                return self._unscored(_one_letter_away("fielded", folded, f"{field}="))
            case _:
                return self._compile(node)

    def _words_with_prefix(self, name: str, prefix: str, limit: int) -> list[str]:
        candidates = self._searcher.terms_with_prefix(name, prefix, limit=MOST_EXPANDED)
        return [word for word, _count in sorted(candidates, key=lambda pair: (-pair[1], pair[0]))[:limit]]

    def _term(self, name: str, word: str) -> tantivy.Query:
        return tantivy.Query.term_query(SCHEMA, name, word)

    def _any(self, name: str, words: Iterable[str]) -> tantivy.Query:
        # Not a term set query: it visits every document with any of the terms, whatever else the query requires.
        return self._either([self._term(name, word) for word in words])

    def _phrase(self, name: str, words: list[str]) -> tantivy.Query:
        return tantivy.Query.phrase_query(SCHEMA, name, words)  # type: ignore[arg-type]

    @staticmethod
    def _boost_title(query: tantivy.Query, title_query: tantivy.Query) -> tantivy.Query:
        """`query`, with a higher score where `title_query` matches too."""
        return tantivy.Query.boolean_query(
            [(MUST, query), (SHOULD, tantivy.Query.boost_query(title_query, TITLE_BOOST))]
        )

    @staticmethod
    def _unscored(query: tantivy.Query) -> tantivy.Query:
        return tantivy.Query.const_score_query(query, 0.0)

    @staticmethod
    def _both(first: tantivy.Query, second: tantivy.Query) -> tantivy.Query:
        return tantivy.Query.boolean_query([(MUST, first), (MUST, second)])

    @staticmethod
    def _either(queries: list[tantivy.Query]) -> tantivy.Query:
        if not queries:
            return tantivy.Query.empty_query()
        if len(queries) == 1:
            return queries[0]
        return tantivy.Query.boolean_query([(SHOULD, query) for query in queries])


@lru_cache(maxsize=256)
def _one_letter_away(name: str, word: str, field_prefix: str = "") -> tantivy.Query:
    """The query for words one letter away. Cached, because building the automaton takes longer than searching."""
    return tantivy.Query.regex_query(SCHEMA, name, field_prefix + _one_letter_pattern(word))


def _one_letter_pattern(word: str) -> str:
    """A pattern of the words at most one letter away from `word` (letters and digits), with the same first letter.

    Our own pattern, since tantivy's fuzzy query in Python cannot require the same first letter.
    """
    positions = range(1, len(word) + 1)
    changed = [f"{word[:index]}.?{word[index + 1 :]}" for index in positions if index < len(word)]
    return "(" + "|".join([*changed, *(f"{word[:index]}.{word[index:]}" for index in positions)]) + ")"
