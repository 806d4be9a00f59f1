"""Which rows of each model exist for a member of staff, by the visibility queries of the rooms."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from catalog.exhibitions.queries import nameable_repositories, staff_exhibitions
from catalog.records.models import Cover, Record
from catalog.records.queries import (
    Asker,
    may_see_staff_notes,
    staff_mentions,
    staff_persons,
    visible_or_trashed,
)

# Fields that only users who may see staff notes read: relatives, recipients, reasons for closing.
STAFF_FIELDS: dict[str, frozenset[str]] = {
    "record": frozenset({"archivist_note", "access_reason"}),
    "mention": frozenset({"kin", "lines_text"}),
    "custodyevent": frozenset({"staff_note"}),
    "person": frozenset({"note"}),
}


# Models that belong to no record, person or exhibition: their rows exist for everybody who may see the model.
VISIBLE_TO_ALL = frozenset(
    {
        "Unit",
        "UnitAlias",
        "Place",
        "PlaceName",
        "PlaceSuccession",
        "Source",
        "User",
        "Group",
        "Permission",
        "ContentType",
    }
)


def visible_rows(model: type[Model], asker: Asker) -> QuerySet[Any]:
    """Rows of `model` that exist for `asker`, those in the trash included. For a model that is not listed here there
    are none, so that a new model is hidden until somebody decides who may see it."""
    rows: QuerySet[Any] = model._default_manager.all()
    match model.__name__:
        case "Record":
            return rows.filter(visible_or_trashed(asker, ""))
        case "Mention":
            return staff_mentions(asker)
        case "Person":
            return staff_persons(asker)
        case "PersonName":
            return rows.filter(person__in=staff_persons(asker))
        case "MentionReading":
            return rows.filter(mention__in=staff_mentions(asker))
        case "Identification":
            # A withdrawn identification, or one that says "not this person", still names the person.
            return rows.filter(mention__in=staff_mentions(asker), person__in=staff_persons(asker))
        case "Statement":
            condition = Q(record__in=Record.objects.filter(visible_or_trashed(asker, ""))) | Q(
                person__in=staff_persons(asker)
            )
            return rows.filter(condition) if may_see_staff_notes(asker) else rows.filter(condition, staff_only=False)
        case "Exhibition":
            return staff_exhibitions(asker)
        case "Part" | "Milestone" | "GuestbookEntry":
            return rows.filter(exhibition__in=staff_exhibitions(asker))
        case "Panel":
            return rows.filter(part__exhibition__in=staff_exhibitions(asker))
        case "Placement":
            return rows.filter(
                visible_or_trashed(asker, "record__"), panel__part__exhibition__in=staff_exhibitions(asker)
            )
        case "Scan":
            rows = rows.filter(visible_or_trashed(asker, "page__record__"))
            # Covers exist for the current image only.
            return rows if may_see_staff_notes(asker) else rows.filter(current=True)
        case "PageText" | "PageTranslation":
            rows = rows.filter(visible_or_trashed(asker, "page__record__"))
            if may_see_staff_notes(asker):
                return rows
            return rows.filter(~Exists(Cover.objects.kept().filter(page=OuterRef("page"))))
        case "Cover":
            return rows.filter(visible_or_trashed(asker, "page__record__"))
        case "NameList" | "Upload":
            return rows.filter(owner=asker.pk)
        case "TextDraft":
            return rows.filter(person=asker.pk)
        case "Repository":
            # Users who may not see all repositories see those that keep something visible.
            may_see_all = asker.has_perm("catalog.view_repository")
            return rows if may_see_all else rows.filter(pk__in=nameable_repositories(asker).values("pk"))
        case "Page" | "Identifier" | "CustodyEvent" | "Instantiation":
            return rows.filter(visible_or_trashed(asker, "record__"))
        case kind:
            return rows if kind in VISIBLE_TO_ALL else rows.none()


def seen_keys(model: type[Model], keys: Iterable[Any], asker: Asker) -> set[Any]:
    """Of these primary keys of `model`, those of rows that exist for `asker`."""
    keys = set(keys)
    if model.__name__ in VISIBLE_TO_ALL:
        return keys
    return set(visible_rows(model, asker).filter(pk__in=keys).values_list("pk", flat=True))


def hidden_links(row: Any, asker: Asker) -> set[str]:
    """Names of the columns by which `row` (or an earlier state of one) refers to a row that does not exist for
    `asker`."""
    return {
        field.name
        for field in row._meta.concrete_fields
        if field.is_relation
        and (key := getattr(row, field.attname)) is not None
        and not seen_keys(field.related_model, [key], asker)
    }
