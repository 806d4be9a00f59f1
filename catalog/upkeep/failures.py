"""Descriptions of exceptions that contain nothing people typed: kinds, places in the code, and only safe messages.

The message of an exception often quotes a value: a name, a path, a complete row (PostgreSQL's DETAIL). So messages are
left out, except those that the interpreter or the database builds only from names in our code.
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
OUR_FOLDERS = ("catalog/", "archive/", "fixtures/")
MOST_FRAMES = 30
# Their messages contain only names of attributes, modules and the like.
SAFE_MESSAGES = (AttributeError, ImportError, NameError, RecursionError, ZeroDivisionError)
DISK_FULL_ERRORS = {errno.ENOSPC, errno.EDQUOT}
DISK_FULL_STATE = "53100"


def kind_of(error: BaseException) -> str:
    """The class of the exception, with its module unless it is built in."""
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def detail_of(error: BaseException) -> str:
    """What may be logged besides the kind: the message of the system for an OSError, state and constraint for a
    database error, the message of errors that quote only code; otherwise ''."""
    if isinstance(error, OSError):
        # Not `str(error)`, which contains the name of the file.
        return os.strerror(error.errno) if isinstance(error.errno, int) else ""
    if isinstance(error, DatabaseError):
        return _database_detail(error)
    if isinstance(error, SAFE_MESSAGES) and type(error).__module__ == "builtins":
        return str(error)[:300]
    return ""


def _database_detail(error: BaseException) -> str:
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
    """The exception and its causes, the last raised first."""
    visited = set[int]()
    current: BaseException | None = error
    while current is not None and id(current) not in visited:
        visited.add(id(current))
        yield current
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)


def frames_of(error: BaseException) -> list[str]:
    """`file:line function` of each frame, from the outermost call to the failure, without values of variables."""
    frames = [
        f"{_relative_path(frame.f_code.co_filename)}:{line} {frame.f_code.co_name}"
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    return frames[-MOST_FRAMES:]


def trace_of(error: BaseException) -> list[str]:
    """The frames of an exception and of its causes, in the order in which Python prints them."""
    lines = list[str]()
    for number, cause in enumerate(reversed(list(chain_of(error)))):
        if number:
            lines.append("then")
        lines += frames_of(cause)
        detail = detail_of(cause)
        lines.append(f"{kind_of(cause)}: {detail}" if detail else kind_of(cause))
    return lines


def place_of(error: BaseException) -> str:
    """The innermost frame of our own code, as `file:line function`; if there is none, the innermost of all."""
    frames = frames_of(error)
    our_frames = [frame for frame in frames if frame.startswith(OUR_FOLDERS)]
    return (our_frames or frames or [""])[-1][:200]


def is_disk_full(error: BaseException | None) -> bool:
    """Whether the failure means that a disk is full, ours or that of the database."""
    if error is None:
        return False
    for cause in chain_of(error):
        if isinstance(cause, OSError) and cause.errno in DISK_FULL_ERRORS:
            return True
        state: Any = getattr(cause, "sqlstate", None)
        if state == DISK_FULL_STATE:
            return True
        if isinstance(cause, OperationalError) and "disk is full" in str(cause):
            return True
    return False


def _relative_path(path: str) -> str:
    """The path relative to the project or to the installed packages, without folders of the machine."""
    if "/site-packages/" in path:
        return path.rpartition("/site-packages/")[2]
    if path.startswith(f"{ROOT}/"):
        return path[len(str(ROOT)) + 1 :]
    return "/".join(Path(path).parts[-2:])
