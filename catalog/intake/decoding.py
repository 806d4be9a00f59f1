"""Decoding a delivered file completely into pages, in a child process. No Django here, and no access to the site.

Settings and traps: the documentation of Pillow, and what was measured (docs/field/images.md, Validation). Only `load()`
checks an image: `verify` accepts half a JPEG. `load()` at half the size is as good: of 1,050 JPEGs damaged at random
(cut, holed, bytes changed, in seven codings) it accepted and refused the same ones as decoding at full size.
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

from catalog.images.pictures import MOST_PIXELS
from catalog.intake.derivatives import MOST_PAGES, DecodedPage, Refused, page_from_image

FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/tiff": "TIFF", "image/heic": "HEIF"}
ZEROS = b"\0" * 512
PNG_END = b"IEND\xaeB`\x82"
TIFF_BITS, TIFF_SUBFILE, DNG_VERSION = 258, 254, 50706
# The end of the compressed data of a JPEG: any marker except stuffed bytes, fill bytes and restarts (ITU T.81, B.1.1).
JPEG_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
# First column and row of each pass of an interlaced PNG, and its steps (PNG, 8.2).
PNG_PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
PNG_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def decode(path: Path, media_type: str, folder: Path) -> list[dict[str, Any]]:
    """Decode all pages of a file, and write their derivatives into `folder`. Returns `DecodedPage` as dicts. Raises
    only Refused."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            if media_type == "application/pdf":
                pages: Iterator[DecodedPage] = import_module("catalog.intake.pdfs").pages_of_pdf(path, folder)
            else:
                pages = _pages_of_image(path, media_type, folder)
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
        # Pillow's plugins raise nearly any exception for hostile files; for a person they all mean the same.
        raise Refused("damaged", f"{type(error).__name__}: {error}"[:300]) from error


def _pages_of_image(path: Path, media_type: str, folder: Path) -> Iterator[DecodedPage]:
    notes = _check_bytes(path, media_type)
    is_heic = media_type == "image/heic"
    if is_heic:
        # pillow_heif is installed here: without it staging refuses HEIC.
        pillow_heif = import_module("pillow_heif")
        pillow_heif.register_heif_opener(thumbnails=False)
    with Image.open(path, formats=(FORMATS[media_type],)) as image:
        frames = getattr(image, "n_frames", 1)
        if media_type in ("image/jpeg", "image/heic") and frames > 1:
            notes.append("second_picture")
            frames = 1
        elif media_type == "image/png" and frames > 1:
            notes.append("animated")
            frames = 1
        if frames > MOST_PAGES:
            raise Refused("pages", f"{frames} > {MOST_PAGES}")
        # Pillow checks only the size of the first image before it allocates memory.
        page_frames: list[int] = []
        for index in range(frames):
            if frames > 1:
                image.seek(index)
            if image.size[0] * image.size[1] > MOST_PIXELS:
                raise Refused("large", f"{image.size[0]} x {image.size[1]}")
            tags = getattr(image, "tag_v2", {})
            if DNG_VERSION in tags:
                raise Refused("kind", "camera negative (DNG)")
            # The first bit marks a reduced copy of a page, as in pyramids (TIFF 6.0, NewSubfileType).
            if not (index and int(tags.get(TIFF_SUBFILE, 0)) & 1):
                page_frames.append(index)
        if len(page_frames) < frames:
            notes.append("second_picture")
        for index in page_frames:
            if frames > 1:
                image.seek(index)
            page_notes = list(notes)
            bits = getattr(image, "tag_v2", {}).get(TIFF_BITS, 8)
            if image.mode in ("RGB", "RGBA") and 16 in (bits if isinstance(bits, tuple) else (bits,)):
                page_notes.append("sixteen_bits")
            page = page_from_image(image, folder, index, page_notes)
            if media_type == "image/png":
                _check_png_rows(path.read_bytes())
            if len(page_frames) > 1 or is_heic:
                _save_as_own_file(image, page, folder, index)
            yield page


def _save_as_own_file(image: Image.Image, page: DecodedPage, folder: Path, index: int) -> None:
    """Save the page losslessly as a file of its own, upright."""
    master = folder / f"{index}.tif"
    save_options = {name: image.info[name] for name in ("dpi", "icc_profile") if name in image.info}
    image.copy().save(master, "TIFF", compression="tiff_adobe_deflate", **save_options)
    page.master, page.media_type = master.name, "image/tiff"
    page.sha256 = hashlib.sha256(master.read_bytes()).hexdigest()


def _check_bytes(path: Path, media_type: str) -> list[str]:
    """Codes of warnings that Pillow does not give: bytes after the image, no end mark, zeros within the data."""
    if media_type == "image/png":
        return _check_png_bytes(path.read_bytes())
    if media_type != "image/jpeg":
        return []
    data = path.read_bytes()
    notes = []
    scan_start, end = _find_jpeg_scan(data)
    if end < 0:
        notes.append("no_end")
    elif data[end + 2 :].strip(b"\0"):
        notes.append("bytes_behind")
    if scan_start >= 0 and data.find(ZEROS, scan_start, end if end > scan_start else None) >= 0:
        notes.append("zeros_within")
    if len(re.findall(rb"\xff\xdd\x00\x04", data[:4096])) > 4:
        notes.append("exif_unreadable")
    return notes


def _find_jpeg_scan(data: bytes) -> tuple[int, int]:
    """The offsets of the first scan (compressed data) and of the end marker; -1 for one that is missing."""
    offset, scan_start = 2, -1
    while (marker := JPEG_MARKER.search(data, offset)) is not None:
        kind = data[marker.start() + 1]
        if kind == 0xD9:
            return scan_start, marker.start()
        if kind == 0xDA and scan_start < 0:
            scan_start = marker.start()
        offset = marker.end()
        if kind not in (0x01, 0xD8):
            offset += int.from_bytes(data[offset : offset + 2], "big")
    return scan_start, -1


def _check_png_rows(data: bytes) -> None:
    """Raise Refused if there are fewer rows than the header says: Pillow would leave the rest black."""
    width, height, depth, colour = struct.unpack_from(">IIBB", data, 16)
    bits = depth * PNG_SAMPLES.get(colour, 1)
    passes = PNG_PASSES if data[28:29] == b"\x01" else [(0, 0, 1, 1)]
    expected = 0
    for left, top, across, down in passes:
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            expected += rows * (1 + (columns * bits + 7) // 8)
    offset, unpacked, decompressor = 8, 0, zlib.decompressobj()
    while offset + 8 <= len(data) and unpacked < expected:
        length, kind = struct.unpack_from(">I4s", data, offset)
        chunk = data[offset + 8 : offset + 8 + length] if kind == b"IDAT" else b""
        while chunk and unpacked < expected:
            unpacked += len(decompressor.decompress(chunk, 1 << 20))
            chunk = decompressor.unconsumed_tail
        offset += 12 + length
    if unpacked < expected:
        raise Refused("damaged", f"{unpacked} of {expected} bytes of the picture are there")


def _check_png_bytes(data: bytes) -> list[str]:
    notes = []
    # Bit depth and colour type have fixed offsets in the first chunk (PNG, 11.2.2). Pillow reduces colours of 16 bits
    # to 8 without a warning.
    if data[24:25] == b"\x10" and data[25:26] in (b"\x02", b"\x06"):
        notes.append("sixteen_bits")
    end = data.rfind(PNG_END)
    if end < 0:
        notes.append("no_end")
    elif len(data) > end + len(PNG_END):
        notes.append("bytes_behind")
    return notes
