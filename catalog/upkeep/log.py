"""The log: one JSON object per line on stderr, without anything that shows who asked or what was typed.

A line contains no address, query string, path, host, name or mail: a log is read by more people, and stored in more
places, than the catalogue. So messages of libraries are not logged, only the name of the logger and the message before
values are inserted. Our own messages are logged, with exceptions in them reduced to their kind.
"""

import datetime
import json
import logging
import sys
import time
from functools import partial
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import UnreadablePostError

from catalog.upkeep.current import Work, current_work, role_of, route_of
from catalog.upkeep.failures import detail_of, is_disk_full, kind_of, trace_of

EVENTS = logging.getLogger("catalog.event")
MAX_MESSAGE = 500
# Responses "not implemented", "not now" and "no space" that are sent on purpose: they are no failures, and one visitor
# can cause thousands.
EXPECTED_STATUS = {501, 503, 507}
CSRF_REASONS = {"Origin": "origin", "Referer": "referer", "CSRF cookie": "cookie", "CSRF token": "token"}


def log_event(event: str, level: int = logging.INFO, **facts: str | int | float | bool) -> None:
    """Write a log line for an event. event: words with dots ("sign-in.failed"). facts: more fields; never a name, an
    address or anything a person typed."""
    EVENTS.log(level, "", extra={"event": event, "facts": facts})


def log_sign_ins() -> None:
    """From now on, write a line at every sign-in, refused sign-in and sign-out, without the name: that is in the table
    of sign-ins."""
    for signal, event, level in (
        (user_logged_in, "sign-in.done", logging.INFO),
        (user_login_failed, "sign-in.failed", logging.WARNING),
        (user_logged_out, "sign-out.done", logging.INFO),
    ):
        signal.connect(partial(_log_sign_in, event, level), dispatch_uid=f"catalog.{event}", weak=False)


def _log_sign_in(event: str, level: int, **_signal_arguments: Any) -> None:
    log_event(event, level)


def event_of(record: logging.LogRecord) -> str:
    """The event of a line: a word that can be searched for."""
    event = getattr(record, "event", "")
    if event:
        return str(event)
    error = record.exc_info[1] if record.exc_info else None
    if is_disk_full(error):
        return "disk.full"
    if isinstance(error, UnreadablePostError):
        # The sender has closed the connection: nothing of ours failed.
        return "request.broken"
    if record.name == "django.request":
        return "request.failed" if getattr(record, "status_code", 0) >= 500 else "request.refused"
    if record.name == "django.security.DisallowedHost":
        return "host.refused"
    if record.name == "django.security.csrf":
        return "csrf.refused"
    if record.name.startswith("django.security"):
        return "request.refused"
    return "log"


def line_of(record: logging.LogRecord) -> dict[str, Any]:
    """The fields of a line, in their order."""
    created = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
    line: dict[str, Any] = {
        "t": created.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "event": event_of(record),
    }
    work = work_of(record)
    if work is not None:
        line["id"] = work.id
        if work.request is not None:
            line["method"] = _method(work.request)
        line["route"] = route_of(work)
        if (status := getattr(record, "status_code", None)) is not None:
            line["status"] = status
        line["ms"] = round((time.monotonic() - work.started) * 1000)
        line["role"] = role_of(work)
    line |= getattr(record, "facts", {})
    if record.name != EVENTS.name:
        line["logger"] = record.name
    if message := _message(record):
        line["words"] = message
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        line["kind"] = kind_of(error)
        # A refused request needs no traceback: strangers could fill the log with them.
        if not line["event"].endswith(".refused"):
            line["trace"] = trace_of(error)
    line["release"] = settings.RELEASE
    return line


def work_of(record: logging.LogRecord) -> Work | None:
    """The work to which a record belongs. Django logs some responses after the last middleware, with the request."""
    return getattr(record, "work", None) or current_work() or getattr(getattr(record, "request", None), "work", None)


def _method(request: Any) -> str:
    method = str(request.method)
    return method if method.isascii() and method.isalpha() and len(method) <= 10 else "other"


def _message(record: logging.LogRecord) -> str:
    if record.name == "django.security.csrf":
        reason = str(record.args[0]) if isinstance(record.args, tuple) and record.args else ""
        return next((word for start, word in CSRF_REASONS.items() if reason.startswith(start)), "")
    if record.name.startswith("catalog"):
        # Our own messages, whose values are keys and counts; an exception among them is reduced to its kind.
        args = record.args
        if isinstance(args, tuple):
            args = tuple(_described(argument) if isinstance(argument, BaseException) else argument for argument in args)
        message = str(record.msg) % args if args else str(record.msg)
        return message.partition("DETAIL:")[0].strip()[:MAX_MESSAGE]
    # A message without values may have been formatted before; with values it is a constant of the library's code.
    return str(record.msg)[:MAX_MESSAGE] if record.args and not record.name.startswith("django.") else ""


def _described(error: BaseException) -> str:
    detail = detail_of(error)
    return f"{kind_of(error)}: {detail}" if detail else kind_of(error)


class JsonLineFormatter(logging.Formatter):
    """Formats a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; if it cannot be made, a line that reports this. Never fails."""
        try:
            return json.dumps(line_of(record), ensure_ascii=False, default=lambda value: type(value).__name__)
        except Exception as error:
            return json.dumps({"level": "error", "event": "log.failed", "logger": record.name, "kind": kind_of(error)})


class StderrHandler(logging.Handler):
    """Writes to the stderr of that moment; if it cannot be written, everything goes on."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line, in one piece."""
        try:
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()
        except (OSError, ValueError):
            # A full disk or a closed stream: it can be reported nowhere, and is no reason to fail a request.
            return


class FailureHandler(logging.Handler):
    """Passes errors to `reporting`, which needs the models: what is logged before they are loaded is only in the
    log."""

    def emit(self, record: logging.LogRecord) -> None:
        """Submit the record if it is an error. Never fails."""
        if record.levelno >= logging.ERROR and apps.ready:
            from catalog.upkeep.reporting import report_record

            report_record(record)


class WithoutExpectedAnswers(logging.Filter):
    """Filters out responses that are sent on purpose: busy, not supported, not ready."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is worth a line."""
        return not (
            record.name == "django.request"
            and getattr(record, "status_code", 0) in EXPECTED_STATUS
            and not record.exc_info
        )
