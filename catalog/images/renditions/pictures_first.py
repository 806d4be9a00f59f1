"""Making pictures before the transaction that shows them: decoding an original takes seconds, and inside a transaction
every other writer would wait for it."""

from collections.abc import Callable
from contextvars import ContextVar
from typing import TypeVar

from django.core.files.storage import default_storage
from django.db import transaction

from catalog.images.models import Scan
from catalog.images.queries import derivative_name, rendition_of
from catalog.images.renditions.following import make_small_files
from catalog.images.renditions.rendition import Rendition
from catalog.images.serving.slots import Busy

T = TypeVar("T")
# Each attempt makes the pictures that the one before found missing; more than two are needed only if somebody else
# changes the page meanwhile.
MOST_ATTEMPTS = 6

_missing: ContextVar[list[tuple[Scan, Rendition]] | None] = ContextVar("pictures_wanted", default=None)


class _PicturesMissing(Exception):
    """Pictures are missing: the transaction is rolled back."""


def pictures_first(write: Callable[[], T]) -> T:
    """Run `write` in one short transaction, and make sure that its pictures (`require_small_files`) are stored before
    the commit. Returns what `write` returns.

    If some are missing, the transaction is rolled back, they are made while no transaction is open, and `write` runs
    again. So the pictures match what is committed, also if others write at the same time. Pictures are named by their
    content, so one that is not needed in the end does no harm. `write` may run more than once and must change nothing
    outside the database. Inside another `pictures_first`, the outer one makes the pictures.

    Raises OSError if an original cannot be read, Busy if it cannot be drawn now.
    """
    if _missing.get() is not None:
        with transaction.atomic():
            return write()
    for _ in range(MOST_ATTEMPTS):
        missing: list[tuple[Scan, Rendition]] = []
        token = _missing.set(missing)
        try:
            with transaction.atomic():
                result = write()
                if missing:
                    raise _PicturesMissing
                return result
        except _PicturesMissing:
            pass
        finally:
            _missing.reset(token)
        for scan, rendition in missing:
            make_small_files(scan, rendition)
    raise Busy


def require_small_files(scan: Scan) -> None:
    """Require thumbnail and reading image of the scan's current renditions: inside `pictures_first` it makes them if
    they are missing, outside they are made at once. Raises OSError, Busy."""
    missing = _missing.get()
    for uncovered in (False, True):
        rendition = rendition_of(scan, uncovered=uncovered)
        if missing is None:
            make_small_files(scan, rendition)
        elif not all(
            default_storage.exists(derivative_name(scan, rendition, name)) for name in ("thumbnail", "reading")
        ):
            missing.append((scan, rendition))
