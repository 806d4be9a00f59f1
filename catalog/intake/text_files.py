"""Texts that came with the images, attached to their pages."""

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
    """What came of a file: its pages' new texts, texts that stood already, and codes of what was noticed: other_shape,
    no_boxes, kept_beside (a person's text stays the one shown)."""

    texts: list[PageText] = field(default_factory=list)
    standing: list[PageText] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def attach_texts(*, pages: Sequence[Page], data: bytes, name: str, by: User | None = None) -> AttachedTexts:
    """Attach the pages of a text file to `pages`, first on first. One transaction: all of it or nothing.

    The same file again changes nothing. A text that a person made stays the one shown, and the imported one stands
    beside it. Raises UnreadableText: pages, where the file has other than as many pages; and what reading it raises.
    """
    read = read_text_file(data)
    found = _as_many(read, len(pages))
    attached = AttachedTexts()
    mark = f"{name} {hashlib.sha256(data).hexdigest()[:12]}"[-300:]
    with transaction.atomic():
        for page, one in zip(pages, found, strict=True):
            _attach(page, one, mark, attached, by)
    attached.warnings = list(dict.fromkeys(attached.warnings))
    return attached


def _attach(page: Page, one: ReadPage, mark: str, attached: AttachedTexts, by: User | None) -> None:
    standing = page.texts.filter(file_name=mark).first()
    if standing is not None:
        attached.standing.append(standing)
        return
    scan = Scan.objects.filter(page=page, current=True).first()
    rows = fit_boxes(one, scan.width, scan.height) if scan else []
    if one.rows and not rows:
        attached.warnings.append("no_boxes")
    if scan and rows and one.width and one.height:
        drift = (scan.width / one.width) / (scan.height / one.height)
        if not 0.95 < drift < 1.05:
            attached.warnings.append("other_shape")
    shown = not page.texts.filter(current=True, origin=PageText.Origin.PERSON).exists()
    if not shown:
        attached.warnings.append("kept_beside")
    language = LANGUAGES.get(one.language.lower().split("-")[0], "")
    made = set_page_text(
        page=page,
        text=one.text,
        boxes=rows,
        origin=PageText.Origin.IMPORTED,
        confidence=one.confidence,
        by=by,
        language=language or (page.record.languages or "vi").split(",")[0].strip()[:8],
        file_name=mark,
        shown=shown,
    )
    attached.texts.append(made)
    if shown:
        PageReading.objects.filter(page=page).exclude(state=PageReading.State.WORKING).update(
            state=PageReading.State.PASSED, reason="", claim="", claimed_until=None
        )
        propose_mentions(page=page)


def _as_many(read: TextFile, wanted: int) -> list[ReadPage]:
    found = read.pages
    if read.form == "plain" and wanted == 1 and len(found) > 1:
        # A form feed at the end, as some programs write it.
        found = [page for page in found if page.text.strip()] or found[:1]
    if len(found) != wanted:
        raise UnreadableText("pages", f"{len(found)} ≠ {wanted}")
    return found
