"""The order of a record's pages, and what is written on them, put right by hand; undone as easily."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.utils import timezone

from catalog.changes.models import enqueue_changes
from catalog.changes.writing import Actor, action, require, write_changes
from catalog.records.actions.descriptions import require_sight
from catalog.records.models import Page, Record
from catalog.records.queries import pages_of

# Far beyond any page's number: where numbers wait while others take their places.
ASIDE = 1_000_000


class OtherPages(Exception):
    """The record has other pages than those arranged: some were added or removed meanwhile."""


class OtherOrder(Exception):
    """Somebody else put the pages in another order meanwhile."""


@dataclass(frozen=True)
class Arranged:
    """A page at its place in a list: what stands on it, and whether it goes to the trash."""

    page: int
    label: str = ""
    sheet: int | None = None
    side: str = ""
    title_vi: str = ""
    title_en: str = ""
    trashed: bool = False


@dataclass(frozen=True)
class Began:
    """How a page stood when an arrangement of it began: its revision and its number."""

    revision: int
    number: int


def as_arranged(record: Record) -> list[Arranged]:
    """The record's pages as they stand, those in the trash left out."""
    return [
        Arranged(page.pk, page.label, page.sheet, page.side, page.title_vi, page.title_en) for page in pages_of(record)
    ]


def as_begun(record: Record) -> dict[int, Began]:
    """How all pages of the record stand now, by primary key; those in the trash too."""
    return {
        page.pk: Began(page.revision, page.number)
        for page in Page.objects.filter(record=record).only("pk", "revision", "number")
    }


@action
def arrange_pages(
    *, actor: Actor, record: Record, arranged: Sequence[Arranged], began: Mapping[int, Began] | None = None
) -> int:
    """Number the pages from 1 in the given order and write what stands on them; returns how many changed.

    `arranged` must name every page that is not in the trash; named ones that are in it are taken back. began: how the
    pages stood when the arrangement began (primary key to `Began`); None where it is worked out from what stands.
    Raises NotAllowed; OtherPages; OtherOrder; StaleChange where others wrote something else on the same page.
    """
    require(actor, "change_page")
    if any(one.trashed for one in arranged):
        require(actor, "delete_page")
    record = Record.objects.select_for_update().get(pk=record.pk)
    require_sight(actor, record)
    pages = {page.pk: page for page in Page.objects.filter(record=record).order_by("number")}
    given = [one.page for one in arranged]
    kept = {key for key, page in pages.items() if page.trashed_at is None}
    if len(set(given)) != len(given) or not kept <= set(given) <= set(pages):
        raise OtherPages
    moved = _numbers(arranged, pages, began)
    if moved:
        Page.objects.filter(record=record).update(number=F("number") + ASIDE)
        for key, number in moved.items():
            Page.objects.filter(pk=key).update(number=number)
    changed = {key for key, number in moved.items() if number != pages[key].number}
    for one in arranged:
        page = pages[one.page]
        values: dict[str, Any] = {
            "label": one.label,
            "sheet": one.sheet,
            "side": one.side,
            "title_vi": one.title_vi,
            "title_en": one.title_en,
        }
        if one.trashed != (page.trashed_at is not None):
            values |= {"trashed_at": timezone.now() if one.trashed else None, "trashed_by": None}
            if one.trashed:
                values["trashed_by"] = actor.pk
        revision = began[one.page].revision if began and one.page in began else None
        written = write_changes(page, values, actor=actor, revision=revision)
        if written.revision != page.revision:
            changed.add(one.page)
    enqueue_changes(("page", key) for key in sorted(changed))
    return len(changed)


def _numbers(
    arranged: Sequence[Arranged], pages: Mapping[int, Page], began: Mapping[int, Began] | None
) -> dict[int, int]:
    """The new number of every page, by primary key; empty where nothing moves."""
    shown = [one.page for one in arranged if not one.trashed]
    # What is in the trash keeps its order behind the others.
    behind = [key for key in pages if key not in set(shown)]
    wanted = {key: number for number, key in enumerate([*shown, *behind], start=1)}
    if began:
        order_then = sorted((key for key in wanted if key in began), key=lambda key: began[key].number)
        order_wanted = [key for key in wanted if key in began]
        order_now = [key for key in pages if key in began]
        if order_now != order_then and order_wanted != order_now:
            if order_wanted != order_then:
                raise OtherOrder
            # Only the other one moved pages: that order stays.
            wanted = {key: number for number, key in enumerate(pages, start=1)}
    return wanted if any(pages[key].number != number for key, number in wanted.items()) else {}
