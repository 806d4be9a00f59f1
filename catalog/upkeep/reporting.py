"""Failures handed over to a thread that writes them down and mails, so that no answer waits and no failing transaction
takes the note with it."""

import atexit
import logging
import os
import queue
import sys
import threading
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from django.conf import settings
from django.db import close_old_connections, connection, transaction

from catalog.upkeep.actions import Failure, mail_unsent_alarms, raise_alarm, record_error
from catalog.upkeep.current import Work, current_work, new_id, route_of
from catalog.upkeep.failures import is_disk_full, kind_of, place_of
from catalog.upkeep.log import EVENTS, event_of

logger = logging.getLogger(__name__)

# What this room itself logs about failures must not come back to it; and damaged originals have a page and mails of
# their own.
TOLD_OTHERWISE = ("catalog.upkeep", "catalog.images.fixity")
MOST_WAITING = 200
MOST_A_MINUTE = 60
LOOKED_AGAIN = 300.0
AT_THE_END = 5.0


class _Keeper:
    """The thread, begun with the first failure of this process."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self.waiting: queue.Queue[Failure] = queue.Queue(MOST_WAITING)
        self.thread = threading.Thread(target=self._work, name="upkeep", daemon=True)
        self.thread.start()

    def _work(self) -> None:
        while True:
            try:
                failure = self.waiting.get(timeout=LOOKED_AGAIN)
            except queue.Empty:
                _mail_again()
                connection.close()
                continue
            try:
                keep(failure)
            finally:
                self.waiting.task_done()
                close_old_connections()

    def flush(self, patience: float) -> bool:
        """Wait until everything handed over is written; False where that took too long."""
        until = time.monotonic() + patience
        with self.waiting.all_tasks_done:
            while self.waiting.unfinished_tasks:
                left = until - time.monotonic()
                if left <= 0 or not self.thread.is_alive():
                    return False
                self.waiting.all_tasks_done.wait(left)
        return True


_keeper: _Keeper | None = None
_made = threading.Lock()


@dataclass
class _Minute:
    """What was handed over in this minute of this process."""

    number: int = 0
    failures: int = 0
    causes: set[str] = field(default_factory=set)

    def is_flooded(self, cause: str) -> bool:
        """Count one more; whether there are too many already. A cause that is new in this minute never is: a flood of
        one must not hide that the disk is full."""
        if self.number != (now := int(time.monotonic() // 60)):
            self.number, self.failures, self.causes = now, 0, set()
        self.failures += 1
        flooded = self.failures > MOST_A_MINUTE and (cause in self.causes or len(self.causes) > MOST_A_MINUTE)
        self.causes.add(cause)
        return flooded


_minute = _Minute()


def submit_failure(failure: Failure) -> None:
    """Have a failure written down and, if it is time, mailed about. Returns at once and never fails; in a flood of
    failures the log alone holds them all."""
    if _minute.is_flooded(failure.cause):
        return
    if not settings.UPKEEP_APART:
        keep(failure)
        return
    global _keeper
    with _made:
        if _keeper is None or _keeper.process != os.getpid() or not _keeper.thread.is_alive():
            _keeper = _Keeper()
    try:
        _keeper.waiting.put_nowait(failure)
    except queue.Full:
        return


def flush(patience: float = AT_THE_END) -> bool:
    """Wait until what was handed over in this process is written; False where that took longer than `patience`
    seconds."""
    return _keeper is None or _keeper.process != os.getpid() or _keeper.flush(patience)


def keep(failure: Failure) -> None:
    """Write a failure down and mail about it if it is time. Never fails: what cannot be written is in the log."""
    try:
        if failure.counted:
            with transaction.atomic():
                record_error(failure)
    except Exception as error:
        logger.warning("an error could not be noted for the desk: %s", error)
    try:
        raise_alarm(failure)
    except Exception as error:
        logger.warning("an alarm could not be raised: %s", error)


def _mail_again() -> None:
    try:
        mail_unsent_alarms()
    except Exception as error:
        logger.warning("alarms that wait could not be mailed: %s", error)


def report_record(record: logging.LogRecord) -> None:
    """Hand over what a line of the log says failed: requests, and what our own rooms log as errors. Refused requests
    are no errors. Never fails."""
    try:
        failure = _failure(record)
    except Exception:
        return
    if failure is not None:
        submit_failure(failure)


def _failure(record: logging.LogRecord) -> Failure | None:
    event = event_of(record)
    ours = record.name.startswith("catalog.") and not record.name.startswith(TOLD_OTHERWISE)
    if record.levelno < logging.ERROR or not (ours or event in ("request.failed", "disk.full")):
        return None
    work = getattr(record, "work", None) or current_work() or getattr(getattr(record, "request", None), "work", None)
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        # The message before values are put into it: a sentence of our own code.
        kind, place = str(record.msg)[:200] if record.args else record.name, f"{record.module}:{record.lineno}"
    else:
        kind, place = kind_of(error), place_of(error)
    if work is None:
        # So that the line and the row bear the same number: this handler stands before the one that writes the line.
        work = record.work = Work(route=record.name)
    return Failure(work.id, event, kind, place, route_of(work))


def report_failure(error: BaseException, *, event: str = "job.failed", route: str = "") -> str:
    """Log a failure, keep it for the desk, and raise the alarm; returns the id under which it is in the log.

    event: "job.failed", "command.failed"; route: what was being done, from a fixed list ("job:reading"), never what it
    was done to. For whoever catches an exception instead of letting it end the process. Returns at once and never
    fails.
    """
    here = current_work()
    # Inside a request the number is the request's own, which the visitor is shown.
    work = here if here is not None and not route else Work(route=route)
    EVENTS.error("", exc_info=error, extra={"event": "disk.full" if is_disk_full(error) else event, "work": work})
    return work.id


def alarm(event: str, *, route: str = "") -> None:
    """Raise an alarm that is no error: "disk.low". Returns at once and never fails."""
    work = current_work()
    reference = work.id if work else new_id()
    EVENTS.warning("", extra={"event": event, "work": work})
    submit_failure(Failure(reference, event, event, route=route or route_of(work), counted=False))


def report_unhandled(route: str) -> None:
    """From now on what ends this process, or a thread of it, by an error is logged, kept and mailed about. At a
    terminal the usual traceback is printed too."""
    usual, usual_thread = sys.excepthook, threading.excepthook

    def ended(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if _is_failure(error):
            report_failure(error.with_traceback(trace), event="command.failed", route=route)
            flush()
        if not _is_failure(error) or sys.stderr.isatty():
            usual(kind, error, trace)

    def thread_ended(about: Any) -> None:
        if about.exc_value is not None and _is_failure(about.exc_value):
            name = about.thread.name if about.thread else ""
            report_failure(
                about.exc_value, event="command.failed", route=f"{route} ({name})" if name.isidentifier() else route
            )
        if sys.stderr.isatty():
            usual_thread(about)

    sys.excepthook, threading.excepthook = ended, thread_ended


def _is_failure(error: BaseException) -> bool:
    """Not Ctrl-C, and not a reader of our output who has read enough."""
    return isinstance(error, Exception) and not isinstance(error, BrokenPipeError)


atexit.register(flush)
