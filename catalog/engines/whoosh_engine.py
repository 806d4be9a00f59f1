"""The default engine: Whoosh-Reloaded 2.7.5, pure Python.

It stays the default because it needs nothing besides Python, and archives begin small. It is frozen: maintained, but
not tuned any more; an archive that needs more sets SEARCH_ENGINE to another engine. Why: docs/decisions/0009.

Whoosh stores the terms and the documents of each; it does not store the text. Which documents have a term is read once
and cached while the index is unchanged (`_OpenIndex.term_counts`). Combining, counting and ranking are our own code
(columns.py), so that neither a common word nor an OR of ANDs (on which Whoosh 2.7.4 hangs, whoosh-community 446) is
expensive. Scores are those of BM25. Word positions are stored as pairs of neighbouring words: for a phrase of three
words or more, a document is found if it has each pair somewhere.
"""

import contextlib
import heapq
import itertools
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from math import log
from pathlib import Path
from typing import Any, TypeVar
from zlib import crc32

from whoosh import index
from whoosh.analysis import SpaceSeparatedTokenizer
from whoosh.fields import ID, KEYWORD, STORED, TEXT, Schema

from catalog.engines.columns import BitSet, Columns, NarrowedSet, Row, set_of
from catalog.engines.generations import Generations, flush_files
from catalog.engines.interface import (
    Capabilities,
    Document,
    EngineError,
    Hit,
    Progress,
    Results,
    SearchRequest,
    changed_documents,
)
from catalog.engines.tree import All, Dates, Either, Facet, Near, Node, Not, Phrase, Prefix, Within, Word
from catalog.engines.whoosh_files import Files
from catalog.rules.shortcuts import LETTERS, beginnings_of
from catalog.rules.text import bigrams, exact_and_folded

VERSION = 6  # raise when the schema changes: an older index is then not read but rebuilt
BATCH = 5000
TITLE_COUNTS = 3
MOST_EXPANDED, MOST_WORDS = 2000, 64
# Occurrences are counted only of terms in at most this many documents, or in one of twenty; of more common terms the
# number says next to nothing.
COUNTED_UP_TO = 2000
CACHE_BYTES = 64_000_000
CHECK_SECONDS = 0.25
T = TypeVar("T")


def _schema() -> Schema:
    # Pickled with the index, so it has only classes of Whoosh: an index must survive changes of our code.
    words = TEXT(analyzer=SpaceSeparatedTokenizer(), phrase=False)
    terms = KEYWORD(scorable=False)
    return Schema(key=ID(unique=True), folded=words, exact=terms, pairs=terms, begins=terms, fielded=terms, row=STORED)


class OutOfTime(Exception):
    """The time for an answer is over."""


