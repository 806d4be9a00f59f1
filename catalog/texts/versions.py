"""Texts written by people: drafts, finished versions, the check by a second person, translations."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from catalog.accounts.models import User
from catalog.changes.writing import action
from catalog.records.models import Page
from catalog.texts.actions import hide_texts, lock_page, set_page_text, text_chosen
from catalog.texts.models import PageText, PageTranslation, TextDraft, TextState, TextVersion
from catalog.texts.packing import carry_boxes

LONGEST_TEXT = 1_000_000


class OwnWork(Exception):
    """A person may not check a text that they wrote themselves."""


class NotFinished(Exception):
    """The version cannot be checked: it is not finished, or not the one shown."""


class OtherText(Exception):
    """Somebody else's text became the one shown meanwhile. Nothing was finished; what was typed is kept as a draft.

    shown: the version that is shown now.
    """

    def __init__(self, shown: TextVersion) -> None:
        super().__init__(str(shown))
        self.shown = shown


@dataclass(frozen=True)
class SavedDraft:
    """The result of saving a draft: its new revision; `crossed` if another window had saved meanwhile and this text was
    stored in `other_text`."""

    revision: int
    crossed: bool = False


def save_draft(
    *, page: Page, person: User, text: str, revision: int, language: str = "", base: int | None = None
) -> SavedDraft:
    """Save what `person` has typed so far. revision: the draft's revision that the window knows, 0 for none; base: the
    version from which it was begun (see `TextDraft`)."""
    text = _normalize_lines(text)
    with transaction.atomic():
        # On SQLite the transaction excludes other writers; on PostgreSQL the locked row does.
        draft = TextDraft.objects.select_for_update().filter(page=page, person=person, language=language).first()
        if draft is None:
            if _is_current_text(page, person, text, language):
                # A request to save that arrived after the same text was finished.
                return SavedDraft(0)
            draft = TextDraft.objects.create(page=page, person=person, language=language, text=text, base=base)
            return SavedDraft(draft.revision)
        if draft.text == text:
            return SavedDraft(draft.revision)
        if draft.revision != revision:
            draft.other_text = text
            draft.save()
            return SavedDraft(draft.revision, crossed=True)
        draft.text = text
        draft.revision += 1
        draft.save()
        return SavedDraft(draft.revision)


def drop_draft(*, page: Page, person: User, language: str = "") -> None:
    """Delete a person's draft."""
    TextDraft.objects.filter(page=page, person=person, language=language).delete()


def finish_transcription(
    *, page: Page, person: User, text: str, language: str = "vi", base: int | None = None
) -> PageText:
    """Make `text` the page's text, finished by `person`; unchanged words keep their boxes. Deletes the person's draft.

    base: key of the version that was shown when the writing began, 0 for none, None if not known. Raises OtherText if
    somebody else's version is shown since then; called again with the key of that version as base, it succeeds.
    """
    try:
        return _write_transcription(page, person, text, language, base)
    except OtherText:
        _keep_as_draft(page, person, text, "", base)
        raise


@action
def _write_transcription(page: Page, person: User, text: str, language: str, base: int | None) -> PageText:
    text = _normalize_lines(text)
    with transaction.atomic():
        lock_page(page)
        current = page.texts.filter(current=True).first()
        _require_base(current, person, base)
        boxes = carry_boxes(current.text, _boxes_to_carry(page, current), text) if current else []
        version = set_page_text(
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
    return version


def finish_translation(
    *, page: Page, person: User, text: str, language: str, base: int | None = None
) -> PageTranslation:
    """Store `text` as the page's translation into `language`. The public sees the published version until this one is
    published.

    base, OtherText: as `finish_transcription`.
    """
    try:
        return _write_translation(page, person, text, language, base)
    except OtherText:
        _keep_as_draft(page, person, text, language, base)
        raise


@action
def _write_translation(page: Page, person: User, text: str, language: str, base: int | None) -> PageTranslation:
    with transaction.atomic():
        lock_page(page)
        _require_base(page.translations.filter(language=language, current=True).first(), person, base)
        hide_texts(page.translations.filter(language=language, current=True))
        version = PageTranslation.objects.create(
            page=page, language=language, text=_normalize_lines(text), made_by=person, state=TextState.FINISHED
        )
        drop_draft(page=page, person=person, language=language)
    return version


@action
def check_text(*, version: TextVersion, person: User) -> TextVersion:
    """Mark a finished version as checked. Raises OwnWork, NotFinished."""
    if version.made_by_id == person.pk:
        raise OwnWork
    if version.state != TextState.FINISHED or not version.current:
        raise NotFinished
    version.state, version.checked_by, version.checked_at = TextState.CHECKED, person, timezone.now()
    version.save()
    return version


@action
def show_version(*, version: TextVersion) -> TextVersion:
    """Make an earlier version the one shown; the one shown now is kept as a version."""
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
    """Show a translation to the public instead of the one shown before, or withdraw it."""
    with transaction.atomic():
        lock_page(version.page)
        for other in version.page.translations.filter(language=version.language, published=True).exclude(pk=version.pk):
            other.published = False
            other.save()
        version.published = published
        version.save()
    return version


def _require_base(shown: TextVersion | None, person: User, base: int | None) -> None:
    """Raise OtherText if somebody else's version is shown than the one from which the writing began."""
    if shown is None or shown.pk == base or shown.made_by_id == person.pk:
        return
    # A form without a base conflicts only with versions written by people.
    if base is not None or shown.made_by_id is not None:
        raise OtherText(shown)


def _keep_as_draft(page: Page, person: User, text: str, language: str, base: int | None) -> None:
    """Store what was typed in the person's draft, even if other windows saved meanwhile."""
    draft = TextDraft.objects.filter(page=page, person=person, language=language).first()
    save_draft(
        page=page, person=person, text=text, revision=draft.revision if draft else 0, language=language, base=base
    )


def _is_current_text(page: Page, person: User, text: str, language: str) -> bool:
    versions = page.translations.filter(language=language) if language else page.texts
    return versions.filter(current=True, made_by=person, text=text).exists()


def _boxes_to_carry(page: Page, current: PageText) -> list[list[int]]:
    """The boxes of the current version; if it has none, those of the latest version that has boxes."""
    if rows := current.boxes:
        return rows
    if not page.scans.filter(current=True).exists():
        return []
    for older in page.texts.exclude(pk=current.pk).order_by("-made_at"):
        if rows := older.boxes:
            return carry_boxes(older.text, rows, current.text)
    return []


def _normalize_lines(text: str) -> str:
    """The text with \\n as its only line ending, without NUL and trailing line ends, at most LONGEST_TEXT letters."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")[:LONGEST_TEXT].rstrip("\n")
