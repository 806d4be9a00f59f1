"""Counters shared by all processes of one host, in a memory-mapped file: nothing goes to the database.

A cache backend of Django's that keeps whole numbers only, so `caches["limits"]` may just as well be Redis where several
hosts serve one archive. Every key has a bucket of a few slots in a table of fixed size; a full bucket gives up its
smallest number. A slot is three numbers, written under a lock of the file that the system releases when its process
dies, so a killed process leaves at worst one wrong counter. Keys are stored as keyed hashes: the file holds no address
and no name.
"""

import fcntl
import logging
import mmap
import os
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache

logger = logging.getLogger(__name__)

SLOT = struct.Struct("<Qdq")  # hash of the key, Unix time at which it expires, the number
WAYS = 8  # slots in a bucket
# No counter lives longer; one that claims to was written by a clock that was ahead, and counts as expired.
LONGEST = 2 * 86_400

_open_tables: dict[Path, "_Table"] = {}
_opening = threading.Lock()


class _Table:
    """The mapped file of one path. One per process: locks of files belong to a process, so threads need their own
    lock."""

    def __init__(self, path: Path, slots: int) -> None:
        self.slots = slots
        self.size = slots * SLOT.size
        self._threads = threading.Lock()
        self._file: int | None = None
        self.bytes: mmap.mmap
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            # Room is taken now: writing into a mapped hole of a full disk would kill the process.
            os.posix_fallocate(self._file, 0, self.size)
            self.bytes = mmap.mmap(self._file, self.size)
        except OSError as error:
            logger.warning("counters are kept for this process alone: %s", error.strerror)
            self._file = None
            self.bytes = mmap.mmap(-1, self.size)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else reads or writes meanwhile. Held for microseconds."""
        with self._threads:
            if self._file is not None:
                fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                if self._file is not None:
                    fcntl.lockf(self._file, fcntl.LOCK_UN)


def _table(path: Path, slots: int) -> _Table:
    with _opening:
        if path not in _open_tables:
            _open_tables[path] = _Table(path, slots)
        return _open_tables[path]


class SharedCounts(BaseCache):
    """`add`, `get`, `set`, `incr`, `touch`, `delete`, `clear` for whole numbers. LOCATION is the file; OPTIONS SLOTS
    its size."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        slots = int(params.get("OPTIONS", {}).get("SLOTS", 65_536)) // WAYS * WAYS
        # The size is part of the name: a file that is in use is never cut.
        self._path = Path(f"{location}-{slots}")
        self._slots = slots

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """The number under `key`, or `default`."""
        table, offset, mark = self._place(key, version)
        with table.locked():
            found = _find(table, offset, mark)
            return default if found is None else found[1]

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Set it unless it is there; whether it was set."""
        table, offset, mark = self._place(key, version)
        with table.locked():
            if _find(table, offset, mark) is not None:
                return False
            _write(table, _free(table, offset), mark, self._until(timeout), int(value))
            return True

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Set it, whatever was there."""
        table, offset, mark = self._place(key, version)
        with table.locked():
            found = _find(table, offset, mark)
            at = _free(table, offset) if found is None else found[0]
            _write(table, at, mark, self._until(timeout), int(value))

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Raise it by `delta`; the new number. Raises ValueError where there is none, as Django's interface asks."""
        table, offset, mark = self._place(key, version)
        with table.locked():
            found = _find(table, offset, mark)
            if found is None:
                raise ValueError(f"no counter {key!r}")
            at, value, until = found
            _write(table, at, mark, until, value + delta)
            return int(value + delta)

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Let it live for `timeout` seconds from now; whether it was there."""
        table, offset, mark = self._place(key, version)
        with table.locked():
            found = _find(table, offset, mark)
            if found is None:
                return False
            _write(table, found[0], mark, self._until(timeout), found[1])
            return True

    def delete(self, key: str, version: int | None = None) -> bool:
        """Forget it; whether it was there."""
        table, offset, mark = self._place(key, version)
        with table.locked():
            found = _find(table, offset, mark)
            if found is None:
                return False
            _write(table, found[0], 0, 0.0, 0)
            return True

    def clear(self) -> None:
        """Forget everything."""
        table = _table(self._path, self._slots)
        with table.locked():
            table.bytes[:] = bytes(table.size)

    def _place(self, key: str, version: int | None) -> tuple[_Table, int, int]:
        secret = sha256(settings.SECRET_KEY.encode()).digest()
        digest = blake2b(self.make_key(key, version).encode(), digest_size=16, key=secret).digest()
        bucket = int.from_bytes(digest[:8]) % (self._slots // WAYS)
        # 0 marks an empty slot.
        return _table(self._path, self._slots), bucket * WAYS * SLOT.size, int.from_bytes(digest[8:]) or 1

    def _until(self, timeout: Any) -> float:
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return time.time() + min(LONGEST if seconds is None else float(seconds), LONGEST)


def _find(table: _Table, offset: int, mark: int) -> tuple[int, int, float] | None:
    now = time.time()
    for at in range(offset, offset + WAYS * SLOT.size, SLOT.size):
        held, until, value = SLOT.unpack_from(table.bytes, at)
        if held == mark and now < until <= now + LONGEST:
            return at, value, until
    return None


def _free(table: _Table, offset: int) -> int:
    now = time.time()
    smallest, chosen = None, offset
    for at in range(offset, offset + WAYS * SLOT.size, SLOT.size):
        held, until, value = SLOT.unpack_from(table.bytes, at)
        if not held or not now < until <= now + LONGEST:
            return at
        if smallest is None or value < smallest:
            smallest, chosen = value, at
    return chosen


def _write(table: _Table, at: int, mark: int, until: float, value: int) -> None:
    SLOT.pack_into(table.bytes, at, mark, until, value)
