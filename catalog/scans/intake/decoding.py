"""Whole decoding of one delivered file into pages, in a child process: no Django here, nothing of the site is touched.

Settings and traps: docs of the images library as measured (images notes, section 4). `load()` is the only check that is
one: `verify` passes half a JPEG. `load()` at half the size is as good a one: it read 1,050 JPEGs damaged at random (cut, holed,
bytes changed, in seven codings) exactly as whole or as broken as decoding them at full size did.
"""

import hashlib
import io
import re
import struct
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import pypdfium2
import pypdfium2.raw as raw
from PIL import Image, ImageCms, ImageFile, ImageOps, ImageStat, PngImagePlugin, UnidentifiedImageError

MOST_PIXELS = 200_000_000
MOST_PAGES = 1000
PDF_DPI = 300
THUMBNAIL, READING_QUALITY, THUMBNAIL_QUALITY = 400, 78, 75
HALVED_FROM = 1200
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/tiff": "TIFF", "image/heic": "HEIF"}
EXIF_ORIENTATION = 0x0112
# Rows of these stand upright when seen (Exif 2.32, 4.6.4, Orientation).
ON_ITS_SIDE = range(5, 9)
ZEROS = b"\0" * 512
PNG_END = b"IEND\xaeB`\x82"
TIFF_BITS, TIFF_SUBFILE, DNG_VERSION = 258, 254, 50706
# The lowest of so many parts of a JPEG is looked at, where that is as many rows and more: a block of it has at most sixteen.
PART_EVEN, LEAST_EVEN = 32, 16
# What ends the compressed stretch of a JPEG: any marker but stuffed bytes, fill bytes and restarts (ITU T.81, B.1.1).
JPEG_MARK = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
# Column and row where each pass of an interlaced PNG begins, and its steps (PNG, 8.2).
PNG_PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
PNG_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}

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
    pictures are alike ('' where the picture is too even to tell). turn: degrees clockwise by which the picture, as the sizes
    and small files have it, must still be turned to be seen as its PDF shows it."""

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


def decode(path: Path, media_type: str, folder: Path) -> list[dict[str, Any]]:
    """Every page of a file, with its derivatives written into `folder`. Raises Refused; never anything else."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            pages = _of_pdf(path, folder) if media_type == "application/pdf" else _of_image(path, media_type, folder)
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


