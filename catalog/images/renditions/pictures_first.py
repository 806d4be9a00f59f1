"""Pictures before the transaction that shows them: decoding an original takes seconds, and a transaction that waits for
it makes every other writer wait too."""

from collections.abc import Callable
from contextvars import ContextVar
from typing import TypeVar

from django.core.files.storage import default_storage
from django.db import transaction

from catalog.images.models import Scan
from catalog.images.queries import rendition_of, small_name
from catalog.images.renditions.following import make_small_file
from catalog.images.renditions.rendition import Rendition
from catalog.images.serving.turns import Busy

T = TypeVar("T")
# Each turn makes what the one before found missing; a further one is needed only where somebody changed the page
# meanwhile.
TURNS = 6

_wanted: ContextVar[list[tuple[Scan, Rendition]] | None] = ContextVar("pictures_wanted", default=None)


class _NotYet(Exception):
    """Pictures are missing: the transaction is taken back."""


def pictures_first(write: Callable[[], T]) -> T:
    """Do `write` in one short transaction whose pictures (`want_small_files`) lie in the store before it is committed.

    Where some are missing, all that was written is taken back, they are made with no transaction open, and it is begun
    again: so the pictures are those of what stands in the end, whoever writes beside it. They are named by their
    content, so one that is not needed in the end does no harm. `write` is called more than once and must do nothing
    outside the database. Within another `pictures_first`, that one makes the pictures.

    Raises OSError where an original cannot be read, Busy where it cannot be drawn now.
    """
    if _wanted.get() is not None:
        with transaction.atomic():
            return write()
    for _ in range(TURNS):
        wanted: list[tuple[Scan, Rendition]] = []
        token = _wanted.set(wanted)
        try:
            with transaction.atomic():
                done = write()
                if wanted:
                    raise _NotYet
                return done
        except _NotYet:
            pass
        finally:
            _wanted.reset(token)
        for scan, rendition in wanted:
            make_small_file(scan, rendition)
    raise Busy


def want_small_files(scan: Scan) -> None:
    """Say, within `pictures_first`, that thumbnail and reading image of what the scan now shows must be there; outside,
    make them. Raises OSError, Busy."""
    wanted = _wanted.get()
    for uncovered in (False, True):
        rendition = rendition_of(scan, uncovered=uncovered)
        if wanted is None:
            make_small_file(scan, rendition)
        elif not all(default_storage.exists(small_name(scan, rendition, name)) for name in ("thumbnail", "reading")):
            wanted.append((scan, rendition))
