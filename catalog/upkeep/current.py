"""What is being worked on at this moment: a request, a command or a job. Log lines and error rows take their facts from
here."""

import contextlib
import secrets
import time
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

# Without letters and digits that are taken for one another when an id is read out on the telephone.
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def new_id() -> str:
    """An id such as `K7QM-3XPD`: short enough to be read out, long enough not to come twice."""
    letters = [LETTERS[byte % 32] for byte in secrets.token_bytes(8)]
    return "".join(letters[:4]) + "-" + "".join(letters[4:])


@dataclass(slots=True)
class Work:
    """One request, command or job. request: Django's request, where it is one; route: for everything else, what it is
    called in the log ("worker", "job:reading"); began: monotonic seconds."""

    id: str = field(default_factory=new_id)
    request: Any = None
    route: str = ""
    began: float = field(default_factory=time.monotonic)


_current: ContextVar[Work | None] = ContextVar("work", default=None)


def current_work() -> Work | None:
    """What is being worked on in this thread, or None."""
    return _current.get()


@contextlib.contextmanager
def working_on(*, request: Any = None, route: str = "") -> Iterator[Work]:
    """Everything logged inside carries the id of this request, command or job."""
    work = Work(request=request, route=route)
    token = _current.set(work)
    try:
        yield work
    finally:
        _current.reset(token)


def route_of(work: Work | None) -> str:
    """The URL pattern of a request, never its path, which may hold a number or a name; otherwise the name of the
    work."""
    if work is None:
        return ""
    match = getattr(work.request, "resolver_match", None)
    return str(match.route)[:200] if match is not None else work.route


def role_of(work: Work | None) -> str:
    """`administrator`, `staff`, `user` or `visitor`, as far as it is known without asking the database; never who."""
    if work is None or work.request is None:
        return ""
    user = getattr(work.request, "_cached_user", None)
    if user is None or not user.is_authenticated:
        return "visitor"
    return "administrator" if user.is_superuser else "staff" if user.is_staff else "user"
