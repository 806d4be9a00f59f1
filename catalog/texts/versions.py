"""Writing of texts by people: drafts while typing, finished versions, a second person's check, translations."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from catalog.accounts.models import User
from catalog.changes.writing import action
from catalog.records.models import Page
from catalog.texts.actions import hide_texts, lock_page, set_page_text, text_chosen
from catalog.texts.models import PageText, PageTranslation, TextDraft, TextState, TextVersion
from catalog.texts.packing import carried_over

MOST_LETTERS = 1_000_000


class OwnWork(Exception):
    """Nobody checks what they wrote themselves."""


class NotFinished(Exception):
    """Only a finished version that is the one shown can be checked."""


class OtherText(Exception):
    """Somebody else's text was shown meanwhile. Nothing was finished, and what was typed is kept as a draft.

    shown: the version that stands now.
    """

    def __init__(self, shown: TextVersion) -> None:
        super().__init__(str(shown))
        self.shown = shown


@dataclass(frozen=True)
class Saved:
    """What came of saving a draft: its number of savings; `crossed` where another window had saved meanwhile and these
    words were laid beside."""

    revision: int
    crossed: bool = False


def save_draft(
    *, page: Page, person: User, text: str, revision: int, language: str = "", base: int | None = None
) -> Saved:
    """Keep what `person` has typed so far. revision: that of the draft the window knows, 0 for none; base: the version
    that it was begun from (see `TextDraft`)."""
    text = _lines(text)
    with transaction.atomic():
        # On SQLite the transaction itself excludes others; on PostgreSQL the row does.
        draft = TextDraft.objects.select_for_update().filter(page=page, person=person, language=language).first()
        if draft is None:
            if _stands(page, person, text, language):
                # A saving that was under way while its words were finished.
                return Saved(0)
            made = TextDraft.objects.create(page=page, person=person, language=language, text=text, base=base)
            return Saved(made.revision)
        if draft.text == text:
            return Saved(draft.revision)
        if draft.revision != revision:
            draft.other_text = text
            draft.save()
            return Saved(draft.revision, crossed=True)
        draft.text = text
        draft.revision += 1
        draft.save()
        return Saved(draft.revision)


def drop_draft(*, page: Page, person: User, language: str = "") -> None:
    """Forget a draft that its writer does not want."""
    TextDraft.objects.filter(page=page, person=person, language=language).delete()


def finish_transcription(
    *, page: Page, person: User, text: str, language: str = "vi", base: int | None = None
) -> PageText:
    """Make `text` the page's text, finished by `person`; words that stayed keep their boxes. The draft is done with.

    base: key of the version that was shown when the writing began, 0 for none, None where that is not known. Raises
    OtherText where somebody else's is shown since; sent again with that one's key as base, the text is finished.
    """
    try:
        return _finished(page, person, text, language, base)
    except OtherText:
        _keep(page, person, text, "", base)
        raise


@action
def _finished(page: Page, person: User, text: str, language: str, base: int | None) -> PageText:
    text = _lines(text)
    with transaction.atomic():
        lock_page(page)
        before = page.texts.filter(current=True).first()
        _require_base(before, person, base)
        boxes = carried_over(before.text, _boxes_to_carry(page, before), text) if before else []
        made = set_page_text(
            page=page,
            text=text,
            origin=PageText.Origin.PERSON,
            boxes=boxes,
            language=language,
            by=person,
            state=TextState.FINISHED,
        )
        drop_draft(page=page, person=person)
        text_chosen.send(PageText, page=page)
    return made


def finish_translation(
    *, page: Page, person: User, text: str, language: str, base: int | None = None
) -> PageTranslation:
    """Keep `text` as the translation of the page into `language`; what the public sees stays until this is published.

    base, OtherText: as `finish_transcription`.
    """
    try:
        return _translated(page, person, text, language, base)
    except OtherText:
        _keep(page, person, text, language, base)
        raise


@action
def _translated(page: Page, person: User, text: str, language: str, base: int | None) -> PageTranslation:
    with transaction.atomic():
        lock_page(page)
        _require_base(page.translations.filter(language=language, current=True).first(), person, base)
        hide_texts(page.translations.filter(language=language, current=True))
        made = PageTranslation.objects.create(
            page=page, language=language, text=_lines(text), made_by=person, state=TextState.FINISHED
        )
        drop_draft(page=page, person=person, language=language)
    return made


@action
def check_text(*, version: TextVersion, person: User) -> TextVersion:
    """Say that a finished version is right. Raises OwnWork, NotFinished."""
    if version.made_by_id == person.pk:
        raise OwnWork
    if version.state != TextState.FINISHED or not version.current:
        raise NotFinished
    version.state, version.checked_by, version.checked_at = TextState.CHECKED, person, timezone.now()
    version.save()
    return version


@action
def show_version(*, version: TextVersion) -> TextVersion:
    """Make a kept version the one shown again; the one shown now stays in the list."""
    with transaction.atomic():
        if isinstance(version, PageText | PageTranslation):
            lock_page(version.page)
            version.refresh_from_db()
        if isinstance(version, PageTranslation):
            hide_texts(version.page.translations.filter(language=version.language, current=True).exclude(pk=version.pk))
        elif isinstance(version, PageText):
            hide_texts(version.page.texts.filter(current=True).exclude(pk=version.pk))
        version.current = True
        version.save()
        if isinstance(version, PageText):
            text_chosen.send(PageText, page=version.page)
    return version


@action
def publish_translation(*, version: PageTranslation, published: bool) -> PageTranslation:
    """Show a translation to the public in place of the one shown before, or take it back."""
    with transaction.atomic():
        lock_page(version.page)
        for other in version.page.translations.filter(language=version.language, published=True).exclude(pk=version.pk):
            other.published = False
            other.save()
        version.published = published
        version.save()
    return version


def _require_base(shown: TextVersion | None, person: User, base: int | None) -> None:
    """Raise OtherText where another's text is shown than the one that the writing began from."""
    if shown is None or shown.pk == base or shown.made_by_id == person.pk:
        return
    # A form that does not say where it began is only held against what people wrote.
    if base is not None or shown.made_by_id is not None:
        raise OtherText(shown)


def _keep(page: Page, person: User, text: str, language: str, base: int | None) -> None:
    """Lay what was typed into the person's draft, whatever other windows saved meanwhile."""
    draft = TextDraft.objects.filter(page=page, person=person, language=language).first()
    save_draft(
        page=page, person=person, text=text, revision=draft.revision if draft else 0, language=language, base=base
    )


def _stands(page: Page, person: User, text: str, language: str) -> bool:
    versions = page.translations.filter(language=language) if language else page.texts
    return versions.filter(current=True, made_by=person, text=text).exists()


def _boxes_to_carry(page: Page, before: PageText) -> list[list[int]]:
    """The boxes of the version before; those of the latest with any where a person began without."""
    if rows := before.boxes:
        return rows
    if not page.scans.filter(current=True).exists():
        return []
    for older in page.texts.exclude(pk=before.pk).order_by("-made_at"):
        if rows := older.boxes:
            return carried_over(older.text, rows, before.text)
    return []


def _lines(text: str) -> str:
    """Lines with one kind of end, nothing else changed."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")[:MOST_LETTERS].rstrip("\n")
