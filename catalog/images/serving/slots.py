"""Limits on drawing pictures, so that they never take the threads, the processor or the memory that pages need.

Three limits hold in a process: how many requests for pictures that are not stored may hold a thread, waiting or drawing
(`request_slot`); how many may draw at once (`drawing_slot`); and how many of these may be expensive, so that a cut-out
line or a first zoom never waits behind many full pages. A drawing slot is held from decoding to the last encoded byte.
A request that waits longer than HEAVY_PATIENCE gives up: the server does not notice that a client has disconnected, so
its work must not wait without limit.
"""

import contextlib
import threading
from collections.abc import Iterator
from functools import lru_cache

from django.conf import settings

# How many expensive requests may hold a thread for each one that draws.
EXPENSIVE_QUEUE = 3


class Busy(Exception):
    """The limit of images drawn at once is reached; the client should try again in a few seconds. Status 503."""


class Slots:
    """The slots of one process. renders: how many draw at once; threads: how many hold a thread, waiting or drawing."""

    def __init__(self, renders: int, threads: int) -> None:
        self.renders, self.threads = renders, threads
        self.expensive_renders = max(1, renders - 1)
        self._changed = threading.Condition()
        self._requests = self._drawing_now = self._expensive = self._expensive_drawing = 0

    @contextlib.contextmanager
    def request_slot(self) -> Iterator[None]:
        """Hold one of the threads for pictures. Raises Busy at once if all are taken."""
        with self._changed:
            if self._requests >= self.threads:
                raise Busy
            self._requests += 1
        try:
            yield
        finally:
            with self._changed:
                self._requests -= 1

    @contextlib.contextmanager
    def drawing_slot(self, expensive: bool, patience: float) -> Iterator[None]:
        """Hold the right to draw. Raises Busy after waiting `patience` seconds, or at once if too many expensive
        requests wait."""
        with self._changed:
            if expensive and self._expensive >= self.expensive_renders * EXPENSIVE_QUEUE:
                raise Busy
            self._expensive += expensive
            try:
                if not self._changed.wait_for(lambda: self._may_draw(expensive), patience):
                    raise Busy
            except BaseException:
                self._expensive -= expensive
                raise
            self._drawing_now += 1
            self._expensive_drawing += expensive
        try:
            yield
        finally:
            with self._changed:
                self._drawing_now -= 1
                self._expensive -= expensive
                self._expensive_drawing -= expensive
                self._changed.notify_all()

    def _may_draw(self, expensive: bool) -> bool:
        return self._drawing_now < self.renders and not (
            expensive and self._expensive_drawing >= self.expensive_renders
        )


@lru_cache(maxsize=8)
def _slots_of_process(renders: int, threads: int) -> Slots:
    return Slots(renders, threads)


def _slots() -> Slots:
    return _slots_of_process(settings.HEAVY_RENDERS, settings.PICTURE_THREADS)


@contextlib.contextmanager
def request_slot() -> Iterator[None]:
    """Hold a thread while a request makes a picture or waits for one. Raises Busy."""
    with _slots().request_slot():
        yield


@contextlib.contextmanager
def drawing_slot(*, expensive: bool = False) -> Iterator[None]:
    """Hold the right to draw, from decoding to the last encoded byte. expensive: it takes long, or much memory. Raises
    Busy."""
    with _slots().drawing_slot(expensive, settings.HEAVY_PATIENCE):
        yield
