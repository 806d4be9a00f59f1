"""Requests and our tree in the words of tantivy (extra `tantivy`).

What an answer costs grows with what was found and not with what was not: whoever or whatever may not be seen is left
out (there is little of it), rather than the rest asked for; what is only counted is counted by the fewest words that
tell it.
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

LOOKED_THROUGH, MOST_WORDS = 2000, 64
TITLE_BOOST = 3.0
MUST, SHOULD, MUST_NOT = tantivy.Occur.Must, tantivy.Occur.Should, tantivy.Occur.MustNot


class Asking:
    """Makes queries to be asked of one state of the index."""

    def __init__(self, searcher: tantivy.Searcher) -> None:
        """searcher: that state, in which begun words are looked up."""
        self._searcher = searcher
        # Columns of few values.
        self._values = {
            name: [value for value, _count in searcher.terms_with_prefix(name, "", limit=1000)]
            for name in ("audience", "kind")
        }

    def query(self, request: SearchRequest, *, narrowed: bool = True, scored: bool = False) -> tantivy.Query:
        """The request as one query; a part that only narrows does not score. narrowed: by kinds and facets too, which
        counting takes account of by itself; scored: for the order of hits."""
        narrowing = [self._any("group", request.groups)] if request.groups else []
        without = [("audience", self._left_out("audience", request.audiences)), ("key", sorted(request.without))]
        without.append(("above", sorted(request.without_below)))
        if narrowed:
            without.append(("kind", self._left_out("kind", request.kinds)))
            narrowing += [self._any("facet", facet_terms(name, values)) for name, values in request.filters.items()]
            without += [("facet", facet_terms(name, values)) for name, values in request.excluded.items()]
        parts = [(MUST, self._unscored(one)) for one in narrowing]
        if request.query is not None:
            parts.append((MUST, self._compile(request.query, scored=scored and request.sort == "relevance")))
        if not parts:
            parts.append((MUST, self._unscored(tantivy.Query.all_query())))
        parts += [(MUST_NOT, self._any(name, words)) for name, words in without if words]
        parts += self._not_between(request.date_from, request.date_to, certain=request.certain)
        return tantivy.Query.boolean_query(parts)

    def _left_out(self, name: str, wanted: Collection[str]) -> list[str]:
        """The other values of a column: what must not be found."""
        return [value for value in self._values[name] if value not in wanted]

    def _not_between(
        self, first: int | None, last: int | None, *, certain: bool
    ) -> list[tuple[tantivy.Occur, tantivy.Query]]:
        """What two days leave out. Nothing is said where they ask for nothing.

        To pass over what a column leaves out takes half the time of meeting what it lets through, where most is let
        through.
        """
        if first is None and last is None and not certain:
            return []
        out = []
        if first is not None:
            out.append(self._days("date_from" if certain else "date_to", None, first - 1))
        if certain and last is not None:
            out.append(self._days("date_to", last + 1, None))
        out.append(self._days("by_date", UNDATED if certain or last is None else last + 1, None))
        return [(MUST_NOT, self._either(out))]

    def _days(self, column: str, first: int | None, last: int | None) -> tantivy.Query:
        return tantivy.Query.range_query(SCHEMA, column, tantivy.FieldType.Integer, first, last)

    def _compile(self, node: Node, *, scored: bool = False) -> tantivy.Query:
        match node:
            case Word(exact, folded, marked):
                borne = self._term("exact", exact) if marked else self._term("folded", folded)
                return self._titled(borne, self._term("title", folded)) if scored else borne
            case Prefix(folded):
                # Of so many words each weighs the same.
                words = self._beginning("folded", folded, MOST_WORDS)
                borne = tantivy.Query.term_set_query(SCHEMA, "folded", words)
                if not words or not scored:
                    return borne
                return self._titled(borne, tantivy.Query.term_set_query(SCHEMA, "title", words))
            case Near(folded):
                borne = _one_letter_away("folded", folded)
                return self._titled(borne, _one_letter_away("title", folded)) if scored else borne
            case Within(field, inner):
                return self._compile(inner, scored=scored) if field == "text" else self._within(field, inner)
            case FacetAsked(name, value):
                return self._unscored(self._any("facet", [f"{name}={value}"]))
            case Dates(first, last):
                days = [day.toordinal() if day else None for day in (first, last)]
                every = self._unscored(tantivy.Query.all_query())
                return tantivy.Query.boolean_query([(MUST, every), *self._not_between(*days, certain=False)])
            case Phrase(words):
                if len(words) == 1:
                    return self._compile(words[0], scored=scored)
                found = self._run(words)
                return self._titled(found, self._run_in_title([word.folded for word in words])) if scored else found
            case Not(inner):
                every = tantivy.Query.const_score_query(tantivy.Query.all_query(), 0.0)
                return tantivy.Query.boolean_query([(MUST, every), (MUST_NOT, self._compile(inner))])
            case All(nodes):
                return tantivy.Query.boolean_query([(MUST, self._compile(one, scored=scored)) for one in nodes])
            case Either(nodes):
                return self._either([self._compile(one, scored=scored) for one in nodes])

    def _run(self, words: tuple[Word, ...]) -> tantivy.Query:
        """Words next to one another: pairs of very common ones are looked up, others read word by word."""
        run = [word.folded for word in words]
        if all(word.marked for word in words):
            name, spelled, sign = "exact", [word.exact for word in words], EXACT_PAIR
        else:
            name, spelled, sign = "folded", run, FOLDED_PAIR
        together = pairs_within(spelled, run, sign)
        parts = [self._unscored(self._term("pairs", pair)) for pair in together]
        if len(words) > 2 or not together:
            parts.append(self._phrase(name, spelled))
        if name == "folded":
            for one, two in itertools.pairwise(words):
                if one.marked and two.marked:
                    parts.append(self._unscored(self._run((one, two))))
            parts += [self._unscored(self._term("exact", word.exact)) for word in words if word.marked]
        return parts[0] if len(parts) == 1 else tantivy.Query.boolean_query([(MUST, part) for part in parts])

    def _run_in_title(self, run: list[str]) -> tantivy.Query:
        if len(run) == 2 and (together := pairs_within(run, run, TITLE_PAIR)):
            return self._term("pairs", together[0])
        return self._phrase("title", run)

    def _within(self, field: str, node: Node) -> tantivy.Query:
        """Words of one field stand in `fielded` as `field=word` and `field==word`, in their order."""
        match node:
            case Word(exact, folded, marked):
                return self._unscored(self._term("fielded", f"{field}=={exact}" if marked else f"{field}={folded}"))
            case Phrase(words):
                run = [f"{field}={word.folded}" for word in words]
                found = self._unscored(self._phrase("fielded", run))
                for word in words:
                    if word.marked:
                        found = self._both(found, self._within(field, word))
                return found
            case Prefix(folded):
                words_ = self._beginning("fielded", f"{field}={folded}", MOST_WORDS)
                return self._unscored(self._either([self._term("fielded", word) for word in words_]))
            case Near(folded):
                return self._unscored(_one_letter_away("fielded", folded, f"{field}="))
            case _:
                return self._compile(node)

    def _beginning(self, name: str, prefix: str, limit: int) -> list[str]:
        found = self._searcher.terms_with_prefix(name, prefix, limit=LOOKED_THROUGH)
        return [word for word, _count in sorted(found, key=lambda pair: (-pair[1], pair[0]))[:limit]]

    def _term(self, name: str, word: str) -> tantivy.Query:
        return tantivy.Query.term_query(SCHEMA, name, word)

    def _any(self, name: str, words: Iterable[str]) -> tantivy.Query:
        # Not a set of terms: that looks at every document that bears any of them, whatever else is asked.
        return self._either([self._term(name, word) for word in words])

    def _phrase(self, name: str, words: list[str]) -> tantivy.Query:
        return tantivy.Query.phrase_query(SCHEMA, name, words)  # type: ignore[arg-type]

    @staticmethod
    def _titled(borne: tantivy.Query, titled: tantivy.Query) -> tantivy.Query:
        """What is borne anywhere; better where it stands in the title."""
        return tantivy.Query.boolean_query([(MUST, borne), (SHOULD, tantivy.Query.boost_query(titled, TITLE_BOOST))])

    @staticmethod
    def _unscored(query: tantivy.Query) -> tantivy.Query:
        return tantivy.Query.const_score_query(query, 0.0)

    @staticmethod
    def _both(one: tantivy.Query, other: tantivy.Query) -> tantivy.Query:
        return tantivy.Query.boolean_query([(MUST, one), (MUST, other)])

    @staticmethod
    def _either(queries: list[tantivy.Query]) -> tantivy.Query:
        if not queries:
            return tantivy.Query.empty_query()
        if len(queries) == 1:
            return queries[0]
        return tantivy.Query.boolean_query([(SHOULD, query) for query in queries])


@lru_cache(maxsize=256)
def _one_letter_away(name: str, word: str, before: str = "") -> tantivy.Query:
    """Kept, because making the automaton takes longer than a search with it."""
    return tantivy.Query.regex_query(SCHEMA, name, before + _near(word))


def _near(word: str) -> str:
    """A pattern of the words at most one letter away from `word` (letters and digits), the first letter the same."""
    spots = range(1, len(word) + 1)
    changed = [f"{word[:at]}.?{word[at + 1 :]}" for at in spots if at < len(word)]
    return "(" + "|".join([*changed, *(f"{word[:at]}.{word[at:]}" for at in spots)]) + ")"
