"""Taking images and texts in."""

import contextlib
import logging
from typing import BinaryIO

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage
from django.db import transaction

from catalog.accounts.models import User
from catalog.records.models import Page
from catalog.scans.editions.carrying import carry_over, make_small_files, name_editions
from catalog.scans.models import PageText, Scan
from catalog.scans.pictures import Picture, UnreadableImage, examine
from catalog.scans.queries import edition_of
from catalog.scans.serving.store import Busy
from catalog.scans.storage import derivative_path, original_path

logger = logging.getLogger(__name__)


def add_scan(
    *, page: Page, file: BinaryIO, original_name: str, illustration: bool = False, actor: User | None = None
) -> Scan:
    """Keep `file` byte for byte as the image now shown for `page`; an earlier image stays, no longer shown.

    The same bytes on the same page again change nothing. Files are in place before the row is written, so a crash
    leaves at worst a file without a row. What is covered stays covered, and boxes go with the picture, scaled. Raises
    UnreadableImage for what cannot be taken.
    """
    if (size := getattr(file, "size", None)) is not None and size > settings.SCAN_MAX_BYTES:
        raise UnreadableImage("large", f"{size} bytes")
    return add_picture(
        page=page, file=file, picture=examine(file), original_name=original_name, illustration=illustration
    )


def add_picture(
    *, page: Page, file: BinaryIO, picture: Picture, original_name: str, illustration: bool = False
) -> Scan:
    """As `add_scan`, with `picture` examined before (in another process, say)."""
    original = original_path(picture.sha256, picture.media_type)
    file.seek(0)
    _put(default_storage, original, file.read())
    _put(default_storage, derivative_path(picture.sha256, "thumbnail"), picture.thumbnail)
    _put(default_storage, derivative_path(picture.sha256, "reading"), picture.reading)
    with transaction.atomic():
        before: Scan | None = None
        for shown in page.scans.filter(current=True).exclude(sha256=picture.sha256):
            shown.current = False
            shown.save()
            before = shown
        scan, _made = Scan.objects.get_or_create(
            page=page,
            sha256=picture.sha256,
            defaults={
                "public_id": f"{picture.sha256[:16]}p{page.pk}",
                "original": original,
                "original_name": original_name[:300],
                "media_type": picture.media_type,
                "bytes": picture.size_bytes,
                "width": picture.width,
                "height": picture.height,
                "warnings": picture.warnings,
                "illustration": illustration,
            },
        )
        if before is not None:
            carry_over(before=before, scan=scan)
        if name_editions(scan) or not scan.current:
            scan.current = True
            scan.save()
    if not edition_of(scan).plain:
        # What cannot be made now is made when it is first asked for.
        with contextlib.suppress(OSError, Busy):
            make_small_files(scan=scan)
    return scan


def set_page_text(
    *,
    page: Page,
    text: str,
    origin: str,
    boxes: list[list[int]] | None = None,
    language: str = "vi",
    confidence: float | None = None,
) -> PageText:
    """Make `text` the page's current text; earlier texts stay. `boxes`: see PageText."""
    with transaction.atomic():
        for shown in page.texts.filter(current=True):
            shown.current = False
            shown.save()
        return PageText.objects.create(
            page=page, text=text, boxes=boxes or [], origin=origin, language=language, confidence=confidence
        )


def _put(storage: Storage, name: str, data: bytes) -> None:
    if not storage.exists(name):
        storage.save(name, ContentFile(data))
