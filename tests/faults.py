"""Faults of the outside world, simulated: a database, a disk, a mail server that fail.

A test says what fails by the statement or the setting that meets it, never by replacing a function of ours.
"""

import errno
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from django.core.files.storage import FileSystemStorage
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection


@contextmanager
def failing_statements(
    fault: BaseException | Callable[[], object], part: str = "catalog_", after: int = 0
) -> Iterator[None]:
    """Within it, SQL statements that contain `part` fail, the first `after` of them excepted.

    fault: what is raised, or a function that is called before the statement and may raise. What the function itself
    asks of the database does not fail.
    """
    count, is_failing = 0, False

    def execute(run: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal count, is_failing
        if part in sql and not is_failing:
            count += 1
            if count > after:
                is_failing = True
                try:
                    if isinstance(fault, BaseException):
                        raise fault.with_traceback(None)
                    fault()
                finally:
                    is_failing = False
        return run(sql, params, many, context)

    with connection.execute_wrapper(execute):
        yield


def full_disk(*_arguments: Any, **_options: Any) -> NoReturn:
    """Fail as a system call does on a full disk."""
    raise OSError(errno.ENOSPC, "No space left on device", "/somewhere/x")


class FullDisk(FileSystemStorage):
    """A storage on which no file can be written. For STORAGES: "tests.faults.FullDisk"."""

    def _save(self, name: str, content: Any) -> str:
        full_disk()


class DeadMailServer(BaseEmailBackend):
    """A mail server that refuses connections. For EMAIL_BACKEND: "tests.faults.DeadMailServer"."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Fail."""
        raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
