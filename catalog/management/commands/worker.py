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

from catalog.engines.interface import EngineError
from catalog.search.actions import follow_changes, index_differences, note_what_opened_today, rebuild_index
from catalog.search.people.lists import drop_expired_lists
from catalog.search.people.tasks import take_up_lists

logger = logging.getLogger(__name__)

PAUSE = 0.5


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
    complained, day = "", None
    while not stop.is_set():
        try:
            if day != timezone.localdate():
                day = timezone.localdate()
                note_what_opened_today()
                drop_expired_lists()
                _mend()
            while not stop.is_set() and follow_changes():
                pass
            complained = ""
        except Exception as error:
            # The loop must outlive a locked database, a full disk and a damaged index alike.
            if str(error) != complained:
                logger.exception("the index could not be brought in step; trying again")
                complained = str(error)
            if isinstance(error, EngineError):
                _mend()
            time.sleep(PAUSE)
        close_old_connections()
        stop.wait(PAUSE)
    connection.close()


def _mend() -> None:
    try:
        missing, spare = index_differences()
        if not missing and not spare:
            return
    except EngineError:
        pass
    try:
        logger.info("the index differed from the catalogue and was built anew: %s documents", rebuild_index())
    except EngineError as error:
        logger.error("the index could not be built: %s", error)
