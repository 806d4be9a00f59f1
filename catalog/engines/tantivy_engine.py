"""tantivy in a folder: no server, one host, up to millions of pages (extra `tantivy`).

Our own tokens go in, joined by spaces, so that words are what `rules.text` says they are; the engine only splits at
spaces. What an answer costs grows with what was found and not with what was not: whoever or whatever may not be seen is
left out (there is little of it), rather than the rest asked for; hits are counted once for all facets, and counted by
the fewest words that tell them: what stands in the title stands in `folded` too, and an exact word bears its folded one.
"""

import itertools
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import tantivy

from catalog.engines.generations import Generations
from catalog.engines.interface import (
    Capabilities,
    Document,
    EngineError,
    Facet,
    Hit,
    Progress,
    Results,
    SearchRequest,
    by_count,
    only_once,
)
from catalog.engines.profiles import COLUMNS, MOST_PROFILES, by_facet, column_of, columns_of, profiles
from catalog.engines.tree import All, Dates, Either, Near, Node, Not, Phrase, Prefix, Within, Word
from catalog.engines.tree import Facet as FacetAsked
from catalog.rules.text import analysed

VERSION = 4  # raise when the schema changes: an older index is then not read but rebuilt
HEAP_BYTES = 128_000_000
BATCH = 20_000
LOOKED_THROUGH, MOST_WORDS = 2000, 64
# Stands between title and body, so that no phrase runs from one into the other; no token is this.
GAP = "\u0001"
# Undated things come last in order of date.
UNDATED = 10**9
TITLE_BOOST = 3.0
MUST, SHOULD, MUST_NOT = tantivy.Occur.Must, tantivy.Occur.Should, tantivy.Occur.MustNot


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in ("key", "kind", "audience", "number", "facet", "group", "revision"):
        stored, fast = name in ("key", "revision"), name in ("kind", "number", "group")
        builder.add_text_field(name, stored=stored, fast=fast, tokenizer_name="raw", index_option="basic")
    for name in COLUMNS:
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    for name in ("title", "folded", "exact", "fielded"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
    for name in ("date_from", "date_to", "by_date"):
        builder.add_integer_field(name, indexed=True, fast=True)
    builder.add_float_field("newest", fast=True)
    return builder.build()


class TantivyEngine:
    """One writer at a time; readers see whole commits, which tantivy itself makes durable."""

    capabilities = Capabilities("tantivy", comfortable=None)

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
            columns = self._counts(
                searcher, narrowed, ["kind", *columns_of(request.facets), *(["group"] if request.by_group else [])]
            )
            kinds = dict(columns["kind"])
            total = sum(kinds.values())
            hits = self._hits(request, searcher, self._query(request, searcher, scored=True)) if total else []
            if self._left_out(searcher, "kind", request.kinds):
                every_kind = self._query(request, searcher, leaving_out="kind document")
                kinds = dict(self._counts(searcher, every_kind, ["kind"])["kind"])
            certain: int | None = None
            if request.date_from is not None or request.date_to is not None:
                certain = self._total(searcher, self._query(replace(request, certain=True), searcher))
            groups = {group: count for group, count in columns.get("group", ()) if group in request.groups}
            return Results(
                total=total, hits=hits, kinds=kinds, facets=self._facets(request, searcher, columns), certain=certain, groups=groups,
            )  # fmt: skip
        except EngineError:
            raise
        except Exception as error:
            # A damaged index surfaces as nearly any exception; to the caller all mean "not now".
            raise EngineError(f"{type(error).__name__}: {error}") from error

    def apply(self, replace: Iterable[Document], remove: Iterable[str]) -> None:
        """See Engine."""
        with self._lock:
            self._write(self._generations.current(), replace, remove)

    def rebuild(self, documents: Iterable[Document], progress: Progress | None = None) -> int:
        """See Engine."""
        with self._lock:
            folder, held = self._begun()
            done: list[str] = []
            try:
                writer = tantivy.Index.open(str(folder)).writer(HEAP_BYTES, num_threads=1)
                source = only_once(documents, held, done)
                while batch := list(itertools.islice(source, BATCH)):
                    for document in batch:
                        if document.key in held:
                            writer.delete_documents_by_term("key", document.key)
                        writer.add_document(_fields(document))
                    writer.commit()
                    if progress:
                        progress(len(done))
                for key in held.keys() - set(done):
                    writer.delete_documents_by_term("key", key)
                writer.commit()
                writer.wait_merging_threads()
            except (ValueError, OSError) as error:
                raise EngineError(f"{type(error).__name__}: {error}") from error
            self._generations.take_up(folder)
            self._generations.drop_others(folder)
            self._open = None
        return len(done)

    def revisions(self) -> Iterator[tuple[str, str]]:
        """See Engine."""
        return _revisions(self._searcher())

    def close(self) -> None:
        """See Engine."""
        self._open = None

    def _begun(self) -> tuple[Path, dict[str, str]]:
        """A folder to build in, and what an earlier build that was broken off has put there."""
        if (begun := self._generations.begun()) is not None:
            try:
                return begun, dict(_revisions(tantivy.Index.open(str(begun)).searcher()))
            except Exception:  # noqa: S110
                # Broken off in the middle of being made: begun anew.
                pass
        folder = self._generations.fresh()
        tantivy.Index(self._schema, path=str(folder))
        self._generations.begin(folder)
        return folder, {}

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

    def _hits(self, request: SearchRequest, searcher: tantivy.Searcher, asked: tantivy.Query) -> list[Hit]:
        if not request.limit:
            return []
        order: dict[str, tuple[str, Any]] = {
            "date": ("by_date", tantivy.Order.Asc), "number": ("number", tantivy.Order.Asc), "newest": ("newest", tantivy.Order.Desc),
        }  # fmt: skip
        options: dict[str, Any] = {}
        if request.sort in order:
            options = {"order_by_field": order[request.sort][0], "order": order[request.sort][1]}
        found = searcher.search(asked, limit=request.limit, offset=request.offset, count=False, **options)
        return [
            Hit(searcher.doc(address)["key"][0], float(score) if not options else 0.0) for score, address in found.hits
        ]

    def _query(
        self, request: SearchRequest, searcher: tantivy.Searcher, leaving_out: str = "", *, scored: bool = False
    ) -> tantivy.Query:
        """The request as one query; a part that only narrows does not score. `scored`: for the order of hits, not to count."""
        narrowing = [
            self._any("facet", [f"{name}={value}" for value in values])
            for name, values in request.filters.items()
            if name != leaving_out
        ]
        if request.groups:
            narrowing.append(self._any("group", request.groups))
        narrowing += self._between(request.date_from, request.date_to, certain=request.certain)
        parts = [(MUST, self._unscored(one)) for one in narrowing]
        if request.query is not None:
            parts.append((MUST, self._compile(request.query, searcher, scored=scored and request.sort == "relevance")))
        without = [("audience", self._left_out(searcher, "audience", request.audiences))]
        if leaving_out != "kind document":
            without.append(("kind", self._left_out(searcher, "kind", request.kinds)))
        without += [
            ("facet", [f"{name}={value}" for value in values])
            for name, values in request.excluded.items()
            if name != leaving_out
        ]
        without.append(("key", sorted(request.without)))
        if not parts:
            parts.append((MUST, self._unscored(tantivy.Query.all_query())))
        parts += [(MUST_NOT, self._any(name, words)) for name, words in without if words]
        return tantivy.Query.boolean_query(parts)

    @staticmethod
    def _left_out(searcher: tantivy.Searcher, name: str, wanted: Collection[str]) -> list[str]:
        """The other values of a column that has few: what must not be found."""
        return [word for word, _count in searcher.terms_with_prefix(name, "", limit=1000) if word not in wanted]

    def _between(self, first: int | None, last: int | None, *, certain: bool) -> list[tantivy.Query]:
        integer = tantivy.FieldType.Integer
        from_, to = ("date_from", "date_to") if certain else ("date_to", "date_from")
        ranges = []
        if first is not None:
            ranges.append(tantivy.Query.range_query(self._schema, from_, integer, first, None))
        elif certain:
            ranges.append(tantivy.Query.range_query(self._schema, from_, integer, -UNDATED, None))
        if last is not None:
            ranges.append(tantivy.Query.range_query(self._schema, to, integer, None, last))
        return ranges

    def _compile(self, node: Node, searcher: tantivy.Searcher, *, scored: bool = False) -> tantivy.Query:
        match node:
            case Word(exact, folded, marked):
                borne = self._term("exact", exact) if marked else self._term("folded", folded)
                return self._titled(borne, self._term("title", folded)) if scored else borne
            case Prefix(folded):
                # Of so many words each weighs the same.
                words = self._beginning(searcher, "folded", folded, MOST_WORDS)
                borne = tantivy.Query.term_set_query(self._schema, "folded", words)
                if not words or not scored:
                    return borne
                return self._titled(borne, tantivy.Query.term_set_query(self._schema, "title", words))
            case Near(folded):
                borne, titled = (
                    tantivy.Query.regex_query(self._schema, name, _near(folded)) for name in ("folded", "title")
                )
                return self._titled(borne, titled) if scored else borne
            case Within(field, inner):
                return (
                    self._compile(inner, searcher, scored=scored)
                    if field == "text"
                    else self._within(field, inner, searcher)
                )
            case FacetAsked(name, value):
                return self._unscored(self._any("facet", [f"{name}={value}"]))
            case Dates(first, last):
                days = [day.toordinal() if day else None for day in (first, last)]
                between = self._between(days[0], days[1], certain=False)
                return tantivy.Query.boolean_query([(MUST, self._unscored(one)) for one in between])
            case Phrase(words):
                if len(words) == 1:
                    return self._compile(words[0], searcher, scored=scored)
                run = [word.folded for word in words]
                if all(word.marked for word in words):
                    found = self._phrase("exact", [word.exact for word in words])
                else:
                    found = self._phrase("folded", run)
                    for one, two in itertools.pairwise(words):
                        if one.marked and two.marked:
                            found = self._both(found, self._unscored(self._phrase("exact", [one.exact, two.exact])))
                    for word in words:
                        if word.marked:
                            found = self._both(found, self._unscored(self._term("exact", word.exact)))
                return self._titled(found, self._phrase("title", run)) if scored else found
            case Not(inner):
                every = tantivy.Query.const_score_query(tantivy.Query.all_query(), 0.0)
                return tantivy.Query.boolean_query([(MUST, every), (MUST_NOT, self._compile(inner, searcher))])
            case All(nodes):
                return tantivy.Query.boolean_query(
                    [(MUST, self._compile(one, searcher, scored=scored)) for one in nodes]
                )
            case Either(nodes):
                return self._either([self._compile(one, searcher, scored=scored) for one in nodes])

    def _within(self, field: str, node: Node, searcher: tantivy.Searcher) -> tantivy.Query:
        """Words of one field stand in `fielded` as `field=word` and `field==word`, in their order."""
        match node:
            case Word(exact, folded, marked):
                return self._unscored(self._term("fielded", f"{field}=={exact}" if marked else f"{field}={folded}"))
            case Phrase(words):
                run = [f"{field}={word.folded}" for word in words]
                found = self._unscored(tantivy.Query.phrase_query(self._schema, "fielded", run))  # type: ignore[arg-type]
                for word in words:
                    if word.marked:
                        found = self._both(found, self._within(field, word, searcher))
                return found
            case Prefix(folded):
                words_ = self._beginning(searcher, "fielded", f"{field}={folded}", MOST_WORDS)
                return self._unscored(self._either([self._term("fielded", word) for word in words_]))
            case Near(folded):
                return self._unscored(tantivy.Query.regex_query(self._schema, "fielded", f"{field}={_near(folded)}"))
            case _:
                return self._compile(node, searcher)

    @staticmethod
    def _beginning(searcher: tantivy.Searcher, name: str, prefix: str, limit: int) -> list[str]:
        found = searcher.terms_with_prefix(name, prefix, limit=LOOKED_THROUGH)
        return [word for word, _count in sorted(found, key=lambda pair: (-pair[1], pair[0]))[:limit]]

    def _total(self, searcher: tantivy.Searcher, asked: tantivy.Query) -> int:
        return sum(count for _kind, count in self._counts(searcher, asked, ["kind"])["kind"])

    def _facets(
        self, request: SearchRequest, searcher: tantivy.Searcher, columns: Mapping[str, list[tuple[str, int]]]
    ) -> Mapping[str, Facet]:
        counted = by_facet(pair for column in columns_of(request.facets) for pair in columns[column])
        for name in request.facets:
            if name in request.filters or name in request.excluded:
                # Its own filter left out, so that a second value can be chosen.
                column = column_of(name)
                wider = self._counts(searcher, self._query(request, searcher, leaving_out=name), [column])
                counted[name] = by_facet(wider[column])[name]
        return {name: by_count(counted[name].items()) for name in request.facets}

    @staticmethod
    def _counts(
        searcher: tantivy.Searcher, asked: tantivy.Query, names: Iterable[str]
    ) -> dict[str, list[tuple[str, int]]]:
        """How many of what was found bear each value of some columns, counted at once."""
        wanted = {name: {"terms": {"field": name, "size": MOST_PROFILES}} for name in names}
        answer = searcher.aggregate(asked, wanted)
        return {
            name: [(bucket["key"], int(bucket["doc_count"])) for bucket in answer[name]["buckets"]] for name in wanted
        }

    def _term(self, name: str, word: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, name, word)

    def _any(self, name: str, words: Iterable[str]) -> tantivy.Query:
        # Not a set of terms: that looks at every document that bears any of them, whatever else is asked.
        return self._either([self._term(name, word) for word in words])

    def _phrase(self, name: str, words: list[str]) -> tantivy.Query:
        return tantivy.Query.phrase_query(self._schema, name, words)  # type: ignore[arg-type]

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


def _revisions(searcher: tantivy.Searcher) -> Iterator[tuple[str, str]]:
    if searcher.num_docs == 0:
        return
    found = searcher.search(tantivy.Query.all_query(), limit=searcher.num_docs, count=False)
    for _score, address in found.hits:
        document = searcher.doc(address)
        yield document["key"][0], document["revision"][0]


def _near(word: str) -> str:
    """A pattern of the words at most one letter away from `word` (letters and digits), the first letter the same."""
    spots = range(1, len(word) + 1)
    changed = [f"{word[:at]}.?{word[at + 1 :]}" for at in spots if at < len(word)]
    return "(" + "|".join([*changed, *(f"{word[:at]}.{word[at:]}" for at in spots)]) + ")"


def _fields(document: Document) -> tantivy.Document:
    title_exact, title_folded = analysed(document.title)
    body_exact, body_folded = analysed(document.body)
    made = tantivy.Document()
    made.add_text("key", document.key)
    made.add_text("revision", document.revision)
    made.add_text("kind", document.kind)
    made.add_text("audience", document.audience)
    made.add_text("number", document.number)
    made.add_text("group", document.group)
    made.add_text("title", " ".join(title_folded))
    made.add_text("folded", " ".join([*title_folded, GAP, *body_folded]))
    made.add_text("exact", " ".join([*title_exact, GAP, *body_exact]))
    if fielded := [*_fielded("title", title_exact, title_folded), *_named(document.fields)]:
        made.add_text("fielded", " ".join(fielded))
    for name, values in document.facets.items():
        for value in values:
            made.add_text("facet", f"{name}={value}")
    for column, profile in profiles(document.facets).items():
        made.add_text(column, profile)
    if document.date_from is not None:
        made.add_integer("date_from", document.date_from)
    if document.date_to is not None:
        made.add_integer("date_to", document.date_to)
    made.add_integer("by_date", UNDATED if document.date_from is None else document.date_from)
    made.add_float("newest", document.newest)
    return made


def _named(fields: Mapping[str, str]) -> Iterator[str]:
    for name, text in fields.items():
        exact, folded = analysed(text)
        yield from _fielded(name, exact, folded)


def _fielded(name: str, exact: list[str], folded: list[str]) -> list[str]:
    return [*(f"{name}={word}" for word in folded), GAP, *(f"{name}=={word}" for word in exact), GAP]
