"""Keeping the index in step. The only writer of the index; a failure here never reaches a save."""

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

ROWS_AT_ONCE = 2000
DOCUMENTS_AT_ONCE = 2000
# An outbox row of this kind says that the index itself is in trouble.
INDEX_DAMAGED = "index"
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Differences:
    """Keys missing from the index, keys whose document changed since, and keys that nothing stands behind any more."""

    missing: frozenset[str]
    stale: frozenset[str]
    spare: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.missing or self.stale or self.spare)


def documents_of(kinds: Iterable[str] = KINDS) -> Iterator[Document]:
    """Documents of the whole catalogue, or of some kinds of thing."""
    made = {"record": record_documents, "page": page_documents, "exhibition": exhibition_documents}
    return itertools.chain.from_iterable(made[kind]() for kind in kinds)


def how_many(kinds: Iterable[str] = KINDS) -> int:
    """About how many documents there will be: for showing how far the work is."""
    counts: dict[str, Callable[[], int]] = {
        "record": Record.objects.kept().count,
        "page": PageText.objects.filter(current=True).exclude(text="").count,
        "exhibition": Exhibition.objects.kept().count,
    }
    return sum(counts[kind]() for kind in kinds)


def rebuild_index(progress: Progress | None = None, *, wait: float = 0.0) -> int:
    """Build the index anew beside the old and put it in its place; returns how many documents.

    One that was broken off is gone on with. Changes made meanwhile stay in the outbox and are brought in by the next
    `follow_changes`. Raises EngineError, LeaseTaken.
    """
    with writing_index(wait) as lease:
        return _rebuild(lease, progress)


def repair_index(kinds: Iterable[str] = KINDS, progress: Progress | None = None, *, wait: float = 0.0) -> int:
    """Compare every document with what the index holds and write what differs; returns how many differed.

    Batch by batch, so that one broken off loses nothing. Raises EngineError, LeaseTaken.
    """
    kinds = tuple(kinds)
    with writing_index(wait) as lease:
        held = {key: revision for key, revision in engine().revisions() if key.partition(":")[0] in kinds}
        mended = done = 0
        source = documents_of(kinds)
        while batch := list(itertools.islice(source, DOCUMENTS_AT_ONCE)):
            wrong = [document for document in batch if held.pop(document.key, None) != document.revision]
            if wrong:
                engine().apply(wrong, [])
            mended, done = mended + len(wrong), done + len(batch)
            lease.renew()
            if progress:
                progress(done)
        if held:
            engine().apply([], list(held))
        return mended + len(held)


def follow_changes() -> int:
    """Bring what changed into the index; returns how many outbox rows were worked off.

    Rows go only after the index holds what they stand for; a thing changed often is written once. Raises EngineError
    and LeaseTaken, leaving the rows where they are.
    """
    resume_spreads()
    if not Change.objects.exists():
        return 0
    with writing_index() as lease:
        rows = list(Change.objects.order_by("pk")[:ROWS_AT_ONCE])
        things = dict.fromkeys((row.kind, row.key) for row in rows)
        if (INDEX_DAMAGED, 0) in things:
            raise EngineError("it was found damaged")
        shown = itertools.chain.from_iterable(_what_shows(kind, key) for kind, key in things)
        wanted = iter(dict.fromkeys(shown))
        while some := list(itertools.islice(wanted, DOCUMENTS_AT_ONCE)):
            _write(some)
            lease.renew()
        Change.objects.filter(pk__in=[row.pk for row in rows]).delete()
        return len(rows)


def mend_index(progress: Progress | None = None, *, wait: float = 0.0) -> int:
    """Put right whatever is wrong with the index: compared where it can be read, built anew where it cannot.

    Returns how many documents were written. Raises EngineError where nothing can be written at all, and LeaseTaken.
    """
    noted = list(Change.objects.filter(kind=INDEX_DAMAGED).values_list("pk", flat=True))
    try:
        if noted:
            # It answered wrongly or not at all, whatever its list of contents says.
            raise EngineError("it was found damaged")
        mended = repair_index(KINDS, progress, wait=wait)
    except EngineError:
        engine().close()
        mended = rebuild_index(progress, wait=wait)
    Change.objects.filter(pk__in=noted).delete()
    return mended


def is_in_order() -> bool:
    """Whether there is an index of this version that answers."""
    try:
        engine().search(SearchRequest(None, KINDS, frozenset({"public"}), limit=1))
    except EngineError:
        return False
    return True


