"""What a handler holds of the job it works on."""

import threading
import time
from typing import Any

from django.utils import timezone

from catalog.jobs import claims
from catalog.jobs.faults import ClaimLost, Leaving, Stopped
from catalog.jobs.models import Job

# Progress is written no more often than this (seconds), so that telling it costs nothing.
WRITTEN_EVERY = 2.0


class Handle:
    """One turn of one job: says what is asked, takes how far it is, and ends the work where it must end."""

    def __init__(self, row: Job, leaving: threading.Event | None = None) -> None:
        """row: claimed. leaving: set when the worker is about to end."""
        self.row = row
        self._leaving = leaving
        self._looked = time.monotonic()

    @property
    def key(self) -> str:
        """What is worked on."""
        return self.row.key

    @property
    def payload(self) -> dict[str, Any]:
        """What was given along."""
        found: dict[str, Any] = self.row.payload
        return found

    @property
    def stop_asked(self) -> bool:
        """Whether the work must end at this step: a person asked, the worker ends, or the claim was lost. Asks the
        database."""
        if self._leaving is not None and self._leaving.is_set():
            return True
        return not claims.held(self.row).filter(stop_asked=False).exists()

    def progress(self, done: int, total: int = 0) -> None:
        """Say how far it is (`done` of `total`; 0: nobody knows), and hold the job for longer. Call it at every step:
        it
        writes every two seconds. Raises Stopped, Leaving or ClaimLost where the work must end here; let them pass."""
        headway = done > self.row.done
        self.row.done, self.row.total = max(0, done), max(0, total)
        first, self.row.attempts = headway and self.row.attempts > 0, 0 if headway else self.row.attempts
        if self._leaving is not None and self._leaving.is_set():
            raise Leaving
        if first or time.monotonic() - self._looked >= WRITTEN_EVERY:
            # The first headway of a turn is written at once: one that is killed again and again gets on all the same.
            self.renew()

    def renew(self) -> None:
        """Hold the job for longer, and write how far it is. Raises as `progress` does."""
        row = self.row
        row.claimed_until = timezone.now() + claims.LEASE
        written = claims.held(row).update(
            claimed_until=row.claimed_until, done=row.done, total=row.total, attempts=row.attempts
        )
        self._looked = time.monotonic()
        if not written:
            raise ClaimLost
        if self._leaving is not None and self._leaving.is_set():
            raise Leaving
        if claims.held(row).filter(stop_asked=True).exists():
            raise Stopped
