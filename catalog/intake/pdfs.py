"""The pages of a PDF: an embedded scan byte for byte where one covers the page, otherwise drawn at 300 dpi.

Apart from `decoding`, which asks for it when a PDF comes: loading what reads PDFs takes a third of a child's start.
"""

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2
import pypdfium2.raw as raw
from PIL import Image

from catalog.images.pictures import EXIF_ORIENTATION
from catalog.intake.derivatives import (
    MOST_PAGES,
    MOST_PIXELS,
    MadePage,
    Refused,
    made_page,
    shown_page,
)

PDF_DPI = 300


def pages_of_pdf(path: Path, folder: Path) -> Iterator[MadePage]:
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
                    made = shown_page(opened, folder, at, notes)
                made.turn = page.get_rotation() % 360
            else:
                scale = PDF_DPI / 72
                if page.get_width() * page.get_height() * scale**2 > MOST_PIXELS:
                    raise Refused("large", f"page {at + 1}")
                drawn = page.render(scale=scale).to_pil().convert("RGB")
                master, media_type = folder / f"{at}.png", "image/png"
                drawn.save(master, "PNG", dpi=(PDF_DPI, PDF_DPI))
                made = made_page(drawn, drawn.size, folder, at, ["drawn_from_pdf"])
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
