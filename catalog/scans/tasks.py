"""Background work on scans."""

import logging

from django_tasks import task

from catalog.records.models import Page
from catalog.scans.actions import set_page_text
from catalog.scans.editions.carrying import stored_small_file
from catalog.scans.models import PageText, Scan
from catalog.scans.ocr import read_image, tesseract_available

logger = logging.getLogger(__name__)


@task()
def read_words(page_id: int) -> str:
    """Read the words of a page's shown image, unless it has words already. Returns what came of it."""
    page = Page.objects.filter(pk=page_id).first()
    scan = Scan.objects.filter(page=page_id, current=True).first()
    if page is None or scan is None or PageText.objects.filter(page=page_id, current=True).exists():
        return "nothing to do"
    if not tesseract_available():
        logger.info("tesseract with its Vietnamese model is not installed; page %s stays unread", page_id)
        return "no tesseract"
    # The reading image is about 150 dpi of a 300 dpi page; boxes are scaled back to the upright full-size image.
    read = read_image(stored_small_file(scan=scan, name="reading", uncovered=True))
    factor = 2 if min(scan.width, scan.height) >= 1200 else 1
    boxes = [[box[0], box[1], *(side * factor for side in box[2:])] for box in read.boxes]
    set_page_text(page=page, text=read.text, boxes=boxes, origin=PageText.Origin.OCR, confidence=read.confidence)
    return "read" if read.text else "empty"
