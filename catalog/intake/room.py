"""Room for files on their way in: what is free, less what other open uploads were promised; and since when the oldest
waits."""

import datetime

from django.utils import timezone

from catalog.intake.models import IntakeBatch, Upload
from catalog.upkeep.disk import room_for_files

# Whoever has sent nothing for so long has gone away, and no room is kept for the rest of the file.
PROMISE_LASTS = datetime.timedelta(days=1)


class NoRoom(Exception):
    """The disk has no room for the file; `free` is what may still come in, in bytes."""

    def __init__(self, free: int) -> None:
        super().__init__(str(free))
        self.free = free


def promised_bytes() -> int:
    """What open uploads have announced and not sent yet."""
    since = timezone.now() - PROMISE_LASTS
    total = 0
    for upload in Upload.objects.filter(ended_at=None).only("token", "size", "began_at").iterator():
        try:
            about = upload.path.stat()
        except OSError:
            continue
        if max(about.st_mtime, upload.began_at.timestamp()) >= since.timestamp():
            total += max(0, upload.size - about.st_size)
    return total


def ask_for_room(size: int) -> None:
    """Raise NoRoom unless a file of `size` bytes can come in beside all that was promised before."""
    free = max(0, room_for_files() - promised_bytes())
    if size > free:
        raise NoRoom(free)


def oldest_queued() -> datetime.datetime | None:
    """Since when the longest waiting batch of files waits for the worker; None where none waits."""
    waiting = IntakeBatch.objects.filter(state=IntakeBatch.State.QUEUED)
    return waiting.order_by("began_at").values_list("began_at", flat=True).first()
