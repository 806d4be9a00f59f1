"""The loops of the worker survive whatever fails in them."""

import errno
from collections.abc import Callable

import pytest
from django.db import OperationalError

from catalog.jobs import running
from tests.faults import failing_statements
from tests.waiting import ImpatientEvent

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
def test_the_loop_survives_every_error(kind: Callable[..., str]) -> None:
    kind(lambda handle: None)
    stop, calls = ImpatientEvent(), list[int]()

    def fail() -> None:
        calls.append(1)
        if len(calls) == 4:
            stop.set()
        raise [OperationalError("database is locked"), OSError(errno.ENOSPC, "full"), KeyError("x"), MemoryError()][
            len(calls) - 1
        ]

    with failing_statements(fail, "catalog_job"):
        running.run_until(stop, ["tests.work"])
    assert len(calls) == 4


@pytest.mark.django_db(transaction=True)
def test_no_thread_of_the_worker_ends_with_a_locked_database() -> None:
    from catalog.management.commands import worker

    stop, calls = ImpatientEvent(), list[int]()

    def locked() -> None:
        calls.append(1)
        if len(calls) % 3 == 0:
            stop.set()
        raise OperationalError("database is locked")

    for loop in (worker.enqueue_due_work_until, worker.read_until, worker.follow_until):
        stop.clear()
        with failing_statements(locked):
            loop(stop)
    assert len(calls) >= 9
