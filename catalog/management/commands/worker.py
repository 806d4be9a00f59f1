"""`manage.py worker`: the one process that works in the background: it keeps the index in step and does queued tasks."""

import logging
import signal
import threading
import time
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections, connection
from django.utils import timezone
from django_tasks_db.management.commands.db_worker import Worker

from catalog.changes.statistics import weigh_tables
from catalog.engines.interface import EngineError
from catalog.records.queries import COUNTED_EVERY, count_readable_anew
from catalog.search.actions import LeaseTaken, follow_changes, how_many, is_in_order, mend_index, note_what_opened_today
from catalog.search.people.lists import drop_expired_lists
from catalog.search.people.tasks import take_up_lists

logger = logging.getLogger(__name__)

PAUSE = 0.5
COMPARED_AT_START = 100_000


class Command(BaseCommand):
    """Runs until it is told to stop."""

    help = "Keep the search index in step and do queued work, until Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        """Index in a thread of its own, tasks in this one: a long OCR never delays a published record."""
        stop = threading.Event()
        take_up_lists()
        follower = threading.Thread(target=follow_until, args=[stop], name="index", daemon=True)
        follower.start()
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


def _complain(words: str, before: str) -> str:
    if words != before:
        logger.warning(words)
    return words


def _mend() -> None:
    try:
        logger.info("the index was put right: %s documents written", mend_index())
    except (EngineError, LeaseTaken) as error:
        logger.error("the index could not be put right: %s", error)
