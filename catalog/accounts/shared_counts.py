"""Counters shared by all processes of one host, in a memory-mapped file, without the database.

Our own code, because limits must be shared by all processes without another server: of Django's cache backends,
`locmem` counts per process, and `filebased` and `db` do not increment atomically. Since it is a cache backend (for
whole numbers only), `caches["limits"]` can be Redis if several hosts serve one archive.

Every key belongs to a bucket of a few slots in a table of fixed size; if a bucket is full, its smallest number is
dropped. A slot is three numbers, written under a file lock that the system releases when the process dies, so a killed
process leaves at most one wrong counter. Keys are stored as keyed hashes: the file contains no address and no name.
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
SLOTS_PER_BUCKET = 8  # slots in a bucket
# The longest life of a counter. A later expiry was written when the clock was wrong, and counts as expired.
MAX_SECONDS = 2 * 86_400

_open_tables: dict[Path, "_Table"] = {}
_opening_lock = threading.Lock()


class _Table:
    """The mapped file of one path, one object per process. File locks belong to the process, so threads need a lock of
    their own."""

    def __init__(self, path: Path, slots: int) -> None:
        self.slots = slots
        self.size = slots * SLOT.size
        self._thread_lock = threading.Lock()
        self._file: int | None = None
        self.bytes: mmap.mmap
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            # Space is allocated now: writing to an unallocated page on a full disk would kill the process.
            os.posix_fallocate(self._file, 0, self.size)
            self.bytes = mmap.mmap(self._file, self.size)
        except OSError as error:
            logger.warning("counters are kept for this process alone: %s", error.strerror)
            self._file = None
            self.bytes = mmap.mmap(-1, self.size)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """No other thread or process reads or writes during the block. Held for microseconds."""
        with self._thread_lock:
            if self._file is not None:
                fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                if self._file is not None:
                    fcntl.lockf(self._file, fcntl.LOCK_UN)


def _table(path: Path, slots: int) -> _Table:
    with _opening_lock:
        if path not in _open_tables:
            _open_tables[path] = _Table(path, slots)
        return _open_tables[path]


class SharedCounts(BaseCache):
    """A cache backend with `add`, `get`, `set`, `incr`, `touch`, `delete` and `clear` for whole numbers. LOCATION: the
    file; OPTIONS SLOTS: the number of slots."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        slots = int(params.get("OPTIONS", {}).get("SLOTS", 65_536)) // SLOTS_PER_BUCKET * SLOTS_PER_BUCKET
        # The size is part of the name: a file in use is never truncated.
        self._path = Path(f"{location}-{slots}")
        self._slots = slots

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """The number under `key`, or `default`."""
        table, offset, mark = self._locate(key, version)
        with table.locked():
            slot = _find_slot(table, offset, mark)
            return default if slot is None else slot[1]

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Set the number unless there is one. Returns whether it was set."""
        table, offset, mark = self._locate(key, version)
        with table.locked():
            if _find_slot(table, offset, mark) is not None:
                return False
            _write_slot(table, _free_slot(table, offset), mark, self._expiry(timeout), int(value))
            return True

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Set the number."""
        table, offset, mark = self._locate(key, version)
        with table.locked():
            slot = _find_slot(table, offset, mark)
            position = _free_slot(table, offset) if slot is None else slot[0]
            _write_slot(table, position, mark, self._expiry(timeout), int(value))

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Add `delta` and return the new number. Raises ValueError if there is none, as Django's interface requires."""
        table, offset, mark = self._locate(key, version)
        with table.locked():
            slot = _find_slot(table, offset, mark)
            if slot is None:
                raise ValueError(f"no counter {key!r}")
            position, value, expiry = slot
            _write_slot(table, position, mark, expiry, value + delta)
            return int(value + delta)

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Let the number expire in `timeout` seconds. Returns whether there was one."""
        table, offset, mark = self._locate(key, version)
        with table.locked():
            slot = _find_slot(table, offset, mark)
            if slot is None:
                return False
            _write_slot(table, slot[0], mark, self._expiry(timeout), slot[1])
            return True

    def delete(self, key: str, version: int | None = None) -> bool:
        """Delete the number. Returns whether there was one."""
        table, offset, mark = self._locate(key, version)
        with table.locked():
            slot = _find_slot(table, offset, mark)
            if slot is None:
                return False
            _write_slot(table, slot[0], 0, 0.0, 0)
            return True

    def clear(self) -> None:
        """Delete everything."""
        table = _table(self._path, self._slots)
        with table.locked():
            table.bytes[:] = bytes(table.size)

    def _locate(self, key: str, version: int | None) -> tuple[_Table, int, int]:
        secret = sha256(settings.SECRET_KEY.encode()).digest()
        digest = blake2b(self.make_key(key, version).encode(), digest_size=16, key=secret).digest()
        bucket = int.from_bytes(digest[:8]) % (self._slots // SLOTS_PER_BUCKET)
        # 0 marks an empty slot.
        return _table(self._path, self._slots), bucket * SLOTS_PER_BUCKET * SLOT.size, int.from_bytes(digest[8:]) or 1

    def _expiry(self, timeout: Any) -> float:
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return time.time() + min(MAX_SECONDS if seconds is None else float(seconds), MAX_SECONDS)


def _find_slot(table: _Table, offset: int, mark: int) -> tuple[int, int, float] | None:
    now = time.time()
    for position in range(offset, offset + SLOTS_PER_BUCKET * SLOT.size, SLOT.size):
        stored_mark, expiry, value = SLOT.unpack_from(table.bytes, position)
        if stored_mark == mark and now < expiry <= now + MAX_SECONDS:
            return position, value, expiry
    return None


def _free_slot(table: _Table, offset: int) -> int:
    now = time.time()
    smallest, smallest_position = None, offset
    for position in range(offset, offset + SLOTS_PER_BUCKET * SLOT.size, SLOT.size):
        stored_mark, expiry, value = SLOT.unpack_from(table.bytes, position)
        if not stored_mark or not now < expiry <= now + MAX_SECONDS:
            return position
        if smallest is None or value < smallest:
            smallest, smallest_position = value, position
    return smallest_position


def _write_slot(table: _Table, position: int, mark: int, expiry: float, value: int) -> None:
    SLOT.pack_into(table.bytes, position, mark, expiry, value)
