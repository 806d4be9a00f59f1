"""Keeping the search index in step with the catalogue: the only code that writes the index.

Saving a row never depends on it: a save writes an outbox row (`changes.models.Change`), which is worked off later.
"""

import contextlib
import itertools
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.db import DatabaseError

from catalog.changes.models import Change, enqueue_changes
from catalog.engines.interface import KINDS, Document, EngineError, SearchRequest
from catalog.exhibitions.models import Exhibition
from catalog.exhibitions.queries import exhibitions_below, exhibitions_showing
from catalog.records.actions import mark_opened
from catalog.records.actions.standing import resume_spreads
from catalog.records.models import Identification, Mention, Page, Record
from catalog.search.documents import exhibition_documents, page_documents, record_documents
from catalog.search.engine import engine
from catalog.search.lease import Lease, LeaseTaken, writing_index
from catalog.texts.models import PageText

logger = logging.getLogger(__name__)

# Outbox rows and documents in one batch, and records of one level that are looked up by one statement.
ROWS_AT_ONCE = 2000
DOCUMENTS_AT_ONCE = 2000
RECORDS_AT_ONCE = 500
# An outbox row of this kind says that the index itself is damaged.
INDEX_DAMAGED = "index"
# Called with the number of documents done.
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Differences:
    """missing: keys that the index lacks; stale: keys whose document has changed since it was indexed; surplus: keys in
    the index that the catalogue has no document for."""

    missing: frozenset[str]
    stale: frozenset[str]
    surplus: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.missing or self.stale or self.surplus)


def catalogue_documents(kinds: Iterable[str] = KINDS) -> Iterator[Document]:
    """The documents of the catalogue, of all kinds or of `kinds`."""
    sources = {"record": record_documents, "page": page_documents, "exhibition": exhibition_documents}
    return itertools.chain.from_iterable(sources[kind]() for kind in kinds)


def count_documents(kinds: Iterable[str] = KINDS) -> int:
    """About how many documents the catalogue has, of all kinds or of `kinds`; for showing progress."""
    counts: dict[str, Callable[[], int]] = {
        "record": Record.objects.kept().count,
        "page": PageText.objects.filter(current=True).exclude(text="").count,
        "exhibition": Exhibition.objects.kept().count,
    }
    return sum(counts[kind]() for kind in kinds)


def rebuild_index(progress: Progress | None = None, *, wait: float = 0.0) -> int:
    """Build a new index beside the old one, then replace the old one; returns the number of documents.

    An interrupted rebuild is continued. Changes made while it runs stay in the outbox and are indexed by the next
    `follow_changes`. wait: seconds to wait for the lease of the index. Raises EngineError, LeaseTaken.
    """
    with writing_index(wait) as lease:
        return _rebuild(lease, progress)


def reconcile_index(kinds: Iterable[str] = KINDS, progress: Progress | None = None, *, wait: float = 0.0) -> int:
    """Compare every document with the index by its revision and write those that differ; returns how many differed.

    It works in batches; after an interruption, the batches already written stay in the index. wait: seconds to wait for
    the lease of the index. Raises EngineError, LeaseTaken.
    """
    kinds = tuple(kinds)
    with writing_index(wait) as lease:
        indexed = _indexed_revisions(kinds)
        written = done = 0
        documents = catalogue_documents(kinds)
        while batch := list(itertools.islice(documents, DOCUMENTS_AT_ONCE)):
            changed = [document for document in batch if indexed.pop(document.key, None) != document.revision]
            if changed:
                engine().apply(changed, [])
            written, done = written + len(changed), done + len(batch)
            lease.renew()
            if progress:
                progress(done)
        if indexed:
            engine().apply([], list(indexed))
        return written + len(indexed)


def follow_changes() -> int:
    """Index what the outbox says has changed; returns the number of outbox rows worked off.

    Rows are deleted only after the index has the documents they name; what changed several times is written once.
    Raises EngineError and LeaseTaken; then the rows stay in the outbox.
    """
    resume_spreads()
    if not Change.objects.exists():
        return 0
    with writing_index() as lease:
        rows = list(Change.objects.order_by("pk")[:ROWS_AT_ONCE])
        changed = dict.fromkeys((row.kind, row.key) for row in rows)
        if (INDEX_DAMAGED, 0) in changed:
            raise EngineError("it was found damaged")
        affected = itertools.chain.from_iterable(_affected_documents(kind, key) for kind, key in changed)
        keys = iter(dict.fromkeys(affected))
        while batch := list(itertools.islice(keys, DOCUMENTS_AT_ONCE)):
            _write_documents(batch)
            lease.renew()
        Change.objects.filter(pk__in=[row.pk for row in rows]).delete()
        return len(rows)


def reconcile_or_rebuild_index(progress: Progress | None = None, *, wait: float = 0.0) -> int:
    """Repair the index: reconcile it where it can be read, rebuild it where it cannot or where damage was reported.

    Returns the number of documents written. Raises EngineError where the index cannot be written at all, and
    LeaseTaken.
    """
    reports = list(Change.objects.filter(kind=INDEX_DAMAGED).values_list("pk", flat=True))
    try:
        if reports:
            # A search failed: its list of revisions may look right all the same.
            raise EngineError("it was found damaged")
        written = reconcile_index(KINDS, progress, wait=wait)
    except EngineError:
        engine().close()
        written = rebuild_index(progress, wait=wait)
    Change.objects.filter(pk__in=reports).delete()
    return written


