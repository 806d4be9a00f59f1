"""Taking images and texts in."""

import logging
from collections.abc import Iterable
from typing import BinaryIO

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage
from django.db import transaction

from catalog.accounts.models import User
from catalog.records.models import Page
from catalog.scans.models import PageText, Scan, TextState, TextVersion
from catalog.scans.pictures import SUFFIXES, Picture, UnreadableImage, examine

logger = logging.getLogger(__name__)


def original_path(sha256: str, media_type: str) -> str:
    """Where an original lies below the media folder: originals/ab/<sha256>.<suffix of its true type>."""
    return f"originals/{sha256[:2]}/{sha256}{SUFFIXES[media_type]}"


def derivative_path(sha256: str, name: str) -> str:
    """Where a derivative lies: derived/ab/<sha256>/<name>.jpg, name being `thumbnail` or `reading`."""
    return f"derived/{sha256[:2]}/{sha256}/{name}.jpg"


def add_scan(
    *, page: Page, file: BinaryIO, original_name: str, illustration: bool = False, actor: User | None = None
) -> Scan:
    """Keep `file` byte for byte as the image now shown for `page`; an earlier image stays, no longer shown.

    The same bytes on the same page again change nothing. Files are in place before the row is written, so a crash
    leaves at worst a file without a row. Raises UnreadableImage for what cannot be taken.
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
        for shown in page.scans.filter(current=True).exclude(sha256=picture.sha256):
            shown.current = False
            shown.save()
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
        if not scan.current:
            scan.current = True
            scan.save()
    return scan


def set_page_text(
    *,
    page: Page,
    text: str,
    origin: str,
    boxes: list[list[int]] | None = None,
    language: str = "vi",
    confidence: float | None = None,
    by: User | None = None,
    state: str = TextState.NONE,
    file_name: str = "",
    shown: bool = True,
) -> PageText:
    """Keep `text` as a version of the page's text, and make it the one shown unless `shown` is False; earlier versions stay.

    `boxes`: see PageText. An empty text is a state too: no text was recognised.
    """
    with transaction.atomic():
        if shown:
            hide_texts(page.texts.filter(current=True))
        made = PageText(
            page=page, text=text, origin=origin, language=language, confidence=confidence, made_by=by, state=state,
            file_name=file_name[:300], current=shown,
        )  # fmt: skip
        made.boxes = boxes or []
        made.save()
    return made


def hide_texts(texts: Iterable[TextVersion]) -> None:
    """Keep these versions, no longer shown."""
    for one in texts:
        one.current = False
        one.save()


def _put(storage: Storage, name: str, data: bytes) -> None:
    if not storage.exists(name):
        storage.save(name, ContentFile(data))