class WhooshEngine:
    """Whoosh in a folder. One writer at a time; readers see complete commits."""

    capabilities = Capabilities("whoosh", comfortable=60_000, deadline=True)

    def __init__(self, folder: Path) -> None:
        """folder: of the indexes; each is a folder within it, named by version and generation."""
        self._generations = Generations(folder, "whoosh", VERSION)
        self._write_lock = threading.Lock()
        self._open_lock = threading.Lock()
        self._open: _OpenIndex | None = None

    def search(self, request: SearchRequest) -> Results:
        """See Engine."""
        return self._translate_errors(lambda: _Answer(self._opened(), request).results())

    def apply(self, replace: Iterable[Document], remove: Iterable[str]) -> None:
        """See Engine."""
        with self._write_lock:
            self._write(self._generations.current(), replace, remove)

    def rebuild(self, documents: Iterable[Document], progress: Progress | None = None) -> int:
        """See Engine."""
        with self._write_lock:
            folder, indexed = self._folder_to_build()
            keys: list[str] = []
            source = changed_documents(documents, indexed, keys)
            while batch := list(itertools.islice(source, BATCH)):
                self._write(folder, batch, [], merge=False, are_new=not indexed)
                if progress:
                    progress(len(keys))
            if outdated := indexed.keys() - set(keys):
                self._write(folder, [], outdated)
            self._generations.activate(folder)
            self._generations.drop_others(folder)
        return len(keys)

    def revisions(self) -> Iterator[tuple[str, str]]:
        """See Engine."""
        rows = self._translate_errors(lambda: self._opened().columns.rows)
        return ((row.key, row.revision) for row in rows if row)

    def close(self) -> None:
        """See Engine."""
        with self._open_lock:
            if self._open is not None:
                self._open.close()
            self._open = None

    def _folder_to_build(self) -> tuple[Path, dict[str, str]]:
        """A folder to build in, and the revisions by key of what an interrupted build has written there."""
        if (folder := self._generations.interrupted()) is not None:
            try:
                rows = _OpenIndex(folder, None).columns.rows
                return folder, {row.key: row.revision for row in rows if row}
            except Exception:  # noqa: S110
                # Interrupted in the middle of a write: start again.
                pass
        folder = self._fresh_folder()
        self._generations.start_building(folder)
        return folder, {}

    def _fresh_folder(self) -> Path:
        folder = self._generations.new_folder()
        index.create_in(str(folder), _schema())
        return folder

    def _write(
        self,
        folder: Path,
        replace: Iterable[Document],
        remove: Iterable[str],
        *,
        merge: bool = True,
        are_new: bool = False,
    ) -> None:
        """are_new: none of the documents is in the index, so that old versions need not be looked for."""
        started = time.time()
        try:
            writer = Files(str(folder)).open_index(schema=_schema()).writer(limitmb=256)
        except Exception as error:
            raise EngineError(f"{type(error).__name__}: {error}") from error
        try:
            for key in remove:
                writer.delete_by_term("key", key)
            documents = list(replace)
            if not are_new:
                # Whoosh's own update_document opens a searcher for every document.
                for document in documents:
                    writer.delete_by_term("key", document.key)
            for document in documents:
                writer.add_document(**_fields(document))
            writer.commit(merge=merge)
            # Whoosh never calls fsync (docs/field/search.md, Safety on disk).
            flush_files(folder, started)
        except Exception as error:
            with contextlib.suppress(Exception):  # it may be the writer itself that broke
                writer.cancel()
            raise EngineError(f"{type(error).__name__}: {error}") from error
        if self._open is not None:
            self._open.checked_at = 0.0

    def _opened(self) -> "_OpenIndex":
        folder = self._generations.current()
        current = self._open
        if current is not None and current.folder == folder and time.monotonic() - current.checked_at < CHECK_SECONDS:
            return current
        with self._open_lock:
            current = self._open
            if current is None or current.folder != folder:
                current = _OpenIndex(folder, None)
            elif current.searcher.up_to_date():
                current.checked_at = time.monotonic()
            else:
                current = _OpenIndex(folder, current)
            self._open = current
            return current

    @staticmethod
    def _translate_errors(call: Callable[[], T]) -> T:
        try:
            return call()
        except EngineError:
            raise
        except Exception as error:
            # A damaged index raises nearly any exception; for the caller all mean "not now".
            raise EngineError(f"{type(error).__name__}: {error}") from error


