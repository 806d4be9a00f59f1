"""Only one process at a time writes the index: the one that holds the lease `index` of the jobs room."""

from collections.abc import Iterator
from contextlib import contextmanager

from catalog.jobs.leases import Lease, LeaseTaken, hold

NAME = "index"


@contextmanager
def writing_index(wait: float = 0.0) -> Iterator[Lease]:
    """A context in which this process holds the lease, after waiting for it up to `wait` seconds. Raises LeaseTaken."""
    with hold(NAME, wait) as lease:
        yield lease


__all__ = ["NAME", "Lease", "LeaseTaken", "writing_index"]
