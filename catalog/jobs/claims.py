"""Claiming a row, renewing the claim, and releasing it: the same on SQLite and PostgreSQL, for any number of workers.

A claim names its holder: host, process, start time of the process, and a random part. It ends unless it is renewed, and
at once if its process is known to be gone. PostgreSQL skips rows that another worker is claiming (SKIP LOCKED); SQLite
has one writer at a time, and its transactions here are IMMEDIATE.
"""

import contextlib
import hashlib
import logging
import os
import socket
import threading
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from django.db import DatabaseError, connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from catalog.jobs.models import Claimable

logger = logging.getLogger(__name__)

# How long a claim lasts unless renewed: longer than a process may pause, short enough to wait for.
LEASE = timedelta(seconds=120)
RENEWED_EVERY = 30.0
# How much the clocks of two hosts may differ: a claim dated further into the future is not valid.
CLOCK_TOLERANCE = timedelta(seconds=60)

C = TypeVar("C", bound=Claimable)


def new_claim() -> str:
    """A new, unique claim of this process."""
    return f"{claim_prefix()}:{uuid.uuid4().hex[:12]}"


def claim_prefix() -> str:
    """The beginning of every claim of this process."""
    return f"{_host_id()}:{os.getpid()}:{_start_time(os.getpid())}"


def has_ended(claim: str, until: datetime | None, now: datetime) -> bool:
    """Whether a claim is no longer valid: its time is over, or it is dated further ahead than any claim can be (the
    clock was set back, or the host was cloned), or its process is gone."""
    return until is None or not now <= until <= now + LEASE + CLOCK_TOLERANCE or is_process_gone(claim)


def is_process_gone(claim: str) -> bool:
    """Whether the process of the claim ran on this host and no longer exists. False for other hosts: it is unknown."""
    host_id, _, rest = claim.partition(":")
    pid, _, rest = rest.partition(":")
    start_time = rest.partition(":")[0]
    if host_id != _host_id() or not (pid.isascii() and pid.isdigit() and len(pid) < 10):
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    # The process number may have been reused by another process.
    actual_start_time = _start_time(int(pid))
    return bool(start_time and actual_start_time) and start_time != actual_start_time


def claim_next(rows: QuerySet[C], *, waiting: Q | None = None) -> C | None:
    """Claim the first of `rows` that waits, or whose claim has ended; None if there is none. Counts the attempt.

    rows: in the order in which they are to be claimed. waiting: a further condition for those that wait.
    """
    model: Any = rows.model
    now = timezone.now()
    claimed = model._default_manager.filter(state=model.CLAIMED)
    gone_claims = [claim for claim in claimed.values_list("claim", flat=True) if is_process_gone(claim)]
    has_claim_ended = (
        Q(claimed_until__lt=now) | Q(claimed_until__gt=now + LEASE + CLOCK_TOLERANCE) | Q(claim__in=gone_claims)
    )
    free = rows.filter(Q(state=model.WAITING) & (waiting or Q()) | Q(state=model.CLAIMED) & has_claim_ended)
    if not free.exists():
        # Checked first without a lock, so that idle workers don't block writers.
        return None
    if connection.features.has_select_for_update_skip_locked:
        free = free.select_for_update(skip_locked=True, of=("self",))
    with transaction.atomic():
        row = free.first()
        if row is None:
            return None
        row.state, row.claim, row.claimed_until = model.CLAIMED, new_claim(), now + LEASE
        model._default_manager.filter(pk=row.pk).update(
            state=row.state, claim=row.claim, claimed_until=row.claimed_until, attempts=F("attempts") + 1
        )
        row.attempts += 1
    return row


def held(row: C) -> QuerySet[C]:
    """The row, if this claim still holds it, else no row: everything about it is written through this query set."""
    model: Any = type(row)
    rows: QuerySet[C] = model._default_manager.filter(pk=row.pk, claim=row.claim, state=model.CLAIMED)
    return rows


def renew(row: Claimable) -> bool:
    """Renew the claim; False if it was lost."""
    row.claimed_until = timezone.now() + LEASE
    return held(row).update(claimed_until=row.claimed_until) > 0


def release(row: Claimable, **changes: Any) -> bool:
    """End the claim and write these changes to the row; False, with nothing written, if the claim was lost."""
    return held(row).update(claim="", claimed_until=None, **changes) > 0


def release_all(model: Any) -> int:
    """Release all rows of a table (`model` is Claimable) that this process has claimed, so that others can claim them
    at once. What this process still writes about them is lost. Returns how many rows.
    """
    rows = model._default_manager.filter(state=model.CLAIMED, claim__startswith=f"{claim_prefix()}:")
    count = 0
    for row in rows:
        with contextlib.suppress(DatabaseError), transaction.atomic():
            # A row that cannot wait (another of its kind and key waits) stays claimed until its process is gone.
            count += release(row, state=model.WAITING, attempts=max(0, row.attempts - 1))
    return count


@contextlib.contextmanager
def renewing(row: Claimable, every: float = RENEWED_EVERY) -> Iterator[None]:
    """Renew the claim in a thread of its own during the block, `every` so many seconds."""
    stop = threading.Event()

    def renew_repeatedly() -> None:
        while not stop.wait(every):
            try:
                if not renew(row):
                    return
            except DatabaseError as error:
                logger.warning("a claim could not be renewed just now: %s", type(error).__name__)
            finally:
                connection.close()

    thread = threading.Thread(target=renew_repeatedly, name="claim", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=5)


@cache
def _host_id() -> str:
    """An id of the host, and of this boot and container, since containers may share a host name."""
    identity = _read("/proc/sys/kernel/random/boot_id")
    with contextlib.suppress(OSError):
        identity += str(Path("/proc/self/ns/pid").readlink())
    return f"{socket.gethostname()[:60]}/{hashlib.sha256(identity.encode()).hexdigest()[:8]}".replace(":", "-")


def _start_time(pid: int) -> str:
    """When a process started, in ticks since the system started; '' if unknown."""
    return (
        _read(f"/proc/{pid}/stat").rpartition(")")[2].strip().split(" ")[19:20][0] if _read(f"/proc/{pid}/stat") else ""
    )


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
