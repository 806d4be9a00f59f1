"""Reading exhibitions, as far as the asker may see them and what hangs in them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from catalog.changes.models import TrashedRow
from catalog.exhibitions.models import Exhibition, GuestbookEntry, Milestone, Panel, Part, Placement
from catalog.images.models import Scan
from catalog.images.queries import visible_scans
from catalog.records.models import Record, Repository
from catalog.records.queries import Asker, visible_pages, visible_to
from catalog.records.trashed import deleted_fields


@dataclass(frozen=True)
class PartView:
    """A part with its panels (each with `shown` placements) and milestones."""

    part: Part
    panels: list[Panel]
    milestones: list[Milestone]


@dataclass(frozen=True)
class ExhibitionView:
    """A whole hall. hidden: primary keys of placements that whoever asks sees and the public does not."""

    exhibition: Exhibition
    parts: list[PartView]
    milestones: list[Milestone]
    guestbook: list[GuestbookEntry]
    lenders: list[str]
    hidden: frozenset[int] = frozenset()


def visible_exhibitions(asker: Asker) -> QuerySet[Exhibition]:
    """Published exhibitions; all of them for those who may see unpublished things."""
    exhibitions = Exhibition.objects.kept()
    if asker.has_perm("catalog.view_unpublished"):
        return exhibitions
    return exhibitions.filter(status=Exhibition.Status.PUBLISHED)


def staff_exhibitions(asker: Asker) -> QuerySet[Exhibition]:
    """Exhibitions that exist for `asker` at a staff screen, those in the trash included."""
    if asker.has_perm("catalog.view_unpublished"):
        return Exhibition.objects.all()
    return Exhibition.objects.filter(status=Exhibition.Status.PUBLISHED, trashed_at=None)


def staff_milestones(asker: Asker) -> QuerySet[Milestone]:
    """Milestones of the exhibitions that exist for `asker` at a staff screen."""
    return Milestone.objects.filter(exhibition__in=staff_exhibitions(asker))


def seen_hall_entries(entries: Iterable[TrashedRow], asker: Asker) -> list[TrashedRow]:
    """Of these rows in the trash, those that belonged to no exhibition, or to one that exists for `asker`."""
    entries = list(entries)
    if asker.has_perm("catalog.view_unpublished"):
        return entries
    shown = staff_exhibitions(asker)
    rows: dict[str, Any] = {
        "exhibition": shown,
        "part": Part.objects.filter(exhibition__in=shown),
        "panel": Panel.objects.filter(part__exhibition__in=shown),
    }
    seen = {
        name: set(
            found.filter(
                pk__in=[key for entry in entries if (key := deleted_fields(entry).get(name)) is not None]
            ).values_list("pk", flat=True)
        )
        for name, found in rows.items()
    }
    return [
        entry
        for entry in entries
        if all((key := deleted_fields(entry).get(name)) is None or key in keys for name, keys in seen.items())
    ]


def current_exhibitions(asker: Asker) -> list[Exhibition]:
    """In the order of the hall, each with how many parts and things it has and its cover image."""
    visible = Q(parts__panels__placements__in=visible_placements(asker).order_by().values("pk"))
    return list(
        visible_exhibitions(asker)
        .annotate(
            part_total=Count("parts", distinct=True),
            placement_total=Count("parts__panels__placements", filter=visible, distinct=True),
            milestone_total=Count("milestones", distinct=True),
        )
        .select_related("organiser", "cover")
        .prefetch_related(Prefetch("cover__scans", visible_scans(asker).filter(current=True), to_attr="shown"))
    )


def visible_placements(asker: Asker) -> QuerySet[Placement]:
    """Placements whose record, and page where one is named, `asker` may see."""
    return (
        Placement.objects.filter(record__in=visible_to(asker))
        .filter(Q(page=None) | Q(page__in=visible_pages(asker)))
        .select_related("record", "page", "lender")
        .prefetch_related("record__identifiers", _shown_scans("page__scans"))
        .order_by("position")
    )


def public_loans() -> QuerySet[Placement]:
    """Placements with a lender in exhibitions that the public sees: what a draft borrows is nobody's business yet."""
    public = visible_exhibitions(AnonymousUser())
    return visible_placements(AnonymousUser()).filter(lender__isnull=False, panel__part__exhibition__in=public)


