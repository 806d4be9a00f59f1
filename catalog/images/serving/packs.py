"""Tile packs: all tiles of one rendition of a page in one file, so that serving a tile takes two reads. No Django here.

A pack has a head (magic, width, height, side of a tile, number of levels), a table with offset and length of each tile
(levels from the largest, rows, columns), and the tiles as baseline JPEG. All numbers are little-endian.
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

from catalog.images.renditions.rendition import DecodedRendition, Rendition, open_rendition
from catalog.rules.geometry import Box, Size

SIDE = 512
ENCODERS = 2
QUALITY = 80
# Change it when the format or the pixels change; old packs are then invalid.
MAGIC = b"KYUCPK1\0"
HEAD, ENTRY = struct.Struct("<8sIIHH"), struct.Struct("<QI")
# For images with more pixels, the full-size image is freed after its level, and decoded again at half the size.
DECODED_TWICE = 60_000_000


class BadPack(OSError):
    """The file is not a complete pack of this image."""


@dataclass(frozen=True)
class Level:
    """The image reduced by `factor`: its size, its columns and rows of tiles, and the index of its first tile."""

    factor: int
    width: int
    height: int
    columns: int
    rows: int
    first: int


@lru_cache(maxsize=4096)
def levels_of(size: Size) -> tuple[Level, ...]:
    """The levels of an image from the largest down to one that fits a tile. Sides are rounded up, as clients do."""
    levels, factor, first = list[Level](), 1, 0
    while True:
        width, height = -(-size[0] // factor), -(-size[1] // factor)
        columns, rows = -(-width // SIDE), -(-height // SIDE)
        levels.append(Level(factor, width, height, columns, rows, first))
        if columns == rows == 1:
            return tuple(levels)
        first += columns * rows
        factor *= 2


def tile_of(size: Size, box: Box | None, output_size: Size) -> tuple[int, int, int] | None:
    """Level, column and row of the tile that is exactly `box` (x, y, width, height; None for all) at `output_size`;
    None if there is no such tile."""
    x, y, w, h = box or (0, 0, *size)
    for number, level in enumerate(levels_of(size)):
        step = SIDE * level.factor
        if x % step or y % step:
            return None
        is_cell = (w, h) == (min(step, size[0] - x), min(step, size[1] - y))
        if is_cell and output_size == (-(-w // level.factor), -(-h // level.factor)):
            return number, x // step, y // step
    return None


def build_pack(path: Path, rendition: Rendition, target: Path) -> None:
    """Write the pack of a rendition of the image file `path` to `target`. Raises OSError."""
    levels = levels_of(rendition.size)
    total = levels[-1].first + 1
    table: list[tuple[int, int]] = []
    offset = HEAD.size + ENTRY.size * total
    decoded = open_rendition(path, rendition)
    decode_twice = rendition.full[0] * rendition.full[1] > DECODED_TWICE
    with target.open("wb") as file:
        file.seek(offset)
        for number, level in enumerate(levels):
            if number == 1 and decode_twice:
                del decoded
                decoded = open_rendition(path, rendition, 2)
                decoded = decoded if decoded.ratio >= 2 else decoded.halved()
            elif number:
                decoded = decoded.halved()
            for tile in _encode_tiles(decoded, level, rendition.size):
                file.write(tile)
                table.append((offset, len(tile)))
                offset += len(tile)
        file.seek(0)
        file.write(HEAD.pack(MAGIC, *rendition.size, SIDE, len(levels)))
        file.write(b"".join(ENTRY.pack(*entry) for entry in table))


def _encode_tiles(decoded: DecodedRendition, level: Level, size: Size) -> Iterator[bytes]:
    step = SIDE * level.factor

    def tile(cell: int) -> bytes:
        column, row = cell % level.columns, cell // level.columns
        x, y = column * step, row * step
        output_size = (min(SIDE, level.width - column * SIDE), min(SIDE, level.height - row * SIDE))
        piece = decoded.render((x, y, min(x + step, size[0]), min(y + step, size[1])), output_size)
        output = io.BytesIO()
        piece.save(output, "JPEG", quality=QUALITY)
        return output.getvalue()

    # Pillow releases the GIL while encoding: with a free second core the first zoom is faster.
    with ThreadPoolExecutor(ENCODERS) as pool:
        yield from pool.map(tile, range(level.columns * level.rows))


class Pack:
    """An open pack; a context manager. Raises BadPack for an invalid file, FileNotFoundError if there is none."""

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
        level_info = self.levels[level]
        entry_offset = HEAD.size + ENTRY.size * (level_info.first + row * level_info.columns + column)
        offset, length = ENTRY.unpack_from(self._table, entry_offset)
        data = os.pread(self._file, length, offset)
        if len(data) != length or not data.startswith(b"\xff\xd8"):
            raise BadPack("a tile is cut short")
        return data

    def region(self, level: int, box: Box) -> Image.Image:
        """The part `box` (x, y, width, height) of a level, put together from its tiles."""
        x, y, w, h = box
        image: Image.Image | None = None
        for row in range(y // SIDE, (y + h - 1) // SIDE + 1):
            for column in range(x // SIDE, (x + w - 1) // SIDE + 1):
                with Image.open(io.BytesIO(self.tile(level, column, row)), formats=("JPEG",)) as tile:
                    if image is None:
                        image = Image.new(tile.mode, (w, h))
                    image.paste(tile, (column * SIDE - x, row * SIDE - y))
        assert image is not None  # noqa: S101 — a box has a pixel
        return image
