"""Changing the order of a record's pages, and what is written on them, by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.utils import timezone

from catalog.changes.models import enqueue_changes
from catalog.changes.writing import Actor, action, require, write_changes
from catalog.records.actions.descriptions import require_visible
from catalog.records.models import Page, Record
from catalog.records.queries import pages_of

# Far above any page's number. Pages get it added for a moment, so that no two have one number while they change places.
PARKING_OFFSET = 1_000_000


class OtherPages(Exception):
    """The arrangement does not name the record's pages: some were added or removed meanwhile."""


class OtherOrder(Exception):
    """Somebody else changed the order of the pages meanwhile."""


@dataclass(frozen=True)
class ArrangedPage:
    """One page of an arrangement: what is written on it, and whether it goes to the trash."""

    page: int
    label: str = ""
    sheet: int | None = None
    side: str = ""
    title_vi: str = ""
    title_en: str = ""
    trashed: bool = False


@dataclass(frozen=True)
class PageState:
    """A page's revision and number when the arrangement began."""

    revision: int
    number: int


def current_arrangement(record: Record) -> list[ArrangedPage]:
    """The record's pages as they are now, without those in the trash."""
    return [
        ArrangedPage(page.pk, page.label, page.sheet, page.side, page.title_vi, page.title_en)
        for page in pages_of(record)
    ]


def current_page_states(record: Record) -> dict[int, PageState]:
    """The states of all pages of the record now, by primary key; those in the trash too."""
    return {
        page.pk: PageState(page.revision, page.number)
        for page in Page.objects.filter(record=record).only("pk", "revision", "number")
    }


@action
def arrange_pages(
    *,
    actor: Actor,
    record: Record,
    arranged: Sequence[ArrangedPage],
    states_before: Mapping[int, PageState] | None = None,
) -> int:
    """Number the pages from 1 in the given order and write their labels and titles; returns how many changed.

    `arranged` must name every page that is not in the trash; named pages that are in the trash are restored.
    states_before: the pages when the arrangement began, by primary key; None if it is made from the current state.
    Raises NotAllowed; OtherPages; OtherOrder; StaleChange if others changed the same field of a page.
    """
    require(actor, "change_page")
    if any(entry.trashed for entry in arranged):
        require(actor, "delete_page")
    record = Record.objects.select_for_update().get(pk=record.pk)
    require_visible(actor, record)
    pages = {page.pk: page for page in Page.objects.filter(record=record).order_by("number")}
    page_keys = [entry.page for entry in arranged]
    not_trashed = {key for key, page in pages.items() if page.trashed_at is None}
    if len(set(page_keys)) != len(page_keys) or not not_trashed <= set(page_keys) <= set(pages):
        raise OtherPages
    new_numbers = _number_pages(arranged, pages, states_before)
    if new_numbers:
        Page.objects.filter(record=record).update(number=F("number") + PARKING_OFFSET)
        for key, number in new_numbers.items():
            Page.objects.filter(pk=key).update(number=number)
    changed = {key for key, number in new_numbers.items() if number != pages[key].number}
    for entry in arranged:
        page = pages[entry.page]
        values: dict[str, Any] = {
            "label": entry.label,
            "sheet": entry.sheet,
            "side": entry.side,
            "title_vi": entry.title_vi,
            "title_en": entry.title_en,
        }
        if entry.trashed != (page.trashed_at is not None):
            values |= {"trashed_at": timezone.now() if entry.trashed else None, "trashed_by": None}
            if entry.trashed:
                values["trashed_by"] = actor.pk
        revision = states_before[entry.page].revision if states_before and entry.page in states_before else None
        written = write_changes(page, values, actor=actor, revision=revision)
        if written.revision != page.revision:
            changed.add(entry.page)
    enqueue_changes(("page", key) for key in sorted(changed))
    return len(changed)


def _number_pages(
    arranged: Sequence[ArrangedPage], pages: Mapping[int, Page], states_before: Mapping[int, PageState] | None
) -> dict[int, int]:
    """The new number of every page, by primary key; empty if nothing moves."""
    shown = [entry.page for entry in arranged if not entry.trashed]
    # Pages in the trash keep their order after the others.
    trashed = [key for key in pages if key not in set(shown)]
    new_numbers = {key: number for number, key in enumerate([*shown, *trashed], start=1)}
    if states_before:
        order_then = sorted(
            (key for key in new_numbers if key in states_before), key=lambda key: states_before[key].number
        )
        order_new = [key for key in new_numbers if key in states_before]
        order_now = [key for key in pages if key in states_before]
        if order_now != order_then and order_new != order_now:
            if order_new != order_then:
                raise OtherOrder
            # Only the other person moved pages: keep that order.
            new_numbers = {key: number for number, key in enumerate(pages, start=1)}
    return new_numbers if any(pages[key].number != number for key, number in new_numbers.items()) else {}
