"""The object through which a handler accesses its job."""

import threading
import time
from typing import Any

from django.conf import settings
from django.utils import timezone

from catalog.jobs import claims
from catalog.jobs.faults import ClaimLost, Leaving, Stopped
from catalog.jobs.models import Job


class Handle:
    """One run of one job: its key and payload, reporting of progress, and the point where it is told to stop."""

    def __init__(self, row: Job, leaving: threading.Event | None = None) -> None:
        """row: claimed. leaving: set when the worker is about to end."""
        self.row = row
        self._leaving = leaving
        self._written_at = time.monotonic()

    @property
    def key(self) -> str:
        """The key of the job: what it works on."""
        return self.row.key

    @property
    def payload(self) -> dict[str, Any]:
        """The payload of the job."""
        payload: dict[str, Any] = self.row.payload
        return payload

    @property
    def stop_asked(self) -> bool:
        """Whether the work must end at this step: a person stopped it, the worker ends, or the claim was lost. Queries
        the database."""
        if self._leaving is not None and self._leaving.is_set():
            return True
        return not claims.held(self.row).filter(stop_asked=False).exists()

    def progress(self, done: int, total: int = 0) -> None:
        """Report progress (`done` of `total`; 0 if unknown), and renew the claim. Call it at every step: it writes only
        every two seconds. Raises Stopped, Leaving or ClaimLost if the work must end here; do not catch them."""
        has_progressed = done > self.row.done
        self.row.done, self.row.total = max(0, done), max(0, total)
        is_first_progress = has_progressed and self.row.attempts > 0
        if has_progressed:
            self.row.attempts = 0
        if self._leaving is not None and self._leaving.is_set():
            raise Leaving
        if is_first_progress or time.monotonic() - self._written_at >= settings.JOB_PROGRESS_SECONDS:
            # The first progress of a run is written at once, so that a job which is killed repeatedly still advances.
            self.renew()

    def renew(self) -> None:
        """Renew the claim and write the progress. Raises as `progress` does."""
        row = self.row
        row.claimed_until = timezone.now() + claims.LEASE
        written = claims.held(row).update(
            claimed_until=row.claimed_until, done=row.done, total=row.total, attempts=row.attempts
        )
        self._written_at = time.monotonic()
        if not written:
            raise ClaimLost
        if self._leaving is not None and self._leaving.is_set():
            raise Leaving
        if claims.held(row).filter(stop_asked=True).exists():
            raise Stopped
