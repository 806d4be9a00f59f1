"""tantivy in a folder: no server, one host, up to millions of pages (extra `tantivy`).

Hits are counted in one pass, and the best of them found beside the counting, by another thread: tantivy lets
others run meanwhile. How a document is kept: tantivy_documents; how it is asked for: tantivy_queries.
"""

import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tantivy

from catalog.engines.generations import Generations
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
from catalog.engines.preparing import prepared
from catalog.engines.profiles import COLUMN, MOST_PROFILES, counts_of
from catalog.engines.tantivy_documents import SCHEMA, fields_of, made_of
from catalog.engines.tantivy_queries import Asking

VERSION = 7  # raise when the schema changes: an older index is then not read but rebuilt
HEAP_BYTES = 128_000_000
BATCH = 20_000
BESIDE = 4


@dataclass
class _Opened:
    """An index opened, and the state of its files (folder, time and number of the list of segments) that it was read
    in."""

    state: tuple[Path, int, int]
    index: tantivy.Index


class TantivyEngine:
    """One writer at a time; readers see whole commits, which tantivy itself makes durable."""

    capabilities = Capabilities("tantivy", comfortable=None)

    def __init__(self, folder: Path) -> None:
        """folder: where generations of the index live."""
        self._generations = Generations(folder, "tantivy", VERSION)
        # A rebuild must not keep anyone from searching: what it holds is not what opens an index.
        self._writing, self._opening = threading.Lock(), threading.Lock()
        self._open: _Opened | None = None
        self._beside: ThreadPoolExecutor | None = None

    def search(self, request: SearchRequest) -> Results:
        """See Engine."""
        try:
            searcher = self._searcher()
            asking = Asking(searcher)
            hits = self._at_once().submit(self._hits, request, searcher, asking.query(request, scored=True))
            certain: Future[int] | None = None
            if request.date_from is not None or request.date_to is not None:
                wholly = asking.query(replace(request, certain=True))
                certain = self._at_once().submit(self._total, searcher, wholly)
            counting = {COLUMN: {"terms": {"field": COLUMN, "size": MOST_PROFILES}}}
            found = searcher.aggregate(asking.query(request, narrowed=False), counting)[COLUMN]["buckets"]
            counts = counts_of(((bucket["key"], int(bucket["doc_count"])) for bucket in found), request)
            return Results(
                total=counts.total,
                hits=hits.result(),
                kinds=counts.kinds,
                facets=counts.facets,
                certain=certain.result() if certain else None,
                groups=self._groups(request, searcher, asking.query(request)) if request.by_group else {},
            )
        except EngineError:
            raise
        except Exception as error:
            # A damaged index surfaces as nearly any exception; to the caller all mean "not now".
            raise EngineError(f"{type(error).__name__}: {error}") from error

    def apply(self, replace: Iterable[Document], remove: Iterable[str]) -> None:
        """See Engine."""
        with self._writing:
            self._write(self._generations.current(), replace, remove)

    def rebuild(self, documents: Iterable[Document], progress: Progress | None = None) -> int:
        """See Engine."""
        with self._writing:
            folder, held = self._begun()
            done: list[str] = []
            try:
                writer = tantivy.Index.open(str(folder)).writer(HEAP_BYTES, num_threads=1)
                for at, (document, fields) in enumerate(prepared(only_once(documents, held, done), fields_of), start=1):
                    if document.key in held:
                        writer.delete_documents_by_term("key", document.key)
                    writer.add_document(made_of(fields))
                    if at % BATCH == 0:
                        writer.commit()
                        if progress:
                            progress(len(done))
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
        if self._beside is not None:
            self._beside.shutdown()
            self._beside = None

    def _at_once(self) -> ThreadPoolExecutor:
        with self._opening:
            if self._beside is None:
                self._beside = ThreadPoolExecutor(BESIDE, thread_name_prefix="tantivy")
            return self._beside

    def _begun(self) -> tuple[Path, dict[str, str]]:
        """A folder to build in, and what an earlier build that was broken off has put there."""
        if (begun := self._generations.begun()) is not None:
            try:
                return begun, dict(_revisions(tantivy.Index.open(str(begun)).searcher()))
            except Exception:  # noqa: S110
                # Broken off in the middle of being made: begun anew.
                pass
        folder = self._generations.fresh()
        tantivy.Index(SCHEMA, path=str(folder))
        self._generations.begin(folder)
        return folder, {}

    def _searcher(self) -> tantivy.Searcher:
        folder = self._generations.current()
        try:
            with self._opening:
                written = (folder / "meta.json").stat()
                state = (folder, written.st_mtime_ns, written.st_ino)
                if self._open is None or self._open.state[0] != folder:
                    self._open = _Opened(state, tantivy.Index.open(str(folder)))
                elif self._open.state != state:
                    self._open.index.reload()
                    self._open.state = state
                return self._open.index.searcher()
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
                writer.add_document(made_of(fields_of(document)))
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
            "date": ("by_date", tantivy.Order.Asc),
            "number": ("number", tantivy.Order.Asc),
            "newest": ("newest", tantivy.Order.Desc),
        }
        options: dict[str, Any] = {}
        if request.sort in order:
            options = {"order_by_field": order[request.sort][0], "order": order[request.sort][1]}
        found = searcher.search(asked, limit=request.limit, offset=request.offset, count=False, **options)
        return [
            Hit(searcher.doc(address)["key"][0], float(score) if not options else 0.0) for score, address in found.hits
        ]

    @staticmethod
    def _total(searcher: tantivy.Searcher, asked: tantivy.Query) -> int:
        # Its types leave the number out.
        return int(searcher.search(asked, limit=1, count=True).count)  # type: ignore[attr-defined]

    @staticmethod
    def _groups(request: SearchRequest, searcher: tantivy.Searcher, asked: tantivy.Query) -> dict[str, int]:
        """How many hits each of the request's groups has."""
        found = searcher.aggregate(asked, {"group": {"terms": {"field": "group", "size": len(request.groups) + 1}}})
        return {
            bucket["key"]: int(bucket["doc_count"])
            for bucket in found["group"]["buckets"]
            if bucket["key"] in request.groups
        }


def _revisions(searcher: tantivy.Searcher) -> Iterator[tuple[str, str]]:
    if searcher.num_docs == 0:
        return
    found = searcher.search(tantivy.Query.all_query(), limit=searcher.num_docs, count=False)
    for _score, address in found.hits:
        document = searcher.doc(address)
        yield document["key"][0], document["revision"][0]
