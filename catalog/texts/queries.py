"""Queries for the texts of pages: what the public may read, and what staff compare."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from catalog.accounts.models import User
from catalog.records.models import Cover, Page, Record
from catalog.records.queries import Asker, covers_of, may_see_staff_notes, visible_pages
from catalog.rules.geometry import Box, touches
from catalog.rules.transcription import COVERED
from catalog.texts.models import PageText, PageTranslation, TextDraft, TextState, TextVersion

WORD = re.compile(r"\n|[^\S\n]+|\S+")
# Versions with more words than this are compared by lines instead of words.
MOST_COMPARED_WORDS = 6000

# Replaces withheld words in a text.
WITHHELD = COVERED


@dataclass(frozen=True)
class ShownText:
    """A page's text as far as the asker may read it. boxes: [start, end, x, y, width, height] for each word, slices of
    `text`, pixels of the image as shown. withheld: some words are left out, because they are under a cover."""

    text: str
    boxes: list[list[int]]
    origin: str
    language: str
    withheld: bool = False
    state: str = ""
    confidence: float | None = None

    @property
    def get_origin_display(self) -> str:
        """The name of the origin, for templates (as Django gives it for a choice)."""
        return str(PageText.Origin(self.origin).label)

    @property
    def get_state_display(self) -> str:
        """The name of the state, for templates."""
        return str(TextState(self.state).label)


@dataclass(frozen=True)
class TextDifference:
    """A piece of a comparison. kind: same, out (removed), in (added)."""

    kind: str
    text: str


def shown_text(page: Page, asker: Asker) -> ShownText | None:
    """The text of a page as far as `asker` may read it; None if it has none, or the asker may not see the page. Every
    public page and API must use this function."""
    return current_text(page, asker) if visible_pages(asker).filter(pk=page.pk).exists() else None


def current_version(page: Page) -> PageText | None:
    """The current version of a page's text, unredacted, for staff who work on it."""
    return PageText.objects.filter(page=page, current=True).first()


def current_text(page: Page, asker: Asker) -> ShownText | None:
    """The current text of `page` as far as `asker` may read it; None if it has none. Does not check the page itself."""
    text = current_version(page)
    if text is None:
        return None
    sees_covered = may_see_staff_notes(asker)
    return uncovered_words(text, [] if sees_covered else [cover.box for cover in covers_of(page.pk)])


def texts_of_pages(page_ids: list[int], asker: Asker) -> dict[int, ShownText]:
    """The current texts of many pages as far as `asker` may read them, by page key. The caller must have checked that
    the pages are visible."""
    covers = {} if may_see_staff_notes(asker) else covers_by_page(page_ids)
    texts = PageText.objects.filter(page__in=page_ids, current=True)
    return {text.page_id: uncovered_words(text, covers.get(text.page_id, [])) for text in texts}


def uncovered_words(text: PageText, covers: list[Box]) -> ShownText:
    """A page's text without the words under `covers`.

    On a page with covers a word is shown only if its box is known and outside them. If the boxes no longer fit the
    words, the whole text is withheld.
    """
    boxes = [list(box) for box in text.boxes]
    details = (text.origin, text.language, False, text.state, text.confidence)
    if not covers:
        return ShownText(text.text, boxes, *details)
    if not boxes or not all(_is_word(text.text, box[0], box[1]) for box in boxes):
        return ShownText(WITHHELD if text.text else "", [], text.origin, text.language, bool(text.text), *details[3:])
    shown, shown_boxes, position, withheld = "", list[list[int]](), 0, False
    for box in sorted(box for box in boxes if not touches(box[2:6], covers)):
        between = text.text[position : box[0]]
        if between.strip():
            withheld = True
            before, after = between[: len(between) - len(between.lstrip())], between[len(between.rstrip()) :]
            shown += f"{before}{WITHHELD}{after}"
        else:
            shown += between
        shown_boxes.append([len(shown), len(shown) + box[1] - box[0], *box[2:]])
        shown += text.text[box[0] : box[1]]
        position = box[1]
    if text.text[position:].strip():
        withheld = True
        shown += f"{' ' if shown else ''}{WITHHELD}"
    return ShownText(shown, shown_boxes, text.origin, text.language, withheld, *details[3:])


