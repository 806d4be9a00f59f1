"""The default engine: Whoosh-Reloaded 2.7.5, pure Python, public interface only.

Whoosh keeps the words and where they stand; nothing of the text is stored. Which documents bear a word is read from it
once and remembered for as long as the index stands (`_Open.leaf`); joining, counting and ranking are ours (columns.py),
so that neither a common word nor an OR of ANDs (on which Whoosh 2.7.4 hangs, whoosh-community 446) costs more than
its letters. Scores are BM25's. Where words stand is kept as pairs of neighbours: of three words and more, a document is
found that has each pair somewhere.

Frozen: kept in order and no longer tuned. Whoever needs more sets another engine (docs/decisions/0009).
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

from catalog.engines.columns import Columns, Narrowed, Row, Set, set_of
from catalog.engines.generations import Generations, flush_files
from catalog.engines.interface import (
    Capabilities,
    Document,
    EngineError,
    Hit,
    Progress,
    Results,
    SearchRequest,
    only_once,
)
from catalog.engines.tree import All, Dates, Either, Facet, Near, Node, Not, Phrase, Prefix, Within, Word
from catalog.engines.whoosh_files import Files
from catalog.rules.shortcuts import LETTERS, beginnings_of
from catalog.rules.text import bigrams, exact_and_folded

VERSION = 6  # raise when the schema changes: an older index is then not read but rebuilt
BATCH = 5000
TITLE_COUNTS = 3
LOOKED_THROUGH, MOST_WORDS = 2000, 64
# Of words that more documents than this bear, and one in twenty, how often a document bears them tells next to nothing.
COMMON = 2000
REMEMBERED_BYTES = 64_000_000
FRESH_SECONDS = 0.25
T = TypeVar("T")


def _schema() -> Schema:
    # Pickled with the index: Whoosh's own classes only, so that no move of ours can break a standing index.
    words = TEXT(analyzer=SpaceSeparatedTokenizer(), phrase=False)
    terms = KEYWORD(scorable=False)
    return Schema(key=ID(unique=True), folded=words, exact=terms, pairs=terms, begins=terms, fielded=terms, row=STORED)


class OutOfTime(Exception):
    """The time for an answer is over."""


class WhooshEngine:
    """Whoosh in a folder. One writer at a time; readers see whole commits."""

    capabilities = Capabilities("whoosh", comfortable=60_000, deadline=True)

    def __init__(self, folder: Path) -> None:
        """folder: where indexes live; each is a folder within it, named by version and generation."""
        self._generations = Generations(folder, "whoosh", VERSION)
        self._writing = threading.Lock()
        self._opening = threading.Lock()
        self._open: _Open | None = None

    def search(self, request: SearchRequest) -> Results:
        """See Engine."""
        return self._asked(lambda: _Answer(self._opened(), request).results())

    def apply(self, replace: Iterable[Document], remove: Iterable[str]) -> None:
        """See Engine."""
        with self._writing:
            self._write(self._generations.current(), replace, remove)

    def rebuild(self, documents: Iterable[Document], progress: Progress | None = None) -> int:
        """See Engine."""
        with self._writing:
            folder, held = self._begun()
            done: list[str] = []
            source = only_once(documents, held, done)
            while batch := list(itertools.islice(source, BATCH)):
                self._write(folder, batch, [], merge=False, new=not held)
                if progress:
                    progress(len(done))
            if spare := held.keys() - set(done):
                self._write(folder, [], spare)
            self._generations.take_up(folder)
            self._generations.drop_others(folder)
        return len(done)

    def revisions(self) -> Iterator[tuple[str, str]]:
        """See Engine."""
        rows = self._asked(lambda: self._opened().columns.rows)
        return ((row.key, row.revision) for row in rows if row)

    def close(self) -> None:
        """See Engine."""
        with self._opening:
            if self._open is not None:
                self._open.close()
            self._open = None

    def _begun(self) -> tuple[Path, dict[str, str]]:
        """A folder to build in, and what an earlier build that was broken off has put there."""
        if (begun := self._generations.begun()) is not None:
            try:
                rows = _Open(begun, None).columns.rows
                return begun, {row.key: row.revision for row in rows if row}
            except Exception:  # noqa: S110
                # Broken off in the middle of a write: begun anew.
                pass
        folder = self._fresh_folder()
        self._generations.begin(folder)
        return folder, {}

    def _fresh_folder(self) -> Path:
        folder = self._generations.fresh()
        index.create_in(str(folder), _schema())
        return folder

    def _write(
        self, folder: Path, replace: Iterable[Document], remove: Iterable[str], *, merge: bool = True, new: bool = False
    ) -> None:
        """`new`: none of the documents stands in the index, so that it need not be asked about each."""
        began = time.time()
        try:
            writer = Files(str(folder)).open_index(schema=_schema()).writer(limitmb=256)
        except Exception as error:
            raise EngineError(f"{type(error).__name__}: {error}") from error
        try:
            for key in remove:
                writer.delete_by_term("key", key)
            documents = list(replace)
            if not new:
                # Whoosh's own update_document opens a searcher for every document.
                for document in documents:
                    writer.delete_by_term("key", document.key)
            for document in documents:
                writer.add_document(**_fields(document))
            writer.commit(merge=merge)
            # Whoosh never asks the disk whether it has it (search notes, 3.4).
            flush_files(folder, began)
        except Exception as error:
            with contextlib.suppress(Exception):  # it may be the writer itself that broke
                writer.cancel()
            raise EngineError(f"{type(error).__name__}: {error}") from error
        if self._open is not None:
            self._open.looked_at = 0.0

    def _opened(self) -> "_Open":
        folder = self._generations.current()
        standing = self._open
        if standing is not None and standing.folder == folder and time.monotonic() - standing.looked_at < FRESH_SECONDS:
            return standing
        with self._opening:
            standing = self._open
            if standing is None or standing.folder != folder:
                standing = _Open(folder, None)
            elif standing.searcher.up_to_date():
                standing.looked_at = time.monotonic()
            else:
                standing = _Open(folder, standing)
            self._open = standing
            return standing

    @staticmethod
    def _asked(act: Callable[[], T]) -> T:
        try:
            return act()
        except EngineError:
            raise
        except Exception as error:
            # A damaged index surfaces as nearly any exception; to the caller all mean "not now".
            raise EngineError(f"{type(error).__name__}: {error}") from error


class _Open:
    """One state of the index, opened: its columns, and which documents bear the words asked for so far."""

    def __init__(self, folder: Path, before: "_Open | None") -> None:
        self.folder = folder
        self.looked_at = time.monotonic()
        # Not `refresh`: it keeps readers of segments that still stand, and they know nothing of what was deleted since.
        self.searcher: Any = Files(str(folder)).open_index(schema=_schema()).searcher()
        # What it maps is let go with the last search in it, not when Python next looks for rings.
        self.close = weakref.finalize(self, self.searcher.close)
        reader = self.searcher.reader()
        # Segments never change but for deletions: what was read of one is kept as long as it stands.
        self._segments: dict[str, list[Row]] = {}
        rows: list[Row | None] = []
        for leaf, _offset in reader.leaf_readers():
            name = leaf.segment().segment_id()
            read = before._segments.get(name) if before else None
            if read is None:
                read = [Row(**leaf.stored_fields(at)["row"]) for at in range(leaf.doc_count_all())]
            self._segments[name] = read
            rows += (
                [None if leaf.is_deleted(at) else row for at, row in enumerate(read)] if leaf.has_deletions() else read
            )
        self.columns = Columns(rows)
        self._leaves: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._most = max(16, REMEMBERED_BYTES // max(1, self.columns.size))
        self._lock = threading.Lock()

    def leaf(self, field: str, word: str, until: float) -> bytes:
        """For each document how often it bears `word` (a byte each; at least 1 where it does). Raises OutOfTime."""
        with self._lock:
            if (known := self._leaves.get((field, word))) is not None:
                self._leaves.move_to_end((field, word))
                return known
        flags = bytearray(self.columns.size)
        often = self.searcher.reader().doc_frequency(field, word) if field in ("folded", "exact") else 0
        counted = 0 < often <= max(COMMON, self.columns.size / 20)
        for matcher, first in self._postings(field, word):
            if counted:
                while matcher.is_active():
                    flags[first + matcher.id()] = min(255, int(matcher.weight()))
                    matcher.next()
            else:
                for at in matcher.all_ids():
                    flags[first + at] = 1
            if time.monotonic() > until:
                raise OutOfTime
        return self._remembered((field, word), bytes(flags))

    def any_leaf(self, asked: str, words: list[str], until: float) -> bytes:
        """For each document 1 where it bears any of `words`; `asked` is what they were looked up for. Raises
        OutOfTime."""
        with self._lock:
            if (known := self._leaves.get(("any", asked))) is not None:
                self._leaves.move_to_end(("any", asked))
                return known
        flags = bytearray(self.columns.size)
        for word in words:
            for matcher, first in self._postings("folded", word):
                for at in matcher.all_ids():
                    flags[first + at] = 1
            if time.monotonic() > until:
                raise OutOfTime
        return self._remembered(("any", asked), bytes(flags))

    def _postings(self, field: str, word: str) -> Iterator[tuple[Any, int]]:
        """A matcher of each segment that has the word, with the number of the segment's first document. Joined into
        one, as a searcher gives them, each of a word's thousands of places would cost twice as much."""
        for leaf, first in self.searcher.reader().leaf_readers():
            if (field, word) in leaf:
                yield leaf.postings(field, word), first

    def _remembered(self, key: tuple[str, str], found: bytes) -> bytes:
        with self._lock:
            self._leaves[key] = found
            while len(self._leaves) > self._most:
                self._leaves.popitem(last=False)
        return found

    def beginning(self, prefix: str, limit: int) -> list[str]:
        """Folded words beginning so, the most frequent first."""
        reader = self.searcher.reader()
        words = [term.decode() for term in itertools.islice(reader.expand_prefix("folded", prefix), LOOKED_THROUGH)]
        return self._most_frequent(words, limit)

    def near(self, word: str, limit: int) -> list[str]:
        """Folded words at most one letter away, the first letter the same, the most frequent first."""
        reader = self.searcher.reader()
        return self._most_frequent(
            itertools.islice(reader.terms_within("folded", word, 1, prefix=1), LOOKED_THROUGH), limit
        )

    def _most_frequent(self, words: Iterable[str], limit: int) -> list[str]:
        reader = self.searcher.reader()
        return heapq.nsmallest(limit, words, key=lambda word: (-reader.doc_frequency("folded", word), word))


