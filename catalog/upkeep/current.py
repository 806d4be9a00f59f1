"""The current work of a thread: a request, a command or a job. Log lines and error rows take their facts from it."""

import contextlib
import secrets
import time
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

# Without letters and digits that are confused when an id is read out on the telephone.
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def new_id() -> str:
    """An id such as `K7QM-3XPD`: short enough to be read out, long enough to be unique."""
    letters = [LETTERS[byte % 32] for byte in secrets.token_bytes(8)]
    return "".join(letters[:4]) + "-" + "".join(letters[4:])


@dataclass(slots=True)
class Work:
    """One request, command or job. request: Django's request, if it is one; route: for everything else, its name in the
    log ("worker", "job:reading"); started: monotonic seconds."""

    id: str = field(default_factory=new_id)
    request: Any = None
    route: str = ""
    started: float = field(default_factory=time.monotonic)


_current: ContextVar[Work | None] = ContextVar("work", default=None)


def current_work() -> Work | None:
    """The current work of this thread, or None."""
    return _current.get()


@contextlib.contextmanager
def working_on(*, request: Any = None, route: str = "") -> Iterator[Work]:
    """Within the block, this request, command or job is the current work: its id is in every log line."""
    work = Work(request=request, route=route)
    token = _current.set(work)
    try:
        yield work
    finally:
        _current.reset(token)


def route_of(work: Work | None) -> str:
    """The URL pattern of a request, never its path, which may contain a number or a name; for other work its name."""
    if work is None:
        return ""
    match = getattr(work.request, "resolver_match", None)
    return str(match.route)[:200] if match is not None else work.route


def role_of(work: Work | None) -> str:
    """`administrator`, `staff`, `user` or `visitor`, as far as known without a database query; never who it is."""
    if work is None or work.request is None:
        return ""
    user = getattr(work.request, "_cached_user", None)
    if user is None or not user.is_authenticated:
        return "visitor"
    return "administrator" if user.is_superuser else "staff" if user.is_staff else "user"
