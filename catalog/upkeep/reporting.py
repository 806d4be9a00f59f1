"""Failures are recorded and mailed by a thread of their own, so that no response waits for it and no record is lost
when a transaction is rolled back."""

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
from catalog.upkeep.log import EVENTS, event_of, work_of

logger = logging.getLogger(__name__)

# Log lines of this room must not be reported to it again; damaged originals have a page and mails of their own.
REPORTED_ELSEWHERE = ("catalog.upkeep", "catalog.images.fixity")
MOST_WAITING = 200
RETRY_SECONDS = 300.0
FLUSH_SECONDS = 5.0


class _Reporter:
    """The thread that records failures; started with the first failure of this process."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self.waiting: queue.Queue[Failure] = queue.Queue(MOST_WAITING)
        self.thread = threading.Thread(target=self._work, name="upkeep", daemon=True)
        self.thread.start()

    def _work(self) -> None:
        while True:
            try:
                failure = self.waiting.get(timeout=RETRY_SECONDS)
            except queue.Empty:
                _retry_mails()
                connection.close()
                continue
            try:
                store_failure(failure)
            finally:
                self.waiting.task_done()
                close_old_connections()

    def flush(self, timeout: float) -> bool:
        """Wait until everything submitted is recorded; False if that takes more than `timeout` seconds."""
        deadline = time.monotonic() + timeout
        with self.waiting.all_tasks_done:
            while self.waiting.unfinished_tasks:
                remaining = deadline - time.monotonic()
                if remaining <= 0 or not self.thread.is_alive():
                    return False
                self.waiting.all_tasks_done.wait(remaining)
        return True


_reporter: _Reporter | None = None
_creating = threading.Lock()


@dataclass
class _Minute:
    """What this process submitted in the current minute."""

    number: int = 0
    failures: int = 0
    causes: set[str] = field(default_factory=set)

    def is_flooded(self, cause: str) -> bool:
        """Count one more failure; whether there are too many. A cause that is new in this minute is let through: a
        flood of one cause must not hide that the disk is full."""
        if self.number != (now := int(time.monotonic() // 60)):
            self.number, self.failures, self.causes = now, 0, set()
        self.failures += 1
        most = settings.FAILURES_A_MINUTE
        is_flood = self.failures > most and (cause in self.causes or len(self.causes) > most)
        self.causes.add(cause)
        return is_flood


_minute = _Minute()


def begin_new_minute() -> None:
    """Forget what was submitted in the current minute, so that the next failures are no flood."""
    global _minute
    _minute = _Minute()


def submit_failure(failure: Failure) -> None:
    """Have a failure recorded and, if it is time, mailed. Returns at once and never fails. In a flood of failures only
    the log has all of them."""
    if _minute.is_flooded(failure.cause):
        return
    if not settings.UPKEEP_APART:
        store_failure(failure)
        return
    global _reporter
    with _creating:
        if _reporter is None or _reporter.process != os.getpid() or not _reporter.thread.is_alive():
            _reporter = _Reporter()
    try:
        _reporter.waiting.put_nowait(failure)
    except queue.Full:
        return


def flush(timeout: float = FLUSH_SECONDS) -> bool:
    """Wait until everything that this process submitted is recorded; False if that takes more than `timeout`
    seconds."""
    return _reporter is None or _reporter.process != os.getpid() or _reporter.flush(timeout)


def store_failure(failure: Failure) -> None:
    """Record a failure, and mail about it if it is time. Never fails: what cannot be recorded is in the log."""
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


def _retry_mails() -> None:
    try:
        mail_unsent_alarms()
    except Exception as error:
        logger.warning("alarms that wait could not be mailed: %s", error)


def report_record(record: logging.LogRecord) -> None:
    """Submit the failure that a log record reports: failed requests, and what our own rooms log as errors. Refused
    requests are no errors. Never fails."""
    try:
        failure = _failure(record)
    except Exception:
        return
    if failure is not None:
        submit_failure(failure)


def _failure(record: logging.LogRecord) -> Failure | None:
    event = event_of(record)
    is_ours = record.name.startswith("catalog.") and not record.name.startswith(REPORTED_ELSEWHERE)
    if record.levelno < logging.ERROR or not (is_ours or event in ("request.failed", "disk.full")):
        return None
    work = work_of(record)
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        # The message before values are inserted: a sentence of our own code.
        kind, place = str(record.msg)[:200] if record.args else record.name, f"{record.module}:{record.lineno}"
    else:
        kind, place = kind_of(error), place_of(error)
    if work is None:
        # Log line and row must have the same id: this handler runs before the one that writes the line.
        work = record.work = Work(route=record.name)
    return Failure(work.id, event, kind, place, route_of(work))


def report_failure(error: BaseException, *, event: str = "job.failed", route: str = "") -> str:
    """Log a failure, record it for the desk, and raise the alarm. Returns its id in the log.

    event: "job.failed", "command.failed"; route: the name of the work from a fixed list ("job:reading"), never what it
    works on. For code that catches an exception which would otherwise end the process. Returns at once and never fails.
    """
    current = current_work()
    # Inside a request the id is that of the request, which the visitor is shown.
    work = current if current is not None and not route else Work(route=route)
    EVENTS.error("", exc_info=error, extra={"event": "disk.full" if is_disk_full(error) else event, "work": work})
    return work.id


def alarm(event: str, *, route: str = "") -> None:
    """Raise an alarm that is no error, such as "disk.low". Returns at once and never fails."""
    work = current_work()
    reference = work.id if work else new_id()
    EVENTS.warning("", extra={"event": event, "work": work})
    submit_failure(Failure(reference, event, event, route=route or route_of(work), counted=False))


def report_unhandled(route: str) -> None:
    """From now on, an error that ends this process or one of its threads is logged, recorded and mailed. At a terminal
    the usual traceback is printed too."""
    default_hook, default_thread_hook = sys.excepthook, threading.excepthook

    def log_process_end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if _is_failure(error):
            report_failure(error.with_traceback(trace), event="command.failed", route=route)
            flush()
        if not _is_failure(error) or sys.stderr.isatty():
            default_hook(kind, error, trace)

    def log_thread_end(hook_args: Any) -> None:
        if hook_args.exc_value is not None and _is_failure(hook_args.exc_value):
            name = hook_args.thread.name if hook_args.thread else ""
            report_failure(
                hook_args.exc_value, event="command.failed", route=f"{route} ({name})" if name.isidentifier() else route
            )
        if sys.stderr.isatty():
            default_thread_hook(hook_args)

    sys.excepthook, threading.excepthook = log_process_end, log_thread_end


def _is_failure(error: BaseException) -> bool:
    """Whether it is an error: not Ctrl-C, and not a closed pipe at the end of our output."""
    return isinstance(error, Exception) and not isinstance(error, BrokenPipeError)


atexit.register(flush)
