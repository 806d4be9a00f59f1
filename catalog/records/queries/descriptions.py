"""Records as their pages and lists show them."""

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
from catalog.records.queries.names import with_standing_identifications
from catalog.records.queries.numbers import ancestors
from catalog.records.queries.visibility import Asker, visible_mentions, visible_statements, visible_to
from catalog.rules.text import whole_number

# Children shown on the page of what they stand in; the others are in the list of records.
MOST_CHILDREN = 200


@dataclass(frozen=True)
class RecordView:
    """A record with everything its page shows, as far as the asker may see it. mentions are in the order of their
    pages, and read where they are shown: a roster may have tens of thousands."""

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
    """Everything the record's page shows. Custody is that of the record and of what it stands in."""
    above = [one for one in ancestors(record) if visible_to(asker).filter(pk=one.pk).exists()]
    visible = visible_to(asker)
    chain = [record.pk, *(one.pk for one in above)]
    return RecordView(
        record=record,
        above=above,
        children=list(
            visible.filter(parent=record)
            .prefetch_related("identifiers")
            .annotate(page_total=Count("pages", filter=Q(pages__trashed_at=None)))[: MOST_CHILDREN + 1]
        ),
        identifiers=list(record.identifiers.select_related("source")),
        mentions=with_standing_identifications(visible_mentions(asker).filter(record=record)).order_by(
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


def listed(records: QuerySet[Record], after: str = "", size: int = 50) -> tuple[list[Record], str]:
    """A page of a list by reference code, from behind `after`; and where the next page begins ('' at the end).

    Stepped by what was last shown, so that the last page costs what the first does.
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
    more = f"{shown[size - 1].reference_code}~{shown[size - 1].pk}" if len(shown) > size else ""
    return shown[:size], more


def newly_described(asker: Asker, limit: int = 5) -> list[Record]:
    """The files most lately made public."""
    newest = (
        visible_to(asker)
        .filter(level__in=[Record.Level.FILE, Record.Level.DOCUMENT], published_at__isnull=False)
        .order_by("-published_at", "-pk")
    )
    # Counting pages in the same question would group every record there is before taking five.
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


def repositories_shown(asker: Asker) -> QuerySet[Repository]:
    """Repositories with something visible in them."""
    return Repository.objects.filter(records__in=visible_to(asker)).distinct()


def top_records(asker: Asker) -> list[tuple[Repository, list[Record]]]:
    """Repositories with their topmost visible records, each with how many lie directly below."""
    visible = visible_to(asker)
    tops = (
        # What stands above a visible record is visible too (chain_published, open_from), unless it is in the trash.
        visible.filter(Q(parent=None) | Q(parent__in=Record.objects.trashed()))
        .select_related("repository")
        .prefetch_related("identifiers")
        .annotate(below_total=Count("children", filter=Q(children__in=visible)))
        .order_by("repository__name_vi", "position", "code")
    )
    held: dict[Repository, list[Record]] = {}
    for one in tops:
        held.setdefault(one.repository, []).append(one)
    return list(held.items())


def place_records(place: Place, asker: Asker) -> list[Record]:
    """Visible records that something happened to at the place."""
    at_place = CustodyEvent.objects.filter(place=place).values("record")
    return list(visible_to(asker).filter(pk__in=at_place).prefetch_related("identifiers")[:100])
