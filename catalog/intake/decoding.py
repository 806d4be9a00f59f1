"""Whole decoding of one delivered file into pages, in a child process: no Django here, nothing of the site is touched.

Settings and traps: the documentation of Pillow, and what was measured (docs/field/images.md, Validation). `load()` is
the only check that is
one: `verify` passes half a JPEG. `load()` at half the size is as good a one: it read 1,050 JPEGs damaged at random
(cut, holed, bytes changed, in seven codings) exactly as whole or as broken as decoding them at full size did.
"""

import hashlib
import re
import struct
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

from PIL import Image, UnidentifiedImageError

from catalog.intake.derivatives import MOST_PAGES, MOST_PIXELS, MadePage, Refused, shown_page

FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/tiff": "TIFF", "image/heic": "HEIF"}
ZEROS = b"\0" * 512
PNG_END = b"IEND\xaeB`\x82"
TIFF_BITS, TIFF_SUBFILE, DNG_VERSION = 258, 254, 50706
# What ends the compressed stretch of a JPEG: any marker but stuffed bytes, fill bytes and restarts (ITU T.81, B.1.1).
JPEG_MARK = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
# Column and row where each pass of an interlaced PNG begins, and its steps (PNG, 8.2).
PNG_PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
PNG_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def decode(path: Path, media_type: str, folder: Path) -> list[dict[str, Any]]:
    """Every page of a file, with its derivatives written into `folder`. Raises Refused; never anything else."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            if media_type == "application/pdf":
                pages: Iterator[MadePage] = import_module("catalog.intake.pdfs").pages_of_pdf(path, folder)
            else:
                pages = _of_image(path, media_type, folder)
            return [asdict(page) for page in pages]
    except Refused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused("large", str(error)) from error
    except MemoryError as error:
        raise Refused("memory") from error
    except UnidentifiedImageError as error:
        raise Refused("damaged", "nothing of a picture can be found in it") from error
    except Exception as error:
        # Plugins raise nearly every exception there is on hostile bytes; all of them mean the same to a person.
        raise Refused("damaged", f"{type(error).__name__}: {error}"[:300]) from error


def _of_image(path: Path, media_type: str, folder: Path) -> Iterator[MadePage]:
    notes = _read_by_eye(path, media_type)
    foreign = media_type == "image/heic"
    if foreign:
        # Never reached without it: staging takes no HEIC then.
        pillow_heif = import_module("pillow_heif")
        pillow_heif.register_heif_opener(thumbnails=False)
    with Image.open(path, formats=(FORMATS[media_type],)) as opened:
        frames = getattr(opened, "n_frames", 1)
        if media_type in ("image/jpeg", "image/heic") and frames > 1:
            notes.append("second_picture")
            frames = 1
        elif media_type == "image/png" and frames > 1:
            notes.append("animated")
            frames = 1
        if frames > MOST_PAGES:
            raise Refused("pages", f"{frames} > {MOST_PAGES}")
        # The library looks at the size of the first picture alone before it takes the memory for one.
        own: list[int] = []
        for at in range(frames):
            if frames > 1:
                opened.seek(at)
            if opened.size[0] * opened.size[1] > MOST_PIXELS:
                raise Refused("large", f"{opened.size[0]} x {opened.size[1]}")
            tags = getattr(opened, "tag_v2", {})
            if DNG_VERSION in tags:
                raise Refused("kind", "camera negative (DNG)")
            # The same page made smaller, as pyramids have it, says so by its first bit (TIFF 6.0, NewSubfileType).
            if not (at and int(tags.get(TIFF_SUBFILE, 0)) & 1):
                own.append(at)
        if len(own) < frames:
            notes.append("second_picture")
        for at in own:
            if frames > 1:
                opened.seek(at)
            mine = list(notes)
            bits = getattr(opened, "tag_v2", {}).get(TIFF_BITS, 8)
            if opened.mode in ("RGB", "RGBA") and 16 in (bits if isinstance(bits, tuple) else (bits,)):
                mine.append("sixteen_bits")
            page = shown_page(opened, folder, at, mine)
            if media_type == "image/png":
                _rows_of_png(path.read_bytes())
            if len(own) > 1 or foreign:
                _alone(opened, page, folder, at)
            yield page


def _alone(opened: Image.Image, page: MadePage, folder: Path, at: int) -> None:
    """The page as a file of its own, every pixel of it, upright."""
    master = folder / f"{at}.tif"
    kept = {name: opened.info[name] for name in ("dpi", "icc_profile") if name in opened.info}
    opened.copy().save(master, "TIFF", compression="tiff_adobe_deflate", **kept)
    page.master, page.media_type = master.name, "image/tiff"
    page.sha256 = hashlib.sha256(master.read_bytes()).hexdigest()


def _read_by_eye(path: Path, media_type: str) -> list[str]:
    """What the library doesn't say: bytes behind the picture, no end, a stretch of nothing within it."""
    if media_type == "image/png":
        return _read_png_by_eye(path.read_bytes())
    if media_type != "image/jpeg":
        return []
    data = path.read_bytes()
    notes = []
    scan, end = _stretch_of_jpeg(data)
    if end < 0:
        notes.append("no_end")
    elif data[end + 2 :].strip(b"\0"):
        notes.append("bytes_behind")
    if scan >= 0 and data.find(ZEROS, scan, end if end > scan else None) >= 0:
        notes.append("zeros_within")
    if len(re.findall(rb"\xff\xdd\x00\x04", data[:4096])) > 4:
        notes.append("exif_unreadable")
    return notes


def _stretch_of_jpeg(data: bytes) -> tuple[int, int]:
    """Where the compressed picture begins and where its end mark stands; -1 for what is not there."""
    at, scan = 2, -1
    while (mark := JPEG_MARK.search(data, at)) is not None:
        kind = data[mark.start() + 1]
        if kind == 0xD9:
            return scan, mark.start()
        if kind == 0xDA and scan < 0:
            scan = mark.start()
        at = mark.end()
        if kind not in (0x01, 0xD8):
            at += int.from_bytes(data[at : at + 2], "big")
    return scan, -1


def _rows_of_png(data: bytes) -> None:
    """Raise Refused where there is less of the picture than its head says: the library leaves the rest black."""
    width, height, depth, colour = struct.unpack_from(">IIBB", data, 16)
    bits = depth * PNG_SAMPLES.get(colour, 1)
    passes = PNG_PASSES if data[28:29] == b"\x01" else [(0, 0, 1, 1)]
    wanted = 0
    for left, top, across, down in passes:
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            wanted += rows * (1 + (columns * bits + 7) // 8)
    at, found, unpacked = 8, 0, zlib.decompressobj()
    while at + 8 <= len(data) and found < wanted:
        length, kind = struct.unpack_from(">I4s", data, at)
        piece = data[at + 8 : at + 8 + length] if kind == b"IDAT" else b""
        while piece and found < wanted:
            found += len(unpacked.decompress(piece, 1 << 20))
            piece = unpacked.unconsumed_tail
        at += 12 + length
    if found < wanted:
        raise Refused("damaged", f"{found} of {wanted} bytes of the picture are there")


def _read_png_by_eye(data: bytes) -> list[str]:
    notes = []
    # Bit depth and colour type stand at fixed places of the first chunk (PNG, 11.2.2); colours of 16 bits are halved
    # silently.
    if data[24:25] == b"\x10" and data[25:26] in (b"\x02", b"\x06"):
        notes.append("sixteen_bits")
    end = data.rfind(PNG_END)
    if end < 0:
        notes.append("no_end")
    elif len(data) > end + len(PNG_END):
        notes.append("bytes_behind")
    return notes
