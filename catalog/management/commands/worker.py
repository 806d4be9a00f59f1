"""`manage.py worker`: the one process that works in the background: it keeps the index in step and does queued tasks."""

import logging
import signal
import threading
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import close_old_connections, connection
from django.utils import timezone
from django_tasks_db.management.commands.db_worker import Worker

from catalog.changes.statistics import weigh_tables
from catalog.engines.interface import EngineError
from catalog.records.queries import COUNTED_EVERY, count_readable_anew
from catalog.scans.fixity import Rate, begin_pass, go_on, is_due, send_alarms
from catalog.scans.intake.tasks import take_up_batches
from catalog.scans.ocr import tesseract_available
from catalog.scans.reading.queue import fill_queue, give_back, read_next
from catalog.search.actions import LeaseTaken, follow_changes, how_many, is_in_order, mend_index, note_what_opened_today
from catalog.search.people.lists import drop_expired_lists
from catalog.search.people.tasks import take_up_lists

logger = logging.getLogger(__name__)

PAUSE = 0.5
PAUSE_BETWEEN_CHECKS = 60.0
CHECKED_AT_ONCE = 20
READING_PAUSE, LOOKED_FOR_IMAGES = 2.0, 5.0
COMPARED_AT_START = 100_000


class Command(BaseCommand):
    """Runs until it is told to stop."""

    help = "Keep the search index in step and do queued work, until Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        """Index in a thread of its own, tasks in this one: a long OCR never delays a published record."""
        stop = threading.Event()
        take_up_lists()
        take_up_batches()
        follower = threading.Thread(target=follow_until, args=[stop], name="index", daemon=True)
        follower.start()
        keeper = threading.Thread(target=keep_fixity_until, args=[stop], name="fixity", daemon=True)
        keeper.start()
        # A daemon: a page under way is not waited for at the end; it is given back, and taken up again.
        threading.Thread(target=read_until, args=[stop], name="reading", daemon=True).start()
        worker = Worker(
            queue_names=["default"], interval=1, batch=False, backend_name="default", startup_delay=False,
            max_tasks=None, worker_id="kyuc", excluded_queue_names=[],
        )  # fmt: skip

        def leave(*_: Any) -> None:
            stop.set()
            worker.running = False

        signal.signal(signal.SIGTERM, leave)
        signal.signal(signal.SIGINT, leave)
        try:
            worker.run()
        finally:
            stop.set()
            follower.join(timeout=10)
            keeper.join(timeout=10)
            give_back()


def read_until(stop: threading.Event) -> None:
    """Read one page after another at low priority, as long as reading is not paused; look for new images in between."""
    complained, filled, whole = "", 0.0, False
    while not stop.is_set():
        busy = False
        try:
            if not filled or time.monotonic() - filled > LOOKED_FOR_IMAGES:
                # Once from the start: pages whose images came before this process, or past it.
                fill_queue(from_the_start=not whole)
                filled, whole = time.monotonic(), True
            if tesseract_available():
                busy = read_next() is not None
                complained = ""
            else:
                complained = _complain(
                    "tesseract with its Vietnamese model is not installed; pages stay unread", complained
                )
        except Exception as error:
            # The loop must outlive a locked database and a full disk alike.
            complained = _complain(f"machine reading could not go on, trying again: {error!r}", complained)
        close_old_connections()
        if not busy:
            stop.wait(READING_PAUSE)
    connection.close()


def follow_until(stop: threading.Event) -> None:
    """Follow changes every half second; what fails is said once and tried again, for ever."""
    complained, day, counted = "", None, 0.0
    while not stop.is_set():
        try:
            while not stop.is_set() and follow_changes():
                pass
            if day != timezone.localdate():
                note_what_opened_today()
                drop_expired_lists()
                # A large index is compared in the night; a fault in it is noticed by whoever asks it, at any hour.
                if day is not None or not is_in_order() or how_many() <= COMPARED_AT_START:
                    mend_index()
                weigh_tables()
                day = timezone.localdate()
            if time.monotonic() > counted:
                count_readable_anew()
                counted = time.monotonic() + COUNTED_EVERY
            complained = ""
        except LeaseTaken as error:
            complained = _complain(f"{error.holder} writes the index; this process waits", complained)
        except Exception as error:
            # The loop must outlive a locked database, a full disk and a damaged index alike.
            complained = _complain(f"the index could not be brought in step, trying again: {error!r}", complained)
            if isinstance(error, EngineError):
                _mend()
        close_old_connections()
        stop.wait(PAUSE)
    connection.close()


def keep_fixity_until(stop: threading.Event) -> None:
    """Hold the originals against their checksums when it is time, a few files at once, never faster than it may; for ever."""
    rate = Rate(settings.FIXITY_BYTES_A_SECOND)
    while not stop.wait(PAUSE_BETWEEN_CHECKS):
        try:
            while not stop.is_set() and is_due():
                if go_on(walk=begin_pass(), rate=rate, most=CHECKED_AT_ONCE):
                    rate = Rate(settings.FIXITY_BYTES_A_SECOND)
                send_alarms()
        except Exception:
            # A locked database or a store out of reach for a moment must not end the watch.
            logger.exception("the originals could not be checked just now; it is tried again")
        close_old_connections()
    connection.close()


def _complain(words: str, before: str) -> str:
    if words != before:
        logger.warning(words)
    return words


def _mend() -> None:
    try:
        logger.info("the index was put right: %s documents written", mend_index())
    except (EngineError, LeaseTaken) as error:
        logger.error("the index could not be put right: %s", error)
