"""`manage.py worker`: the background process: it updates the search index, reads pages and runs jobs."""

import logging
import signal
import threading
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import close_old_connections, connection

from catalog.engines.interface import EngineError
from catalog.images.fixity import enqueue_walk
from catalog.jobs.daily import enqueue_daily_jobs
from catalog.jobs.registry import lanes
from catalog.jobs.running import release_all_jobs, run_until
from catalog.reading.ocr import tesseract_available
from catalog.reading.queue import fill_queue, read_next, release_readings
from catalog.records.queries import refresh_counts
from catalog.search.actions import (
    LeaseTaken,
    count_documents,
    follow_changes,
    is_index_readable,
    reconcile_or_rebuild_index,
)
from catalog.search.jobs import COMPARED_BY_DAY

logger = logging.getLogger(__name__)

INDEX_PAUSE, CLOCK_PAUSE = 0.5, 30.0
READING_PAUSE, FILL_QUEUE_EVERY = 2.0, 5.0
SECONDS_TO_STOP = 10.0


class Command(BaseCommand):
    """Runs until it gets SIGTERM or SIGINT. Several workers may run: each piece of work is done by one of them."""

    help = "Keep the search index in step and do queued work, until Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        """Threads for the index, for reading, and for each lane of jobs, so that a long OCR never delays the index."""
        stop = threading.Event()
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signal_number, lambda *_: stop.set())
        threads = [threading.Thread(target=follow_until, args=[stop], name="index", daemon=True)]
        for lane, names in sorted(lanes().items()):
            threads.append(threading.Thread(target=run_until, args=[stop, names], name=lane, daemon=True))
        # At the end the page that is being read is not waited for: it is released, and read again later.
        reader = threading.Thread(target=read_until, args=[stop], name="reading", daemon=True)
        for thread in (*threads, reader):
            thread.start()
        enqueue_due_work_until(stop)
        deadline = time.monotonic() + SECONDS_TO_STOP
        for thread in threads:
            thread.join(timeout=max(0.0, deadline - time.monotonic()))
        release_readings()
        release_all_jobs()


def enqueue_due_work_until(stop: threading.Event) -> None:
    """Enqueue jobs that are due by the clock, until `stop` is set."""
    last_warning = ""
    while not stop.is_set():
        try:
            enqueue_daily_jobs()
            enqueue_walk()
            last_warning = ""
        except Exception as error:
            # A locked database must not end the worker: it tries again in the next round.
            last_warning = _warn_once(
                "daily work could not be asked for, trying again: %s", type(error).__name__, last_warning
            )
        close_old_connections()
        stop.wait(CLOCK_PAUSE)
    connection.close()


def read_until(stop: threading.Event) -> None:
    """Read one page after another while reading is not paused, and queue new images in between, until `stop` is set."""
    last_warning, filled_at, filled_from_start = "", 0.0, False
    while not stop.is_set():
        has_read = False
        try:
            if not filled_at or time.monotonic() - filled_at > FILL_QUEUE_EVERY:
                # The first time from the start: some images may have been added while no worker ran.
                fill_queue(from_the_start=not filled_from_start)
                filled_at, filled_from_start = time.monotonic(), True
            if tesseract_available():
                has_read = read_next() is not None
                last_warning = ""
            else:
                last_warning = _warn_once(
                    "pages stay unread: %s", "tesseract with its Vietnamese model is not installed", last_warning
                )
        except Exception as error:
            # A locked database or a full disk must not end the loop.
            last_warning = _warn_once(
                "machine reading could not go on, trying again: %s", type(error).__name__, last_warning
            )
        close_old_connections()
        if not has_read:
            stop.wait(READING_PAUSE)
    connection.close()


def follow_until(stop: threading.Event) -> None:
    """Index changes every half second until `stop` is set. A failure is logged once, and tried again."""
    last_warning, is_compared, count_at = "", False, 0.0
    while not stop.is_set():
        try:
            while not stop.is_set() and follow_changes():
                pass
            if not is_compared:
                # The index may differ if something happened while no worker ran. A large one is compared at night only.
                if not is_index_readable() or count_documents() <= COMPARED_BY_DAY:
                    reconcile_or_rebuild_index()
                is_compared = True
            if time.monotonic() > count_at:
                refresh_counts()
                count_at = time.monotonic() + settings.COUNT_SECONDS
            last_warning = ""
        except LeaseTaken as error:
            last_warning = _warn_once(
                "another process writes the index, this one waits: %s", error.holder, last_warning
            )
        except Exception as error:
            # A locked database, a full disk or a damaged index must not end the loop.
            last_warning = _warn_once(
                "the index could not be brought in step, trying again: %s", type(error).__name__, last_warning
            )
            if isinstance(error, EngineError):
                _repair_index()
        close_old_connections()
        stop.wait(INDEX_PAUSE)
    connection.close()


def _warn_once(sentence: str, value: str, last_warning: str) -> str:
    """Log a warning unless it is the same as the last one; returns it, for the next call."""
    warning = sentence % value
    if warning != last_warning:
        logger.warning("%s", warning)
    return warning


def _repair_index() -> None:
    try:
        logger.info("the index was put right: %s documents written", reconcile_or_rebuild_index())
    except Exception as error:
        logger.error("the index could not be put right: %s", type(error).__name__)
