"""The queue of machine reading: filled from the images themselves, taken page by page, paused and ordered by people.

Independent of taking files in: whoever adds an image does nothing for it. The queue is a table of its own and no kind
of
job: millions of pages stay in it for good as the account of what was read, in an order that people change. How a page
is claimed, held, given back and taken up again after a kill is the jobs room's, though (`jobs.claims`).
"""

import logging
import time
from collections.abc import Iterable
from typing import Any

from django.db import DatabaseError, transaction
from django.utils import timezone

from catalog.accounts.models import User
from catalog.images.models import Scan
from catalog.jobs import claims
from catalog.jobs.faults import is_database_unavailable
from catalog.reading.models import PageReading, ReadingPriority, ReadingSwitch
from catalog.reading.pages import read_scan
from catalog.reading.proposals.actions import propose_mentions
from catalog.records.models import Page, Record
from catalog.records.queries import descendant_ids
from catalog.texts.actions import set_page_text
from catalog.texts.models import PageText
from catalog.upkeep.failures import is_disk_full

logger = logging.getLogger(__name__)

State = PageReading.State
BATCH = 1000
# Images committed late by a transaction begun early are looked at again.
OVERLAP = 200


def switch() -> ReadingSwitch:
    """The one row of the switch."""
    found, _made = ReadingSwitch.objects.get_or_create(pk=1)
    return found


def pause_reading(*, paused: bool, by: User | None = None) -> None:
    """Stop taking pages up, or go on. A page being read is finished."""
    switch()
    ReadingSwitch.objects.filter(pk=1).update(paused=paused, by=by, at=timezone.now())


def fill_queue(*, from_the_start: bool = False) -> int:
    """Put pages with new images into the queue; returns how many are waiting that were not. In batches, each whole."""
    queued = 0
    at = 0 if from_the_start else max(0, switch().seen_scan - OVERLAP)
    while True:
        with transaction.atomic():
            scans = list(
                Scan.objects.filter(pk__gt=at, current=True, page__trashed_at=None, page__record__trashed_at=None)
                .order_by("pk")
                .values_list("pk", "page_id", "page__record_id")[:BATCH]
            )
            if not scans:
                return queued
            at = scans[-1][0]
            queued += _queue(scans)
            switch()
            ReadingSwitch.objects.filter(pk=1, seen_scan__lt=at).update(seen_scan=at)


def queue_again(*, pages: Iterable[int]) -> int:
    """Read these pages anew, also those read before; a person's or an imported text is never replaced. Returns how
    many."""
    wanted = list(pages)
    queued = 0
    for at in range(0, len(wanted), BATCH):
        some = wanted[at : at + BATCH]
        with transaction.atomic():
            scans = list(
                Scan.objects.filter(page__in=some, current=True).values_list("pk", "page_id", "page__record_id")
            )
            _queue(scans)
            queued += (
                PageReading.objects.filter(page__in=some)
                .exclude(state__in=[State.WORKING, State.PASSED])
                .update(state=State.WAITING, attempts=0, reason="", claim="", claimed_until=None, ended_at=None)
            )
    return queued


def set_priority(*, record: Record, priority: int) -> int:
    """Read the pages of a record and of all that is in it earlier (up to 100) or later (down to -100); 0 takes that
    back.

    A priority set further below stands. Returns how many waiting pages it moved.
    """
    with transaction.atomic():
        if priority:
            ReadingPriority.objects.update_or_create(record=record, defaults={"priority": priority})
        else:
            ReadingPriority.objects.filter(record=record).delete()
        moved = 0
        own = descendant_ids(record)
        by_record = priorities_of(own)
        by_priority: dict[int, list[int]] = {}
        for pk, value in by_record.items():
            by_priority.setdefault(value, []).append(pk)
        for value, records in by_priority.items():
            for at in range(0, len(records), BATCH):
                moved += (
                    PageReading.objects.filter(
                        page__record__in=records[at : at + BATCH], state__in=[State.WAITING, State.WORKING]
                    )
                    .exclude(priority=value)
                    .update(priority=value)
                )
    return moved


def priorities_of(records: Iterable[int]) -> dict[int, int]:
    """The priority of each record: its own, else that of the nearest above that has one, else 0."""
    stated = dict(ReadingPriority.objects.values_list("record_id", "priority"))
    wanted = list(dict.fromkeys(records))
    if not stated:
        return dict.fromkeys(wanted, 0)
    parents: dict[int, int | None] = {}
    missing = list(wanted)
    while missing:
        found: dict[int, int | None] = {}
        for at in range(0, len(missing), BATCH):
            found.update(Record.objects.filter(pk__in=missing[at : at + BATCH]).values_list("pk", "parent_id"))
        parents.update(found)
        missing = list({parent for parent in found.values() if parent is not None and parent not in parents})
    result = {}
    for record in wanted:
        above: int | None = record
        while above is not None and above not in stated:
            above = parents.get(above)
        result[record] = stated[above] if above is not None else 0
    return result


