"""Packs kept within a bound below VAR_DIR, each made once, on the first wish for a tile or before."""

import json
import os
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from catalog.images.folders import BoundedFolder
from catalog.images.renditions.rendition import Rendition
from catalog.images.serving.packs import BadPack, Pack, build
from catalog.images.serving.turns import Busy, drawing
from catalog.images.storage import local_copy
from catalog.rules.geometry import Size

ROOT = Path(__file__).resolve().parents[3]
# Images of more pixels are decoded in a child, whose memory goes with it.
IN_A_CHILD = 40_000_000
# Making their packs takes seconds; one is made while others draw.
DEAR_PACK = 20_000_000
PATIENCE = 30.0


@lru_cache(maxsize=4)
def _folder(root: Path | str, most_bytes: int) -> BoundedFolder:
    return BoundedFolder(Path(root) / "packs", most_bytes)


def packs() -> BoundedFolder:
    """The folder of packs."""
    return _folder(settings.VAR_DIR, settings.PACKS_BYTES)


def standing_pack(rendition: Rendition) -> Pack | None:
    """The open pack of a rendition, or None where it was not made or is damaged (it is then taken away)."""
    folder = packs()
    name = f"{rendition.key}.pack"
    try:
        pack = Pack(folder.path(name), rendition.size)
    except FileNotFoundError:
        return None
    except BadPack:
        folder.path(name).unlink(missing_ok=True)
        return None
    folder.use(name)
    return pack


def has_pack(rendition: Rendition) -> bool:
    """Whether a pack of the rendition lies in its place; it is not looked into."""
    return packs().path(f"{rendition.key}.pack").exists()


def standing_tile(key: str, size: Size, tile: tuple[int, int, int]) -> bytes | None:
    """A tile (level, column, row) of the rendition `key`, an image of `size`; None where its pack does not stand."""
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
    folder.use(name)
    return data


def pack_of(rendition: Rendition) -> Pack:
    """The open pack of a rendition, made now where it does not stand; by one, while all others wait for it.

    Raises OSError where the original cannot be read, Busy.
    """
    pack = standing_pack(rendition)
    if pack is not None:
        return pack
    name = f"{rendition.key}.pack"
    try:
        with packs().alone(name, PATIENCE):
            pack = standing_pack(rendition)
            if pack is None:
                make_pack(rendition)
                pack = standing_pack(rendition)
    except TimeoutError as error:
        raise Busy from error
    if pack is None:
        raise OSError("the pack cannot be read again")
    return pack


def make_ready(rendition: Rendition) -> bool:
    """Have the pack of a rendition stand; whether it had to be made. Raises OSError, Busy."""
    standing = standing_pack(rendition)
    if standing is not None:
        standing.__exit__()
        return False
    pack_of(rendition).__exit__()
    return True


def make_pack(rendition: Rendition) -> None:
    """Write the pack of a rendition into its place. Raises OSError, Busy. The caller holds the right to make it."""
    folder = packs()
    name = f"{rendition.key}.pack"
    made = folder.beside(name)
    try:
        path = local_copy(rendition.original)
        pixels = rendition.full[0] * rendition.full[1]
        with drawing(dear=pixels > DEAR_PACK):
            if pixels > IN_A_CHILD:
                _in_a_child(path, rendition, made)
            else:
                build(path, rendition, made)
        folder.settle(name, made)
    finally:
        made.unlink(missing_ok=True)


def drop_pack(key: str) -> None:
    """Take the pack of a rendition away that is shown no more."""
    packs().path(f"{key}.pack").unlink(missing_ok=True)


def _in_a_child(path: Path, rendition: Rendition, target: Path) -> None:
    asked = json.dumps({"path": str(path), "rendition": rendition.as_json(), "target": str(target)}) + "\n"
    try:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "catalog.images.serving.child", str(settings.DECODE_BYTES)],
            input=asked.encode(),
            capture_output=True,
            cwd=ROOT,
            timeout=settings.DECODE_SECONDS,
            check=False,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
    except subprocess.TimeoutExpired as error:
        raise OSError(f"the image took longer than {settings.DECODE_SECONDS} s") from error
    if done.returncode:
        raise OSError(done.stderr.decode(errors="replace")[-300:] or f"the child ended with {done.returncode}")
