"""The generations of an index that is stored in a folder, and how a new one replaces the old one in one step."""

import os
import shutil
from pathlib import Path

from catalog.engines.interface import EngineError


class Generations:
    """Folders `NAME-vVERSION-N` in a root folder, and a small file that names the one in use.

    A new generation is written next to the one in use, and activated by replacing that file, so that a reader sees
    either the complete old or the complete new one. Folders of another engine or version are ignored.
    """

    def __init__(self, root: Path, name: str, version: int) -> None:
        """name, version: of the format of the engine; the version is raised when the format changes."""
        self.root = root
        self._prefix = f"{name}-v{version}-"
        self._pointer = root / "current"
        self._building = root / "building"

    def current(self) -> Path:
        """The folder in use. Raises EngineError if there is none of this format."""
        folder = self._read_folder(self._pointer)
        if folder is None:
            raise EngineError("no index of this version")
        return folder

    def new_folder(self) -> Path:
        """A new empty folder, not yet in use."""
        self.root.mkdir(parents=True, exist_ok=True)
        numbers = [
            int(path.name.rpartition("-")[2])
            for path in self.root.iterdir()
            if path.is_dir() and path.name.rpartition("-")[2].isdecimal()
        ]
        folder = self.root / f"{self._prefix}{max(numbers, default=0) + 1}"
        folder.mkdir()
        return folder

    def interrupted(self) -> Path | None:
        """The folder of an interrupted rebuild, if there is one."""
        return self._read_folder(self._building)

    def start_building(self, folder: Path) -> None:
        """Record that a rebuild is filling `folder`."""
        self._write(self._building, folder.name)

    def activate(self, folder: Path) -> None:
        """Make `folder` the one in use, durably on disk."""
        self._write(self._pointer, folder.name)
        self._building.unlink(missing_ok=True)

    def drop_others(self, kept: Path) -> None:
        """Remove every folder but `kept`."""
        for folder in self.root.iterdir():
            if folder.is_dir() and folder != kept:
                shutil.rmtree(folder, ignore_errors=True)

    def _read_folder(self, file: Path) -> Path | None:
        try:
            name = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return None
        folder = self.root / name
        return folder if name.startswith(self._prefix) and "/" not in name and folder.is_dir() else None

    def _write(self, file: Path, name: str) -> None:
        temporary = file.with_suffix(".new")
        with temporary.open("w", encoding="utf-8") as stream:
            stream.write(name)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(file)
        # The replacement is an entry of the folder: without this call a power failure may undo it.
        flush_folder(self.root)


def flush_folder(folder: Path) -> None:
    """Write the entries of `folder` to the disk (fsync)."""
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def flush_files(folder: Path, since: float) -> None:
    """Write to the disk (fsync) what changed in `folder` since that Unix time, for engines that don't do it."""
    for path in folder.iterdir():
        if path.is_file() and path.stat().st_mtime >= since - 2:
            with path.open("rb") as file:
                os.fsync(file.fileno())
    flush_folder(folder)