def read_next(*, within: list[int] | None = None, anyway: bool = False) -> PageReading | None:
    """Read the next page of the queue and keep what came of it; None where nothing waits, or reading is paused.

    within: primary keys of records; anyway: although reading is paused. Never raises for a page: its failure is kept
    with a reason, and tried again up to MOST_ATTEMPTS times.
    """
    if not anyway and switch().paused:
        return None
    reading = _claim(within)
    if reading is None:
        return None
    began = time.monotonic()
    page = reading.page
    if _has_better_text(page):
        return _end(reading, State.PASSED)
    scan = Scan.objects.filter(page=page, current=True).first()
    if scan is None:
        return _end(reading, State.FAILED, reason="the page has no image any more")
    try:
        with claims.renewing(reading):
            read = read_scan(scan, page.record.languages)
    except Exception as error:
        if is_disk_full(error) or is_database_unavailable(error):
            # Nothing is wrong with the page; it waits, uncounted, and whoever asks next waits a little too.
            logger.error("pages cannot be read just now: %s", type(error).__name__)
            _end(reading, State.WAITING, attempts=reading.attempts - 1)
            return None
        # Whatever a picture does to the program, the page says so and the queue goes on.
        logger.warning("page %s could not be read: %r", page.pk, error)
        reason = f"{error}" or type(error).__name__
        last = reading.attempts >= PageReading.MOST_ATTEMPTS
        return _end(reading, State.FAILED if last else State.WAITING, reason=reason)
    with transaction.atomic():
        # A person may have finished a transcription meanwhile, and another process taken the page over.
        if claims.held(reading).select_for_update().first() is None:
            return reading
        if _has_better_text(page):
            return _end(reading, State.PASSED)
        set_page_text(
            page=page,
            text=read.text,
            boxes=read.boxes,
            origin=PageText.Origin.OCR,
            confidence=read.confidence,
            language=(page.record.languages or "vi").split(",")[0].strip()[:8],
        )
        propose_mentions(page=page)
        return _end(
            reading,
            State.READ if read.text else State.EMPTY,
            seconds=time.monotonic() - began,
            prepared=read.prepared,
            scan=scan,
        )


def give_back() -> int:
    """Let others have at once what this process has begun and will not end; whatever it still reads is not kept."""
    try:
        return claims.release_all(PageReading)
    except DatabaseError as error:
        logger.warning(
            "pages could not be given back: %s; they are seen to be of a process that is gone", type(error).__name__
        )
        return 0


def _queue(scans: list[tuple[int, int, int]]) -> int:
    """Put pages into the queue; those that have a text from elsewhere, or were read from this very image, stay out."""
    pages = [page for _, page, _ in scans]
    known = {one.page_id: one for one in PageReading.objects.filter(page__in=pages)}
    with_text = dict(PageText.objects.filter(page__in=pages, current=True).values_list("page_id", "origin"))
    priorities = priorities_of(record for _, _, record in scans)
    fresh, changed = [], []
    for scan, page, record in scans:
        standing = known.get(page)
        if standing is not None:
            if standing.scan_id != scan and with_text.get(page, "ocr") == "ocr":
                standing.scan_id, standing.state, standing.attempts = scan, State.WAITING, 0
                standing.claim, standing.claimed_until, standing.reason = "", None, ""
                changed.append(standing)
        elif page not in with_text:
            fresh.append(PageReading(page_id=page, scan_id=scan, priority=priorities[record]))
    PageReading.objects.bulk_create(fresh, batch_size=200, ignore_conflicts=True)
    PageReading.objects.bulk_update(
        changed, ["scan", "state", "attempts", "claim", "claimed_until", "reason"], batch_size=200
    )
    return len(fresh) + len(changed)


def _claim(within: list[int] | None) -> PageReading | None:
    queue = PageReading.objects.order_by("-priority", "pk")
    if within is not None:
        queue = queue.filter(page__record__in=within)
    while (found := claims.claim_next(queue)) is not None:
        if found.attempts <= PageReading.MOST_ATTEMPTS:
            return found
        _end(found, State.FAILED, reason=f"reading it was broken off {found.attempts - 1} times")
    return None


def _end(
    reading: PageReading, state: str, *, reason: str = "", seconds: float | None = None, **more: Any
) -> PageReading:
    """Write what came of a claimed page, unless the claim was lost."""
    ended = None if state == State.WAITING else timezone.now()
    changes = {"state": state, "reason": reason[:300], "seconds": seconds, "ended_at": ended, **more}
    if claims.release(reading, **changes):
        for name, value in {**changes, "claim": "", "claimed_until": None}.items():
            setattr(reading, name, value)
    return reading


def _has_better_text(page: Page) -> bool:
    return PageText.objects.filter(page=page, current=True).exclude(origin=PageText.Origin.OCR).exists()
