"""The parent's side of the decoding child process: one file at a time, limits of time and memory; a dead child is
started again.

Our own and not `pebble` or `concurrent.futures`, which are as fast: they exchange pickles, so a hostile file that takes
over the child could run code in this process. Here both sides exchange only lines of JSON.
"""

import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from catalog.intake.derivatives import Refused

ROOT = Path(__file__).resolve().parents[2]


class Decoder:
    """Decodes files in a child process. Use it from one thread, and close it at the end."""

    def __init__(self, *, memory: int, seconds: float) -> None:
        """memory: most bytes of address space of the child; seconds: time limit for one file."""
        self.memory, self.seconds = memory, seconds
        self._child: subprocess.Popen[bytes] | None = None

    def decode(self, path: Path, media_type: str, folder: Path) -> list[dict[str, Any]]:
        """See `decoding.decode`. Raises Refused, also with the codes `time`, `memory`, and `stopped` if the child
        died."""
        child = self._running_child()
        task = json.dumps({"path": str(path), "media_type": media_type, "folder": str(folder)}) + "\n"
        try:
            assert child.stdin is not None  # noqa: S101 — opened with a pipe
            child.stdin.write(task.encode())
            child.stdin.flush()
            answer = json.loads(self._read_line(child))
        except (OSError, ValueError) as error:
            self.close()
            raise Refused("stopped", f"{type(error).__name__}") from error
        if "refused" in answer:
            if answer["refused"] == "memory":
                self.close()
            raise Refused(answer["refused"], answer["detail"])
        pages: list[dict[str, Any]] = answer["pages"]
        return pages

    def close(self) -> None:
        """Kill the child process."""
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
            self._child = None

    def _read_line(self, child: subprocess.Popen[bytes]) -> bytes:
        assert child.stdout is not None  # noqa: S101 — opened with a pipe
        deadline = time.monotonic() + self.seconds
        line = b""
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([child.stdout], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                self.close()
                raise Refused("time", f"{self.seconds:.0f} s")
            chunk = os.read(child.stdout.fileno(), 1 << 16)
            if not chunk:
                raise OSError("the child ended")
            line += chunk
        return line

    def _running_child(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self._child = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "catalog.intake.child", str(self.memory)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=ROOT,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )
        return self._child
