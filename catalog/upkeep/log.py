"""The log: one JSON object a line on stderr, without anything that tells who asked or what was typed.

No address, query string, path, host, name or mail is in a line: a log is read by more people, and kept in more places,
than the catalogue. Libraries' messages are therefore not repeated, only the logger's name and the message before values
are put into it; our own messages are repeated, with exceptions in them reduced to their kind.
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
MOST_WORDS = 500
# Answers that say "not now", "not given here" or "no room" without an exception; they are no failures of their own, and
# one visitor can cause thousands.
SAID = {501, 503, 507}
CSRF_REASONS = {"Origin": "origin", "Referer": "referer", "CSRF cookie": "cookie", "CSRF token": "token"}


def log_event(event: str, level: int = logging.INFO, **facts: str | int | float | bool) -> None:
    """Write a line of its own. event: words with dots ("sign-in.failed"). facts: further fields; never a name, an
    address or anything a person typed."""
    EVENTS.log(level, "", extra={"event": event, "facts": facts})


def log_sign_ins() -> None:
    """Write a line at every sign-in, refused sign-in and sign-out, without the name: whose it was is for the table of
    sign-ins."""
    for signal, event, level in (
        (user_logged_in, "sign-in.done", logging.INFO),
        (user_login_failed, "sign-in.failed", logging.WARNING),
        (user_logged_out, "sign-out.done", logging.INFO),
    ):
        signal.connect(partial(_said_sign_in, event, level), dispatch_uid=f"catalog.{event}", weak=False)


def _said_sign_in(event: str, level: int, **_about: Any) -> None:
    log_event(event, level)


def event_of(record: logging.LogRecord) -> str:
    """What a line is about, in a word that a search can look for."""
    given = getattr(record, "event", "")
    if given:
        return str(given)
    error = record.exc_info[1] if record.exc_info else None
    if is_disk_full(error):
        return "disk.full"
    if isinstance(error, UnreadablePostError):
        # Whoever sent it has gone: nothing of ours failed.
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
    at = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
    line: dict[str, Any] = {
        "t": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "event": event_of(record),
    }
    work = _work_of(record)
    if work is not None:
        line["id"] = work.id
        if work.request is not None:
            line["method"] = _method(work.request)
        line["route"] = route_of(work)
        if (status := getattr(record, "status_code", None)) is not None:
            line["status"] = status
        line["ms"] = round((time.monotonic() - work.began) * 1000)
        line["role"] = role_of(work)
    line |= getattr(record, "facts", {})
    if record.name != EVENTS.name:
        line["logger"] = record.name
    if words := _words(record):
        line["words"] = words
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        line["kind"] = kind_of(error)
        # What a stranger provoked and was refused needs no traceback, and would fill the log.
        if not line["event"].endswith(".refused"):
            line["trace"] = trace_of(error)
    line["release"] = settings.RELEASE
    return line


def _work_of(record: logging.LogRecord) -> Work | None:
    # Django logs some answers after the last middleware is left, with the request at hand.
    return getattr(record, "work", None) or current_work() or getattr(getattr(record, "request", None), "work", None)


def _method(request: Any) -> str:
    method = str(request.method)
    return method if method.isascii() and method.isalpha() and len(method) <= 10 else "other"


def _words(record: logging.LogRecord) -> str:
    if record.name == "django.security.csrf":
        reason = str(record.args[0]) if isinstance(record.args, tuple) and record.args else ""
        return next((word for start, word in CSRF_REASONS.items() if reason.startswith(start)), "")
    if record.name.startswith("catalog"):
        # Messages of our own, whose values are keys and counts; an exception among them says its kind.
        args = record.args
        if isinstance(args, tuple):
            args = tuple(_told(one) if isinstance(one, BaseException) else one for one in args)
        words = str(record.msg) % args if args else str(record.msg)
        return words.partition("DETAIL:")[0].strip()[:MOST_WORDS]
    # A message without values may have been put together before; with them it is a sentence of the library's code.
    return str(record.msg)[:MOST_WORDS] if record.args and not record.name.startswith("django.") else ""


def _told(error: BaseException) -> str:
    detail = detail_of(error)
    return f"{kind_of(error)}: {detail}" if detail else kind_of(error)


class JsonLineFormatter(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; one that cannot be made says so, and never fails."""
        try:
            return json.dumps(line_of(record), ensure_ascii=False, default=lambda one: type(one).__name__)
        except Exception as error:
            return json.dumps({"level": "error", "event": "log.failed", "logger": record.name, "kind": kind_of(error)})


class StderrHandler(logging.Handler):
    """Writes to whatever stderr is at that moment; a log that cannot be written stops nothing."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line, in one piece."""
        try:
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()
        except (OSError, ValueError):
            # A full disk or a closed stream. There is nowhere else to say it, and no reason to fail a request.
            return


class FailureHandler(logging.Handler):
    """Gives errors to `reporting`, which needs the models: what is logged before they stand is in the log alone."""

    def emit(self, record: logging.LogRecord) -> None:
        """Hand one over. Never fails."""
        if record.levelno >= logging.ERROR and apps.ready:
            from catalog.upkeep.reporting import report_record

            report_record(record)


class WithoutExpectedAnswers(logging.Filter):
    """Leaves out answers that are meant: busy, not supported, not ready."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is worth a line."""
        return not (
            record.name == "django.request" and getattr(record, "status_code", 0) in SAID and not record.exc_info
        )
