"""Tile packs: every tile of one rendition of a page in one file, so that a tile is two reads. No Django here.

A pack is: a head (magic, width, height, side of a tile, number of levels), a table of offset and length a tile (levels
from the largest, rows, columns), then the tiles, baseline JPEG. All numbers little-endian.
"""

import io
import os
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image

from catalog.images.renditions.rendition import Rendition, Shown, open_rendition
from catalog.rules.geometry import Box, Size

SIDE = 512
AT_ONCE = 2
QUALITY = 80
# Raised when the same rendition would be written otherwise; old packs are then no packs.
MAGIC = b"KYUCPK1\0"
HEAD, ENTRY = struct.Struct("<8sIIHH"), struct.Struct("<QI")
# Above so many pixels the full-size image is let go before the smaller levels are made from a new, smaller decoding.
DECODED_TWICE = 60_000_000


class BadPack(OSError):
    """The file is no whole pack of this image."""


@dataclass(frozen=True)
class Level:
    """The image at one in `factor`: its size, its columns and rows of tiles, and the number of its first tile."""

    factor: int
    width: int
    height: int
    columns: int
    rows: int
    first: int


@lru_cache(maxsize=4096)
def levels_of(size: Size) -> tuple[Level, ...]:
    """The levels of an image, the largest first, down to one that fits a tile. Sides are rounded up, as clients do."""
    levels, factor, first = list[Level](), 1, 0
    while True:
        width, height = -(-size[0] // factor), -(-size[1] // factor)
        columns, rows = -(-width // SIDE), -(-height // SIDE)
        levels.append(Level(factor, width, height, columns, rows, first))
        if columns == rows == 1:
            return tuple(levels)
        first += columns * rows
        factor *= 2


def tile_of(size: Size, box: Box | None, out: Size) -> tuple[int, int, int] | None:
    """Level, column and row of the tile that is exactly `box` (x, y, width, height; None for all) at size `out`; None
    where that is no tile."""
    x, y, w, h = box or (0, 0, *size)
    for number, level in enumerate(levels_of(size)):
        step = SIDE * level.factor
        if x % step or y % step:
            return None
        is_cell = (w, h) == (min(step, size[0] - x), min(step, size[1] - y))
        if is_cell and out == (-(-w // level.factor), -(-h // level.factor)):
            return number, x // step, y // step
    return None


def build(path: Path, rendition: Rendition, target: Path) -> None:
    """Write the pack of a rendition of the image file `path`. Raises OSError."""
    levels = levels_of(rendition.size)
    total = levels[-1].first + 1
    table: list[tuple[int, int]] = []
    at = HEAD.size + ENTRY.size * total
    shown = open_rendition(path, rendition)
    large = rendition.full[0] * rendition.full[1] > DECODED_TWICE
    with target.open("wb") as file:
        file.seek(at)
        for number, level in enumerate(levels):
            if number == 1 and large:
                del shown
                shown = open_rendition(path, rendition, 2)
                shown = shown if shown.ratio >= 2 else shown.halved()
            elif number:
                shown = shown.halved()
            for tile in _tiles(shown, level, rendition.size):
                file.write(tile)
                table.append((at, len(tile)))
                at += len(tile)
        file.seek(0)
        file.write(HEAD.pack(MAGIC, *rendition.size, SIDE, len(levels)))
        file.write(b"".join(ENTRY.pack(*entry) for entry in table))


def _tiles(shown: Shown, level: Level, size: Size) -> Iterator[bytes]:
    step = SIDE * level.factor

    def tile(cell: int) -> bytes:
        column, row = cell % level.columns, cell // level.columns
        x, y = column * step, row * step
        out = (min(SIDE, level.width - column * SIDE), min(SIDE, level.height - row * SIDE))
        piece = shown.cut((x, y, min(x + step, size[0]), min(y + step, size[1])), out)
        held = io.BytesIO()
        piece.save(held, "JPEG", quality=QUALITY)
        return held.getvalue()

    # The library lets go of the interpreter while it encodes: where a second core is free, whoever zooms first waits
    # less.
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from pool.map(tile, range(level.columns * level.rows))


class Pack:
    """An open pack; use as a context. Raises BadPack for a file that is none, FileNotFoundError where there is none."""

    def __init__(self, path: Path, size: Size) -> None:
        self.size = size
        self.levels = levels_of(size)
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            total = self.levels[-1].first + 1
            self._table = os.pread(self._file, HEAD.size + ENTRY.size * total, 0)
            if len(self._table) != HEAD.size + ENTRY.size * total or self._table[: HEAD.size] != HEAD.pack(
                MAGIC, *size, SIDE, len(self.levels)
            ):
                raise BadPack(str(path))
        except BaseException:
            os.close(self._file)
            raise

    def __enter__(self) -> "Pack":
        return self

    def __exit__(self, *_about: object) -> None:
        os.close(self._file)

    def tile(self, level: int, column: int, row: int) -> bytes:
        """The JPEG of a tile."""
        one = self.levels[level]
        place = HEAD.size + ENTRY.size * (one.first + row * one.columns + column)
        at, length = ENTRY.unpack_from(self._table, place)
        data = os.pread(self._file, length, at)
        if len(data) != length or not data.startswith(b"\xff\xd8"):
            raise BadPack("a tile is cut short")
        return data

    def region(self, level: int, box: Box) -> Image.Image:
        """The pixels x, y, width, height of a level, put together from its tiles."""
        x, y, w, h = box
        whole: Image.Image | None = None
        for row in range(y // SIDE, (y + h - 1) // SIDE + 1):
            for column in range(x // SIDE, (x + w - 1) // SIDE + 1):
                with Image.open(io.BytesIO(self.tile(level, column, row)), formats=("JPEG",)) as tile:
                    if whole is None:
                        whole = Image.new(tile.mode, (w, h))
                    whole.paste(tile, (column * SIDE - x, row * SIDE - y))
        assert whole is not None  # noqa: S101 — a box has a pixel
        return whole
