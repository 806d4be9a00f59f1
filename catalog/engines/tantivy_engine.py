"""tantivy in a folder: no server, one host, up to millions of pages (extra `tantivy`).

Our own tokens go in, joined by spaces, so that words are what `rules.text` says they are; the engine only splits at
spaces. Facets are one column of `name=value`, counted by the engine itself.
"""

import itertools
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import tantivy

from catalog.engines.generations import Generations
from catalog.engines.interface import Document, EngineError, Hit, Results, SearchRequest
from catalog.engines.query import All, Either, Node, Not, Phrase, Prefix, Word
from catalog.rules.text import tokens

VERSION = 1  # raise when the schema changes: an older index is then not read but rebuilt
HEAP_BYTES = 128_000_000
BATCH = 20_000
PREFIX_WORDS = 64
MOST_FACET_VALUES = 5000
# Stands between title and body, so that no phrase runs from one into the other; no token is this.
GAP = "\u0001"
# Undated things come last in order of date.
UNDATED = 10**9
TITLE_BOOST = 3.0
MUST, SHOULD, MUST_NOT = tantivy.Occur.Must, tantivy.Occur.Should, tantivy.Occur.MustNot


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in ("key", "kind", "audience", "number", "facet"):
        builder.add_text_field(name, stored=name == "key", fast=True, tokenizer_name="raw", index_option="basic")
    for name in ("title", "folded", "exact"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
    for name in ("date_from", "date_to", "by_date"):
        builder.add_integer_field(name, indexed=True, fast=True)
    builder.add_float_field("newest", fast=True)
    return builder.build()


class TantivyEngine:
    """One writer at a time; readers see whole commits, which tantivy itself makes durable."""

    def __init__(self, folder: Path) -> None:
        """folder: where generations of the index live."""
        self._generations = Generations(folder, "tantivy", VERSION)
        self._schema = _schema()
        self._lock = threading.Lock()
        self._open: tuple[Path, tantivy.Index] | None = None

    def search(self, request: SearchRequest) -> Results:
        """See Engine."""
        try:
            searcher = self._searcher()
            narrowed = self._query(request, searcher)
            hits, total = self._hits(request, searcher, narrowed)
            kinds = self._counts(searcher, self._query(request, searcher, leaving_out="kind"), "kind")
            return Results(total=total, hits=hits, kinds=dict(kinds), facets=self._facets(request, searcher, narrowed))
        except EngineError:
            raise
        except Exception as error:
            # A damaged index surfaces as nearly any exception; to the caller all mean "not now".
            raise EngineError(f"{type(error).__name__}: {error}") from error

    def apply(self, replace: Iterable[Document], remove: Iterable[str]) -> None:
        """See Engine."""
        with self._lock:
            try:
                folder = self._generations.current()
            except EngineError:
                folder = self._generations.fresh()
                tantivy.Index(self._schema, path=str(folder))
                self._generations.take_up(folder)
            self._write(folder, replace, remove)

    def rebuild(self, documents: Iterable[Document]) -> int:
        """See Engine."""
        with self._lock:
            folder = self._generations.fresh()
            try:
                writer = tantivy.Index(self._schema, path=str(folder)).writer(HEAP_BYTES, num_threads=1)
                total = 0
                source = iter(documents)
                while batch := list(itertools.islice(source, BATCH)):
                    for document in batch:
                        writer.add_document(_fields(document))
                    writer.commit()
                    total += len(batch)
                writer.commit()
                writer.wait_merging_threads()
            except (ValueError, OSError) as error:
                raise EngineError(f"{type(error).__name__}: {error}") from error
            self._generations.take_up(folder)
            self._generations.drop_others(folder)
            self._open = None
        return total

    def keys(self) -> set[str]:
        """See Engine."""
        searcher = self._searcher()
        if searcher.num_docs == 0:
            return set()
        found = searcher.search(tantivy.Query.all_query(), limit=searcher.num_docs, count=False)
        return {searcher.doc(address)["key"][0] for _score, address in found.hits}

    def words_beginning(self, prefix: str, limit: int) -> list[str]:
        """See Engine."""
        found = self._searcher().terms_with_prefix("folded", prefix, limit=400) if prefix else []
        return [word for word, _count in sorted(found, key=lambda pair: (-pair[1], pair[0]))[:limit]]

    def _searcher(self) -> tantivy.Searcher:
        folder = self._generations.current()
        try:
            with self._lock:
                if self._open is None or self._open[0] != folder:
                    self._open = (folder, tantivy.Index.open(str(folder)))
                self._open[1].reload()
                return self._open[1].searcher()
        except (ValueError, OSError) as error:
            raise EngineError(f"{type(error).__name__}: {error}") from error

    def _write(self, folder: Path, replace: Iterable[Document], remove: Iterable[str]) -> None:
        try:
            writer = tantivy.Index.open(str(folder)).writer(HEAP_BYTES, num_threads=1)
        except (ValueError, OSError) as error:
            raise EngineError(f"{type(error).__name__}: {error}") from error
        try:
            for key in remove:
                writer.delete_documents_by_term("key", key)
            for document in replace:
                writer.delete_documents_by_term("key", document.key)
                writer.add_document(_fields(document))
            writer.commit()
            # Merging leaves files behind that nothing refers to; they pile up unless asked for (search notes, 3.4).
            writer.garbage_collect_files()
        except (ValueError, OSError) as error:
            writer.rollback()
            raise EngineError(f"{type(error).__name__}: {error}") from error

    def _hits(self, request: SearchRequest, searcher: tantivy.Searcher, asked: tantivy.Query) -> tuple[list[Hit], int]:
        order: dict[str, tuple[str, Any]] = {
            "date": ("by_date", tantivy.Order.Asc), "number": ("number", tantivy.Order.Asc), "newest": ("newest", tantivy.Order.Desc),
        }  # fmt: skip
        options: dict[str, Any] = {}
        if request.sort in order:
            options = {"order_by_field": order[request.sort][0], "order": order[request.sort][1]}
        # tantivy wants at least one hit; none of it is used where counts alone were asked for.
        found = searcher.search(asked, limit=max(request.limit, 1), offset=request.offset, count=True, **options)
        hits = [
            Hit(searcher.doc(address)["key"][0], float(score) if not options else 0.0) for score, address in found.hits
        ]
        return hits[: request.limit], int(getattr(found, "count", 0) or 0)

    def _query(self, request: SearchRequest, searcher: tantivy.Searcher, leaving_out: str = "") -> tantivy.Query:
        """The request as one query; a part that only narrows does not score."""
        narrowing = [self._any("audience", sorted(request.audiences))]
        if leaving_out != "kind":
            narrowing.append(self._any("kind", request.kinds))
        for name, values in request.filters.items():
            if name != leaving_out:
                narrowing.append(self._any("facet", [f"{name}={value}" for value in values]))
        integer = tantivy.FieldType.Integer
        if request.date_from is not None:
            narrowing.append(tantivy.Query.range_query(self._schema, "date_to", integer, request.date_from, None))
        if request.date_to is not None:
            narrowing.append(tantivy.Query.range_query(self._schema, "date_from", integer, None, request.date_to))
        parts = [(MUST, tantivy.Query.const_score_query(one, 0.0)) for one in narrowing]
        if request.query is not None:
            parts.append((MUST, self._compile(request.query, searcher)))
        return tantivy.Query.boolean_query(parts)

    def _compile(self, node: Node, searcher: tantivy.Searcher) -> tantivy.Query:
        match node:
            case Word(exact, folded, marked):
                anywhere = tantivy.Query.boolean_query(
                    [
                        (SHOULD, tantivy.Query.boost_query(self._term("title", folded), TITLE_BOOST)),
                        (SHOULD, self._term("folded", folded)),
                    ]
                )
                return self._both(anywhere, self._unscored(self._term("exact", exact))) if marked else anywhere
            case Prefix(folded):
                words = {
                    word
                    for name in ("folded", "title")
                    for word, _count in searcher.terms_with_prefix(name, folded, limit=PREFIX_WORDS)
                }
                terms = [self._term(name, word) for word in sorted(words) for name in ("folded", "title")]
                return self._either(terms)
            case Phrase(words):
                if len(words) == 1:
                    return self._compile(words[0], searcher)
                run = [word.folded for word in words]
                phrases = [tantivy.Query.phrase_query(self._schema, name, run) for name in ("title", "folded")]  # type: ignore[arg-type]
                found = self._either(phrases)
                for one, two in itertools.pairwise(words):
                    if one.marked and two.marked:
                        pair = tantivy.Query.phrase_query(self._schema, "exact", [one.exact, two.exact])
                        found = self._both(found, self._unscored(pair))
                for word in words:
                    if word.marked:
                        found = self._both(found, self._unscored(self._term("exact", word.exact)))
                return found
            case Not(inner):
                every = tantivy.Query.const_score_query(tantivy.Query.all_query(), 0.0)
                return tantivy.Query.boolean_query([(MUST, every), (MUST_NOT, self._compile(inner, searcher))])
            case All(nodes):
                return tantivy.Query.boolean_query([(MUST, self._compile(one, searcher)) for one in nodes])
            case Either(nodes):
                return self._either([self._compile(one, searcher) for one in nodes])

    def _facets(
        self, request: SearchRequest, searcher: tantivy.Searcher, narrowed: tantivy.Query
    ) -> Mapping[str, list[tuple[str, int]]]:
        if not request.facets:
            return {}
        counted = self._by_facet(self._counts(searcher, narrowed, "facet"))
        for name in request.facets:
            if name in request.filters:
                # Its own filter left out, so that a second value can be chosen.
                counted[name] = self._by_facet(
                    self._counts(searcher, self._query(request, searcher, leaving_out=name), "facet")
                )[name]
        return {name: sorted(counted[name], key=lambda pair: (-pair[1], pair[0])) for name in request.facets}

    @staticmethod
    def _by_facet(counts: Iterable[tuple[str, int]]) -> dict[str, list[tuple[str, int]]]:
        by_name: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for pair, count in counts:
            name, _, value = pair.partition("=")
            by_name[name].append((value, count))
        return by_name

    @staticmethod
    def _counts(searcher: tantivy.Searcher, asked: tantivy.Query, name: str) -> list[tuple[str, int]]:
        asked_for = {"counted": {"terms": {"field": name, "size": MOST_FACET_VALUES}}}
        buckets = searcher.aggregate(asked, asked_for)["counted"]["buckets"]
        return [(bucket["key"], int(bucket["doc_count"])) for bucket in buckets]

    def _term(self, name: str, word: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, name, word)

    def _any(self, name: str, words: Iterable[str]) -> tantivy.Query:
        return tantivy.Query.term_set_query(self._schema, name, list(words))

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
        return tantivy.Query.boolean_query([(SHOULD, query) for query in queries])


def _fields(document: Document) -> tantivy.Document:
    title, body = tokens(document.title), tokens(document.body)
    made = tantivy.Document()
    for name, value in (("key", document.key), ("kind", document.kind), ("audience", document.audience)):
        made.add_text(name, value)
    made.add_text("number", document.number)
    made.add_text("title", " ".join(token.folded for token in title))
    made.add_text("folded", " ".join(token.folded for token in body))
    made.add_text("exact", " ".join([*(token.exact for token in title), GAP, *(token.exact for token in body)]))
    for name, values in document.facets.items():
        for value in values:
            made.add_text("facet", f"{name}={value}")
    if document.date_from is not None:
        made.add_integer("date_from", document.date_from)
    if document.date_to is not None:
        made.add_integer("date_to", document.date_to)
    made.add_integer("by_date", UNDATED if document.date_from is None else document.date_from)
    made.add_float("newest", document.newest)
    return made
