"""Waiting for what another thread or process does: the only module of the suite that sleeps."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from django.db import connections

POLL_SECONDS = 0.02

T = TypeVar("T")


def wait_until(condition: Callable[[], T], seconds: float = 30, explain: Callable[[], object] = lambda: "") -> T:
    """Wait until `condition()` is true, and return its value.

    Fails after `seconds` with what `explain()` returns, for example the log of the program that is waited for.
    """
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s: {explain() or condition}")
        time.sleep(POLL_SECONDS)
    return value


def random_delay(draw: random.Random, shortest: float, longest: float) -> None:
    """Let a random time pass before a process is killed, so that it is killed in the middle of anything."""
    time.sleep(draw.uniform(shortest, longest))


def run_together(*works: Callable[[], Any]) -> list[Any]:
    """Start all works at the same moment, each in a thread with a database connection of its own; their results.

    Raises what the first of them raised.
    """
    return [outcome.result() for outcome in _run_together(works)]


def errors_together(*works: Callable[[], Any]) -> list[BaseException | None]:
    """As `run_together`, but returns what each raised, None where it raised nothing."""
    return [outcome.exception() for outcome in _run_together(works)]


def _run_together(works: Sequence[Callable[[], Any]]) -> list[Future[Any]]:
    barrier = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        try:
            connections["default"].ensure_connection()
            barrier.wait(30)
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return [pool.submit(run, work) for work in works]


class ImpatientEvent(threading.Event):
    """An event whose `wait` returns at once: a loop that pauses on it runs through without pausing."""

    def wait(self, timeout: float | None = None) -> bool:
        """Whether the event is set."""
        return self.is_set()
