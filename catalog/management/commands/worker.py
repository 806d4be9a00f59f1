"""`manage.py worker`: the one process that works in the background: it keeps the index in step and does what waits."""

import logging
import signal
import threading
import time
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections, connection

from catalog.engines.interface import EngineError
from catalog.images.fixity import enqueue_walk
from catalog.jobs.daily import enqueue_daily_jobs
from catalog.jobs.registry import lanes
from catalog.jobs.running import release_all_jobs, run_until
from catalog.reading.ocr import tesseract_available
from catalog.reading.queue import fill_queue, read_next, release_readings
from catalog.records.queries import COUNTED_EVERY, refresh_counts
from catalog.search.actions import LeaseTaken, follow_changes, how_many, is_in_order, mend_index
from catalog.search.jobs import COMPARED_BY_DAY

logger = logging.getLogger(__name__)

PAUSE, LOOKED_AT_CLOCK = 0.5, 30.0
READING_PAUSE, LOOKED_FOR_IMAGES = 2.0, 5.0
PATIENCE = 10.0


class Command(BaseCommand):
    """Runs until it is told to stop. Any number of workers may run: each thing is done by one."""

    help = "Keep the search index in step and do queued work, until Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        """A thread for the index, one for reading, one a lane of jobs: a long OCR never delays a published record."""
        stop = threading.Event()
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, lambda *_: stop.set())
        threads = [threading.Thread(target=follow_until, args=[stop], name="index", daemon=True)]
        for lane, names in sorted(lanes().items()):
            threads.append(threading.Thread(target=run_until, args=[stop, names], name=lane, daemon=True))
        # A page under way is not waited for at the end; it is given back, and taken up again.
        reader = threading.Thread(target=read_until, args=[stop], name="reading", daemon=True)
        for thread in (*threads, reader):
            thread.start()
        look_at_clock_until(stop)
        until = time.monotonic() + PATIENCE
        for thread in threads:
            thread.join(timeout=max(0.0, until - time.monotonic()))
        release_readings()
        release_all_jobs()


def look_at_clock_until(stop: threading.Event) -> None:
    """Ask for what is due by the clock, for ever."""
    complained = ""
    while not stop.is_set():
        try:
            enqueue_daily_jobs()
            enqueue_walk()
            complained = ""
        except Exception as error:
            # A locked database must not end the worker: the next look is as good.
            complained = _complain(
                "daily work could not be asked for, trying again: %s", type(error).__name__, complained
            )
        close_old_connections()
        stop.wait(LOOKED_AT_CLOCK)
    connection.close()


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
                    "pages stay unread: %s", "tesseract with its Vietnamese model is not installed", complained
                )
        except Exception as error:
            # The loop must outlive a locked database and a full disk alike.
            complained = _complain(
                "machine reading could not go on, trying again: %s", type(error).__name__, complained
            )
        close_old_connections()
        if not busy:
            stop.wait(READING_PAUSE)
    connection.close()


def follow_until(stop: threading.Event) -> None:
    """Follow changes every half second; what fails is said once and tried again, for ever."""
    complained, looked, counted = "", False, 0.0
    while not stop.is_set():
        try:
            while not stop.is_set() and follow_changes():
                pass
            if not looked:
                # Whatever befell it while no worker ran. A large one is compared in the night alone.
                if not is_in_order() or how_many() <= COMPARED_BY_DAY:
                    mend_index()
                looked = True
            if time.monotonic() > counted:
                refresh_counts()
                counted = time.monotonic() + COUNTED_EVERY
            complained = ""
        except LeaseTaken as error:
            complained = _complain("another process writes the index, this one waits: %s", error.holder, complained)
        except Exception as error:
            # The loop must outlive a locked database, a full disk and a damaged index alike.
            complained = _complain(
                "the index could not be brought in step, trying again: %s", type(error).__name__, complained
            )
            if isinstance(error, EngineError):
                _mend()
        close_old_connections()
        stop.wait(PAUSE)
    connection.close()


def _complain(sentence: str, value: str, before: str) -> str:
    """Log a complaint, but only once as long as it is the same; returns what to compare the next one with."""
    words = sentence % value
    if words != before:
        logger.warning("%s", words)
    return words


def _mend() -> None:
    try:
        logger.info("the index was put right: %s documents written", mend_index())
    except Exception as error:
        logger.error("the index could not be put right: %s", type(error).__name__)
