"""Reading the texts of pages: what the public sees, what staff compare."""

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
# Beyond so many words two versions are compared by lines alone.
MOST_WORDS = 6000


# Stands in a text for words that are withheld.
WITHHELD = COVERED


@dataclass(frozen=True)
class ShownText:
    """A page's words as far as the asker may read them. boxes: [start, end, x, y, width, height] a word, slices of
    `text`, pixels of the image as shown. withheld: some words are left out, as they stand under a covered part."""

    text: str
    boxes: list[list[int]]
    origin: str
    language: str
    withheld: bool = False
    state: str = ""
    confidence: float | None = None

    @property
    def get_origin_display(self) -> str:
        """The origin in words."""
        return str(PageText.Origin(self.origin).label)

    @property
    def get_state_display(self) -> str:
        """How far people are with it, in words."""
        return str(TextState(self.state).label)


@dataclass(frozen=True)
class Change:
    """A piece of a comparison. kind: same, out, in."""

    kind: str
    text: str


def shown_text(page: Page, asker: Asker) -> ShownText | None:
    """The text of a page as far as `asker` may read it; None where there is none, or none for them. Every public door
    asks here."""
    return current_text(page, asker) if visible_pages(asker).filter(pk=page.pk).exists() else None


def standing_text(page: Page) -> PageText | None:
    """The version of a page's text that is current, whole, for staff who work on it."""
    return PageText.objects.filter(page=page, current=True).first()


def current_text(page: Page, asker: Asker) -> ShownText | None:
    """The words shown for `page`, as far as `asker` may read them; None where it was never read."""
    text = standing_text(page)
    if text is None:
        return None
    may = may_see_staff_notes(asker)
    return uncovered_words(text, [] if may else [cover.box for cover in covers_of(page.pk)])


def texts_of_pages(page_ids: list[int], asker: Asker) -> dict[int, ShownText]:
    """The words of many pages as `asker` may read them, by the page's key. The pages must have come from a visible
    query."""
    covers = {} if may_see_staff_notes(asker) else covers_by_page(page_ids)
    texts = PageText.objects.filter(page__in=page_ids, current=True)
    return {text.page_id: uncovered_words(text, covers.get(text.page_id, [])) for text in texts}


def uncovered_words(text: PageText, covers: list[Box]) -> ShownText:
    """A page's words without those under `covers`.

    On a page with a covered part a word is shown only where its box is known to lie outside; a text whose boxes do not
    fit its words any more is withheld whole.
    """
    boxes = [list(box) for box in text.boxes]
    about = (text.origin, text.language, False, text.state, text.confidence)
    if not covers:
        return ShownText(text.text, boxes, *about)
    if not boxes or not all(_is_word(text.text, box[0], box[1]) for box in boxes):
        return ShownText(WITHHELD if text.text else "", [], text.origin, text.language, bool(text.text), *about[3:])
    said, kept, at, withheld = "", list[list[int]](), 0, False
    for box in sorted(box for box in boxes if not touches(box[2:6], covers)):
        between = text.text[at : box[0]]
        if between.strip():
            withheld = True
            before, after = between[: len(between) - len(between.lstrip())], between[len(between.rstrip()) :]
            said += f"{before}{WITHHELD}{after}"
        else:
            said += between
        kept.append([len(said), len(said) + box[1] - box[0], *box[2:]])
        said += text.text[box[0] : box[1]]
        at = box[1]
    if text.text[at:].strip():
        withheld = True
        said += f"{' ' if said else ''}{WITHHELD}"
    return ShownText(said, kept, text.origin, text.language, withheld, *about[3:])


def covers_by_page(page_ids: Iterable[int]) -> dict[int, list[Box]]:
    """The covered parts of many pages."""
    found: dict[int, list[Box]] = {}
    for cover in Cover.objects.kept().filter(page__in=list(page_ids)):
        found.setdefault(cover.page_id, []).append(cover.box)
    return found


def shown_translations(page: Page, asker: Asker) -> QuerySet[PageTranslation]:
    """The published translations of a visible page; none where a part of the page is covered from `asker`, since nobody
    can say which of their words stand under it."""
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
    """What the person has typed and not finished."""
    return TextDraft.objects.filter(page=page, person=person, language=language).first()


def shown_meanwhile(draft: TextDraft | None, current: TextVersion | None, person: User) -> TextVersion | None:
    """Somebody else's text that is shown since the draft was begun; None where none is."""
    if draft is None or current is None or current.made_by_id == person.pk or current.pk == draft.base:
        return None
    # Where a draft does not know from what it was begun: whatever is younger than its last saving.
    return current if draft.base is not None or current.made_at > draft.saved_at else None


def differences(before: str, after: str) -> list[Change]:
    """What was taken out and put in between two versions, word by word."""
    one, other = WORD.findall(before), WORD.findall(after)
    if len(one) + len(other) > 2 * MOST_WORDS:
        one, other = before.splitlines(keepends=True), after.splitlines(keepends=True)
    found: list[Change] = []
    for kind, i1, i2, j1, j2 in difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(Change("same", "".join(one[i1:i2])))
            continue
        if i2 > i1:
            found.append(Change("out", "".join(one[i1:i2])))
        if j2 > j1:
            found.append(Change("in", "".join(other[j1:j2])))
    return found


def page_keys_with_text(record: Record) -> set[int]:
    """Primary keys of the record's pages on which words were read."""
    read = PageText.objects.filter(page__record=record, current=True).exclude(text="")
    return set(read.values_list("page", flat=True))


def texts_of_record(record: Record, asker: Asker) -> list[tuple[Page, ShownText]]:
    """The record's pages that words were read on, in their order, with the words as `asker` may read them."""
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
