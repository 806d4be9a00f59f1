"""The order of a record's pages, and what is written on them, put right by hand; undone as easily."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from catalog.records.models import Page, Record

# Far beyond any page's number: where numbers wait while others take their places.
ASIDE = 1_000_000


class OtherPages(Exception):
    """The record has other pages than those arranged: some were added or removed meanwhile."""


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


def as_arranged(record: Record) -> list[Arranged]:
    """The record's pages as they stand, those in the trash left out."""
    return [
        Arranged(page.pk, page.label, page.sheet, page.side, page.title_vi, page.title_en)
        for page in Page.objects.kept().filter(record=record).order_by("number")
    ]


def arrange_pages(*, record: Record, arranged: Sequence[Arranged]) -> int:
    """Number the pages from 1 in the given order and write what stands on them; returns how many changed. One transaction.

    `arranged` must name every page that is not in the trash; named ones that are in it are taken back. Raises OtherPages.
    """
    with transaction.atomic():
        Record.objects.select_for_update().get(pk=record.pk)
        pages = {page.pk: page for page in Page.objects.filter(record=record).order_by("number")}
        given = [one.page for one in arranged]
        kept = {key for key, page in pages.items() if page.trashed_at is None}
        if len(set(given)) != len(given) or not kept <= set(given) <= set(pages):
            raise OtherPages
        shown = [one for one in arranged if not one.trashed]
        # What is in the trash keeps its order behind the others.
        behind = [key for key in pages if key not in {one.page for one in shown}]
        numbers = {key: at for at, key in enumerate([*(one.page for one in shown), *behind], start=1)}
        if any(pages[key].number != number for key, number in numbers.items()):
            Page.objects.filter(record=record).update(number=F("number") + ASIDE)
        else:
            numbers = {}
        said = {one.page: one for one in arranged}
        changed = 0
        for key, page in pages.items():
            before = (
                page.number,
                page.label,
                page.sheet,
                page.side,
                page.title_vi,
                page.title_en,
                page.trashed_at is None,
            )
            page.number = numbers.get(key, page.number)
            if (one := said.get(key)) is not None:
                page.label, page.sheet, page.side = one.label, one.sheet, one.side
                page.title_vi, page.title_en = one.title_vi, one.title_en
                if one.trashed != (page.trashed_at is not None):
                    page.trashed_at = timezone.now() if one.trashed else None
            after = (
                page.number,
                page.label,
                page.sheet,
                page.side,
                page.title_vi,
                page.title_en,
                page.trashed_at is None,
            )
            if after != before:
                page.save()
                changed += 1
            elif numbers:
                Page.objects.filter(pk=key).update(number=page.number)
    return changed
