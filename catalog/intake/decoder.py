"""The parent's side of the child that decodes: one file at a time, a limit of time and of memory, begun again when it
dies."""

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
    """Use from one thread; close it in the end."""

    def __init__(self, *, memory: int, seconds: float) -> None:
        """memory: bytes of address space the child may take; seconds: for one file."""
        self.memory, self.seconds = memory, seconds
        self._child: subprocess.Popen[bytes] | None = None

    def decode(self, path: Path, media_type: str, folder: Path) -> list[dict[str, Any]]:
        """See `decoding.decode`. Raises Refused, also with the codes `time`, `memory` and, where the child broke off,
        `stopped`."""
        child = self._standing()
        asked = json.dumps({"path": str(path), "media_type": media_type, "folder": str(folder)}) + "\n"
        try:
            assert child.stdin is not None  # noqa: S101 — opened with a pipe
            child.stdin.write(asked.encode())
            child.stdin.flush()
            answer = json.loads(self._line(child))
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
        """End the child."""
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
            self._child = None

    def _line(self, child: subprocess.Popen[bytes]) -> bytes:
        assert child.stdout is not None  # noqa: S101 — opened with a pipe
        until = time.monotonic() + self.seconds
        read = b""
        while not read.endswith(b"\n"):
            ready, _, _ = select.select([child.stdout], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                self.close()
                raise Refused("time", f"{self.seconds:.0f} s")
            piece = os.read(child.stdout.fileno(), 1 << 16)
            if not piece:
                raise OSError("the child ended")
            read += piece
        return read

    def _standing(self) -> subprocess.Popen[bytes]:
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
