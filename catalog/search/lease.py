"""Who may write the index now: one process at a time, by the jobs room's lease of that name."""

from collections.abc import Iterator
from contextlib import contextmanager

from catalog.jobs.leases import Lease, LeaseTaken, hold

NAME = "index"


@contextmanager
def writing_index(wait: float = 0.0) -> Iterator[Lease]:
    """Hold the lease for a block, waiting up to `wait` seconds for it. Raises LeaseTaken."""
    with hold(NAME, wait) as lease:
        yield lease


__all__ = ["NAME", "Lease", "LeaseTaken", "writing_index"]
