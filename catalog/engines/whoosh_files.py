"""The files of a Whoosh index, read from disk by any number of threads at the same time.

Our own code, since Whoosh copies a complete segment into memory when it opens it, and all its readers share one file
position: two threads that search at the same time read each other's bytes. Here only the requested bytes are read, and
each thread has its own position.
"""

import os
import threading
import weakref
from pathlib import Path
from typing import Any

from whoosh.codec.base import Segment
from whoosh.filedb.filestore import FileStorage
from whoosh.filedb.structfile import BufferFile, StructFile

# The size of a block in bytes, and how many blocks are cached of a file: 4 MB.
BLOCK, MOST_BLOCKS = 16_384, 256
# Bytes that `peek` returns to the unpickler: more than the small pickle in front of each run of postings.
PEEKED = 512


class Files(FileStorage):  # type: ignore[misc]
    """A folder that caches which files do not exist: Whoosh asks for one at each posting of an unscored field."""

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        self._missing: set[str] = set()

    def file_exists(self, name: str) -> bool:
        if name in self._missing:
            return False
        if not (exists := bool(super().file_exists(name))):
            self._missing.add(name)
        return exists

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
    """A file that is read in blocks, some of which are cached. Not memory-mapped: a process that reads behind the end
    of a truncated mapped file is killed, and a damaged index must be an error like any other."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        weakref.finalize(self, self._file.close)
        self._reading = threading.Lock()
        self.size = self._file.seek(0, os.SEEK_END)
        self.cached: dict[int, bytes] = {}

    def read(self, first: int, last: int) -> bytes:
        """The bytes from `first` to before `last`; fewer if the file is shorter."""
        number = first // BLOCK
        if last > (number + 1) * BLOCK:
            return self._read_bytes(first, last - first)
        block = self._read_bytes(number * BLOCK, BLOCK)
        if len(self.cached) >= MOST_BLOCKS:
            self.cached.clear()
        self.cached[number] = block
        return block[first - number * BLOCK : last - number * BLOCK]

    def _read_bytes(self, first: int, size: int) -> bytes:
        with self._reading:
            self._file.seek(first)
            return self._file.read(size)


class _View(BufferFile):  # type: ignore[misc]
    """A part of a file. Parts of it are views too; in Whoosh's own class they are copies."""

    def __init__(self, blocks: _Blocks, first: int, length: int, name: str) -> None:
        # BufferFile.__init__ is not called, since it copies.
        self._blocks, self._cached_blocks, self._first, self._last = blocks, blocks.cached, first, first + length
        self._name, self.onclose = name, None
        self.file = _ThreadPosition(self)
        self.is_real = self.is_closed = False

    def subset(self, position: int, length: int, name: str | None = None) -> "_View":
        return _View(self._blocks, self._first + position, length, name or self._name)

    def get(self, position: int, length: int) -> bytes:
        # Called thousands of times in a search, so without any further function call.
        first = self._first + position
        last = first + length
        if last > self._last:
            last = max(first, self._last)
        block = self._cached_blocks.get(first // BLOCK)
        offset = first % BLOCK
        if block is not None and offset + last - first <= BLOCK:
            return block[offset : offset + last - first]
        return self._blocks.read(first, last)

    def close(self) -> None:
        super().close()
        # The file is closed when its last view is freed.
        del self._blocks, self._cached_blocks, self.file

    @property
    def size(self) -> int:
        """In bytes."""
        return self._last - self._first


class _ThreadPosition(threading.local):
    """The methods of a file that is open for reading, with a position for each thread."""

    def __init__(self, view: _View) -> None:
        self._view, self._position = view, 0

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes; all the rest if it is negative."""
        data = self._view.get(self._position, self._view.size if size < 0 else size)
        self._position += len(data)
        return data

    def peek(self, size: int = -1) -> bytes:
        """Some bytes from the position on, without moving it: the unpickler then reads one piece instead of ten."""
        return self._view.get(self._position, PEEKED)

    def readline(self) -> bytes:
        """Everything up to and including the next end of line; the unpickler needs it."""
        start, data = self._position, b"\0"
        while data and data != b"\n":
            data = self.read(1)
        return self._view.get(start, self._position - start)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to `offset` from the beginning, from the position or from the end."""
        self._position = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._view.size}[whence]
        return self._position

    def tell(self) -> int:
        """The position of this thread."""
        return self._position
