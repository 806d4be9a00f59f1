"""tantivy in a folder: no server, one host, up to millions of pages (extra `tantivy`).

Hits are counted in one pass, while another thread finds the best of them: tantivy releases the interpreter lock. How a
document is stored: tantivy_documents; how it is searched: tantivy_queries.
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
    changed_documents,
)
from catalog.engines.preparing import prepare_documents
from catalog.engines.profiles import COLUMN, MOST_PROFILES, counts_of
from catalog.engines.tantivy_documents import SCHEMA, fields_of, tantivy_document
from catalog.engines.tantivy_queries import QueryBuilder

VERSION = 7  # raise when the schema changes: an older index is then not read but rebuilt
HEAP_BYTES = 128_000_000
BATCH = 20_000
THREADS = 4


@dataclass
class _OpenIndex:
    """An open index, and the state of its files when it was opened: folder, time and inode of the list of segments."""

    state: tuple[Path, int, int]
    index: tantivy.Index


class TantivyEngine:
    """One writer at a time; readers see complete commits, which tantivy itself makes durable."""

    capabilities = Capabilities("tantivy", comfortable=None)

    def __init__(self, folder: Path) -> None:
        """folder: of the generations of the index."""
        self._generations = Generations(folder, "tantivy", VERSION)
        # Two locks, since a rebuild, which holds the first, must not keep searches from opening the index.
        self._write_lock, self._open_lock = threading.Lock(), threading.Lock()
        self._open: _OpenIndex | None = None
        self._executor: ThreadPoolExecutor | None = None

    def search(self, request: SearchRequest) -> Results:
        """See Engine."""
        try:
            searcher = self._searcher()
            queries = QueryBuilder(searcher)
            hits = self._threads().submit(self._hits, request, searcher, queries.query(request, scored=True))
            certain: Future[int] | None = None
            if request.date_from is not None or request.date_to is not None:
                certainly_dated = queries.query(replace(request, certain=True))
                certain = self._threads().submit(self._total, searcher, certainly_dated)
            aggregation = {COLUMN: {"terms": {"field": COLUMN, "size": MOST_PROFILES}}}
            buckets = searcher.aggregate(queries.query(request, with_facets=False), aggregation)[COLUMN]["buckets"]
            counts = counts_of(((bucket["key"], int(bucket["doc_count"])) for bucket in buckets), request)
            return Results(
                total=counts.total,
                hits=hits.result(),
                kinds=counts.kinds,
                facets=counts.facets,
                certain=certain.result() if certain else None,
                groups=self._groups(request, searcher, queries.query(request)) if request.by_group else {},
            )
        except EngineError:
            raise
        except Exception as error:
            # A damaged index raises nearly any exception; for the caller all mean "not now".
            raise EngineError(f"{type(error).__name__}: {error}") from error

    def apply(self, replace: Iterable[Document], remove: Iterable[str]) -> None:
        """See Engine."""
        with self._write_lock:
            self._write(self._generations.current(), replace, remove)

    def rebuild(self, documents: Iterable[Document], progress: Progress | None = None) -> int:
        """See Engine."""
        with self._write_lock:
            folder, indexed = self._folder_to_build()
            keys: list[str] = []
            try:
                writer = tantivy.Index.open(str(folder)).writer(HEAP_BYTES, num_threads=1)
                for count, (document, fields) in enumerate(
                    prepare_documents(changed_documents(documents, indexed, keys), fields_of), start=1
                ):
                    if document.key in indexed:
                        writer.delete_documents_by_term("key", document.key)
                    writer.add_document(tantivy_document(fields))
                    if count % BATCH == 0:
                        writer.commit()
                        if progress:
                            progress(len(keys))
                writer.commit()
                if progress:
                    progress(len(keys))
                for key in indexed.keys() - set(keys):
                    writer.delete_documents_by_term("key", key)
                writer.commit()
                writer.wait_merging_threads()
            except (ValueError, OSError) as error:
                raise EngineError(f"{type(error).__name__}: {error}") from error
            self._generations.activate(folder)
            self._generations.drop_others(folder)
            self._open = None
        return len(keys)

    def revisions(self) -> Iterator[tuple[str, str]]:
        """See Engine."""
        return _revisions(self._searcher())

    def close(self) -> None:
        """See Engine."""
        self._open = None
        if self._executor is not None:
            self._executor.shutdown()
            self._executor = None

    def _threads(self) -> ThreadPoolExecutor:
        with self._open_lock:
            if self._executor is None:
                self._executor = ThreadPoolExecutor(THREADS, thread_name_prefix="tantivy")
            return self._executor

    def _folder_to_build(self) -> tuple[Path, dict[str, str]]:
        """A folder to build in, and the revisions by key of what an interrupted build has written there."""
        if (folder := self._generations.interrupted()) is not None:
            try:
                return folder, dict(_revisions(tantivy.Index.open(str(folder)).searcher()))
            except Exception:  # noqa: S110
                # Interrupted while the index was created: start again.
                pass
        folder = self._generations.new_folder()
        tantivy.Index(SCHEMA, path=str(folder))
        self._generations.start_building(folder)
        return folder, {}

    def _searcher(self) -> tantivy.Searcher:
        folder = self._generations.current()
        try:
            with self._open_lock:
                file_state = (folder / "meta.json").stat()
                state = (folder, file_state.st_mtime_ns, file_state.st_ino)
                if self._open is None or self._open.state[0] != folder:
                    self._open = _OpenIndex(state, tantivy.Index.open(str(folder)))
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
                writer.add_document(tantivy_document(fields_of(document)))
            writer.commit()
            # Merging leaves files to which nothing refers; they accumulate without this call (docs/field/search.md,
            # Safety on disk).
            writer.garbage_collect_files()
        except (ValueError, OSError) as error:
            writer.rollback()
            raise EngineError(f"{type(error).__name__}: {error}") from error

    def _hits(self, request: SearchRequest, searcher: tantivy.Searcher, query: tantivy.Query) -> list[Hit]:
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
        result = searcher.search(query, limit=request.limit, offset=request.offset, count=False, **options)
        return [
            Hit(searcher.doc(address)["key"][0], float(score) if not options else 0.0) for score, address in result.hits
        ]

    @staticmethod
    def _total(searcher: tantivy.Searcher, query: tantivy.Query) -> int:
        # The type annotations of tantivy lack `count`.
        return int(searcher.search(query, limit=1, count=True).count)  # type: ignore[attr-defined]

    @staticmethod
    def _groups(request: SearchRequest, searcher: tantivy.Searcher, query: tantivy.Query) -> dict[str, int]:
        """The number of hits of each of the request's groups."""
        result = searcher.aggregate(query, {"group": {"terms": {"field": "group", "size": len(request.groups) + 1}}})
        return {
            bucket["key"]: int(bucket["doc_count"])
            for bucket in result["group"]["buckets"]
            if bucket["key"] in request.groups
        }


def _revisions(searcher: tantivy.Searcher) -> Iterator[tuple[str, str]]:
    if searcher.num_docs == 0:
        return
    result = searcher.search(tantivy.Query.all_query(), limit=searcher.num_docs, count=False)
    for _score, address in result.hits:
        document = searcher.doc(address)
        yield document["key"][0], document["revision"][0]