def covers_by_page(page_ids: Iterable[int]) -> dict[int, list[Box]]:
    """The boxes of the covers of many pages, by page key."""
    by_page: dict[int, list[Box]] = {}
    for cover in Cover.objects.kept().filter(page__in=list(page_ids)):
        by_page.setdefault(cover.page_id, []).append(cover.box)
    return by_page


def shown_translations(page: Page, asker: Asker) -> QuerySet[PageTranslation]:
    """The published translations of a visible page. None of them if a part of the page is covered for `asker`, since
    the words under the cover are not known in a translation."""
    if covers_of(page.pk) and not may_see_staff_notes(asker):
        return PageTranslation.objects.none()
    return PageTranslation.objects.filter(page=page, published=True, page__in=visible_pages(asker)).order_by("language")


def versions_of(page: Page) -> QuerySet[PageText]:
    """All versions of a page's text, the latest first, for staff."""
    return page.texts.select_related("made_by", "checked_by").defer("packed_boxes").order_by("-made_at", "-pk")


def translations_of(page: Page, language: str) -> QuerySet[PageTranslation]:
    """All versions of a page's translation into a language, the latest first, for staff."""
    return (
        page.translations.filter(language=language).select_related("made_by", "checked_by").order_by("-made_at", "-pk")
    )


def version_of(page: Page, key: int, language: str = "") -> PageText | PageTranslation | None:
    """The version of this primary key of a page's text, or of its translation into `language`, for staff."""
    if language:
        return PageTranslation.objects.filter(page=page, pk=key, language=language).first()
    return PageText.objects.filter(page=page, pk=key).first()


def draft_of(page: Page, person: User, language: str = "") -> TextDraft | None:
    """The person's unfinished draft; None if there is none."""
    return TextDraft.objects.filter(page=page, person=person, language=language).first()


def newer_version(draft: TextDraft | None, current: TextVersion | None, person: User) -> TextVersion | None:
    """The current version, if somebody else made it since the draft was begun; else None."""
    if draft is None or current is None or current.made_by_id == person.pk or current.pk == draft.base:
        return None
    # A draft without a known base: compare with the time when it was last saved.
    return current if draft.base is not None or current.made_at > draft.saved_at else None


def differences(before: str, after: str) -> list[TextDifference]:
    """What was removed and added between two versions, word by word."""
    old, new = WORD.findall(before), WORD.findall(after)
    if len(old) + len(new) > 2 * MOST_COMPARED_WORDS:
        old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    changes: list[TextDifference] = []
    for kind, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            changes.append(TextDifference("same", "".join(old[i1:i2])))
            continue
        if i2 > i1:
            changes.append(TextDifference("out", "".join(old[i1:i2])))
        if j2 > j1:
            changes.append(TextDifference("in", "".join(new[j1:j2])))
    return changes


def page_keys_with_text(record: Record) -> set[int]:
    """Primary keys of the record's pages whose current text is not empty."""
    texts = PageText.objects.filter(page__record=record, current=True).exclude(text="")
    return set(texts.values_list("page", flat=True))


def texts_of_record(record: Record, asker: Asker) -> list[tuple[Page, ShownText]]:
    """The record's pages that have a text, in order, with the text as far as `asker` may read it."""
    pages = {page.pk: page for page in visible_pages(asker).filter(record=record).order_by("number")}
    texts = texts_of_pages(list(pages), asker)
    return [(page, texts[key]) for key, page in pages.items() if key in texts and texts[key].text]


def _is_word(text: str, start: int, end: int) -> bool:
    inside = text[start:end]
    return (
        0 <= start < end <= len(text)
        and not any(letter.isspace() for letter in inside)
        and (start == 0 or text[start - 1].isspace())
        and (end == len(text) or text[end].isspace())
    )
