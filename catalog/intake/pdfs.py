"""The pages of a PDF: the embedded JPEG byte for byte if it covers the page, otherwise rendered at 300 dpi.

`decoding` imports this module only for a PDF, since loading pdfium takes a third of the start time of a child.
"""

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2
import pypdfium2.raw as raw
from PIL import Image

from catalog.images.pictures import MOST_PIXELS, orientation_of
from catalog.intake.derivatives import (
    MOST_PAGES,
    DecodedPage,
    Refused,
    build_page,
    page_from_image,
)

PDF_DPI = 300


def pages_of_pdf(path: Path, folder: Path) -> Iterator[DecodedPage]:
    """Decode the pages of a PDF one by one, and write their files into `folder`. Raises Refused."""
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise Refused("encrypted" if "assword" in str(error) else "damaged", str(error)) from error
    with document:
        if len(document) == 0:
            raise Refused("no_pages")
        if len(document) > MOST_PAGES:
            raise Refused("pages", f"{len(document)} > {MOST_PAGES}")
        for index in range(len(document)):
            page = document[index]
            embedded = _embedded_jpeg(page)
            if embedded is not None:
                master, media_type, notes = folder / f"{index}.jpg", "image/jpeg", list[str]()
                master.write_bytes(embedded)
                with Image.open(master, formats=("JPEG",)) as image:
                    decoded_page = page_from_image(image, folder, index, notes)
                decoded_page.turn = page.get_rotation() % 360
            else:
                scale = PDF_DPI / 72
                if page.get_width() * page.get_height() * scale**2 > MOST_PIXELS:
                    raise Refused("large", f"page {index + 1}")
                drawn = page.render(scale=scale).to_pil().convert("RGB")
                master, media_type = folder / f"{index}.png", "image/png"
                drawn.save(master, "PNG", dpi=(PDF_DPI, PDF_DPI))
                decoded_page = build_page(drawn, drawn.size, folder, index, ["drawn_from_pdf"])
            decoded_page.master, decoded_page.media_type = master.name, media_type
            decoded_page.sha256 = hashlib.sha256(master.read_bytes()).hexdigest()
            yield decoded_page


def _embedded_jpeg(page: Any) -> bytes | None:
    """The bytes of the JPEG that covers the full page; None if the page has anything else."""
    objects = [item for item in page.get_objects(max_depth=2) if not _is_invisible(item)]
    images = [item for item in objects if isinstance(item, pypdfium2.PdfImage)]
    if len(images) != 1 or len(objects) != 1:
        return None
    image = images[0]
    left, bottom, right, top = image.get_bounds() if hasattr(image, "get_bounds") else image.get_pos()
    covered_part = (right - left) * (top - bottom) / max(1.0, page.get_width() * page.get_height())
    matrix = image.get_matrix()
    is_turned = matrix.a <= 0 or matrix.d <= 0 or abs(matrix.b) + abs(matrix.c) > 1e-3
    if covered_part < 0.95 or is_turned or image.get_filters(skip_simple=True) != ["DCTDecode"]:
        return None
    data = bytes(image.get_data(decode_simple=True))
    return data if data.startswith(b"\xff\xd8\xff") and not _has_orientation(data) else None


def _has_orientation(data: bytes) -> bool:
    """Whether the JPEG has an EXIF orientation. A PDF ignores it, but as a file of its own it would be applied."""
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
            return orientation_of(image) != 1
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise
    except Exception:
        # Decoding reports what is wrong with it.
        return False


def _is_invisible(item: Any) -> bool:
    """Whether it is invisible text over the scan, as OCR programs add it (ISO 32000-1, 9.3.6, rendering mode 3)."""
    if item.type != raw.FPDF_PAGEOBJ_TEXT:
        return False
    return bool(raw.FPDFTextObj_GetTextRenderMode(item.raw) == raw.FPDF_TEXTRENDERMODE_INVISIBLE)