def exhibitions_showing(*, records: Any = (), pages: Any = ()) -> list[int]:
    """Primary keys of exhibitions in which any of these records or pages hangs (primary keys, or a query of them)."""
    hang = Placement.objects.filter(Q(record__in=records) | Q(page__in=pages))
    return list(hang.values_list("panel__part__exhibition", flat=True).distinct())


def exhibitions_below(roots: Iterable[int]) -> list[int]:
    """Primary keys of exhibitions in which something hangs that stands in any of these records, or one of them. Asked
    upwards from what hangs, which is little, and not downwards to everything below."""
    wanted = set(roots)
    if not wanted:
        return []
    exhibitions: dict[int, set[int]] = {}
    for record, exhibition in Placement.objects.values_list("record_id", "panel__part__exhibition_id").distinct():
        exhibitions.setdefault(record, set()).add(exhibition)
    found: set[int] = set()
    at = {record: record for record in exhibitions}
    while at:
        for record, ancestor in at.items():
            if ancestor in wanted:
                found |= exhibitions[record]
        parents = dict(Record._base_manager.filter(pk__in=set(at.values())).values_list("pk", "parent_id"))
        at = {
            record: parent
            for record, ancestor in at.items()
            if ancestor not in wanted and (parent := parents.get(ancestor)) is not None
        }
    return sorted(found)


def repositories_named(asker: Asker) -> QuerySet[Repository]:
    """Repositories whose name may be said: something of theirs is visible, or hangs on loan in a public exhibition."""
    return Repository.objects.filter(
        Exists(visible_to(asker).filter(repository=OuterRef("pk")))
        | Exists(public_loans().filter(lender=OuterRef("pk")))
    )


def view_exhibition(exhibition: Exhibition, asker: Asker) -> ExhibitionView:
    """Everything the exhibition's page shows."""
    records = Prefetch("records", visible_to(asker).prefetch_related("identifiers"), to_attr="shown")
    milestones = list(exhibition.milestones.prefetch_related(records).select_related("source"))
    panels = Prefetch(
        "panels", Panel.objects.prefetch_related(Prefetch("placements", visible_placements(asker), to_attr="shown"))
    )
    parts = [
        PartView(part, list(part.panels.all()), [one for one in milestones if one.part_id == part.pk])
        for part in exhibition.parts.prefetch_related(panels)
    ]
    lenders = dict.fromkeys(
        placement.lender
        for view in parts
        for panel in view.panels
        for placement in panel.shown  # type: ignore[attr-defined]
        if placement.lender
    )
    return ExhibitionView(
        exhibition,
        parts,
        [one for one in milestones if one.part_id is None],
        list(exhibition.guestbook_entries.filter(state=GuestbookEntry.State.SHOWN)[:50]),
        list(lenders),
        _hidden_from_the_public(exhibition, parts) if asker.has_perm("catalog.view_unpublished") else frozenset(),
    )


def _hidden_from_the_public(exhibition: Exhibition, parts: list[PartView]) -> frozenset[int]:
    public = set(
        visible_placements(AnonymousUser())
        .filter(panel__part__exhibition=exhibition)
        .order_by()
        .values_list("pk", flat=True)
    )
    shown = {one.pk for view in parts for panel in view.panels for one in panel.shown}  # type: ignore[attr-defined]
    return frozenset(shown - public)


def shown_in(record: Record, asker: Asker) -> list[Placement]:
    """Where the record hangs: placements that `asker` may see, with their exhibitions."""
    visible = visible_exhibitions(asker)
    return list(
        visible_placements(asker)
        .filter(record=record, panel__part__exhibition__in=visible)
        .select_related("panel__part__exhibition", "lender")
        .order_by("panel", "position")
    )


def exhibition_by_slug(slug: str, asker: Asker) -> Exhibition | None:
    """The exhibition, or None where it is not there for `asker`."""
    return visible_exhibitions(asker).filter(slug=slug).select_related("organiser", "source").first()


def _shown_scans(lookup: str) -> Prefetch[str]:
    return Prefetch(lookup, Scan.objects.filter(current=True), to_attr="shown")
