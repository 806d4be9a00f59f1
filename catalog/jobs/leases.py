"""Leases, for what only one process may do at a time: a row in the database that must be renewed."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.utils import timezone

from catalog.jobs import claims
from catalog.jobs.models import Lease as LeaseRow


class LeaseTaken(Exception):
    """Another process holds the lease; `holder`: which one."""

    def __init__(self, holder: str) -> None:
        super().__init__(holder)
        self.holder = holder


class Lease:
    """A named lease: `take` it, `renew` it between steps, `release`."""

    def __init__(self, name: str) -> None:
        self.name, self.holder = name, claims.new_claim()
        self._renewed = 0.0

    def take(self) -> None:
        """Take the lease, also if that of another has ended or its process is gone. Raises LeaseTaken."""
        with transaction.atomic():
            now = timezone.now()
            LeaseRow.objects.get_or_create(name=self.name, defaults={"claim": "", "claimed_until": now})
            lease = LeaseRow.objects.select_for_update().get(name=self.name)
            if lease.claim and not claims.has_ended(lease.claim, lease.claimed_until, now):
                raise LeaseTaken(lease.claim)
            LeaseRow.objects.filter(name=self.name).update(claim=self.holder, claimed_until=now + claims.LEASE)
        self._renewed = time.monotonic()

    def renew(self) -> None:
        """Renew the lease; may be called often, since it rarely writes. Raises LeaseTaken if the lease was lost."""
        if time.monotonic() - self._renewed < claims.LEASE.total_seconds() / 8:
            return
        until = timezone.now() + claims.LEASE
        if not LeaseRow.objects.filter(name=self.name, claim=self.holder).update(claimed_until=until):
            raise LeaseTaken("another process")
        self._renewed = time.monotonic()

    def release(self) -> None:
        """Release the lease."""
        LeaseRow.objects.filter(name=self.name, claim=self.holder).update(claim="", claimed_until=timezone.now())


@contextmanager
def hold(name: str, wait: float = 0.0) -> Iterator[Lease]:
    """Hold a lease during a block, after waiting up to `wait` seconds for it. Raises LeaseTaken."""
    lease = Lease(name)
    deadline = time.monotonic() + wait
    while True:
        try:
            lease.take()
            break
        except LeaseTaken:
            if time.monotonic() >= deadline:
                raise
            time.sleep(0.2)
    try:
        yield lease
    finally:
        lease.release()
