"""Mentions as pages and lists show them: of a unit, a person, a place; comrades."""

from collections.abc import Iterable
from typing import Any

from django.core.paginator import Page as Pages
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q, QuerySet, Subquery

from catalog.people.models import NameForm, Person, Unit
from catalog.places.models import Place
from catalog.records.models import (
    Identification,
    Mention,
    Statement,
)
from catalog.records.queries.visibility import Asker, visible_mentions


def with_standing_identifications(mentions: QuerySet[Mention]) -> QuerySet[Mention]:
    """Mentions with unit, page, readings and `standing` (their standing identifications, the denied left out)."""
    standing = (
        Identification.objects.filter(withdrawn_at=None)
        .exclude(certainty=Identification.Certainty.NOT)
        .select_related("person", "decided_by", "source")
    )
    return mentions.select_related("unit", "page", "record", "home").prefetch_related(
        "readings", "record__identifiers", Prefetch("identifications", standing, to_attr="standing")
    )


# What a list shows of the record and the unit of a mention; anything else is fetched when it is asked for.
OF_A_LIST = [
    "record__id",
    "record__code",
    "record__title_vi",
    "record__title_en",
    "record__reference_code",
    "record__level",
    "page__id",
    "page__number",
    "page__address",
    "page__label",
    "page__record",
    "unit__id",
    "unit__normal_form",
    "unit__name_vi",
    "unit__name_en",
]


def for_lists(mentions: QuerySet[Mention]) -> QuerySet[Mention]:
    """As `with_standing_identifications`, loading only what a list of names shows."""
    own = [field.attname for field in Mention._meta.concrete_fields]
    standing = (
        Identification.objects.filter(withdrawn_at=None)
        .exclude(certainty=Identification.Certainty.NOT)
        .select_related("person")
    )
    return (
        mentions.select_related("unit", "page", "record")
        .only(*own, *OF_A_LIST)
        .prefetch_related("record__identifiers", Prefetch("identifications", standing, to_attr="standing"))
    )


def unit_mentions(unit_ids: Iterable[int], asker: Asker) -> QuerySet[Mention]:
    """Visible mentions of any of the units."""
    return with_standing_identifications(visible_mentions(asker).filter(unit__in=list(unit_ids)))


def person_mentions(person: Person, asker: Asker) -> QuerySet[Mention]:
    """Visible mentions thought to name the person, file by file."""
    return with_standing_identifications(_naming(person, asker))


def _naming(person: Person, asker: Asker) -> QuerySet[Mention]:
    return visible_mentions(asker).filter(
        pk__in=Identification.objects.filter(person=person, withdrawn_at=None)
        .exclude(certainty=Identification.Certainty.NOT)
        .values("mention")
    )


# Files and regiments of one person in which others are looked for; nobody serves in more, but a name may gather
# thousands.
COMRADES_IN = 100


def comrades(person: Person, asker: Asker, limit: int = 60) -> tuple[list[Mention], list[Mention]]:
    """Others named in the same files, and others of the same units."""
    own = _naming(person, asker).order_by()
    records = list(own.order_by("record").values_list("record", flat=True).distinct()[:COMRADES_IN])
    others = visible_mentions(asker).exclude(pk__in=own.values("pk"))
    in_file = _first(others.filter(record__in=records), limit)
    regiments = Q()
    pairs = own.filter(unit__isnull=False).exclude(unit__f="").values_list("unit__e", "unit__f").distinct()
    for e, f in pairs.order_by("unit__f", "unit__e")[:COMRADES_IN]:
        regiments |= Q(e=e, f=f) if e else Q(f=f)
    if not regiments:
        return in_file, []
    units = list(Unit.objects.filter(regiments).values_list("pk", flat=True))
    in_unit = others.filter(unit__in=units).exclude(record__in=own.values("record"))
    return in_file, _first(in_unit, limit)


def _first(mentions: QuerySet[Mention], limit: int) -> list[Mention]:
    """The first of many mentions, whole; only their keys are put in order (see `paged_mentions`)."""
    keys = list(mentions.values_list("pk", flat=True)[:limit])
    return list(with_standing_identifications(Mention.objects.filter(pk__in=keys)))


def paged_mentions(mentions: QuerySet[Mention], number: str | None, size: int) -> Pages[Mention]:
    """A page of a list of mentions, the last one for a number behind it.

    Keys are put in order first and the rows fetched then: of tens of thousands, whole rows would be sorted for fifty.
    """
    keys = mentions.select_related(None).prefetch_related(None).values_list("pk", flat=True)
    page: Pages[Any] = Paginator(keys, size).get_page(number)
    wanted = list(page.object_list)
    rows = {one.pk: one for one in mentions.filter(pk__in=wanted)}
    page.object_list = [rows[key] for key in wanted if key in rows]
    return page


def named_alike(mention: Mention, asker: Asker) -> list[tuple[int, int]]:
    """(key, page) of the visible mentions in the same record whose name is written alike but for marks, in the order of
    their pages; those on no page left out."""
    folded = NameForm.objects.filter(mention_forms__mention=mention, mention_forms__kind="name").values("folded")[:1]
    same = visible_mentions(asker).filter(
        record=mention.record_id, page__isnull=False, forms__kind="name", forms__form__folded=Subquery(folded)
    )
    return [
        (key, page) for key, page in same.order_by("page__number", "position", "pk").values_list("pk", "page") if page
    ]


def place_mentions(place: Place, asker: Asker) -> list[Mention]:
    """Visible mentions whose home is the place or lies within it."""
    return list(
        with_standing_identifications(
            visible_mentions(asker).filter(Q(home=place) | Q(home__within=place) | Q(home__within__within=place))
        )[:200]
    )


def by_topic(statements: Iterable[Statement]) -> list[tuple[str, list[Statement]]]:
    """Statements gathered by topic (in words), the preferred one of each first."""
    gathered: dict[str, list[Statement]] = {}
    for one in sorted(statements, key=lambda one: (not one.preferred, one.pk)):
        gathered.setdefault(one.get_topic_display(), []).append(one)
    return sorted(gathered.items())
