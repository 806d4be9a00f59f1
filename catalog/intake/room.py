"""Disk space for uploads: the free space minus what open uploads have announced; and since when the oldest batch
waits."""

import datetime

from django.utils import timezone

from catalog.intake.models import IntakeBatch, Upload
from catalog.upkeep.disk import room_for_files

# For an upload that received nothing for so long, no space is reserved any more.
PROMISE_LASTS = datetime.timedelta(days=1)


class NoRoom(Exception):
    """There is not enough disk space for the file; `free`: bytes that can still be uploaded."""

    def __init__(self, free: int) -> None:
        super().__init__(str(free))
        self.free = free


def promised_bytes() -> int:
    """Bytes that open uploads have announced and not sent yet."""
    since = timezone.now() - PROMISE_LASTS
    total = 0
    for upload in Upload.objects.filter(ended_at=None).only("token", "size", "began_at").iterator():
        try:
            file_stat = upload.path.stat()
        except OSError:
            continue
        if max(file_stat.st_mtime, upload.began_at.timestamp()) >= since.timestamp():
            total += max(0, upload.size - file_stat.st_size)
    return total


def require_room(size: int) -> None:
    """Raise NoRoom unless there is space for a file of `size` bytes in addition to all announced bytes."""
    free = max(0, room_for_files() - promised_bytes())
    if size > free:
        raise NoRoom(free)


def oldest_queued() -> datetime.datetime | None:
    """Since when the oldest queued batch waits for the worker; None if none waits."""
    waiting = IntakeBatch.objects.filter(state=IntakeBatch.State.QUEUED)
    return waiting.order_by("began_at").values_list("began_at", flat=True).first()