def _shown(opened: Image.Image, folder: Path, at: int, notes: list[str]) -> MadePage:
    """The page of a picture that is not loaded yet, as a person sees it: turned, in RGB (or L), on white.

    A large JPEG is decoded at half its size, which is what is made of it: its compressed stream is read to the end all the
    same, every coefficient of it, so that whatever is damaged is found; a third of the work and three quarters of the memory fall away.
    """
    width, height = opened.size
    if opened.format in ("JPEG", "MPO") and min(width, height) >= HALVED_FROM:
        opened.draft(opened.mode, (width // 2, height // 2))
    opened.load()
    if opened.format in ("JPEG", "MPO") and _even_below(opened):
        notes.append("even_below")
    if opened.format == "TIFF":
        # Turned by the library while it is loaded; turning it again would undo that.
        return _made(plain(opened, notes), opened.size, folder, at, notes)
    try:
        way = opened.getexif().get(EXIF_ORIENTATION, 1)
    except Exception:
        way = 1
        notes.append("exif_unreadable")
    image = ImageOps.exif_transpose(opened) if way in range(2, 9) else opened
    size = (height, width) if way in ON_ITS_SIDE else (width, height)
    return _made(plain(image, notes), size, folder, at, notes)


def plain(image: Image.Image, notes: list[str]) -> Image.Image:
    """A loaded picture in RGB (or L), on white, turned by nobody. What was changed goes to `notes`."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        notes.append("sixteen_bits")
        return _eight_bits(image)
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        notes.append("transparency")
        ground = Image.new("RGBA", image.size, "white")
        ground.alpha_composite(image.convert("RGBA"))
        return ground.convert("RGB")
    if image.mode == "1":
        return image.convert("L")
    profile = image.info.get("icc_profile")
    if profile and image.mode in ("RGB", "L", "CMYK"):
        return _by_profile(image, profile, notes)
    return image if image.mode in ("RGB", "L") else image.convert("RGB")


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
            page = _shown(opened, folder, at, mine)
            if media_type == "image/png":
                _rows_of_png(path.read_bytes())
            if len(own) > 1 or foreign:
                _alone(opened, page, folder, at)
            yield page


def _even_below(image: Image.Image) -> bool:
    """Whether the lowest rows are of one colour, and neither white nor black: so the library fills up a JPEG that has fewer rows
    than its head says, or that was closed too soon."""
    if image.height < LEAST_EVEN * PART_EVEN:
        return False
    extrema = image.crop((0, image.height - image.height // PART_EVEN, *image.size)).getextrema()
    bands = [extrema] if isinstance(extrema[0], int | float) else extrema
    return all(low == high for low, high in bands) and {low for low, _ in bands} not in ({0}, {255})


def _alone(opened: Image.Image, page: MadePage, folder: Path, at: int) -> None:
    """The page as a file of its own, every pixel of it, upright."""
    master = folder / f"{at}.tif"
    kept = {name: opened.info[name] for name in ("dpi", "icc_profile") if name in opened.info}
    opened.copy().save(master, "TIFF", compression="tiff_adobe_deflate", **kept)
    page.master, page.media_type = master.name, "image/tiff"
    page.sha256 = hashlib.sha256(master.read_bytes()).hexdigest()


def _of_pdf(path: Path, folder: Path) -> Iterator[MadePage]:
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise Refused("encrypted" if "assword" in str(error) else "damaged", str(error)) from error
    with document:
        if len(document) == 0:
            raise Refused("no_pages")
        if len(document) > MOST_PAGES:
            raise Refused("pages", f"{len(document)} > {MOST_PAGES}")
        for at in range(len(document)):
            page = document[at]
            embedded = _embedded(page)
            if embedded is not None:
                master, media_type, notes = folder / f"{at}.jpg", "image/jpeg", list[str]()
                master.write_bytes(embedded)
                with Image.open(master, formats=("JPEG",)) as opened:
                    made = _shown(opened, folder, at, notes)
                made.turn = page.get_rotation() % 360
            else:
                scale = PDF_DPI / 72
                if page.get_width() * page.get_height() * scale**2 > MOST_PIXELS:
                    raise Refused("large", f"page {at + 1}")
                drawn = page.render(scale=scale).to_pil().convert("RGB")
                master, media_type = folder / f"{at}.png", "image/png"
                drawn.save(master, "PNG", dpi=(PDF_DPI, PDF_DPI))
                made = _made(drawn, drawn.size, folder, at, ["drawn_from_pdf"])
            made.master, made.media_type = master.name, media_type
            made.sha256 = hashlib.sha256(master.read_bytes()).hexdigest()
            yield made


def _embedded(page: Any) -> bytes | None:
    """The JPEG that covers the whole page, byte for byte; None where the page is anything else."""
    objects = [one for one in page.get_objects(max_depth=2) if not _unseen(one)]
    images = [one for one in objects if isinstance(one, pypdfium2.PdfImage)]
    if len(images) != 1 or len(objects) != 1:
        return None
    image = images[0]
    left, bottom, right, top = image.get_bounds() if hasattr(image, "get_bounds") else image.get_pos()
    covered = (right - left) * (top - bottom) / max(1.0, page.get_width() * page.get_height())
    matrix = image.get_matrix()
    turned = matrix.a <= 0 or matrix.d <= 0 or abs(matrix.b) + abs(matrix.c) > 1e-3
    if covered < 0.95 or turned or image.get_filters(skip_simple=True) != ["DCTDecode"]:
        return None
    data = bytes(image.get_data(decode_simple=True))
    return data if data.startswith(b"\xff\xd8\xff") and not _turned_by_camera(data) else None


def _turned_by_camera(data: bytes) -> bool:
    """Whether the JPEG says that it lies on its side. A PDF shows it as it lies, and by itself it would stand up."""
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG",)) as opened:
            return opened.getexif().get(EXIF_ORIENTATION, 1) in range(2, 9)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise
    except Exception:
        # What is wrong with it is said when it is decoded.
        return False


def _unseen(one: Any) -> bool:
    """Text laid invisibly over the scan, as programs do that read it (ISO 32000-1, 9.3.6, rendering mode 3)."""
    if one.type != raw.FPDF_PAGEOBJ_TEXT:
        return False
    return bool(raw.FPDFTextObj_GetTextRenderMode(one.raw) == raw.FPDF_TEXTRENDERMODE_INVISIBLE)


def _made(image: Image.Image, size: tuple[int, int], folder: Path, at: int, notes: list[str]) -> MadePage:
    """A page of `size` with its small files written, from a picture of that size or of half of it."""
    reading = image.reduce(2) if min(image.size) >= HALVED_FROM and image.size == size else image
    small = _thumbnail(reading)
    page = MadePage(*size, look=look_of(small), warnings=list(dict.fromkeys(notes)))
    page.thumbnail, page.reading = f"{at}-thumbnail.jpg", f"{at}-reading.jpg"
    small.save(folder / page.thumbnail, "JPEG", quality=THUMBNAIL_QUALITY)
    reading.save(folder / page.reading, "JPEG", quality=READING_QUALITY)
    return page


def _thumbnail(image: Image.Image) -> Image.Image:
    """At most THUMBNAIL pixels a side: whole steps by the box filter, which costs a third of the smoother ones, then the rest."""
    scale = max(image.size) / THUMBNAIL
    if scale <= 1:
        return image
    size = (max(1, round(image.width / scale)), max(1, round(image.height / scale)))
    near = image.reduce(int(scale)) if scale >= 2 else image
    return near.resize(size, Image.Resampling.BILINEAR)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Sixteen bits of grey scaled to eight; `convert` alone would make everything white."""
    whole = image.convert("I") if image.mode != "F" else image
    high = whole.getextrema()[1]
    most = 65535 if float(high) > 255 or image.mode.startswith("I;16") else 255  # type: ignore[arg-type]
    return whole.point(lambda value: value * (255 / most)).convert("L")


def _by_profile(image: Image.Image, profile: bytes, notes: list[str]) -> Image.Image:
    """In sRGB by its own profile; one that is broken or for other colours is ignored, and that is said."""
    wanted = {"RGB": "RGB", "L": "GRAY", "CMYK": "CMYK"}[image.mode]
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if own.profile.xcolor_space.strip() != wanted:
            notes.append("profile_wrong")
        elif image.mode == "CMYK":
            made = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
            if made is not None:
                return made
    except Exception:
        notes.append("profile_broken")
    return image if image.mode in ("RGB", "L") else image.convert("RGB")


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
    # Bit depth and colour type stand at fixed places of the first chunk (PNG, 11.2.2); colours of 16 bits are halved silently.
    if data[24:25] == b"\x10" and data[25:26] in (b"\x02", b"\x06"):
        notes.append("sixteen_bits")
    end = data.rfind(PNG_END)
    if end < 0:
        notes.append("no_end")
    elif len(data) > end + len(PNG_END):
        notes.append("bytes_behind")
    return notes
