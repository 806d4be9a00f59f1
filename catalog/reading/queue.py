"""The queue of machine reading: filled from the table of scans, worked off page by page, paused and ordered by people.

It does not depend on intake: code that adds an image does not need to queue it. The queue is a table of its own and not
a kind of job, because millions of pages stay in it permanently, as the record of what was read, in an order that people
change. Claiming a page, renewing and giving back the claim, and reading the page again after a killed process use the
functions of the jobs room (`jobs.claims`).
"""

import logging
import time
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from catalog.accounts.models import User
from catalog.images.models import Scan
from catalog.jobs import claims
from catalog.jobs.faults import is_database_unavailable
from catalog.reading.models import PageReading, ReadingPriority, ReadingSwitch
from catalog.reading.pages import ReadScan
from catalog.reading.proposals.actions import propose_mentions
from catalog.records.models import Page, Record
from catalog.records.queries import descendant_ids
from catalog.texts.actions import set_page_text
from catalog.texts.models import PageText
from catalog.upkeep.failures import is_disk_full

logger = logging.getLogger(__name__)

State = PageReading.State
BATCH = 1000
# So many of the last scans are checked again, since a transaction that began earlier may commit lower keys later.
SCANS_CHECKED_AGAIN = 200


def get_switch() -> ReadingSwitch:
    """The single row of the switch."""
    row, _created = ReadingSwitch.objects.get_or_create(pk=1)
    return row


def pause_reading(*, paused: bool, by: User | None = None) -> None:
    """Pause machine reading, or continue. A page that is being read is finished."""
    get_switch()
    ReadingSwitch.objects.filter(pk=1).update(paused=paused, by=by, at=timezone.now())


def fill_queue(*, from_the_start: bool = False) -> int:
    """Queue pages with new images; returns how many were queued. Works in batches, each in one transaction.

    from_the_start: look at all scans, not only at those since the last call.
    """
    queued = 0
    last_scan = 0 if from_the_start else max(0, get_switch().seen_scan - SCANS_CHECKED_AGAIN)
    while True:
        with transaction.atomic():
            scans = list(
                Scan.objects.filter(
                    pk__gt=last_scan, current=True, page__trashed_at=None, page__record__trashed_at=None
                )
                .order_by("pk")
                .values_list("pk", "page_id", "page__record_id")[:BATCH]
            )
            if not scans:
                return queued
            last_scan = scans[-1][0]
            queued += _put_into_queue(scans)
            get_switch()
            ReadingSwitch.objects.filter(pk=1, seen_scan__lt=last_scan).update(seen_scan=last_scan)


def queue_again(*, pages: Iterable[int]) -> int:
    """Queue these pages again, also those read before; returns how many. Texts from a person or an imported file are
    never replaced."""
    page_keys = list(pages)
    queued = 0
    for start in range(0, len(page_keys), BATCH):
        batch = page_keys[start : start + BATCH]
        with transaction.atomic():
            scans = list(
                Scan.objects.filter(page__in=batch, current=True).values_list("pk", "page_id", "page__record_id")
            )
            _put_into_queue(scans)
            queued += (
                PageReading.objects.filter(page__in=batch)
                .exclude(state__in=[State.WORKING, State.PASSED])
                .update(state=State.WAITING, attempts=0, reason="", claim="", claimed_until=None, ended_at=None)
            )
    return queued


def set_priority(*, record: Record, priority: int) -> int:
    """Read the pages of a record and everything below it earlier (up to 100) or later (down to -100); 0 removes the
    priority.

    A priority set on a record further below still counts there. Returns how many waiting pages changed.
    """
    with transaction.atomic():
        if priority:
            ReadingPriority.objects.update_or_create(record=record, defaults={"priority": priority})
        else:
            ReadingPriority.objects.filter(record=record).delete()
        moved = 0
        record_keys = descendant_ids(record)
        by_record = priorities_of(record_keys)
        by_priority: dict[int, list[int]] = {}
        for pk, value in by_record.items():
            by_priority.setdefault(value, []).append(pk)
        for value, records in by_priority.items():
            for start in range(0, len(records), BATCH):
                moved += (
                    PageReading.objects.filter(
                        page__record__in=records[start : start + BATCH], state__in=[State.WAITING, State.WORKING]
                    )
                    .exclude(priority=value)
                    .update(priority=value)
                )
    return moved


def priorities_of(records: Iterable[int]) -> dict[int, int]:
    """The priority of each record: its own, else that of the nearest record above that has one, else 0."""
    stated = dict(ReadingPriority.objects.values_list("record_id", "priority"))
    wanted = list(dict.fromkeys(records))
    if not stated:
        return dict.fromkeys(wanted, 0)
    parents: dict[int, int | None] = {}
    missing = list(wanted)
    while missing:
        parents_of_batch: dict[int, int | None] = {}
        for start in range(0, len(missing), BATCH):
            parents_of_batch.update(
                Record.objects.filter(pk__in=missing[start : start + BATCH]).values_list("pk", "parent_id")
            )
        parents.update(parents_of_batch)
        missing = list({parent for parent in parents_of_batch.values() if parent is not None and parent not in parents})
    result = {}
    for record in wanted:
        above: int | None = record
        while above is not None and above not in stated:
            above = parents.get(above)
        result[record] = stated[above] if above is not None else 0
    return result


