"""Queries for exhibitions and their placements, as far as the asker may see them."""

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
    """An exhibition with everything its page shows. hidden: primary keys of placements that the asker sees but the
    public does not."""

    exhibition: Exhibition
    parts: list[PartView]
    milestones: list[Milestone]
    guestbook: list[GuestbookEntry]
    lenders: list[str]
    hidden: frozenset[int] = frozenset()


def visible_exhibitions(asker: Asker) -> QuerySet[Exhibition]:
    """Published exhibitions; all of them if `asker` may see unpublished ones."""
    exhibitions = Exhibition.objects.kept()
    if asker.has_perm("catalog.view_unpublished"):
        return exhibitions
    return exhibitions.filter(status=Exhibition.Status.PUBLISHED)


def staff_exhibitions(asker: Asker) -> QuerySet[Exhibition]:
    """Exhibitions that exist for `asker` on staff screens, including those in the trash."""
    if asker.has_perm("catalog.view_unpublished"):
        return Exhibition.objects.all()
    return Exhibition.objects.filter(status=Exhibition.Status.PUBLISHED, trashed_at=None)


def staff_milestones(asker: Asker) -> QuerySet[Milestone]:
    """Milestones of the exhibitions that exist for `asker` at a staff screen."""
    return Milestone.objects.filter(exhibition__in=staff_exhibitions(asker))


def visible_hall_entries(entries: Iterable[TrashedRow], asker: Asker) -> list[TrashedRow]:
    """The trash entries that belonged to no exhibition, or to one that exists for `asker`."""
    entries = list(entries)
    if asker.has_perm("catalog.view_unpublished"):
        return entries
    exhibitions = staff_exhibitions(asker)
    rows: dict[str, Any] = {
        "exhibition": exhibitions,
        "part": Part.objects.filter(exhibition__in=exhibitions),
        "panel": Panel.objects.filter(part__exhibition__in=exhibitions),
    }
    visible_keys = {
        name: set(
            visible_rows.filter(
                pk__in=[key for entry in entries if (key := deleted_fields(entry).get(name)) is not None]
            ).values_list("pk", flat=True)
        )
        for name, visible_rows in rows.items()
    }
    return [
        entry
        for entry in entries
        if all((key := deleted_fields(entry).get(name)) is None or key in keys for name, keys in visible_keys.items())
    ]


def current_exhibitions(asker: Asker) -> list[Exhibition]:
    """Visible exhibitions in order, each with the numbers of its parts, placements and milestones, and its cover
    image."""
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
    """Placements whose record and page (if there is one) `asker` may see."""
    return (
        Placement.objects.filter(record__in=visible_to(asker))
        .filter(Q(page=None) | Q(page__in=visible_pages(asker)))
        .select_related("record", "page", "lender")
        .prefetch_related("record__identifiers", _shown_scans("page__scans"))
        .order_by("position")
    )


def public_loans() -> QuerySet[Placement]:
    """Placements with a lender in public exhibitions; loans in drafts are not public."""
    public = visible_exhibitions(AnonymousUser())
    return visible_placements(AnonymousUser()).filter(lender__isnull=False, panel__part__exhibition__in=public)


def exhibitions_showing(*, records: Any = (), pages: Any = ()) -> list[int]:
    """Primary keys of exhibitions with a placement of any of these records or pages (primary keys, or a query of
    them)."""
    hang = Placement.objects.filter(Q(record__in=records) | Q(page__in=pages))
    return list(hang.values_list("panel__part__exhibition", flat=True).distinct())


def exhibitions_below(roots: Iterable[int]) -> list[int]:
    """Primary keys of exhibitions with a placement of any of these records or of a record below them. Goes up from the
    placed records, which are few, instead of down to everything below the roots."""
    root_keys = set(roots)
    if not root_keys:
        return []
    exhibitions: dict[int, set[int]] = {}
    for record, exhibition in Placement.objects.values_list("record_id", "panel__part__exhibition_id").distinct():
        exhibitions.setdefault(record, set()).add(exhibition)
    keys: set[int] = set()
    ancestor_of = {record: record for record in exhibitions}
    while ancestor_of:
        for record, ancestor in ancestor_of.items():
            if ancestor in root_keys:
                keys |= exhibitions[record]
        parents = dict(Record._base_manager.filter(pk__in=set(ancestor_of.values())).values_list("pk", "parent_id"))
        ancestor_of = {
            record: parent
            for record, ancestor in ancestor_of.items()
            if ancestor not in root_keys and (parent := parents.get(ancestor)) is not None
        }
    return sorted(keys)


def nameable_repositories(asker: Asker) -> QuerySet[Repository]:
    """Repositories whose name may be shown: they have a visible record, or a loan in a public exhibition."""
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
        PartView(part, list(part.panels.all()), [milestone for milestone in milestones if milestone.part_id == part.pk])
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
        [milestone for milestone in milestones if milestone.part_id is None],
        list(exhibition.guestbook_entries.filter(state=GuestbookEntry.State.SHOWN)[:50]),
        list(lenders),
        _hidden_from_public(exhibition, parts) if asker.has_perm("catalog.view_unpublished") else frozenset(),
    )


def _hidden_from_public(exhibition: Exhibition, parts: list[PartView]) -> frozenset[int]:
    public = set(
        visible_placements(AnonymousUser())
        .filter(panel__part__exhibition=exhibition)
        .order_by()
        .values_list("pk", flat=True)
    )
    shown = {placement.pk for view in parts for panel in view.panels for placement in panel.shown}  # type: ignore[attr-defined]
    return frozenset(shown - public)


def placements_of_record(record: Record, asker: Asker) -> list[Placement]:
    """The placements of a record that `asker` may see, with their exhibitions."""
    visible = visible_exhibitions(asker)
    return list(
        visible_placements(asker)
        .filter(record=record, panel__part__exhibition__in=visible)
        .select_related("panel__part__exhibition", "lender")
        .order_by("panel", "position")
    )


def exhibition_by_slug(slug: str, asker: Asker) -> Exhibition | None:
    """The exhibition, or None if `asker` may not see it."""
    return visible_exhibitions(asker).filter(slug=slug).select_related("organiser", "source").first()


def _shown_scans(lookup: str) -> Prefetch[str]:
    return Prefetch(lookup, Scan.objects.filter(current=True), to_attr="shown")
