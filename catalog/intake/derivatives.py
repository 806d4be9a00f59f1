"""Building a page from a decoded image: upright, in RGB or grey, with its small files, sizes and warnings.

Runs in the decoding child process: no Django here.
"""

from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageOps, ImageStat

from catalog.images.pictures import HALVED_FROM, READING_QUALITY, THUMBNAIL, orientation_of, to_plain

MOST_PAGES = 1000
THUMBNAIL_QUALITY = 75
# Orientations that swap width and height (Exif 2.32, 4.6.4).
SIDEWAYS = range(5, 9)
# The lowest 1/BOTTOM_PART of a JPEG is checked if it has at least LEAST_BOTTOM_ROWS rows: a block of a JPEG has at most
# sixteen.
BOTTOM_PART, LEAST_BOTTOM_ROWS = 32, 16


class Refused(Exception):
    """The file is refused. code: damaged, large, pages, encrypted, no_pages; detail: for the report."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code, self.detail = code, detail


@dataclass
class DecodedPage:
    """One page; sizes in pixels, upright. master: the name of a file with only this page, if the delivered file has
    several pages, else ''; thumbnail, reading: names of the small files. look: a difference hash of 64 bits, equal or
    close for similar images, '' if the image is too even. turn: degrees clockwise by which the image must still be
    turned to be shown as in its PDF; sizes and small files are before this turn."""

    width: int
    height: int
    sha256: str = ""
    media_type: str = ""
    master: str = ""
    thumbnail: str = ""
    reading: str = ""
    look: str = ""
    turn: int = 0
    warnings: list[str] = field(default_factory=list)


def page_from_image(opened: Image.Image, folder: Path, index: int, notes: list[str]) -> DecodedPage:
    """The page of an image that is not loaded yet: upright, in RGB or L, transparency on white.

    A large JPEG is decoded at half its size, since the small files need no more. Its compressed data is still read to
    the end, so that all damage is found; this saves a third of the time and three quarters of the memory.
    """
    size, is_jpeg = opened.size, opened.format in ("JPEG", "MPO")
    if is_halved := is_jpeg and min(size) >= HALVED_FROM:
        opened.draft(opened.mode, (size[0] // 2, size[1] // 2))
    opened.load()
    # For other formats Pillow may know the size, and for a TIFF the orientation, only after loading.
    width, height = size if is_halved else opened.size
    if is_jpeg and _has_even_bottom(opened):
        notes.append("even_below")
    if opened.format == "TIFF":
        # Pillow applied the orientation while loading; applying it again would turn the image wrongly.
        return build_page(to_plain(opened, notes), (width, height), folder, index, notes)
    orientation = orientation_of(opened, notes)
    image = ImageOps.exif_transpose(opened) if orientation != 1 else opened
    size = (height, width) if orientation in SIDEWAYS else (width, height)
    return build_page(to_plain(image, notes), size, folder, index, notes)


def build_page(image: Image.Image, size: tuple[int, int], folder: Path, index: int, notes: list[str]) -> DecodedPage:
    """Write the small files of a page and return it. image: of the page's size `size`, or half of it; index: of the
    page."""
    reading = image.reduce(2) if min(image.size) >= HALVED_FROM and image.size == size else image
    small = _thumbnail(reading)
    page = DecodedPage(*size, look=difference_hash(small), warnings=list(dict.fromkeys(notes)))
    page.thumbnail, page.reading = f"{index}-thumbnail.jpg", f"{index}-reading.jpg"
    small.save(folder / page.thumbnail, "JPEG", quality=THUMBNAIL_QUALITY)
    reading.save(folder / page.reading, "JPEG", quality=READING_QUALITY)
    return page


def difference_hash(thumbnail: Image.Image) -> str:
    """Difference hash of 64 bits (Krawetz, "Kind of Like That", 2013), as hexadecimal; '' for a nearly even picture.

    Our own: `imagehash` 4.3 needs numpy, scipy and PyWavelets (220 MB) and takes twice as long (0.39 against 0.20 ms).
    """
    grey = thumbnail.convert("L")
    if ImageStat.Stat(grey).stddev[0] < 6:
        return ""
    pixels = grey.resize((9, 8), Image.Resampling.BOX).tobytes()
    value = 0
    for row in range(8):
        for column in range(8):
            value = value << 1 | (pixels[row * 9 + column] < pixels[row * 9 + column + 1])
    return f"{value:016x}"


def _has_even_bottom(image: Image.Image) -> bool:
    """Whether the lowest rows have one colour that is neither white nor black: libjpeg fills them so if a JPEG has
    fewer rows than its header says, or ends too early."""
    if image.height < LEAST_BOTTOM_ROWS * BOTTOM_PART:
        return False
    extrema = image.crop((0, image.height - image.height // BOTTOM_PART, *image.size)).getextrema()
    bands = [extrema] if isinstance(extrema[0], int | float) else extrema
    return all(low == high for low, high in bands) and {low for low, _ in bands} not in ({0}, {255})


def _thumbnail(image: Image.Image) -> Image.Image:
    """Reduce to at most THUMBNAIL pixels a side: first by an integer with the box filter, which takes a third of the
    time of better filters, then the rest."""
    scale = max(image.size) / THUMBNAIL
    if scale <= 1:
        return image
    size = (max(1, round(image.width / scale)), max(1, round(image.height / scale)))
    reduced = image.reduce(int(scale)) if scale >= 2 else image
    return reduced.resize(size, Image.Resampling.BILINEAR)