class _Answer:
    """One request being answered."""

    def __init__(self, opened: _Open, request: SearchRequest) -> None:
        self.opened = opened
        self.columns = opened.columns
        self.request = request
        self.until = time.monotonic() + request.seconds
        self.complete = True
        self.scoring: list[tuple[bytes, float]] = []

    def results(self) -> Results:
        try:
            asked = self.columns.alive if self.request.query is None else self._set(self.request.query, scoring=True)
        except OutOfTime:
            # Half of the words answered is no answer.
            return Results(0, [], {}, {}, complete=False)
        left = Narrowed(self.columns, self.request, asked & self.columns.alive)
        return Results(
            total=left.found.bit_count(),
            hits=self._hits(left.found),
            kinds={
                kind: count for kind, count in self.columns.counts("kind", left.leaving_out("kind document")) if count
            },
            facets=left.facets(),
            certain=left.certain(),
            groups=self.columns.group_counts(self.request.groups, left.found) if self.request.by_group else {},
        )

    def _hits(self, found: Set) -> list[Hit]:
        if not self.request.limit or not found:
            return []
        flags = found.to_bytes(self.columns.size, "little")
        first, last = self.request.offset, self.request.offset + self.request.limit
        rows = self.columns.rows
        if self.request.sort == "relevance" and self.scoring:
            scored = self._scores(flags)
            ranked = heapq.nsmallest(last, ((-score, at) for at, score in scored))
            return [Hit(row.key, -score) for score, at in ranked[first:] if (row := rows[at])]
        order = self.columns.order("number" if self.request.sort == "relevance" else self.request.sort)
        places = itertools.islice(itertools.compress(order, map(flags.__getitem__, order)), first, last)
        return [Hit(row.key, 0.0) for at in places if (row := rows[at])]

    def _scores(self, flags: bytes) -> Iterator[tuple[int, float]]:
        places = list(itertools.compress(range(self.columns.size), flags))
        stretched = self.columns.stretched
        scores = [0.0] * len(places)
        for often, rarity in self.scoring:
            gains = 2.2 * rarity
            scores = [
                score + gains * tf / (tf + stretched[at]) if (tf := often[at]) else score
                for score, at in zip(scores, places, strict=True)
            ]
        return zip(places, scores, strict=True)

    def _set(self, node: Node, *, scoring: bool) -> Set:
        match node:
            case Word(exact, folded, marked):
                found = self._leaf("folded", folded, scoring=scoring)
                return found & self._leaf("exact", exact) if marked else found
            case Prefix(folded) if len(folded) == LETTERS:
                if scoring:
                    self._leaf("begins", f"^{folded}", scoring=True)
                return self._leaf("begins", folded, scoring=scoring)
            case Prefix(folded):
                return self._words(f"{folded}*", self.opened.beginning(folded, MOST_WORDS), scoring=scoring)
            case Near(folded):
                return self._words(f"{folded}~", self.opened.near(folded, MOST_WORDS), scoring=scoring)
            case Phrase(words):
                return self._phrase(words, scoring=scoring)
            case Within(field, inner):
                return self._set(inner, scoring=scoring) if field == "text" else self._within(field, inner)
            case Facet(name, value):
                return self.columns.any_of(f"facet {name}", [value])
            case Dates(first, last):
                days = [day.toordinal() if day else None for day in (first, last)]
                return self.columns.between(days[0], days[1], certain=False)
            case Not(inner):
                return self.columns.alive & ~self._set(inner, scoring=False)
            case All(nodes):
                found = self.columns.alive
                for one in nodes:
                    found &= self._set(one, scoring=scoring)
                return found
            case Either(nodes):
                found = 0
                for one in nodes:
                    found |= self._set(one, scoring=scoring)
                return found

    def _phrase(self, words: tuple[Word, ...], *, scoring: bool) -> Set:
        found = self.columns.alive
        for word in words:
            found &= self._set(word, scoring=scoring)
        for pair in _pairs([word.folded for word in words]):
            found &= self._leaf("pairs", pair)
        return found

    def _within(self, field: str, node: Node) -> Set:
        match node:
            case Word(exact, folded, marked):
                return self._leaf("fielded", f"{field}=={exact}" if marked else f"{field}={folded}")
            case Phrase(words):
                found = self.columns.alive
                for one, two in itertools.pairwise(words):
                    pair = f"=={one.exact}_{two.exact}" if one.marked and two.marked else f"={one.folded}_{two.folded}"
                    found &= self._leaf("fielded", field + pair)
                return found
            case Prefix(folded) | Near(folded):
                words_ = (
                    self.opened.beginning(folded, MOST_WORDS)
                    if isinstance(node, Prefix)
                    else self.opened.near(folded, MOST_WORDS)
                )
                found = 0
                for word in words_:
                    found |= self._leaf("fielded", f"{field}={word}")
                return found
            case _:
                return self._set(node, scoring=False)

    def _leaf(self, field: str, word: str, *, scoring: bool = False) -> Set:
        if time.monotonic() > self.until:
            raise OutOfTime
        often = self.opened.leaf(field, word, self.until)
        found = set_of(often.translate(ONE_EACH))
        if scoring and found:
            self.scoring.append((often, self._rarity(found.bit_count())))
        return found

    def _words(self, asked: str, words: list[str], *, scoring: bool) -> Set:
        if time.monotonic() > self.until:
            raise OutOfTime
        borne = self.opened.any_leaf(asked, words, self.until)
        found = set_of(borne)
        if scoring and found:
            self.scoring.append((borne, self._rarity(found.bit_count())))
        return found

    def _rarity(self, bearing: int) -> float:
        return log(1 + (self.columns.size - bearing + 0.5) / (bearing + 0.5))


ONE_EACH = bytes([0, *[1] * 255])


def _fields(document: Document) -> dict[str, Any]:
    title_exact, title_folded = exact_and_folded(document.title)
    body_exact, body_folded = exact_and_folded(document.body)
    pairs = dict.fromkeys([*_pairs(title_folded), *_pairs(body_folded)])
    fielded: dict[str, None] = {}
    for name, text in (("title", document.title), *document.fields.items()):
        exact, folded = exact_and_folded(text)
        for terms, sign in ((folded, "="), (exact, "==")):
            fielded.update(dict.fromkeys(f"{name}{sign}{word}" for word in (*terms, *bigrams(terms))))
    return {
        "key": document.key,
        # Lists are taken as they are; a text would be cut into words once more.
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


def _pairs(words: list[str]) -> list[str]:
    """Neighbouring words, as one of 262,144 numbers each.

    Most pairs of a language stand in one document alone, and every term has its price in Whoosh. Of documents that bear
    all words of a phrase but nowhere side by side, one in a thousand is found all the same.
    """
    return [f"{crc32(pair.encode()) & 0x3FFFF:05x}" for pair in bigrams(words)]
