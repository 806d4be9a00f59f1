"""Keeping texts of pages."""

from collections.abc import Iterable

from django.db import transaction
from django.dispatch import Signal

from catalog.accounts.models import User
from catalog.changes.writing import action
from catalog.records.models import Page
from catalog.texts.models import PageText, TextState, TextVersion

# A text that a person chose is the one shown now. Sent within the transaction, with `page`: rooms above follow it.
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
    """Keep `text` as a version of the page's text, and make it the one shown unless `shown` is False; earlier versions
    stay.

    `boxes`: see PageText. An empty text is a state too: no text was recognised.
    """
    with transaction.atomic():
        lock_page(page)
        if shown:
            hide_texts(page.texts.filter(current=True))
        made = PageText(
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
        made.boxes = boxes or []
        made.save()
    return made


def lock_page(page: Page) -> None:
    """Let others who want to show another text of this page wait until the transaction is over."""
    list(Page.objects.select_for_update(of=("self",), no_key=True).filter(pk=page.pk).values_list("pk"))


def hide_texts(texts: Iterable[TextVersion]) -> None:
    """Keep these versions, no longer shown."""
    for one in texts:
        one.current = False
        one.save()
