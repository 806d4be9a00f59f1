"""Reading versions of texts: what the public sees, what staff compare."""

import difflib
import re
from dataclasses import dataclass

from django.db.models import QuerySet

from catalog.accounts.models import User
from catalog.records.models import Page
from catalog.records.queries import Asker, covers_of, may_see_staff_notes, visible_pages
from catalog.scans.models import PageText, PageTranslation, TextDraft, TextVersion
from catalog.scans.queries import ShownText, current_text

WORD = re.compile(r"\n|[^\S\n]+|\S+")
# Beyond so many words two versions are compared by lines alone.
MOST_WORDS = 6000


@dataclass(frozen=True)
class Change:
    """A piece of a comparison. kind: same, out, in."""

    kind: str
    text: str


def shown_text(page: Page, asker: Asker) -> ShownText | None:
    """The text of a page as far as `asker` may read it; None where there is none, or none for them. Every public door asks here."""
    return current_text(page, asker) if visible_pages(asker).filter(pk=page.pk).exists() else None


def shown_translations(page: Page, asker: Asker) -> QuerySet[PageTranslation]:
    """The published translations of a visible page; none where a part of the page is covered from `asker`, since nobody can
    say which of their words stand under it."""
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
