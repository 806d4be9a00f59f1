"""Who may write the index now: one process at a time, by a lease in the database that must be renewed to last."""

import os
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from catalog.search.models import IndexLease

# Longer than the longest batch; a holder that died on the same host is known sooner.
SECONDS = 120
NAME = "index"


class LeaseTaken(Exception):
    """Another process writes the index; `holder` says which."""

    def __init__(self, holder: str) -> None:
        super().__init__(holder)
        self.holder = holder


class Lease:
    """A lease taken; `renew` it between batches."""

    def __init__(self) -> None:
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._renewed = 0.0

    def take(self) -> None:
        """Take it, or take it over from one that is over or whose process is gone. Raises LeaseTaken."""
        with transaction.atomic():
            IndexLease.objects.get_or_create(name=NAME, defaults={"holder": "", "until": timezone.now()})
            standing = IndexLease.objects.select_for_update().get(name=NAME)
            if standing.holder and standing.until > timezone.now() and not _gone(standing.holder):
                raise LeaseTaken(standing.holder)
            self._write()

    def renew(self) -> None:
        """Hold it for longer; asked often, it writes seldom. Raises LeaseTaken where it was lost meanwhile."""
        if time.monotonic() - self._renewed < SECONDS / 8:
            return
        if not IndexLease.objects.filter(name=NAME, holder=self.holder).exists():
            raise LeaseTaken("another process")
        self._write()

    def give_back(self) -> None:
        """Let the next one have it."""
        IndexLease.objects.filter(name=NAME, holder=self.holder).update(holder="", until=timezone.now())

    def _write(self) -> None:
        until = timezone.now() + timedelta(seconds=SECONDS)
        IndexLease.objects.filter(name=NAME).update(holder=self.holder, until=until)
        self._renewed = time.monotonic()


@contextmanager
def writing_index(wait: float = 0.0) -> Iterator[Lease]:
    """Hold the lease for a block, waiting up to `wait` seconds for it. Raises LeaseTaken."""
    lease = Lease()
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


def _gone(holder: str) -> bool:
    """Whether the holder was a process of this host that is no more."""
    host, _, rest = holder.partition(":")
    pid = rest.partition(":")[0]
    if host != socket.gethostname() or not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
