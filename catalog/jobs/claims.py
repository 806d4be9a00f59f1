"""The one way to claim a row, to renew the claim, and to give it back: the same on SQLite and PostgreSQL, for any
number of workers.

A claim names its holder: host, process, when the process began, and a random part. It ends by itself unless renewed,
and at once where its process is known to be gone. PostgreSQL skips rows that another worker is just claiming (SKIP
LOCKED); SQLite has one writer at a time, and its transactions here are IMMEDIATE.
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

# How long a claim lasts unless renewed: longer than a process can be away for a moment, short enough to be waited for.
LEASE = timedelta(seconds=120)
RENEWED_EVERY = 30.0
# By so much the clocks of two hosts may differ before a claim is taken for one dated into the future.
CLOCKS = timedelta(seconds=60)

C = TypeVar("C", bound=Claimable)


def new_claim() -> str:
    """A claim of this process, unlike any other."""
    return f"{claim_prefix()}:{uuid.uuid4().hex[:12]}"


def claim_prefix() -> str:
    """What every claim of this process begins with."""
    return f"{_place()}:{os.getpid()}:{_began(os.getpid())}"


def has_ended(claim: str, until: datetime | None, now: datetime) -> bool:
    """Whether a claim holds no more: its time is over, or it is dated further ahead than any claim can be (the clock
    was set back, or the host was cloned), or its process is gone."""
    return until is None or not now <= until <= now + LEASE + CLOCKS or is_process_gone(claim)


def is_process_gone(claim: str) -> bool:
    """Whether the claim's process was one of this place and is no more. Of other places nobody can tell."""
    place, _, rest = claim.partition(":")
    pid, _, rest = rest.partition(":")
    began = rest.partition(":")[0]
    if place != _place() or not (pid.isascii() and pid.isdigit() and len(pid) < 10):
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    # The number may have been given to another process since.
    now = _began(int(pid))
    return bool(began and now) and began != now


def claim_next(rows: QuerySet[C], *, waiting: Q | None = None) -> C | None:
    """Claim the first of `rows` that waits, or whose claim is over; None where there is none. Counts the attempt.

    rows: in the order in which they are to be taken. waiting: what else must hold of one that waits.
    """
    model: Any = rows.model
    now = timezone.now()
    held = model._default_manager.filter(state=model.CLAIMED)
    gone = [claim for claim in held.values_list("claim", flat=True) if is_process_gone(claim)]
    over = Q(claimed_until__lt=now) | Q(claimed_until__gt=now + LEASE + CLOCKS) | Q(claim__in=gone)
    free = rows.filter(Q(state=model.WAITING) & (waiting or Q()) | Q(state=model.CLAIMED) & over)
    if not free.exists():
        # Asked first without a lock, so that idle workers don't stand in the way of writers.
        return None
    if connection.features.has_select_for_update_skip_locked:
        free = free.select_for_update(skip_locked=True, of=("self",))
    with transaction.atomic():
        found = free.first()
        if found is None:
            return None
        found.state, found.claim, found.claimed_until = model.CLAIMED, new_claim(), now + LEASE
        model._default_manager.filter(pk=found.pk).update(
            state=found.state, claim=found.claim, claimed_until=found.claimed_until, attempts=F("attempts") + 1
        )
        found.attempts += 1
    return found


def held(row: C) -> QuerySet[C]:
    """The row, as long as it is held under this claim: every write about it goes through here."""
    model: Any = type(row)
    found: QuerySet[C] = model._default_manager.filter(pk=row.pk, claim=row.claim, state=model.CLAIMED)
    return found


def renew(row: Claimable) -> bool:
    """Hold it for longer; False where the claim was lost."""
    row.claimed_until = timezone.now() + LEASE
    return held(row).update(claimed_until=row.claimed_until) > 0


def release(row: Claimable, **changes: Any) -> bool:
    """End the claim with these changes to the row; False, and nothing written, where it was lost."""
    return held(row).update(claim="", claimed_until=None, **changes) > 0


def release_all(model: Any) -> int:
    """Let others have at once what this process holds of a table (`model` is Claimable); nothing it still does is kept.

    Returns how many rows.
    """
    own = model._default_manager.filter(state=model.CLAIMED, claim__startswith=f"{claim_prefix()}:")
    given = 0
    for row in own:
        with contextlib.suppress(DatabaseError), transaction.atomic():
            # A row that cannot wait (another of its kind and key does) stays, and is seen to be of a dead process.
            given += release(row, state=model.WAITING, attempts=max(0, row.attempts - 1))
    return given


@contextlib.contextmanager
def renewing(row: Claimable) -> Iterator[None]:
    """Renew the claim from a thread of its own for as long as the block lasts."""
    ended = threading.Event()

    def keep() -> None:
        while not ended.wait(RENEWED_EVERY):
            try:
                if not renew(row):
                    return
            except DatabaseError as error:
                logger.warning("a claim could not be renewed just now: %s", type(error).__name__)
            finally:
                connection.close()

    keeper = threading.Thread(target=keep, name="claim", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        ended.set()
        keeper.join(timeout=5)


@cache
def _place() -> str:
    """The host, and within it what tells apart starts of the system and containers that share a name."""
    said = _read("/proc/sys/kernel/random/boot_id")
    with contextlib.suppress(OSError):
        said += str(Path("/proc/self/ns/pid").readlink())
    return f"{socket.gethostname()[:60]}/{hashlib.sha256(said.encode()).hexdigest()[:8]}".replace(":", "-")


def _began(pid: int) -> str:
    """When a process began, in ticks since the system did; '' where the system does not say."""
    return (
        _read(f"/proc/{pid}/stat").rpartition(")")[2].strip().split(" ")[19:20][0] if _read(f"/proc/{pid}/stat") else ""
    )


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