def _page_reader() -> Callable[[Scan, str], ReadScan]:
    reader: Callable[[Scan, str], ReadScan] | str = settings.PAGE_READER
    return import_string(reader) if isinstance(reader, str) else reader


def read_next(*, within: list[int] | None = None, anyway: bool = False) -> PageReading | None:
    """Read the next page of the queue and store the result; None if nothing waits, or reading is paused.

    within: primary keys of records, None for all; anyway: read although it is paused. Never raises for a page: the
    failure is stored with a reason, and the page is tried again, up to MOST_ATTEMPTS times.
    """
    if not anyway and get_switch().paused:
        return None
    reading = _claim(within)
    if reading is None:
        return None
    began = time.monotonic()
    page = reading.page
    if _has_better_text(page):
        return _write_result(reading, State.PASSED)
    scan = Scan.objects.filter(page=page, current=True).first()
    if scan is None:
        return _write_result(reading, State.FAILED, reason="the page has no image any more")
    try:
        with claims.renewing(reading):
            text = _page_reader()(scan, page.record.languages)
    except Exception as error:
        if is_disk_full(error) or is_database_unavailable(error):
            # The page is not at fault: it waits, and this attempt is not counted. The caller pauses too.
            logger.error("pages cannot be read just now: %s", type(error).__name__)
            _write_result(reading, State.WAITING, attempts=reading.attempts - 1)
            return None
        # Whatever goes wrong, the reason is stored with the page, and the queue continues.
        logger.warning("page %s could not be read: %r", page.pk, error)
        reason = f"{error}" or type(error).__name__
        last = reading.attempts >= PageReading.MOST_ATTEMPTS
        return _write_result(reading, State.FAILED if last else State.WAITING, reason=reason)
    with transaction.atomic():
        # Meanwhile a person may have finished a transcription, or another process may have claimed the page.
        if claims.held(reading).select_for_update().first() is None:
            return reading
        if _has_better_text(page):
            return _write_result(reading, State.PASSED)
        set_page_text(
            page=page,
            text=text.text,
            boxes=text.boxes,
            origin=PageText.Origin.OCR,
            confidence=text.confidence,
            language=(page.record.languages or "vi").split(",")[0].strip()[:8],
        )
        propose_mentions(page=page)
        return _write_result(
            reading,
            State.READ if text.text else State.EMPTY,
            seconds=time.monotonic() - began,
            prepared=text.prepared,
            scan=scan,
        )


def release_readings() -> int:
    """Give back the pages that this process has claimed, so that others can read them at once. What this process still
    reads is not stored. Returns how many."""
    try:
        return claims.release_all(PageReading)
    except DatabaseError as error:
        logger.warning(
            "pages could not be given back: %s; they are seen to be of a process that is gone", type(error).__name__
        )
        return 0


def _put_into_queue(scans: list[tuple[int, int, int]]) -> int:
    """Put pages into the queue, except those that have a text from elsewhere or were read from the same image."""
    pages = [page for _, page, _ in scans]
    known = {reading.page_id: reading for reading in PageReading.objects.filter(page__in=pages)}
    with_text = dict(PageText.objects.filter(page__in=pages, current=True).values_list("page_id", "origin"))
    priorities = priorities_of(record for _, _, record in scans)
    new_readings, changed = [], []
    for scan, page, record in scans:
        reading = known.get(page)
        if reading is not None:
            if reading.scan_id != scan and with_text.get(page, "ocr") == "ocr":
                reading.scan_id, reading.state, reading.attempts = scan, State.WAITING, 0
                reading.claim, reading.claimed_until, reading.reason = "", None, ""
                changed.append(reading)
        elif page not in with_text:
            new_readings.append(PageReading(page_id=page, scan_id=scan, priority=priorities[record]))
    PageReading.objects.bulk_create(new_readings, batch_size=200, ignore_conflicts=True)
    PageReading.objects.bulk_update(
        changed, ["scan", "state", "attempts", "claim", "claimed_until", "reason"], batch_size=200
    )
    return len(new_readings) + len(changed)


def _claim(within: list[int] | None) -> PageReading | None:
    queue = PageReading.objects.order_by("-priority", "pk")
    if within is not None:
        queue = queue.filter(page__record__in=within)
    while (reading := claims.claim_next(queue)) is not None:
        if reading.attempts <= PageReading.MOST_ATTEMPTS:
            return reading
        _write_result(reading, State.FAILED, reason=f"reading it was broken off {reading.attempts - 1} times")
    return None


def _write_result(
    reading: PageReading, state: str, *, reason: str = "", seconds: float | None = None, **more: Any
) -> PageReading:
    """Write the result of a claimed page, unless the claim was lost."""
    ended = None if state == State.WAITING else timezone.now()
    changes = {"state": state, "reason": reason[:300], "seconds": seconds, "ended_at": ended, **more}
    if claims.release(reading, **changes):
        for name, value in {**changes, "claim": "", "claimed_until": None}.items():
            setattr(reading, name, value)
    return reading


def _has_better_text(page: Page) -> bool:
    return PageText.objects.filter(page=page, current=True).exclude(origin=PageText.Origin.OCR).exists()
