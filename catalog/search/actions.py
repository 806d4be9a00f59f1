"""Keeping the index in step. The only writer of the index; a failure here never reaches a save."""

import logging
from collections.abc import Iterator
from itertools import chain

from django.db.models import Q
from django.utils import timezone

from catalog.changes.models import Change
from catalog.engines.interface import Document, EngineError
from catalog.records.models import Identification, Mention, Page, Record
from catalog.search.documents import exhibition_documents, page_documents, record_documents
from catalog.search.engine import engine

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 2000


def every_document() -> Iterator[Document]:
    """Documents of the whole catalogue."""
    return chain(record_documents(), page_documents(), exhibition_documents())


def rebuild_index() -> int:
    """Build the index anew beside the old and put it in its place; returns how many documents.

    Changes made meanwhile stay in the outbox and are brought in by the next `follow_changes`. Raises EngineError.
    """
    last = Change.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    total = engine().rebuild(every_document())
    Change.objects.filter(pk__lte=last).delete()
    return total


def follow_changes() -> int:
    """Bring what changed into the index; returns how many outbox rows were worked off.

    Rows go only after the index holds what they stand for. Raises EngineError, leaving them where they are.
    """
    rows = list(Change.objects.order_by("pk")[:MOST_AT_ONCE])
    if not rows:
        return 0
    wanted = {"record": set[int](), "page": set[int](), "exhibition": set[int]()}
    for row in rows:
        for kind, key in _what_shows(row.kind, row.key):
            wanted[kind].add(key)
    documents = [
        *record_documents(wanted["record"]),
        *page_documents(wanted["page"]),
        *exhibition_documents(wanted["exhibition"]),
    ]
    held = {document.key for document in documents}
    gone = [f"{kind}:{key}" for kind, keys in wanted.items() for key in keys if f"{kind}:{key}" not in held]
    engine().apply(documents, gone)
    Change.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def note_what_opened_today() -> int:
    """Note records whose closure ended today, which no save tells; returns how many."""
    today = timezone.localdate()
    opened = list(Record.objects.filter(open_from=today).values_list("pk", flat=True))
    pages = Page.objects.filter(record__in=opened).values_list("pk", flat=True)
    Change.objects.bulk_create(
        [Change(kind="record", key=key) for key in opened] + [Change(kind="page", key=key) for key in pages]
    )
    return len(opened)


def index_differences() -> tuple[set[str], set[str]]:
    """Keys missing from the index, and keys in it that nothing stands behind any more. Raises EngineError."""
    wanted = {document.key for document in every_document()}
    held = engine().keys()
    return wanted - held, held - wanted


def _what_shows(kind: str, key: int) -> list[tuple[str, int]]:
    if kind in ("record", "page", "exhibition"):
        return [(kind, key)]
    if kind == "person":
        of_person = Identification.objects.filter(person=key)
        records = Mention.objects.filter(Q(identifications__in=of_person)).values_list("record", flat=True)
        return [("record", pk) for pk in records.distinct()]
    if kind == "unit":
        return [("record", pk) for pk in Mention.objects.filter(unit=key).values_list("record", flat=True).distinct()]
    logger.warning("an outbox row of unknown kind %s was passed over", kind)
    return []


__all__ = ["EngineError", "follow_changes", "index_differences", "note_what_opened_today", "rebuild_index"]
