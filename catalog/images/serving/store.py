"""The store of tile packs below VAR_DIR, limited in size; a pack is made at the first request for a tile, or before."""

import json
import os
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from catalog.images.folders import BoundedFolder
from catalog.images.renditions.rendition import Rendition
from catalog.images.serving.packs import BadPack, Pack, build_pack
from catalog.images.serving.slots import Busy, drawing_slot
from catalog.images.storage import local_copy
from catalog.rules.geometry import Size

ROOT = Path(__file__).resolve().parents[3]
# For images with more pixels, making the pack takes seconds and counts as expensive.
EXPENSIVE_PACK = 20_000_000
LOCK_SECONDS = 30.0


@lru_cache(maxsize=4)
def _folder(root: Path | str, most_bytes: int) -> BoundedFolder:
    return BoundedFolder(Path(root) / "packs", most_bytes)


def packs() -> BoundedFolder:
    """The folder of packs."""
    return _folder(settings.VAR_DIR, settings.PACKS_BYTES)


def open_stored_pack(rendition: Rendition) -> Pack | None:
    """The open pack of a rendition; None if it does not exist or is damaged (it is then deleted)."""
    folder = packs()
    name = f"{rendition.key}.pack"
    try:
        pack = Pack(folder.path(name), rendition.size)
    except FileNotFoundError:
        return None
    except BadPack:
        folder.path(name).unlink(missing_ok=True)
        return None
    folder.touch(name)
    return pack


def has_pack(rendition: Rendition) -> bool:
    """Whether a pack of the rendition exists; it is not opened."""
    return packs().path(f"{rendition.key}.pack").exists()


def stored_tile(key: str, size: Size, tile: tuple[int, int, int]) -> bytes | None:
    """A tile (level, column, row) of the rendition `key`, an image of `size`; None if its pack does not exist."""
    folder = packs()
    name = f"{key}.pack"
    try:
        with Pack(folder.path(name), size) as pack:
            data = pack.tile(*tile)
    except FileNotFoundError:
        return None
    except BadPack:
        folder.path(name).unlink(missing_ok=True)
        return None
    folder.touch(name)
    return data


def open_pack(rendition: Rendition) -> Pack:
    """The open pack of a rendition, made now if it does not exist. One thread or process makes it, all others wait.

    Raises OSError if the original cannot be read, Busy.
    """
    pack = open_stored_pack(rendition)
    if pack is not None:
        return pack
    name = f"{rendition.key}.pack"
    try:
        with packs().lock(name, LOCK_SECONDS):
            pack = open_stored_pack(rendition)
            if pack is None:
                make_pack(rendition)
                pack = open_stored_pack(rendition)
    except TimeoutError as error:
        raise Busy from error
    if pack is None:
        raise OSError("the pack cannot be read again")
    return pack


def ensure_pack(rendition: Rendition) -> bool:
    """Make the pack of a rendition if it does not exist; returns whether it was made. Raises OSError, Busy."""
    stored = open_stored_pack(rendition)
    if stored is not None:
        stored.__exit__()
        return False
    open_pack(rendition).__exit__()
    return True


def make_pack(rendition: Rendition) -> None:
    """Write the pack of a rendition. The caller holds the lock on it. Raises OSError, Busy."""
    folder = packs()
    name = f"{rendition.key}.pack"
    temporary = folder.temporary_path(name)
    try:
        path = local_copy(rendition.original)
        pixels = rendition.full[0] * rendition.full[1]
        with drawing_slot(expensive=pixels > EXPENSIVE_PACK):
            if pixels > settings.IMAGE_CHILD_AREA:
                # Its memory is freed when it ends.
                _build_in_child(path, rendition, temporary)
            else:
                build_pack(path, rendition, temporary)
        folder.add(name, temporary)
    finally:
        temporary.unlink(missing_ok=True)


def drop_pack(key: str) -> None:
    """Delete the pack of a rendition that is no longer shown."""
    packs().path(f"{key}.pack").unlink(missing_ok=True)


def _build_in_child(path: Path, rendition: Rendition, target: Path) -> None:
    task = json.dumps({"path": str(path), "rendition": rendition.as_json(), "target": str(target)}) + "\n"
    try:
        process = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "catalog.images.serving.child", str(settings.DECODE_BYTES)],
            input=task.encode(),
            capture_output=True,
            cwd=ROOT,
            timeout=settings.DECODE_SECONDS,
            check=False,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
    except subprocess.TimeoutExpired as error:
        raise OSError(f"the image took longer than {settings.DECODE_SECONDS} s") from error
    if process.returncode:
        raise OSError(process.stderr.decode(errors="replace")[-300:] or f"the child ended with {process.returncode}")
