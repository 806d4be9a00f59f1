"""The files of a Whoosh index, read where they lie by any number of threads.

Whoosh copies a segment into memory when it is opened, all of it, and every reader of it moves one shared place: two
threads that search at once read each other's bytes. Here what is asked for is read, and each thread has a place of its
own.
"""

import os
import threading
import weakref
from pathlib import Path
from typing import Any

from whoosh.codec.base import Segment
from whoosh.filedb.filestore import FileStorage
from whoosh.filedb.structfile import BufferFile, StructFile

# Bytes, and how many of a file: 4 MB of each.
BLOCK, MOST_KEPT = 16_384, 256
# Bytes shown beforehand to what unpickles: more than the small pickle that stands before each stretch of postings.
PEEKED = 512


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
        blocks = _Blocks(Path(self.folder) / name)
        return _View(blocks, 0, blocks.size, name)


class _Blocks:
    """A file read in blocks, some of which are kept. Not mapped: a process that reads where a mapped file was cut short
    is killed, and a damaged index must be an error like any other."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        weakref.finalize(self, self._file.close)
        self._reading = threading.Lock()
        self.size = self._file.seek(0, os.SEEK_END)
        self.kept: dict[int, bytes] = {}

    def read(self, first: int, last: int) -> bytes:
        """The bytes from `first` to before `last`; fewer where the file has fewer."""
        number = first // BLOCK
        if last > (number + 1) * BLOCK:
            return self._taken(first, last - first)
        block = self._taken(number * BLOCK, BLOCK)
        if len(self.kept) >= MOST_KEPT:
            self.kept.clear()
        self.kept[number] = block
        return block[first - number * BLOCK : last - number * BLOCK]

    def _taken(self, first: int, size: int) -> bytes:
        with self._reading:
            self._file.seek(first)
            return self._file.read(size)


class _View(BufferFile):  # type: ignore[misc]
    """A stretch of a file. Parts of it are views too, where Whoosh's own are copies."""

    def __init__(self, blocks: _Blocks, first: int, length: int, name: str) -> None:
        # Not BufferFile's own: that is where it copies.
        self._blocks, self._kept, self._first, self._last = blocks, blocks.kept, first, first + length
        self._name, self.onclose = name, None
        self.file = _Place(self)
        self.is_real = self.is_closed = False

    def subset(self, position: int, length: int, name: str | None = None) -> "_View":
        return _View(self._blocks, self._first + position, length, name or self._name)

    def get(self, position: int, length: int) -> bytes:
        # Asked thousands of times for a search: no call more than it takes.
        first = self._first + position
        last = first + length
        if last > self._last:
            last = max(first, self._last)
        block = self._kept.get(first // BLOCK)
        at = first % BLOCK
        if block is not None and at + last - first <= BLOCK:
            return block[at : at + last - first]
        return self._blocks.read(first, last)

    def close(self) -> None:
        super().close()
        # The file is closed when the last stretch of it is let go.
        del self._blocks, self._kept, self.file

    @property
    def size(self) -> int:
        """In bytes."""
        return self._last - self._first


class _Place(threading.local):
    """What a file open for reading offers, with a place for each thread."""

    def __init__(self, view: _View) -> None:
        self._view, self._at = view, 0

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes; all that are left where it is negative."""
        read = self._view.get(self._at, self._view.size if size < 0 else size)
        self._at += len(read)
        return read

    def peek(self, size: int = -1) -> bytes:
        """Some bytes from here on, without going on: what unpickles then asks for one piece instead of ten."""
        return self._view.get(self._at, PEEKED)

    def readline(self) -> bytes:
        """All up to the next line's end and it; pickles are read so."""
        first, read = self._at, b"\0"
        while read and read != b"\n":
            read = self.read(1)
        return self._view.get(first, self._at - first)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to `offset` from the beginning, from here or from the end."""
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._view.size}[whence]
        return self._at

    def tell(self) -> int:
        """Where this thread is."""
        return self._at
