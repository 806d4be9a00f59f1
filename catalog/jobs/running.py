"""Running the waiting jobs: one at a time per lane, each to an end that is recorded."""

import datetime
import logging
import threading
from collections.abc import Sequence
from typing import Any

from django.db import DatabaseError, IntegrityError, close_old_connections, connection, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_noop

from catalog.jobs import claims
from catalog.jobs.faults import ClaimLost, GivenUp, Later, Leaving, Stopped, is_database_unavailable
from catalog.jobs.handle import Handle
from catalog.jobs.models import Job
from catalog.jobs.registry import Kind, call_given_up, kinds
from catalog.upkeep.failures import is_disk_full, kind_of, place_of
from catalog.upkeep.reporting import report_failure

logger = logging.getLogger(__name__)

State = Job.State
IDLE = 1.0
LONGEST_PAUSE = 600.0
# Seconds before the next try after a temporary failure.
TEMPORARY_PAUSE = 30.0
# How often in a row the worker of a job may be killed (by lack of memory, for example) before the job is given up.
MOST_BROKEN_OFF = 10
BROKEN_OFF = gettext_noop("Its worker was ended in the middle of it several times in a row.")
FULL = gettext_noop("The disk is full. Make room; it is tried again by itself.")
SUPERSEDED = gettext_noop("The same work waits once more, so this turn of it was dropped.")
DATABASE_BUSY = gettext_noop("The database was busy or did not answer. It is tried again by itself.")
UNEXPECTED = gettext_noop("It broke off unexpectedly. The log of the worker says where.")


def claim_next_job(names: Sequence[str]) -> Job | None:
    """Claim the next job of these kinds that is due, or whose worker is gone. Only one of a kind and key runs at a
    time."""
    running_alike = Job.objects.filter(kind=OuterRef("kind"), key=OuterRef("key"), state=State.RUNNING)
    due = Q(due_at__lte=timezone.now()) & (Q(key="") | ~Q(Exists(running_alike)))
    row = claims.claim_next(Job.objects.filter(kind__in=names).order_by("due_at", "pk"), waiting=due)
    if row is None:
        return None
    row.started_at, row.done_before = timezone.now(), row.done
    claims.held(row).update(started_at=row.started_at, done_before=F("done"))
    return row


def run(row: Job, leaving: threading.Event | None = None) -> str:
    """Run a claimed job and write how it ended; returns its state. Catches all exceptions that are not exits."""
    kind = kinds()[row.kind]
    if row.attempts > max(kind.tries, MOST_BROKEN_OFF):
        # The last runs ended without a result: their worker was killed.
        return _end(row, State.FAILED, BROKEN_OFF)
    if row.stop_asked:
        return _end(row, State.STOPPED)
    handle = Handle(row, leaving)
    try:
        with claims.renewing(row):
            kind.act(handle)
    except ClaimLost:
        logger.warning("job %s (%s) was taken up by another worker", row.pk, row.kind)
        return str(State.RUNNING)
    except Stopped:
        return _end(row, State.STOPPED)
    except Leaving:
        return _wait_again(row, 0, "", attempts=row.attempts - 1)
    except Later as later:
        return _wait_again(row, later.seconds, later.reason, attempts=row.attempts - 1)
    except GivenUp as reason_given:
        return _end(row, State.FAILED, reason_given.reason)
    except Exception as error:
        return _handle_error(kind, row, error)
    return _end(row, State.DONE)


def run_next(names: Sequence[str], leaving: threading.Event | None = None) -> Job | None:
    """Claim the next job of these kinds and run it; None if none is due."""
    row = claim_next_job(names)
    if row is not None:
        run(row, leaving)
    return row


def run_all_due(names: Sequence[str] | None = None, *, limit: int = 1000) -> int:
    """Run what is due, until nothing is; returns how many runs there were. For commands and tests."""
    count = 0
    while count < limit and run_next(list(kinds()) if names is None else names) is not None:
        count += 1
    return count


def run_now(job: Job) -> None:
    """Run a waiting job in this process and in the open transaction, if there is one."""
    row = claims.claim_next(Job.objects.filter(pk=job.pk))
    if row is None:
        return
    run(row)
    job.refresh_from_db()


def run_until(stop: threading.Event, names: Sequence[str]) -> None:
    """Run the jobs of one lane until `stop` is set. The loop survives a locked database, a full disk, and errors of
    handlers."""
    last_error = ""
    while not stop.is_set():
        busy = False
        try:
            busy = run_next(names, stop) is not None
            last_error = ""
        except Exception as error:
            error_name = type(error).__name__
            if error_name != last_error:
                logger.warning("background work could not go on just now, trying again: %s", error_name)
            last_error = error_name
        close_old_connections()
        if not busy:
            stop.wait(IDLE)
    connection.close()


def release_all_jobs() -> int:
    """Release the jobs that this process has claimed and will not finish, so that other workers can claim them at once.
    Never fails."""
    try:
        return claims.release_all(Job)
    except Exception as error:
        logger.warning(
            "jobs could not be given back: %s; they are seen to be of a process that is gone", type(error).__name__
        )
        return 0


def _handle_error(kind: Kind, row: Job, error: Exception) -> str:
    """Handle an exception: after a temporary failure the job is tried again without end, after others `tries`
    times."""
    if is_disk_full(error):
        # Logged with the error, from which the alarm recognises a full disk.
        logger.error("job %s (%s) waits", row.pk, row.kind, exc_info=error)
        return _wait_again(row, TEMPORARY_PAUSE, FULL, attempts=row.attempts - 1)
    if is_database_unavailable(error):
        logger.warning("job %s (%s) waits: %s", row.pk, row.kind, type(error).__name__)
        return _wait_again(row, TEMPORARY_PAUSE, DATABASE_BUSY, attempts=row.attempts - 1)
    # No error yet: it is tried again. The message is not logged: it may contain a name that a person typed.
    logger.warning("job %s (%s), try %s: %s at %s", row.pk, row.kind, row.attempts, kind_of(error), place_of(error))
    if row.attempts >= kind.tries:
        # Recorded for the desk and mailed: it is not tried again by itself.
        report_failure(error, event="job.failed", route=f"job:{row.kind}")
        return _end(row, State.FAILED, UNEXPECTED)
    pause = min(LONGEST_PAUSE, kind.pause * 2 ** max(0, row.attempts - 1))
    return _wait_again(row, pause, UNEXPECTED, attempts=row.attempts)


def _wait_again(row: Job, seconds: float, reason: str, *, attempts: int) -> str:
    due = timezone.now() + datetime.timedelta(seconds=seconds)
    try:
        with transaction.atomic():
            _release(row, state=State.WAITING, due_at=due, reason=reason, attempts=max(0, attempts))
    except IntegrityError:
        return _end(row, State.STOPPED, SUPERSEDED)
    return str(State.WAITING)


def _end(row: Job, state: str, reason: str = "") -> str:
    if _release(row, state=state, reason=reason, ended_at=timezone.now()) and state in (State.FAILED, State.STOPPED):
        row.state, row.reason = state, reason
        if reason != SUPERSEDED:
            call_given_up(row)
    return str(state)


def _release(row: Job, **changes: Any) -> bool:
    """Write how a run ended. If the database is locked for a moment, it is tried again: the work itself is done."""
    changes = {"done": row.done, "total": row.total, **changes}
    for is_last_try in (False, False, True):
        try:
            return claims.release(row, **changes)
        except IntegrityError:
            raise
        except DatabaseError:
            if is_last_try:
                raise
    return False