class _OpenIndex:
    """One state of the index, opened: its columns, and a cache of the documents that have a term."""

    def __init__(self, folder: Path, previous: "_OpenIndex | None") -> None:
        self.folder = folder
        self.checked_at = time.monotonic()
        # Not `refresh`: it keeps the readers of unchanged segments, which don't know what was deleted since.
        self.searcher: Any = Files(str(folder)).open_index(schema=_schema()).searcher()
        # The searcher is closed when the last search that uses it ends, not at the next run of the garbage collector.
        self.close = weakref.finalize(self, self.searcher.close)
        reader = self.searcher.reader()
        # A segment never changes except for deletions: its rows are read once.
        self._segments: dict[str, list[Row]] = {}
        rows: list[Row | None] = []
        for segment_reader, _offset in reader.leaf_readers():
            segment_id = segment_reader.segment().segment_id()
            segment_rows = previous._segments.get(segment_id) if previous else None
            if segment_rows is None:
                segment_rows = [
                    Row(**segment_reader.stored_fields(number)["row"])
                    for number in range(segment_reader.doc_count_all())
                ]
            self._segments[segment_id] = segment_rows
            rows += (
                [None if segment_reader.is_deleted(number) else row for number, row in enumerate(segment_rows)]
                if segment_reader.has_deletions()
                else segment_rows
            )
        self.columns = Columns(rows)
        self._term_cache: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._max_cached = max(16, CACHE_BYTES // max(1, self.columns.size))
        self._lock = threading.Lock()

    def term_counts(self, field: str, word: str, deadline: float) -> bytes:
        """How often each document has `word`, one byte per document, at least 1 if it has it. Raises OutOfTime."""
        with self._lock:
            if (cached := self._term_cache.get((field, word))) is not None:
                self._term_cache.move_to_end((field, word))
                return cached
        counts = bytearray(self.columns.size)
        frequency = self.searcher.reader().doc_frequency(field, word) if field in ("folded", "exact") else 0
        is_counted = 0 < frequency <= max(COUNTED_UP_TO, self.columns.size / 20)
        for matcher, first in self._postings(field, word):
            if is_counted:
                while matcher.is_active():
                    counts[first + matcher.id()] = min(255, int(matcher.weight()))
                    matcher.next()
            else:
                for number in matcher.all_ids():
                    counts[first + number] = 1
            if time.monotonic() > deadline:
                raise OutOfTime
        return self._cache((field, word), bytes(counts))

    def any_term_counts(self, cache_key: str, words: list[str], deadline: float) -> bytes:
        """1 for each document that has any of `words`, one byte per document. cache_key: under which the result is
        cached. Raises OutOfTime."""
        with self._lock:
            if (cached := self._term_cache.get(("any", cache_key))) is not None:
                self._term_cache.move_to_end(("any", cache_key))
                return cached
        flags = bytearray(self.columns.size)
        for word in words:
            for matcher, first in self._postings("folded", word):
                for number in matcher.all_ids():
                    flags[first + number] = 1
            if time.monotonic() > deadline:
                raise OutOfTime
        return self._cache(("any", cache_key), bytes(flags))

    def _postings(self, field: str, word: str) -> Iterator[tuple[Any, int]]:
        """A matcher of each segment that has the word, with the number of the first document of the segment. The one
        combined matcher that a searcher returns would take twice as long."""
        for segment_reader, first in self.searcher.reader().leaf_readers():
            if (field, word) in segment_reader:
                yield segment_reader.postings(field, word), first

    def _cache(self, key: tuple[str, str], counts: bytes) -> bytes:
        with self._lock:
            self._term_cache[key] = counts
            while len(self._term_cache) > self._max_cached:
                self._term_cache.popitem(last=False)
        return counts

    def words_with_prefix(self, prefix: str, limit: int) -> list[str]:
        """Folded words that begin with `prefix`, the most frequent first."""
        reader = self.searcher.reader()
        words = [term.decode() for term in itertools.islice(reader.expand_prefix("folded", prefix), MOST_EXPANDED)]
        return self._most_frequent(words, limit)

    def words_near(self, word: str, limit: int) -> list[str]:
        """Folded words at most one letter away, with the same first letter, the most frequent first."""
        reader = self.searcher.reader()
        return self._most_frequent(
            itertools.islice(reader.terms_within("folded", word, 1, prefix=1), MOST_EXPANDED), limit
        )

    def _most_frequent(self, words: Iterable[str], limit: int) -> list[str]:
        reader = self.searcher.reader()
        return heapq.nsmallest(limit, words, key=lambda word: (-reader.doc_frequency("folded", word), word))


class _Answer:
    """The answer to one request while it is computed."""

    def __init__(self, opened: _OpenIndex, request: SearchRequest) -> None:
        self.opened = opened
        self.columns = opened.columns
        self.request = request
        self.deadline = time.monotonic() + request.seconds
        self.complete = True
        self.scoring: list[tuple[bytes, float]] = []

    def results(self) -> Results:
        try:
            matching = (
                self.columns.alive if self.request.query is None else self._matching(self.request.query, scoring=True)
            )
        except OutOfTime:
            # A result from only some of the words would be wrong.
            return Results(0, [], {}, {}, complete=False)
        narrowed = NarrowedSet(self.columns, self.request, matching & self.columns.alive)
        return Results(
            total=narrowed.documents.bit_count(),
            hits=self._hits(narrowed.documents),
            kinds={
                kind: count
                for kind, count in self.columns.counts("kind", narrowed.without_filter("kind document"))
                if count
            },
            facets=narrowed.facets(),
            certain=narrowed.certain(),
            groups=self.columns.group_counts(self.request.groups, narrowed.documents) if self.request.by_group else {},
        )

    def _hits(self, documents: BitSet) -> list[Hit]:
        if not self.request.limit or not documents:
            return []
        flags = documents.to_bytes(self.columns.size, "little")
        first, last = self.request.offset, self.request.offset + self.request.limit
        rows = self.columns.rows
        if self.request.sort == "relevance" and self.scoring:
            scored = self._scores(flags)
            ranked = heapq.nsmallest(last, ((-score, number) for number, score in scored))
            return [Hit(row.key, -score) for score, number in ranked[first:] if (row := rows[number])]
        order = self.columns.order("number" if self.request.sort == "relevance" else self.request.sort)
        numbers = itertools.islice(itertools.compress(order, map(flags.__getitem__, order)), first, last)
        return [Hit(row.key, 0.0) for number in numbers if (row := rows[number])]

    def _scores(self, flags: bytes) -> Iterator[tuple[int, float]]:
        numbers = list(itertools.compress(range(self.columns.size), flags))
        length_factors = self.columns.length_factors
        scores = [0.0] * len(numbers)
        for term_counts, rarity in self.scoring:
            gain = 2.2 * rarity
            scores = [
                score + gain * tf / (tf + length_factors[number]) if (tf := term_counts[number]) else score
                for score, number in zip(scores, numbers, strict=True)
            ]
        return zip(numbers, scores, strict=True)

    def _matching(self, node: Node, *, scoring: bool) -> BitSet:
        match node:
            case Word(exact, folded, marked):
                documents = self._with_term("folded", folded, scoring=scoring)
                return documents & self._with_term("exact", exact) if marked else documents
            case Prefix(folded) if len(folded) == LETTERS:
                if scoring:
                    self._with_term("begins", f"^{folded}", scoring=True)
                return self._with_term("begins", folded, scoring=scoring)
            case Prefix(folded):
                return self._with_any(f"{folded}*", self.opened.words_with_prefix(folded, MOST_WORDS), scoring=scoring)
            case Near(folded):
                return self._with_any(f"{folded}~", self.opened.words_near(folded, MOST_WORDS), scoring=scoring)
            case Phrase(words):
                return self._matching_phrase(words, scoring=scoring)
            case Within(field, inner):
                return (
                    self._matching(inner, scoring=scoring) if field == "text" else self._matching_in_field(field, inner)
                )
            case Facet(name, value):
                return self.columns.any_of(f"facet {name}", [value])
            case Dates(first, last):
                days = [day.toordinal() if day else None for day in (first, last)]
                return self.columns.between(days[0], days[1], certain=False)
            case Not(inner):
                return self.columns.alive & ~self._matching(inner, scoring=False)
            case All(nodes):
                documents = self.columns.alive
                for child in nodes:
                    documents &= self._matching(child, scoring=scoring)
                return documents
            case Either(nodes):
                documents = 0
                for child in nodes:
                    documents |= self._matching(child, scoring=scoring)
                return documents

    def _matching_phrase(self, words: tuple[Word, ...], *, scoring: bool) -> BitSet:
        documents = self.columns.alive
        for word in words:
            documents &= self._matching(word, scoring=scoring)
        for pair in _pair_terms([word.folded for word in words]):
            documents &= self._with_term("pairs", pair)
        return documents

    def _matching_in_field(self, field: str, node: Node) -> BitSet:
        match node:
            case Word(exact, folded, marked):
                return self._with_term("fielded", f"{field}=={exact}" if marked else f"{field}={folded}")
            case Phrase(words):
                documents = self.columns.alive
                for word, next_word in itertools.pairwise(words):
                    pair = (
                        f"=={word.exact}_{next_word.exact}"
                        if word.marked and next_word.marked
                        else f"={word.folded}_{next_word.folded}"
                    )
                    documents &= self._with_term("fielded", field + pair)
                return documents
            case Prefix(folded) | Near(folded):
                terms = (
                    self.opened.words_with_prefix(folded, MOST_WORDS)
                    if isinstance(node, Prefix)
                    else self.opened.words_near(folded, MOST_WORDS)
                )
                documents = 0
                for term in terms:
                    documents |= self._with_term("fielded", f"{field}={term}")
                return documents
            case _:
                return self._matching(node, scoring=False)

    def _with_term(self, field: str, word: str, *, scoring: bool = False) -> BitSet:
        if time.monotonic() > self.deadline:
            raise OutOfTime
        term_counts = self.opened.term_counts(field, word, self.deadline)
        documents = set_of(term_counts.translate(TO_FLAGS))
        if scoring and documents:
            self.scoring.append((term_counts, self._rarity(documents.bit_count())))
        return documents

    def _with_any(self, cache_key: str, words: list[str], *, scoring: bool) -> BitSet:
        if time.monotonic() > self.deadline:
            raise OutOfTime
        term_flags = self.opened.any_term_counts(cache_key, words, self.deadline)
        documents = set_of(term_flags)
        if scoring and documents:
            self.scoring.append((term_flags, self._rarity(documents.bit_count())))
        return documents

    def _rarity(self, count: int) -> float:
        return log(1 + (self.columns.size - count + 0.5) / (count + 0.5))


TO_FLAGS = bytes([0, *[1] * 255])


def _fields(document: Document) -> dict[str, Any]:
    title_exact, title_folded = exact_and_folded(document.title)
    body_exact, body_folded = exact_and_folded(document.body)
    pairs = dict.fromkeys([*_pair_terms(title_folded), *_pair_terms(body_folded)])
    fielded: dict[str, None] = {}
    for name, text in (("title", document.title), *document.fields.items()):
        exact, folded = exact_and_folded(text)
        for terms, sign in ((folded, "="), (exact, "==")):
            fielded.update(dict.fromkeys(f"{name}{sign}{word}" for word in (*terms, *bigrams(terms))))
    return {
        "key": document.key,
        # Whoosh takes lists unchanged; it would split a text into words again.
        "folded": [*title_folded * TITLE_COUNTS, *body_folded],
        "exact": list(dict.fromkeys([*title_exact, *body_exact])),
        "pairs": list(pairs),
        "begins": list(beginnings_of(title_folded, body_folded)),
        "fielded": list(fielded),
        "row": {
            "key": document.key,
            "kind": document.kind,
            "audience": document.audience,
            "facets": dict(document.facets),
            "date_from": document.date_from,
            "date_to": document.date_to,
            "number": document.number,
            "newest": document.newest,
            "group": document.group,
            "above": document.above,
            "revision": document.revision,
            "length": len(title_folded) * TITLE_COUNTS + len(body_folded),
        },
    }


def _pair_terms(words: list[str]) -> list[str]:
    """Each pair of neighbouring words, hashed to one of 262,144 terms.

    Most pairs of a language occur in only one document, and every term has a cost in Whoosh. Of the documents that have
    all words of a phrase, but nowhere next to each other, one in a thousand is found nevertheless.
    """
    return [f"{crc32(pair.encode()) & 0x3FFFF:05x}" for pair in bigrams(words)]
