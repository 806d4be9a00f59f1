"""Reading one page: preparing its image, tesseract, scaling boxes back to the image as shown."""

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
    """The text of a scan. boxes: in pixels of the image as shown; prepared: whether the image was cleaned before."""

    text: str
    boxes: list[Row]
    confidence: float | None
    prepared: bool


def read_scan(scan: Scan, languages: str = "vi") -> ReadScan:
    """Read a scan; see `read_grey`. languages: of the record. The text may be empty. Raises OSError."""
    models = models_for(languages)
    rendition = rendition_of(scan, uncovered=True)
    if rendition.is_plain:
        with default_storage.open(rendition.original) as file:
            grey = grey_copy(cast(BinaryIO, file), *rendition.size)
    else:
        grey = _grey_as_shown(rendition)
    words, prepared = read_grey(grey, models)
    boxes = scale_boxes(words.boxes, scan.width / grey.width, scan.height / grey.height, scan.width, scan.height)
    return ReadScan(words.text, boxes, words.confidence, prepared)


def _grey_as_shown(rendition: Rendition) -> Image.Image:
    """The image as shown (turned, straightened, cropped) in grey at about 200 dpi. Raises OSError."""
    path = local_copy(rendition.original)
    with Image.open(path, formats=FORMATS) as image:
        scale = reading_scale(image, *rendition.size)
    width, height = rendition.size
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return open_rendition(path, rendition, 1 / scale).render((0, 0, width, height), size).convert("L")


def read_grey(grey: Image.Image, models: str) -> tuple[ReadWords, bool]:
    """Read a grey image: cleaned if it looks worn, else as it is; if nothing was recognised, once more the other way.

    Returns the words, and whether the image was cleaned. Raises OSError.
    """
    worn = looks_worn(grey)
    for use_cleaned in (worn, not worn):
        words = _run_ocr(cleaned(grey) if use_cleaned else grey, models)
        if words.text:
            break
    return words, use_cleaned


def _run_ocr(image: Image.Image, models: str) -> ReadWords:
    with tempfile.TemporaryDirectory(prefix="kyuc-read-") as folder:
        path = Path(folder) / "page.png"
        image.save(path, "PNG", compress_level=1)
        return read_image(path, models)
