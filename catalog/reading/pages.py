"""One page read by machine: the picture made ready, tesseract, boxes brought back to the upright full-size image."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from django.core.files.storage import default_storage
from PIL import Image

from catalog.images.models import Scan
from catalog.images.queries import rendition_of
from catalog.images.renditions.rendition import FORMATS, Rendition, open_rendition
from catalog.images.storage import local_copy
from catalog.reading.ocr import ReadWords, models_for, read_image
from catalog.reading.preparing import cleaned, grey_copy, looks_worn, reading_scale
from catalog.texts.packing import Row, scale_boxes


@dataclass(frozen=True)
class ReadScan:
    """Words of a scan, boxes in pixels of the image as shown; prepared: whether the picture was cleaned first."""

    text: str
    boxes: list[Row]
    confidence: float | None
    prepared: bool


def read_scan(scan: Scan, languages: str = "vi") -> ReadScan:
    """Read a scan, once more the other way where nothing was recognised. An empty text is an answer. Raises OSError."""
    models = models_for(languages)
    rendition = rendition_of(scan, uncovered=True)
    if rendition.is_plain:
        with default_storage.open(rendition.original) as file:
            grey = grey_copy(cast(BinaryIO, file), *rendition.size)
    else:
        grey = _as_shown(rendition)
    read, prepared = read_grey(grey, models)
    boxes = scale_boxes(read.boxes, scan.width / grey.width, scan.height / grey.height, scan.width, scan.height)
    return ReadScan(read.text, boxes, read.confidence, prepared)


def _as_shown(rendition: Rendition) -> Image.Image:
    """A turned, straightened or cropped image in grey at about 200 dpi. Raises OSError."""
    path = local_copy(rendition.original)
    with Image.open(path, formats=FORMATS) as image:
        scale = reading_scale(image, *rendition.size)
    width, height = rendition.size
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return open_rendition(path, rendition, 1 / scale).render((0, 0, width, height), size).convert("L")


def read_grey(grey: Image.Image, models: str) -> tuple[ReadWords, bool]:
    """Read a grey picture: as it is, or cleaned where it looks worn; once more the other way where nothing was
    recognised.

    Also returns whether it was cleaned. Raises OSError.
    """
    first = looks_worn(grey)
    for clean in (first, not first):
        read = _read(cleaned(grey) if clean else grey, models)
        if read.text:
            break
    return read, clean


def _read(image: Image.Image, models: str) -> ReadWords:
    with tempfile.TemporaryDirectory(prefix="kyuc-read-") as folder:
        path = Path(folder) / "page.png"
        image.save(path, "PNG", compress_level=1)
        return read_image(path, models)
