"""Exceptions described without what people typed: kinds, places in the code, and no more of a message than is safe.

The message of an exception often quotes a value: a name, a path, a whole row (PostgreSQL's DETAIL). So messages are
left out, except where the interpreter or the database makes them of names in our own code.
"""

import errno
import os
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import Error as DatabaseError
from django.db import OperationalError

ROOT = Path(__file__).resolve().parents[2]
OURS = ("catalog/", "archive/", "fixtures/")
MOST_FRAMES = 30
# Their messages name attributes, modules and the like of the code itself.
SAFE_MESSAGES = (AttributeError, ImportError, NameError, RecursionError, ZeroDivisionError)
FULL = {errno.ENOSPC, errno.EDQUOT}
DISK_FULL_STATE = "53100"


def kind_of(error: BaseException) -> str:
    """The exception's class, with its module where it is no built-in one."""
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def detail_of(error: BaseException) -> str:
    """What may be said beside the kind: the system's words for an OSError, state and constraint for a database error,
    the message of errors that quote nothing but code; else ''."""
    if isinstance(error, OSError):
        # Not `str(error)`, which names the file.
        return os.strerror(error.errno) if isinstance(error.errno, int) else ""
    if isinstance(error, DatabaseError):
        return _of_database(error)
    if isinstance(error, SAFE_MESSAGES) and type(error).__module__ == "builtins":
        return str(error)[:300]
    return ""


def _of_database(error: BaseException) -> str:
    cause = error.__cause__ or error
    diagnosis = getattr(cause, "diag", None)
    if diagnosis is not None:
        parts = [
            getattr(diagnosis, name, None) for name in ("sqlstate", "table_name", "column_name", "constraint_name")
        ]
        return " ".join(part for part in parts if part)
    if type(cause).__module__ == "sqlite3":
        # "UNIQUE constraint failed: catalog_user.username", "database is locked": SQLite quotes no values.
        return str(cause)[:300] if type(cause).__name__ in ("IntegrityError", "OperationalError") else ""
    return ""


def chain_of(error: BaseException) -> Iterator[BaseException]:
    """The exception and what led to it, the last raised first."""
    seen = set[int]()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        yield at
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)


def frames_of(error: BaseException) -> list[str]:
    """`file:line function` from the outermost call to the place of the failure, without values of variables."""
    frames = [
        f"{_short(frame.f_code.co_filename)}:{line} {frame.f_code.co_name}"
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    return frames[-MOST_FRAMES:]


def trace_of(error: BaseException) -> list[str]:
    """The frames of an exception and of what led to it, in the order in which Python prints them."""
    lines = list[str]()
    for number, one in enumerate(reversed(list(chain_of(error)))):
        if number:
            lines.append("then")
        lines += frames_of(one)
        detail = detail_of(one)
        lines.append(f"{kind_of(one)}: {detail}" if detail else kind_of(one))
    return lines


def place_of(error: BaseException) -> str:
    """The last place in our own code on the way to the failure, as `file:line function`; else the last place at all."""
    frames = frames_of(error)
    ours = [frame for frame in frames if frame.startswith(OURS)]
    return (ours or frames or [""])[-1][:200]


def is_disk_full(error: BaseException | None) -> bool:
    """Whether the failure means that there is no more room on a disk, of ours or of the database's."""
    if error is None:
        return False
    for one in chain_of(error):
        if isinstance(one, OSError) and one.errno in FULL:
            return True
        state: Any = getattr(one, "sqlstate", None)
        if state == DISK_FULL_STATE:
            return True
        if isinstance(one, OperationalError) and "disk is full" in str(one):
            return True
    return False


def _short(path: str) -> str:
    """The path below the project or below the installed packages: nothing of the machine."""
    if "/site-packages/" in path:
        return path.rpartition("/site-packages/")[2]
    if path.startswith(f"{ROOT}/"):
        return path[len(str(ROOT)) + 1 :]
    return "/".join(Path(path).parts[-2:])
