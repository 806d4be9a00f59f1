"""Running what waits: one job at a time a lane, each to an end that somebody can see."""

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
from catalog.jobs.actions import SUPERSEDED, call_given_up
from catalog.jobs.faults import ClaimLost, GivenUp, Later, Leaving, Stopped, is_database_unavailable
from catalog.jobs.handle import Handle
from catalog.jobs.models import Job
from catalog.jobs.registry import Kind, kinds
from catalog.upkeep.failures import is_disk_full, kind_of, place_of
from catalog.upkeep.reporting import report_failure

logger = logging.getLogger(__name__)

State = Job.State
IDLE = 1.0
LONGEST_PAUSE = 600.0
# How soon it is tried again after what passes by itself (seconds).
PASSING_PAUSE = 30.0
# So often in a row a job may take its worker down with it (memory, a kill) before it is given up.
MOST_BROKEN_OFF = 10
BROKEN_OFF = gettext_noop("Its worker was ended in the middle of it several times in a row.")
FULL = gettext_noop("The disk is full. Make room; it is tried again by itself.")
AWAY = gettext_noop("The database was busy or did not answer. It is tried again by itself.")
UNEXPECTED = gettext_noop("It broke off unexpectedly. The log of the worker says where.")


def take_next(names: Sequence[str]) -> Job | None:
    """Claim the next job of these kinds that is due, or whose worker is gone. Of a kind and key one runs at a time."""
    same = Job.objects.filter(kind=OuterRef("kind"), key=OuterRef("key"), state=State.RUNNING)
    due = Q(due_at__lte=timezone.now()) & (Q(key="") | ~Q(Exists(same)))
    row = claims.claim_next(Job.objects.filter(kind__in=names).order_by("due_at", "pk"), waiting=due)
    if row is None:
        return None
    row.started_at, row.done_before = timezone.now(), row.done
    claims.held(row).update(started_at=row.started_at, done_before=F("done"))
    return row


def run(row: Job, leaving: threading.Event | None = None) -> str:
    """Work on a claimed job and write how it ended; returns its state. Only the end of the process passes through."""
    kind = kinds()[row.kind]
    if row.attempts > max(kind.tries, MOST_BROKEN_OFF):
        # Nobody wrote how the last turns ended.
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
        return _wait(row, 0, "", attempts=row.attempts - 1)
    except Later as later:
        return _wait(row, later.seconds, later.reason, attempts=row.attempts - 1)
    except GivenUp as given:
        return _end(row, State.FAILED, given.reason)
    except Exception as error:
        return _failed(kind, row, error)
    return _end(row, State.DONE)


def run_next(names: Sequence[str], leaving: threading.Event | None = None) -> Job | None:
    """Claim the next job of these kinds and run it; None where none is due."""
    row = take_next(names)
    if row is not None:
        run(row, leaving)
    return row


def run_all_due(names: Sequence[str] | None = None, *, most: int = 1000) -> int:
    """Run what is due now, until nothing is; how many turns were taken. For commands and tests."""
    done = 0
    while done < most and run_next(list(kinds()) if names is None else names) is not None:
        done += 1
    return done


def run_now(job: Job) -> None:
    """Run a job that waits here and now, in the transaction that is open, if any."""
    row = claims.claim_next(Job.objects.filter(pk=job.pk))
    if row is None:
        return
    run(row)
    job.refresh_from_db()


def run_until(stop: threading.Event, names: Sequence[str]) -> None:
    """Work on one lane for ever. Whatever happens, the loop goes on: a locked database, a full disk, a handler's
    fault."""
    complained = ""
    while not stop.is_set():
        busy = False
        try:
            busy = run_next(names, stop) is not None
            complained = ""
        except Exception as error:
            said = type(error).__name__
            if said != complained:
                logger.warning("background work could not go on just now, trying again: %s", said)
            complained = said
        close_old_connections()
        if not busy:
            stop.wait(IDLE)
    connection.close()


def release_all_jobs() -> int:
    """Let other workers have at once what this process has begun and will not end. Never fails."""
    try:
        return claims.release_all(Job)
    except Exception as error:
        logger.warning(
            "jobs could not be given back: %s; they are seen to be of a process that is gone", type(error).__name__
        )
        return 0


def _failed(kind: Kind, row: Job, error: Exception) -> str:
    """What to do about an exception: what passes by itself is waited for without end, the rest is tried `tries`
    times."""
    if is_disk_full(error):
        # With the error, by which the alarm knows that a disk is full.
        logger.error("job %s (%s) waits", row.pk, row.kind, exc_info=error)
        return _wait(row, PASSING_PAUSE, FULL, attempts=row.attempts - 1)
    if is_database_unavailable(error):
        logger.warning("job %s (%s) waits: %s", row.pk, row.kind, type(error).__name__)
        return _wait(row, PASSING_PAUSE, AWAY, attempts=row.attempts - 1)
    # No error yet: it is tried again by itself. The words of an exception may hold a name that a person typed.
    logger.warning("job %s (%s), try %s: %s at %s", row.pk, row.kind, row.attempts, kind_of(error), place_of(error))
    if row.attempts >= kind.tries:
        # Kept for the desk and mailed about: it does not go on by itself any more.
        report_failure(error, event="job.failed", route=f"job:{row.kind}")
        return _end(row, State.FAILED, UNEXPECTED)
    pause = min(LONGEST_PAUSE, kind.pause * 2 ** max(0, row.attempts - 1))
    return _wait(row, pause, UNEXPECTED, attempts=row.attempts)


def _wait(row: Job, seconds: float, reason: str, *, attempts: int) -> str:
    due = timezone.now() + datetime.timedelta(seconds=seconds)
    try:
        with transaction.atomic():
            _let_go(row, state=State.WAITING, due_at=due, reason=reason, attempts=max(0, attempts))
    except IntegrityError:
        return _end(row, State.STOPPED, SUPERSEDED)
    return str(State.WAITING)


def _end(row: Job, state: str, reason: str = "") -> str:
    if _let_go(row, state=state, reason=reason, ended_at=timezone.now()) and state in (State.FAILED, State.STOPPED):
        row.state, row.reason = state, reason
        if reason != SUPERSEDED:
            call_given_up(row)
    return str(state)


def _let_go(row: Job, **changes: Any) -> bool:
    """Write how a turn ended. A database that is locked for a moment is asked again: the turn's work is done."""
    changes = {"done": row.done, "total": row.total, **changes}
    for last in (False, False, True):
        try:
            return claims.release(row, **changes)
        except IntegrityError:
            raise
        except DatabaseError:
            if last:
                raise
    return False
