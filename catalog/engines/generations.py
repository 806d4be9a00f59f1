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
        self._building = root / "building"

    def current(self) -> Path:
        """The folder in use. Raises EngineError where there is none of this format."""
        folder = self._named_in(self._pointer)
        if folder is None:
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

    def begun(self) -> Path | None:
        """The folder of a rebuild that was broken off."""
        return self._named_in(self._building)

    def begin(self, folder: Path) -> None:
        """Note that a rebuild is filling `folder`."""
        self._write(self._building, folder.name)

    def take_up(self, folder: Path) -> None:
        """Make `folder` the one in use, durably."""
        self._write(self._pointer, folder.name)
        self._building.unlink(missing_ok=True)

    def drop_others(self, kept: Path) -> None:
        """Remove every folder but `kept`."""
        for old in self.root.iterdir():
            if old.is_dir() and old != kept:
                shutil.rmtree(old, ignore_errors=True)

    def _named_in(self, file: Path) -> Path | None:
        try:
            name = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return None
        folder = self.root / name
        return folder if name.startswith(self._prefix) and "/" not in name and folder.is_dir() else None

    def _write(self, file: Path, name: str) -> None:
        beside = file.with_suffix(".new")
        with beside.open("w", encoding="utf-8") as opened:
            opened.write(name)
            opened.flush()
            os.fsync(opened.fileno())
        beside.replace(file)
        # The replacing itself lives in the folder's entry: without this a power cut may undo it.
        flush_folder(self.root)


def flush_folder(folder: Path) -> None:
    """Have the names in `folder` on the disk."""
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def flush_files(folder: Path, since: float) -> None:
    """Have on the disk what was written in `folder` since that Unix time, for engines that don't see to it."""
    for path in folder.iterdir():
        if path.is_file() and path.stat().st_mtime >= since - 2:
            with path.open("rb") as file:
                os.fsync(file.fileno())
    flush_folder(folder)
