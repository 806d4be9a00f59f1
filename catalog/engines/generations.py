"""Where an index that lives in a folder keeps its generations, and how one takes another's place in one step."""

import os
import shutil
from pathlib import Path

from catalog.engines.interface import EngineError


class Generations:
    """Folders `NAME-vVERSION-N` within a root, and a small file that says which of them is in use.

    A generation is written beside the one in use and taken up by replacing that file, so that a reader sees the old
    whole or the new whole. What is of another engine or version is not read: it is as if it were missing.
    """

    def __init__(self, root: Path, name: str, version: int) -> None:
        """root: the folder; name, version: of the engine's format, raised when what it writes changes."""
        self.root = root
        self._prefix = f"{name}-v{version}-"
        self._pointer = root / "current"

    def current(self) -> Path:
        """The folder in use. Raises EngineError where there is none of this format."""
        try:
            folder = self.root / self._pointer.read_text(encoding="utf-8").strip()
        except OSError:
            raise EngineError("no index") from None
        if not folder.name.startswith(self._prefix) or not folder.is_dir():
            raise EngineError("no index of this version")
        return folder

    def fresh(self) -> Path:
        """A new empty folder, not yet in use."""
        self.root.mkdir(parents=True, exist_ok=True)
        taken = [
            int(path.name.rpartition("-")[2])
            for path in self.root.iterdir()
            if path.is_dir() and path.name.rpartition("-")[2].isdecimal()
        ]
        folder = self.root / f"{self._prefix}{max(taken, default=0) + 1}"
        folder.mkdir()
        return folder

    def take_up(self, folder: Path) -> None:
        """Make `folder` the one in use, durably."""
        beside = self._pointer.with_suffix(".new")
        with beside.open("w", encoding="utf-8") as file:
            file.write(folder.name)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._pointer)
        directory = os.open(self.root, os.O_RDONLY)
        try:
            # The replacing itself lives in the folder's entry: without this a power cut may undo it.
            os.fsync(directory)
        finally:
            os.close(directory)

    def drop_others(self, kept: Path) -> None:
        """Remove every folder but `kept`."""
        for old in self.root.iterdir():
            if old.is_dir() and old != kept:
                shutil.rmtree(old, ignore_errors=True)
