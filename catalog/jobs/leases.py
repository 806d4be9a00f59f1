"""What only one process may do at a time: a lease in the database that must be renewed to last."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.utils import timezone

from catalog.jobs import claims
from catalog.jobs.models import Lease as LeaseRow


class LeaseTaken(Exception):
    """Another process does it; `holder` says which."""

    def __init__(self, holder: str) -> None:
        super().__init__(holder)
        self.holder = holder


class Lease:
    """A named lease: `take` it, `renew` it between steps, `give_back`."""

    def __init__(self, name: str) -> None:
        self.name, self.holder = name, claims.new_claim()
        self._renewed = 0.0

    def take(self) -> None:
        """Take it, or take it over from one that is over or whose process is gone. Raises LeaseTaken."""
        with transaction.atomic():
            now = timezone.now()
            LeaseRow.objects.get_or_create(name=self.name, defaults={"claim": "", "claimed_until": now})
            standing = LeaseRow.objects.select_for_update().get(name=self.name)
            if standing.claim and not claims.has_ended(standing.claim, standing.claimed_until, now):
                raise LeaseTaken(standing.claim)
            LeaseRow.objects.filter(name=self.name).update(claim=self.holder, claimed_until=now + claims.LEASE)
        self._renewed = time.monotonic()

    def renew(self) -> None:
        """Hold it for longer; asked often, it writes seldom. Raises LeaseTaken where it was lost meanwhile."""
        if time.monotonic() - self._renewed < claims.LEASE.total_seconds() / 8:
            return
        until = timezone.now() + claims.LEASE
        if not LeaseRow.objects.filter(name=self.name, claim=self.holder).update(claimed_until=until):
            raise LeaseTaken("another process")
        self._renewed = time.monotonic()

    def give_back(self) -> None:
        """Let the next one have it."""
        LeaseRow.objects.filter(name=self.name, claim=self.holder).update(claim="", claimed_until=timezone.now())


@contextmanager
def hold(name: str, wait: float = 0.0) -> Iterator[Lease]:
    """Hold a lease for a block, waiting up to `wait` seconds for it. Raises LeaseTaken."""
    lease = Lease(name)
    until = time.monotonic() + wait
    while True:
        try:
            lease.take()
            break
        except LeaseTaken:
            if time.monotonic() >= until:
                raise
            time.sleep(0.2)
    try:
        yield lease
    finally:
        lease.give_back()
