"""Storing texts of pages."""

from collections.abc import Iterable

from django.db import transaction
from django.dispatch import Signal

from catalog.accounts.models import User
from catalog.changes.writing import action
from catalog.records.models import Page
from catalog.texts.models import PageText, TextState, TextVersion

# Sent when a text that a person wrote or chose becomes the one shown, inside the transaction, with `page`; rooms above
# listen to it.
text_chosen = Signal()


@action
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
    """Store `text` as a version of the page's text, and make it the one shown unless `shown` is False. Earlier versions
    are kept. Returns the version.

    boxes: see PageText. An empty text means that no text was recognised.
    """
    with transaction.atomic():
        lock_page(page)
        if shown:
            hide_texts(page.texts.filter(current=True))
        version = PageText(
            page=page,
            text=text,
            origin=origin,
            language=language,
            confidence=confidence,
            made_by=by,
            state=state,
            file_name=file_name[:300],
            current=shown,
        )
        version.boxes = boxes or []
        version.save()
    return version


def lock_page(page: Page) -> None:
    """Lock the page, so that other transactions that change its shown text wait until this one ends."""
    list(Page.objects.select_for_update(of=("self",), no_key=True).filter(pk=page.pk).values_list("pk"))


def hide_texts(texts: Iterable[TextVersion]) -> None:
    """Mark these versions as no longer shown; they are kept."""
    for version in texts:
        version.current = False
        version.save()
