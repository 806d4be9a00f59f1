"""The files of a Whoosh index, read in place by any number of threads.

Whoosh maps a segment and then copies all of it into memory, and every reader of it moves one shared place: two threads that
search at once read each other's bytes. Here a segment stays where it is mapped, and each thread has a place of its own.
"""

import mmap
import os
import threading
from pathlib import Path
from typing import Any

from whoosh.codec.base import Segment
from whoosh.filedb.filestore import FileStorage
from whoosh.filedb.structfile import BufferFile, StructFile


class Files(FileStorage):  # type: ignore[misc]
    """A folder that remembers which files are not there: Whoosh asks the disk for each posting of an unscored field."""

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        self._missing: set[str] = set()

    def file_exists(self, name: str) -> bool:
        if name in self._missing:
            return False
        if not (there := bool(super().file_exists(name))):
            self._missing.add(name)
        return there

    def create_file(self, name: str, *args: Any, **kwargs: Any) -> Any:
        self._missing.clear()
        return super().create_file(name, *args, **kwargs)

    def rename_file(self, *args: Any, **kwargs: Any) -> None:
        self._missing.clear()
        super().rename_file(*args, **kwargs)

    def open_file(self, name: str, **kwargs: Any) -> StructFile:
        if not name.endswith(Segment.COMPOUND_EXT):
            return super().open_file(name, **kwargs)
        with (Path(self.folder) / name).open("rb") as file:
            return _View(memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)), name)


class _View(BufferFile):  # type: ignore[misc]
    """A stretch of a mapped file. Parts of it are views too, where Whoosh's own are copies."""

    def __init__(self, stretch: memoryview, name: str) -> None:
        # Not BufferFile's own: that is where it copies.
        self._buf, self._name, self.onclose = stretch, name, None
        self.file = _Place(stretch)
        self.is_real = self.is_closed = False

    def subset(self, position: int, length: int, name: str | None = None) -> "_View":
        return _View(self._buf[position : position + length], name or self._name)

    def close(self) -> None:
        super().close()
        # The map goes when the last stretch of it is let go.
        self._buf = memoryview(b"")
        self.file = _Place(self._buf)


class _Place(threading.local):
    """What a file open for reading offers, with a place for each thread."""

    def __init__(self, stretch: memoryview) -> None:
        self._stretch, self._at = stretch, 0

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes; all that are left where it is negative."""
        first = self._at
        self._at = len(self._stretch) if size < 0 else min(len(self._stretch), first + size)
        return bytes(self._stretch[first : self._at])

    def readline(self) -> bytes:
        """All up to the next line's end and it; pickles are read so."""
        first = self._at
        while self._at < len(self._stretch):
            self._at += 1
            if self._stretch[self._at - 1] == 0x0A:
                break
        return bytes(self._stretch[first : self._at])

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to `offset` from the beginning, from here or from the end."""
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: len(self._stretch)}[whence]
        return self._at

    def tell(self) -> int:
        """Where this thread is."""
        return self._at
