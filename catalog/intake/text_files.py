"""Attaching delivered text files to pages."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction

from catalog.accounts.models import User
from catalog.images.models import Scan
from catalog.reading.models import PageReading
from catalog.reading.proposals.actions import propose_mentions
from catalog.records.models import Page
from catalog.texts.actions import set_page_text
from catalog.texts.building import ReadPage, UnreadableText
from catalog.texts.files import TextFile, fit_boxes, read_text_file
from catalog.texts.models import PageText

LANGUAGES = {
    "vie": "vi",
    "vi": "vi",
    "eng": "en",
    "en": "en",
    "fra": "fr",
    "fre": "fr",
    "fr": "fr",
    "zho": "zh",
    "chi": "zh",
    "zh": "zh",
}


@dataclass
class AttachedTexts:
    """The result for a file: new texts, texts that existed already, and codes of warnings: other_shape, no_boxes,
    kept_beside (a person's text stays the one shown)."""

    texts: list[PageText] = field(default_factory=list)
    existing: list[PageText] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def attach_texts(*, pages: Sequence[Page], data: bytes, name: str, by: User | None = None) -> AttachedTexts:
    """Attach the pages of a text file to `pages`, in order, in one transaction.

    The same file again changes nothing. A text made by a person stays the one shown; the imported one is stored as
    another version. Raises UnreadableText: with the code `pages` if the numbers of pages differ, and those of reading.
    """
    text_file = read_text_file(data)
    file_pages = _pages_for_count(text_file, len(pages))
    attached = AttachedTexts()
    mark = f"{name} {hashlib.sha256(data).hexdigest()[:12]}"[-300:]
    with transaction.atomic():
        for page, file_page in zip(pages, file_pages, strict=True):
            _attach_to_page(page, file_page, mark, attached, by)
    attached.warnings = list(dict.fromkeys(attached.warnings))
    return attached


def _attach_to_page(page: Page, file_page: ReadPage, mark: str, attached: AttachedTexts, by: User | None) -> None:
    existing = page.texts.filter(file_name=mark).first()
    if existing is not None:
        attached.existing.append(existing)
        return
    scan = Scan.objects.filter(page=page, current=True).first()
    rows = fit_boxes(file_page, scan.width, scan.height) if scan else []
    if file_page.rows and not rows:
        attached.warnings.append("no_boxes")
    if scan and rows and file_page.width and file_page.height:
        shape_ratio = (scan.width / file_page.width) / (scan.height / file_page.height)
        if not 0.95 < shape_ratio < 1.05:
            attached.warnings.append("other_shape")
    shown = not page.texts.filter(current=True, origin=PageText.Origin.PERSON).exists()
    if not shown:
        attached.warnings.append("kept_beside")
    language = LANGUAGES.get(file_page.language.lower().split("-")[0], "")
    version = set_page_text(
        page=page,
        text=file_page.text,
        boxes=rows,
        origin=PageText.Origin.IMPORTED,
        confidence=file_page.confidence,
        by=by,
        language=language or (page.record.languages or "vi").split(",")[0].strip()[:8],
        file_name=mark,
        shown=shown,
    )
    attached.texts.append(version)
    if shown:
        PageReading.objects.filter(page=page).exclude(state=PageReading.State.WORKING).update(
            state=PageReading.State.PASSED, reason="", claim="", claimed_until=None
        )
        propose_mentions(page=page)


def _pages_for_count(text_file: TextFile, count: int) -> list[ReadPage]:
    file_pages = text_file.pages
    if text_file.form == "plain" and count == 1 and len(file_pages) > 1:
        # Some programs write a form feed at the end, which makes an empty page.
        file_pages = [page for page in file_pages if page.text.strip()] or file_pages[:1]
    if len(file_pages) != count:
        raise UnreadableText("pages", f"{len(file_pages)} ≠ {count}")
    return file_pages
