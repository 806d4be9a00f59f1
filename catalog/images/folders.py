"""Folders of things that can be made again, with a bound: what was used longest ago goes first."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

# How often the time of use of a file is written, in seconds; and how full a folder is after making room.
USE_WRITTEN_EVERY = 3600
LEFT_AFTER = 0.9
SETTLING = 60


class BoundedFolder:
    """A folder of at most `most_bytes`, shared by processes and threads. Files stand below two characters of their
    name."""

    def __init__(self, root: Path, most_bytes: int) -> None:
        self.root, self.most_bytes = root, most_bytes
        self._used: dict[str, float] = {}

    def path(self, name: str) -> Path:
        """Where the file of that name lies or would lie. `name`: letters, digits, full stop and hyphen."""
        return self.root / name[:2] / name

    def use(self, name: str) -> None:
        """Remember that the file was wanted just now."""
        now = time.monotonic()
        if now - self._used.get(name, -USE_WRITTEN_EVERY) >= USE_WRITTEN_EVERY:
            if len(self._used) > 100_000:
                self._used.clear()
            self._used[name] = now
            with contextlib.suppress(OSError):
                os.utime(self.path(name))

    @contextlib.contextmanager
    def alone(self, name: str, patience: float = 30.0) -> Iterator[None]:
        """Hold the right to make `name`, among threads and processes. Raises TimeoutError after `patience` seconds."""
        lock = self.path(f"{name}.lock")
        lock.parent.mkdir(parents=True, exist_ok=True)
        until = time.monotonic() + patience
        with lock.open("ab") as held:
            while True:
                try:
                    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > until:
                        raise TimeoutError(name) from None
                    time.sleep(0.005)
            try:
                yield
            finally:
                # Whoever waits on the file taken away looks first whether the thing is made; it is.
                lock.unlink(missing_ok=True)

    def beside(self, name: str) -> Path:
        """A path to write to, before `settle`."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.with_name(f".{name}.{os.getpid()}.{time.monotonic_ns()}")

    def settle(self, name: str, made: Path) -> None:
        """Put a file written `beside` into its place, and make room where the folder is over its bound."""
        size = made.stat().st_size
        made.replace(self.path(name))
        with (self.root / "total").open("a+") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            held.seek(0)
            text = held.read()
            total = int(text) + size if text.isdigit() else self._weigh()
            if total > self.most_bytes:
                total = self._make_room(name)
            held.seek(0)
            held.truncate()
            held.write(str(total))

    def held(self) -> int:
        """Bytes in the folder, as last counted."""
        try:
            text = (self.root / "total").read_text()
        except OSError:
            return 0
        return int(text) if text.isdigit() else 0

    def _files(self) -> Iterator[tuple[float, int, Path]]:
        for below in os.scandir(self.root):
            if below.is_dir(follow_symlinks=False):
                for file in os.scandir(below.path):
                    with contextlib.suppress(OSError):
                        stat = file.stat(follow_symlinks=False)
                        yield stat.st_mtime, stat.st_size, Path(file.path)

    def _weigh(self) -> int:
        return sum(size for _, size, _ in self._files())

    def _make_room(self, kept: str) -> int:
        files = sorted(self._files())
        total = sum(size for _, size, _ in files)
        now = time.time()
        for used, size, path in files:
            if total <= self.most_bytes * LEFT_AFTER:
                break
            # What is being written stands under a name of its own for a while; left behind by a crash, it goes too.
            if path.name == kept or (path.name.startswith(".") and now - used < SETTLING) or path.suffix == ".lock":
                continue
            path.unlink(missing_ok=True)
            total -= size
        return total
