"""The picture that is given to tesseract: grey, about 200 dpi, cleaned where it looks worn or gave nothing. Pillow
alone.

Measured (docs/benchmarks.md, "Scans: reading"): grey at 200 dpi is read better and faster than colour at 300; of worn
pages half the words are lost or all of them, and taking the ground away gives most of them back.
"""

from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageChops, ImageFilter, ImageOps, ImageStat

DPI = 200
# The longer side of A4 at 200 dpi: what an image that does not say its resolution is brought down to.
LONG_SIDE = 2339
# Of drawn pages, clean ones have a ground within 25 levels and a grain of 1 to 3.5; worn ones 66 and more, 9 and more.
UNEVEN, GRAINY, VERY_GRAINY = 40, 6.0, 11.0
# Resolutions a scanner writes; 72 and 96 are what programs write that do not know.
BELIEVED = (150, 1300)


def grey_copy(file: BinaryIO | Path, width: int, height: int) -> Image.Image:
    """The upright image, which is `width` by `height` pixels, in grey at about 200 dpi; never enlarged.

    Raises OSError where it cannot be read.
    """
    with Image.open(file, formats=("JPEG", "PNG", "TIFF")) as image:
        scale = reading_scale(image, width, height)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        turned = image.getexif().get(0x0112, 1) in range(2, 9)
        if image.format == "JPEG":
            # libjpeg gives grey for nothing, and half the size where that is still enough.
            image.draft("L", (size[1], size[0]) if turned and image.getexif()[0x0112] > 4 else size)
        upright = ImageOps.exif_transpose(image) if turned else image
        grey = _grey(upright)
    return grey if grey.size == size else grey.resize(size, Image.Resampling.LANCZOS, reducing_gap=3)


def looks_worn(grey: Image.Image) -> bool:
    """Whether the ground is so uneven, or the grain so strong, that the page is better read cleaned."""
    shades = _ground(grey)[0].histogram()
    return _between(shades, 0.03, 0.97) > UNEVEN or _grain(grey) > GRAINY


def cleaned(grey: Image.Image) -> Image.Image:
    """The grey image without its ground: stains, shades and grain gone as far as they are wider than a stroke."""
    grainy = _grain(grey) > VERY_GRAINY
    calm = grey.filter(ImageFilter.GaussianBlur(1.6) if grainy else ImageFilter.MedianFilter(3))
    ink = ImageChops.subtract(_ground(grey)[1], calm)
    # What is left of strong grain is bleached with the paper: little of a page is ink.
    return ImageOps.autocontrast(ImageOps.invert(ink), cutoff=(1, 78) if grainy else (0.5, 20))


def _ground(grey: Image.Image) -> tuple[Image.Image, Image.Image]:
    """The paper without its strokes, an eighth of the size and in full."""
    small = grey.resize((max(1, grey.width // 8), max(1, grey.height // 8)), Image.Resampling.BOX)
    ground = small.filter(ImageFilter.MaxFilter(5)).filter(ImageFilter.GaussianBlur(4))
    return ground, ground.resize(grey.size, Image.Resampling.BICUBIC)


def _grain(grey: Image.Image) -> float:
    """The mean difference of a pixel from the middle one of its neighbours, in levels of grey."""
    return float(ImageStat.Stat(ImageChops.difference(grey, grey.filter(ImageFilter.MedianFilter(3)))).mean[0])


def _between(histogram: list[int], low: float, high: float) -> int:
    """Levels of grey between two shares of the pixels."""
    total, seen, first = sum(histogram), 0, 0
    for level, many in enumerate(histogram):
        seen += many
        if seen < total * low:
            first = level
        if seen >= total * high:
            return level - first
    return 255


def reading_scale(image: Image.Image, width: int, height: int) -> float:
    """By what an opened image, shown as `width` by `height` pixels, is brought to about 200 dpi; never above 1."""
    stated = image.info.get("dpi", (0, 0))
    try:
        dpi = float(stated[0])
    except (TypeError, ValueError, IndexError, ZeroDivisionError):
        dpi = 0
    if BELIEVED[0] <= dpi <= BELIEVED[1]:
        return min(1.0, DPI / dpi)
    return min(1.0, LONG_SIDE / max(width, height))


def _grey(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        return image.convert("I").point([i / 257 for i in range(65536)], "L")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        ground = Image.new("RGBA", image.size, "white")
        ground.alpha_composite(image.convert("RGBA"))
        return ground.convert("L")
    return image.convert("L")