def note_trouble() -> None:
    """Have the worker look at the index, because it could not answer. Never fails."""
    with contextlib.suppress(DatabaseError):
        if not Change.objects.filter(kind=INDEX_DAMAGED).exists():
            enqueue_changes([(INDEX_DAMAGED, 0)])


def note_what_opened_today() -> int:
    """Note records whose closure ended today, which no save tells; returns how many."""
    opened = mark_opened()
    pages = Page.objects.filter(record__in=opened).values_list("pk", flat=True)
    enqueue_changes([*(("record", key) for key in opened), *(("page", key) for key in pages)])
    return len(opened)


def index_differences(kinds: Iterable[str] = KINDS, progress: Progress | None = None) -> Differences:
    """What differs between catalogue and index, by revision. Raises EngineError."""
    kinds = tuple(kinds)
    held = {key: revision for key, revision in engine().revisions() if key.partition(":")[0] in kinds}
    missing: set[str] = set()
    stale: set[str] = set()
    for done, document in enumerate(documents_of(kinds), start=1):
        standing = held.pop(document.key, None)
        if standing is None:
            missing.add(document.key)
        elif standing != document.revision:
            stale.add(document.key)
        if progress and done % DOCUMENTS_AT_ONCE == 0:
            progress(done)
    return Differences(frozenset(missing), frozenset(stale), frozenset(held))


def _rebuild(lease: Lease, progress: Progress | None) -> int:
    # Not "up to the last": a transaction with an earlier number may still be open.
    seen = list(Change.objects.values_list("pk", flat=True))

    def step(done: int) -> None:
        lease.renew()
        if progress:
            progress(done)

    total = engine().rebuild(documents_of(), step)
    for at in range(0, len(seen), ROWS_AT_ONCE):
        Change.objects.filter(pk__in=seen[at : at + ROWS_AT_ONCE]).delete()
    return total


def _write(things: Iterable[tuple[str, int]]) -> None:
    wanted: dict[str, list[int]] = {kind: [] for kind in KINDS}
    for kind, key in things:
        wanted[kind].append(key)
    documents = [
        *record_documents(wanted["record"]),
        *page_documents(wanted["page"]),
        *exhibition_documents(wanted["exhibition"]),
    ]
    held = {document.key for document in documents}
    gone = [f"{kind}:{key}" for kind, keys in wanted.items() for key in keys if f"{kind}:{key}" not in held]
    engine().apply(documents, gone)


def _what_shows(kind: str, key: int) -> Iterator[tuple[str, int]]:
    """The things whose document holds something of (kind, key)."""
    if kind in KINDS:
        yield kind, key
    if kind == "record":
        yield from (("exhibition", pk) for pk in exhibitions_showing(records=[key]))
    elif kind == "page":
        yield from (("exhibition", pk) for pk in exhibitions_showing(pages=[key]))
    elif kind == "below":
        yield from _everything_below(key)
    elif kind == "person":
        standing = Mention.objects.filter(pk__in=Identification.objects.filter(person=key).values("mention"))
        yield from (("record", pk) for pk in standing.values_list("record", flat=True).distinct().iterator())
    elif kind == "unit":
        named = Mention.objects.filter(unit=key).values_list("record", flat=True)
        yield from (("record", pk) for pk in named.distinct().iterator())
    elif kind not in KINDS:
        logger.warning("an outbox row of unknown kind %s was passed over", kind)


def _everything_below(root: int) -> Iterator[tuple[str, int]]:
    """The record, everything that stands in it, their pages, and exhibitions in which any of it hangs."""
    level = [root]
    while level:
        yield from (("record", pk) for pk in level)
        following: list[int] = []
        for at in range(0, len(level), 500):
            some = level[at : at + 500]
            pages = Page.objects.filter(record__in=some).values_list("pk", flat=True)
            yield from (("page", pk) for pk in pages.iterator())
            following += Record._base_manager.filter(parent__in=some).values_list("pk", flat=True)
        level = following
    yield from (("exhibition", pk) for pk in exhibitions_below([root]))


__all__ = [
    "KINDS",
    "Differences",
    "EngineError",
    "LeaseTaken",
    "follow_changes",
    "how_many",
    "index_differences",
    "is_in_order",
    "mend_index",
    "note_trouble",
    "note_what_opened_today",
    "rebuild_index",
    "repair_index",
]
