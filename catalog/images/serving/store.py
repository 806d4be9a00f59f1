"""Packs kept within a bound below VAR_DIR, each made once, on the first wish for a tile or before."""

import json
import os
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from catalog.images.folders import BoundedFolder
from catalog.images.renditions.opening import Edition
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


def standing_pack(edition: Edition) -> Pack | None:
    """The open pack of an edition, or None where it was not made or is damaged (it is then taken away)."""
    folder = packs()
    name = f"{edition.key}.pack"
    try:
        pack = Pack(folder.path(name), edition.size)
    except FileNotFoundError:
        return None
    except BadPack:
        folder.path(name).unlink(missing_ok=True)
        return None
    folder.use(name)
    return pack


def has_pack(edition: Edition) -> bool:
    """Whether a pack of the edition lies in its place; it is not looked into."""
    return packs().path(f"{edition.key}.pack").exists()


def standing_tile(key: str, size: Size, tile: tuple[int, int, int]) -> bytes | None:
    """A tile (level, column, row) of the edition `key`, an image of `size`; None where its pack does not stand."""
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


def pack_of(edition: Edition) -> Pack:
    """The open pack of an edition, made now where it does not stand; by one, while all others wait for it.

    Raises OSError where the original cannot be read, Busy.
    """
    pack = standing_pack(edition)
    if pack is not None:
        return pack
    name = f"{edition.key}.pack"
    try:
        with packs().alone(name, PATIENCE):
            pack = standing_pack(edition)
            if pack is None:
                make_pack(edition)
                pack = standing_pack(edition)
    except TimeoutError as error:
        raise Busy from error
    if pack is None:
        raise OSError("the pack cannot be read again")
    return pack


def make_ready(edition: Edition) -> bool:
    """Have the pack of an edition stand; whether it had to be made. Raises OSError, Busy."""
    standing = standing_pack(edition)
    if standing is not None:
        standing.__exit__()
        return False
    pack_of(edition).__exit__()
    return True


def make_pack(edition: Edition) -> None:
    """Write the pack of an edition into its place. Raises OSError, Busy. The caller holds the right to make it."""
    folder = packs()
    name = f"{edition.key}.pack"
    made = folder.beside(name)
    try:
        path = local_copy(edition.original)
        pixels = edition.full[0] * edition.full[1]
        with drawing(dear=pixels > DEAR_PACK):
            if pixels > IN_A_CHILD:
                _in_a_child(path, edition, made)
            else:
                build(path, edition, made)
        folder.settle(name, made)
    finally:
        made.unlink(missing_ok=True)


def drop_pack(key: str) -> None:
    """Take the pack of an edition away that is shown no more."""
    packs().path(f"{key}.pack").unlink(missing_ok=True)


def _in_a_child(path: Path, edition: Edition, target: Path) -> None:
    asked = json.dumps({"path": str(path), "edition": edition.as_json(), "target": str(target)}) + "\n"
    try:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "catalog.images.serving.child", str(settings.DECODE_BYTES)],
            input=asked.encode(), capture_output=True, cwd=ROOT, timeout=settings.DECODE_SECONDS, check=False,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise OSError(f"the image took longer than {settings.DECODE_SECONDS} s") from error
    if done.returncode:
        raise OSError(done.stderr.decode(errors="replace")[-300:] or f"the child ended with {done.returncode}")