def is_index_readable() -> bool:
    """Whether there is an index of the engine's present version that answers a query."""
    try:
        engine().search(SearchRequest(None, KINDS, frozenset({"public"}), limit=1))
    except EngineError:
        return False
    return True


def report_index_damage() -> None:
    """Note in the outbox that the index could not answer, so that the worker repairs it. Never raises."""
    with contextlib.suppress(DatabaseError):
        if not Change.objects.filter(kind=INDEX_DAMAGED).exists():
            enqueue_changes([(INDEX_DAMAGED, 0)])


def enqueue_opened_records() -> int:
    """Write outbox rows for records that are no longer closed since today: no save happens on that day. Returns the
    number of records."""
    opened = mark_opened()
    pages = Page.objects.filter(record__in=opened).values_list("pk", flat=True)
    enqueue_changes([*(("record", key) for key in opened), *(("page", key) for key in pages)])
    return len(opened)


def index_differences(kinds: Iterable[str] = KINDS, progress: Progress | None = None) -> Differences:
    """The differences between catalogue and index, by the revisions of documents. Raises EngineError."""
    kinds = tuple(kinds)
    indexed = _indexed_revisions(kinds)
    missing: set[str] = set()
    stale: set[str] = set()
    for done, document in enumerate(catalogue_documents(kinds), start=1):
        revision = indexed.pop(document.key, None)
        if revision is None:
            missing.add(document.key)
        elif revision != document.revision:
            stale.add(document.key)
        if progress and done % DOCUMENTS_AT_ONCE == 0:
            progress(done)
    return Differences(frozenset(missing), frozenset(stale), frozenset(indexed))


def _indexed_revisions(kinds: tuple[str, ...]) -> dict[str, str]:
    """The revision of each document in the index, by key."""
    return {key: revision for key, revision in engine().revisions() if key.partition(":")[0] in kinds}


def _rebuild(lease: Lease, progress: Progress | None) -> int:
    # All rows are listed, not only the last: a transaction with a smaller number may still be open.
    changes = list(Change.objects.values_list("pk", flat=True))

    def step(done: int) -> None:
        lease.renew()
        if progress:
            progress(done)

    total = engine().rebuild(catalogue_documents(), step)
    for start in range(0, len(changes), ROWS_AT_ONCE):
        Change.objects.filter(pk__in=changes[start : start + ROWS_AT_ONCE]).delete()
    return total


def _write_documents(keys: Iterable[tuple[str, int]]) -> None:
    """Write the documents of these (kind, primary key) into the index; remove those that no longer exist."""
    by_kind: dict[str, list[int]] = {kind: [] for kind in KINDS}
    for kind, pk in keys:
        by_kind[kind].append(pk)
    documents = [
        *record_documents(by_kind["record"]),
        *page_documents(by_kind["page"]),
        *exhibition_documents(by_kind["exhibition"]),
    ]
    existing = {document.key for document in documents}
    deleted = [f"{kind}:{pk}" for kind, pks in by_kind.items() for pk in pks if f"{kind}:{pk}" not in existing]
    engine().apply(documents, deleted)


def _affected_documents(kind: str, key: int) -> Iterator[tuple[str, int]]:
    """(kind, primary key) of every document that contains something of the changed row (kind, key)."""
    if kind in KINDS:
        yield kind, key
    if kind == "record":
        yield from (("exhibition", pk) for pk in exhibitions_showing(records=[key]))
    elif kind == "page":
        yield from (("exhibition", pk) for pk in exhibitions_showing(pages=[key]))
    elif kind == "below":
        yield from _documents_below(key)
    elif kind == "person":
        mentions = Mention.objects.filter(pk__in=Identification.objects.filter(person=key).values("mention"))
        yield from (("record", pk) for pk in mentions.values_list("record", flat=True).distinct().iterator())
    elif kind == "unit":
        records = Mention.objects.filter(unit=key).values_list("record", flat=True)
        yield from (("record", pk) for pk in records.distinct().iterator())
    elif kind not in KINDS:
        logger.warning("an outbox row of unknown kind %s was passed over", kind)


def _documents_below(root: int) -> Iterator[tuple[str, int]]:
    """The record, all records below it, their pages, and exhibitions that show any of these."""
    level = [root]
    while level:
        yield from (("record", pk) for pk in level)
        children: list[int] = []
        for start in range(0, len(level), RECORDS_AT_ONCE):
            batch = level[start : start + RECORDS_AT_ONCE]
            pages = Page.objects.filter(record__in=batch).values_list("pk", flat=True)
            yield from (("page", pk) for pk in pages.iterator())
            children += Record._base_manager.filter(parent__in=batch).values_list("pk", flat=True)
        level = children
    yield from (("exhibition", pk) for pk in exhibitions_below([root]))


__all__ = [
    "KINDS",
    "Differences",
    "EngineError",
    "LeaseTaken",
    "count_documents",
    "enqueue_opened_records",
    "follow_changes",
    "index_differences",
    "is_index_readable",
    "rebuild_index",
    "reconcile_index",
    "reconcile_or_rebuild_index",
    "report_index_damage",
]
