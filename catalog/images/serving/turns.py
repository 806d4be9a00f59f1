"""Who may draw when, so that pictures never take the threads, the processor or the memory that pages need.

Three bounds hold in a process: how many requests for pictures that are not stored hold a thread, waiting or drawing
(`sharing`); how many draw at once (`drawing`); and among these how many of the dear ones, so that a cut-out line or a
first zoom never stands behind a row of whole pages. A turn lasts from decoding to the last encoded byte. Whoever waits
longer than HEAVY_PATIENCE gives up: a client that has gone cannot be seen from here, so its work must not wait for
ever.
"""

import contextlib
import threading
from collections.abc import Iterator
from functools import lru_cache

from django.conf import settings

# Of the dear ones: how many may hold a thread for each that draws.
DEAR_QUEUE = 3


class Busy(Exception):
    """As many images are drawn as may be at once; ask again in a few seconds. Status 503."""


class Turns:
    """The turns of one process. renders: how many draw at once; threads: how many hold a thread, waiting or drawing."""

    def __init__(self, renders: int, threads: int) -> None:
        self.renders, self.threads = renders, threads
        self.dear_renders = max(1, renders - 1)
        self._changed = threading.Condition()
        self._sharing = self._drawing = self._dear = self._dear_drawing = 0

    @contextlib.contextmanager
    def sharing(self) -> Iterator[None]:
        """One of the threads that pictures may hold. Raises Busy at once where they all are."""
        with self._changed:
            if self._sharing >= self.threads:
                raise Busy
            self._sharing += 1
        try:
            yield
        finally:
            with self._changed:
                self._sharing -= 1

    @contextlib.contextmanager
    def drawing(self, dear: bool, patience: float) -> Iterator[None]:
        """The right to draw. Raises Busy after `patience` seconds without it; at once where enough dear ones wait."""
        with self._changed:
            if dear and self._dear >= self.dear_renders * DEAR_QUEUE:
                raise Busy
            self._dear += dear
            try:
                if not self._changed.wait_for(lambda: self._has_turn(dear), patience):
                    raise Busy
            except BaseException:
                self._dear -= dear
                raise
            self._drawing += 1
            self._dear_drawing += dear
        try:
            yield
        finally:
            with self._changed:
                self._drawing -= 1
                self._dear -= dear
                self._dear_drawing -= dear
                self._changed.notify_all()

    def _has_turn(self, dear: bool) -> bool:
        return self._drawing < self.renders and not (dear and self._dear_drawing >= self.dear_renders)


@lru_cache(maxsize=8)
def _turns(renders: int, threads: int) -> Turns:
    return Turns(renders, threads)


def _here() -> Turns:
    return _turns(settings.HEAVY_RENDERS, settings.PICTURE_THREADS)


@contextlib.contextmanager
def sharing() -> Iterator[None]:
    """Hold while a request makes a picture, or waits for one to be made. Raises Busy."""
    with _here().sharing():
        yield


@contextlib.contextmanager
def drawing(*, dear: bool = False) -> Iterator[None]:
    """Hold from decoding to the last encoded byte. dear: it takes long, or much memory. Raises Busy."""
    with _here().drawing(dear, settings.HEAVY_PATIENCE):
        yield
