"""Exceptions by which a job can end, and which failures are temporary."""

from django.db import InterfaceError, OperationalError


class Later(Exception):
    """Raised by a handler: not now, try again in `seconds`. Does not count as an attempt. reason: an English sentence
    that is translated, or ''."""

    def __init__(self, seconds: float, reason: str = "") -> None:
        super().__init__(reason)
        self.seconds, self.reason = seconds, reason


class GivenUp(Exception):
    """Raised by a handler: trying again is useless, the job has failed. reason: an English sentence marked by
    gettext_noop."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Stopped(Exception):
    """A person has stopped the job."""


class Leaving(Exception):
    """The worker is about to end; the job goes back to waiting."""


class ClaimLost(Exception):
    """Another worker has claimed the job; this one may write nothing more."""


def is_database_unavailable(error: BaseException) -> bool:
    """Whether the database was locked or did not answer."""
    return isinstance(error, OperationalError | InterfaceError)
