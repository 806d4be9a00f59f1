"""Queries for record pages and lists of records."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet

from catalog.people.models import Unit
from catalog.places.models import Place
from catalog.records.models import (
    CustodyEvent,
    Identifier,
    Instantiation,
    Mention,
    Page,
    Record,
    Repository,
    Spread,
    Statement,
)
from catalog.records.queries.names import with_current_identifications
from catalog.records.queries.numbers import ancestors
from catalog.records.queries.visibility import Asker, visible_mentions, visible_statements, visible_to
from catalog.rules.text import whole_number

# Children shown on a record's page; the others are in the list of records.
MOST_CHILDREN = 200


@dataclass(frozen=True)
class RecordView:
    """A record with everything its page shows, as far as the asker may see it. mentions: in the order of their pages,
    not yet loaded, since a roster may have tens of thousands."""

    record: Record
    above: list[Record]
    children: list[Record]
    identifiers: list[Identifier]
    mentions: QuerySet[Mention]
    custody: list[CustodyEvent]
    instantiations: list[Instantiation]
    statements: list[Statement]
    same_parent: list[Record]


def view_record(record: Record, asker: Asker) -> RecordView:
    """Everything the record's page shows. Custody includes that of the records above it."""
    above = [ancestor for ancestor in ancestors(record) if visible_to(asker).filter(pk=ancestor.pk).exists()]
    visible = visible_to(asker)
    chain = [record.pk, *(ancestor.pk for ancestor in above)]
    return RecordView(
        record=record,
        above=above,
        children=list(
            visible.filter(parent=record)
            .prefetch_related("identifiers")
            .annotate(page_total=Count("pages", filter=Q(pages__trashed_at=None)))[: MOST_CHILDREN + 1]
        ),
        identifiers=list(record.identifiers.select_related("source")),
        mentions=with_current_identifications(visible_mentions(asker).filter(record=record)).order_by(
            "page__number", "position", "pk"
        ),
        custody=list(
            CustodyEvent.objects.filter(record__in=chain)
            .select_related("place", "unit", "source")
            .order_by("position", F("date_earliest").asc(nulls_last=True), "pk")
        ),
        instantiations=list(record.instantiations.select_related("source")),
        statements=list(visible_statements(asker).filter(record=record)),
        same_parent=list(
            visible.filter(parent=record.parent_id).exclude(pk=record.pk).prefetch_related("identifiers")[:6]
            if record.parent_id
            else []
        ),
    )


def records_page(records: QuerySet[Record], after: str = "", size: int = 50) -> tuple[list[Record], str]:
    """One page of a list by reference code, and the value of `after` for the next page ('' at the end).

    after: '' for the first page. It names the last record shown instead of an offset, so that the last page costs no
    more than the first.
    """
    if after:
        code, _, pk = after.rpartition("~")
        if (last := whole_number(pk)) is not None:
            records = records.filter(Q(reference_code__gt=code) | Q(reference_code=code, pk__gt=last))
    shown = list(
        records.select_related("repository")
        .prefetch_related("identifiers")
        .order_by("reference_code", "pk")[: size + 1]
    )
    next_page = f"{shown[size - 1].reference_code}~{shown[size - 1].pk}" if len(shown) > size else ""
    return shown[:size], next_page


def newly_published(asker: Asker, limit: int = 5) -> list[Record]:
    """The files and documents that were published most recently."""
    newest = (
        visible_to(asker)
        .filter(level__in=[Record.Level.FILE, Record.Level.DOCUMENT], published_at__isnull=False)
        .order_by("-published_at", "-pk")
    )
    # Counting pages in the same query would group every record before taking five.
    keys = list(newest.values_list("pk", flat=True)[:limit])
    return list(
        newest.filter(pk__in=keys)
        .prefetch_related("identifiers")
        .annotate(page_total=Count("pages", filter=Q(pages__trashed_at=None)))
    )


def records_of_units(units: Iterable[Unit], asker: Asker) -> QuerySet[Record]:
    """Visible records in which one of the units is named, or which it took, held or gave, by reference code."""
    units = list(units)
    named = visible_mentions(asker).filter(unit__in=units).order_by().values("record")
    passed = CustodyEvent.objects.filter(unit__in=units).order_by().values("record")
    records = visible_to(asker).filter(Q(pk__in=named) | Q(pk__in=passed))
    return records.order_by("reference_code", "pk").prefetch_related("identifiers")


def pages_of(record: Record) -> QuerySet[Page]:
    """The record's pages in order, without those in the trash. The caller checks that the record is visible."""
    return Page.objects.kept().filter(record=record).order_by("number")


def spread_of(record: Record) -> Spread | None:
    """The change of standing that is on its way down from the record, if there is one."""
    return Spread.objects.filter(record=record).first()


def visible_repositories(asker: Asker) -> QuerySet[Repository]:
    """Repositories with at least one visible record."""
    return Repository.objects.filter(records__in=visible_to(asker)).distinct()


def top_records(asker: Asker) -> list[tuple[Repository, list[Record]]]:
    """Repositories with their topmost visible records, each with how many lie directly below."""
    visible = visible_to(asker)
    tops = (
        # The parent of a visible record is visible too (chain_published, open_from), unless it is in the trash.
        visible.filter(Q(parent=None) | Q(parent__in=Record.objects.trashed()))
        .select_related("repository")
        .prefetch_related("identifiers")
        .annotate(below_total=Count("children", filter=Q(children__in=visible)))
        .order_by("repository__name_vi", "position", "code")
    )
    by_repository: dict[Repository, list[Record]] = {}
    for record in tops:
        by_repository.setdefault(record.repository, []).append(record)
    return list(by_repository.items())


def place_records(place: Place, asker: Asker) -> list[Record]:
    """Visible records with a custody event at the place; at most 100."""
    at_place = CustodyEvent.objects.filter(place=place).values("record")
    return list(visible_to(asker).filter(pk__in=at_place).prefetch_related("identifiers")[:100])
