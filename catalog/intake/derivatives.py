"""A decoded picture made into a page: upright, plain, with its small files, and the numbers that are said of it.

Run in the child that decodes: no Django here.
"""

from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageFile, ImageOps, ImageStat, PngImagePlugin

from catalog.images.pictures import EXIF_ORIENTATION, HALVED_FROM, READING_QUALITY, THUMBNAIL, to_plain

MOST_PIXELS = 200_000_000
MOST_PAGES = 1000
THUMBNAIL_QUALITY = 75
# Rows of these stand upright when seen (Exif 2.32, 4.6.4, Orientation).
ON_ITS_SIDE = range(5, 9)
# The lowest of so many parts of a JPEG is looked at, where that is as many rows and more: a block of it has at most
# sixteen.
PART_EVEN, LEAST_EVEN = 32, 16

Image.MAX_IMAGE_PIXELS = MOST_PIXELS
ImageFile.LOAD_TRUNCATED_IMAGES = False
PngImagePlugin.MAX_TEXT_CHUNK = 1 << 20


class Refused(Exception):
    """The file cannot be taken. code: damaged, large, pages, encrypted, no_pages; detail: for the report."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code, self.detail = code, detail


@dataclass
class MadePage:
    """One page: sizes in pixels as a person sees it upright. master: the file of this page alone where the delivered
    file holds several ('' where the delivered file is it); thumbnail, reading: files made. look: 64 bits by which alike
    pictures are alike ('' where the picture is too even to tell). turn: degrees clockwise by which the picture, as the
    sizes and small files have it, must still be turned to be seen as its PDF shows it."""

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


def shown_page(opened: Image.Image, folder: Path, at: int, notes: list[str]) -> MadePage:
    """The page of a picture that is not loaded yet, as a person sees it: turned, in RGB (or L), on white.

    A large JPEG is decoded at half its size, which is what is made of it: its compressed stream is read to the end all
    the same, every coefficient of it, so that whatever is damaged is found; a third of the work and three quarters of
    the memory fall away.
    """
    size, of_jpeg = opened.size, opened.format in ("JPEG", "MPO")
    if halved := of_jpeg and min(size) >= HALVED_FROM:
        opened.draft(opened.mode, (size[0] // 2, size[1] // 2))
    opened.load()
    # Of other kinds the library may know the size, and of a TIFF which side is up, only when it has read them.
    width, height = size if halved else opened.size
    if of_jpeg and _even_below(opened):
        notes.append("even_below")
    if opened.format == "TIFF":
        # Turned by the library while it is loaded; turning it again would undo that.
        return made_page(to_plain(opened, notes), (width, height), folder, at, notes)
    try:
        way = opened.getexif().get(EXIF_ORIENTATION, 1)
    except Exception:
        way = 1
        notes.append("exif_unreadable")
    image = ImageOps.exif_transpose(opened) if way in range(2, 9) else opened
    size = (height, width) if way in ON_ITS_SIDE else (width, height)
    return made_page(to_plain(image, notes), size, folder, at, notes)


def made_page(image: Image.Image, size: tuple[int, int], folder: Path, at: int, notes: list[str]) -> MadePage:
    """A page of `size` with its small files written, from a picture of that size or of half of it."""
    reading = image.reduce(2) if min(image.size) >= HALVED_FROM and image.size == size else image
    small = _thumbnail(reading)
    page = MadePage(*size, look=look_of(small), warnings=list(dict.fromkeys(notes)))
    page.thumbnail, page.reading = f"{at}-thumbnail.jpg", f"{at}-reading.jpg"
    small.save(folder / page.thumbnail, "JPEG", quality=THUMBNAIL_QUALITY)
    reading.save(folder / page.reading, "JPEG", quality=READING_QUALITY)
    return page


def look_of(small: Image.Image) -> str:
    """Difference hash of 64 bits (Krawetz, "Kind of Like That", 2013), as hexadecimal; '' for a nearly even picture."""
    grey = small.convert("L")
    if ImageStat.Stat(grey).stddev[0] < 6:
        return ""
    bits = grey.resize((9, 8), Image.Resampling.BOX).tobytes()
    value = 0
    for row in range(8):
        for at in range(8):
            value = value << 1 | (bits[row * 9 + at] < bits[row * 9 + at + 1])
    return f"{value:016x}"


def _even_below(image: Image.Image) -> bool:
    """Whether the lowest rows are of one colour, and neither white nor black: so the library fills up a JPEG that has
    fewer rows than its head says, or that was closed too soon."""
    if image.height < LEAST_EVEN * PART_EVEN:
        return False
    extrema = image.crop((0, image.height - image.height // PART_EVEN, *image.size)).getextrema()
    bands = [extrema] if isinstance(extrema[0], int | float) else extrema
    return all(low == high for low, high in bands) and {low for low, _ in bands} not in ({0}, {255})


def _thumbnail(image: Image.Image) -> Image.Image:
    """At most THUMBNAIL pixels a side: whole steps by the box filter, which costs a third of the smoother ones, then
    the rest."""
    scale = max(image.size) / THUMBNAIL
    if scale <= 1:
        return image
    size = (max(1, round(image.width / scale)), max(1, round(image.height / scale)))
    near = image.reduce(int(scale)) if scale >= 2 else image
    return near.resize(size, Image.Resampling.BILINEAR)
