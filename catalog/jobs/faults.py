"""How work can end otherwise than well, and what of that passes by itself."""

from django.db import InterfaceError, OperationalError


class Later(Exception):
    """Not now: try again in `seconds`. Does not count as an attempt. reason: an English sentence that is translated, or
    ''."""

    def __init__(self, seconds: float, reason: str = "") -> None:
        super().__init__(reason)
        self.seconds, self.reason = seconds, reason


class GivenUp(Exception):
    """Trying again is no use: the job has failed. reason: an English sentence marked by gettext_noop."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Stopped(Exception):
    """A person asked that it stop."""


class Leaving(Exception):
    """The worker is about to end; the job waits again."""


class ClaimLost(Exception):
    """Another worker has taken it up; nothing more may be written."""


def is_database_unavailable(error: BaseException) -> bool:
    """Whether the database was locked, or did not answer."""
    return isinstance(error, OperationalError | InterfaceError)
