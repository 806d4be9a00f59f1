"""Folders of files that can be made again, with a size limit: the file that was used longest ago is deleted first.

Our own and not `diskcache`: version 5.6 looks every file up in SQLite and writes each use there; reading a tile took 42
µs with it, against 6 µs here.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

# WRITE_USE_EVERY: seconds between two updates of a file's time of use. FILLED_AFTER_CLEANING: the part of the limit
# that is still used after deleting files. WRITING_SECONDS: how long a temporary file is taken as being written.
WRITE_USE_EVERY = 3600
FILLED_AFTER_CLEANING = 0.9
WRITING_SECONDS = 60


class BoundedFolder:
    """A folder of at most `most_bytes`, shared by processes and threads. Each file is in a subfolder named by the first
    two characters of its name."""

    def __init__(self, root: Path, most_bytes: int) -> None:
        self.root, self.most_bytes = root, most_bytes
        self._last_use: dict[str, float] = {}

    def path(self, name: str) -> Path:
        """The path of the file with this name, whether it exists or not. name: letters, digits, full stop and
        hyphen."""
        return self.root / name[:2] / name

    def touch(self, name: str) -> None:
        """Record that the file is used now."""
        now = time.monotonic()
        if now - self._last_use.get(name, -WRITE_USE_EVERY) >= WRITE_USE_EVERY:
            if len(self._last_use) > 100_000:
                self._last_use.clear()
            self._last_use[name] = now
            with contextlib.suppress(OSError):
                os.utime(self.path(name))

    @contextlib.contextmanager
    def lock(self, name: str, patience: float = 30.0) -> Iterator[None]:
        """Lock `name` while making it, among threads and processes. Raises TimeoutError after `patience` seconds."""
        lock = self.path(f"{name}.lock")
        lock.parent.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + patience
        with lock.open("ab") as lock_file:
            while True:
                try:
                    fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise TimeoutError(name) from None
                    time.sleep(0.005)
            try:
                yield
            finally:
                # A process that still waits for the deleted lock file finds the file made, since it checks that first.
                lock.unlink(missing_ok=True)

    def temporary_path(self, name: str) -> Path:
        """A path for writing the file, before `add`."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.with_name(f".{name}.{os.getpid()}.{time.monotonic_ns()}")

    def add(self, name: str, temporary: Path) -> None:
        """Move a file from its temporary path to its place, and delete old files if the folder is over its limit."""
        size = temporary.stat().st_size
        temporary.replace(self.path(name))
        with (self.root / "total").open("a+") as total_file:
            fcntl.flock(total_file, fcntl.LOCK_EX)
            total_file.seek(0)
            text = total_file.read()
            total = int(text) + size if text.isdigit() else self._measure()
            if total > self.most_bytes:
                total = self._delete_oldest(name)
            total_file.seek(0)
            total_file.truncate()
            total_file.write(str(total))

    def held(self) -> int:
        """Bytes in the folder, as counted last."""
        try:
            text = (self.root / "total").read_text()
        except OSError:
            return 0
        return int(text) if text.isdigit() else 0

    def _files(self) -> Iterator[tuple[float, int, Path]]:
        for folder in os.scandir(self.root):
            if folder.is_dir(follow_symlinks=False):
                for file in os.scandir(folder.path):
                    with contextlib.suppress(OSError):
                        stat = file.stat(follow_symlinks=False)
                        yield stat.st_mtime, stat.st_size, Path(file.path)

    def _measure(self) -> int:
        return sum(size for _, size, _ in self._files())

    def _delete_oldest(self, keep: str) -> int:
        files = sorted(self._files())
        total = sum(size for _, size, _ in files)
        now = time.time()
        for used_at, size, path in files:
            if total <= self.most_bytes * FILLED_AFTER_CLEANING:
                break
            # Skip temporary files that are being written; older ones were left by a crash.
            if (
                path.name == keep
                or (path.name.startswith(".") and now - used_at < WRITING_SECONDS)
                or path.suffix == ".lock"
            ):
                continue
            path.unlink(missing_ok=True)
            total -= size
        return total
