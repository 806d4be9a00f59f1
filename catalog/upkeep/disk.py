"""The free space on the disks to which we write."""

import contextlib
import shutil
from pathlib import Path

from django.conf import settings


def free_bytes(folder: Path | str) -> int:
    """How many bytes may still be written to the disk of `folder`: the free space minus DISK_RESERVE, at least 0. The
    folder need not exist."""
    existing = Path(folder)
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    return max(0, shutil.disk_usage(existing).free - int(settings.DISK_RESERVE))


def room_for_files() -> int:
    """How many bytes of files may still be taken in: the smaller free space of where they arrive and are stored."""
    folders = [settings.STAGING_DIR, settings.MEDIA_ROOT]
    free = list[int]()
    for folder in folders:
        with contextlib.suppress(OSError):
            free.append(free_bytes(folder))
    # A disk that does not answer is noticed when it is written to; it is no reason to refuse a file before.
    return min(free, default=1 << 60)
