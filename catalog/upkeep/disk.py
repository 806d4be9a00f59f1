"""How much room there is on the disks that we write to."""

import contextlib
import shutil
from pathlib import Path

from django.conf import settings


def free_bytes(folder: Path | str) -> int:
    """What may still be written to the disk of `folder`, less DISK_RESERVE; 0 where nothing may. The folder need not
    exist."""
    at = Path(folder)
    while not at.exists() and at != at.parent:
        at = at.parent
    return max(0, shutil.disk_usage(at).free - int(settings.DISK_RESERVE))


def room_for_files() -> int:
    """What may still come in as files: the least that is free where they arrive and where they are kept."""
    folders = [settings.STAGING_DIR, settings.MEDIA_ROOT]
    free = list[int]()
    for folder in folders:
        with contextlib.suppress(OSError):
            free.append(free_bytes(folder))
    # A disk that does not answer is noticed by whoever writes to it; it is no reason to refuse a file beforehand.
    return min(free, default=1 << 60)
