"""Preparing the image for tesseract: grey, about 200 dpi, cleaned if it looks worn or gave no text. Uses only Pillow.

Measured (docs/benchmarks.md, "Scans: reading"): grey at 200 dpi is read better and faster than colour at 300; of worn
pages half of the words or all of them are lost, and removing the background recovers most of them.
"""

from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageChops, ImageFilter, ImageOps, ImageStat

from catalog.images.pictures import orientation_of, to_plain

DPI = 200
# The longer side of A4 at 200 dpi: images without a credible resolution are reduced to it.
LONG_SIDE = 2339
# Measured on drawn pages: clean ones have a background within 25 levels of grey and a grain of 1 to 3.5, worn ones 66
# or more levels and a grain of 9 or more.
UNEVEN_FROM, GRAINY_FROM, VERY_GRAINY_FROM = 40, 6.0, 11.0
# Resolutions that scanners write; 72 and 96 are default values of programs that do not know it.
SCANNER_DPI = (150, 1300)


def grey_copy(file: BinaryIO | Path, width: int, height: int) -> Image.Image:
    """The upright image, which is `width` by `height` pixels, in grey at about 200 dpi; never enlarged.

    Raises OSError if it cannot be read.
    """
    with Image.open(file, formats=("JPEG", "PNG", "TIFF")) as image:
        scale = reading_scale(image, width, height)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        orientation = orientation_of(image)
        if image.format == "JPEG":
            # libjpeg decodes to grey, and to a reduced size, at no extra cost.
            image.draft("L", (size[1], size[0]) if orientation > 4 else size)
        upright = ImageOps.exif_transpose(image) if orientation != 1 else image
        grey = to_plain(upright, []).convert("L")
    return grey if grey.size == size else grey.resize(size, Image.Resampling.LANCZOS, reducing_gap=3)


def looks_worn(grey: Image.Image) -> bool:
    """Whether the background is so uneven, or the grain so strong, that the page is read better after cleaning."""
    shades = _background(grey)[0].histogram()
    return _level_range(shades, 0.03, 0.97) > UNEVEN_FROM or _measure_grain(grey) > GRAINY_FROM


def cleaned(grey: Image.Image) -> Image.Image:
    """The grey image without its background: stains, shades and grain that are wider than a stroke are removed."""
    is_grainy = _measure_grain(grey) > VERY_GRAINY_FROM
    smoothed = grey.filter(ImageFilter.GaussianBlur(1.6) if is_grainy else ImageFilter.MedianFilter(3))
    ink = ImageChops.subtract(_background(grey)[1], smoothed)
    # A high cutoff turns the rest of strong grain white, like the paper: only a small part of a page is ink.
    return ImageOps.autocontrast(ImageOps.invert(ink), cutoff=(1, 78) if is_grainy else (0.5, 20))


def _background(grey: Image.Image) -> tuple[Image.Image, Image.Image]:
    """The paper without strokes, at an eighth of the size and at full size."""
    small = grey.resize((max(1, grey.width // 8), max(1, grey.height // 8)), Image.Resampling.BOX)
    background = small.filter(ImageFilter.MaxFilter(5)).filter(ImageFilter.GaussianBlur(4))
    return background, background.resize(grey.size, Image.Resampling.BICUBIC)


def _measure_grain(grey: Image.Image) -> float:
    """The mean difference of a pixel from the median of its neighbours, in levels of grey."""
    return float(ImageStat.Stat(ImageChops.difference(grey, grey.filter(ImageFilter.MedianFilter(3)))).mean[0])


def _level_range(histogram: list[int], low: float, high: float) -> int:
    """The number of grey levels between two quantiles of the pixels."""
    total, counted, lowest = sum(histogram), 0, 0
    for level, pixels in enumerate(histogram):
        counted += pixels
        if counted < total * low:
            lowest = level
        if counted >= total * high:
            return level - lowest
    return 255


def reading_scale(image: Image.Image, width: int, height: int) -> float:
    """The factor that brings an opened image, shown as `width` by `height` pixels, to about 200 dpi; at most 1."""
    stated = image.info.get("dpi", (0, 0))
    try:
        dpi = float(stated[0])
    except (TypeError, ValueError, IndexError, ZeroDivisionError):
        dpi = 0
    if SCANNER_DPI[0] <= dpi <= SCANNER_DPI[1]:
        return min(1.0, DPI / dpi)
    return min(1.0, LONG_SIDE / max(width, height))
