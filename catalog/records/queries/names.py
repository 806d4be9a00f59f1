"""Queries for mentions on pages and lists: of a unit, a person, a place; comrades."""

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


def with_current_identifications(mentions: QuerySet[Mention]) -> QuerySet[Mention]:
    """Mentions with unit, page, readings and `current_identifications`: those neither withdrawn nor "not this
    person"."""
    current = (
        Identification.objects.filter(withdrawn_at=None)
        .exclude(certainty=Identification.Certainty.NOT)
        .select_related("person", "decided_by", "source")
    )
    return mentions.select_related("unit", "page", "record", "home").prefetch_related(
        "readings", "record__identifiers", Prefetch("identifications", current, to_attr="current_identifications")
    )


# Fields of record, page and unit that a list of mentions shows; others are fetched when accessed.
LIST_FIELDS = [
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


def with_list_fields(mentions: QuerySet[Mention]) -> QuerySet[Mention]:
    """As `with_current_identifications`, loading only what a list of names shows."""
    own = [field.attname for field in Mention._meta.concrete_fields]
    current = (
        Identification.objects.filter(withdrawn_at=None)
        .exclude(certainty=Identification.Certainty.NOT)
        .select_related("person")
    )
    return (
        mentions.select_related("unit", "page", "record")
        .only(*own, *LIST_FIELDS)
        .prefetch_related(
            "record__identifiers", Prefetch("identifications", current, to_attr="current_identifications")
        )
    )


def unit_mentions(unit_ids: Iterable[int], asker: Asker) -> QuerySet[Mention]:
    """Visible mentions of any of the units."""
    return with_current_identifications(visible_mentions(asker).filter(unit__in=list(unit_ids)))


def person_mentions(person: Person, asker: Asker) -> QuerySet[Mention]:
    """Visible mentions that are identified with the person."""
    return with_current_identifications(_mentions_of_person(person, asker))


def _mentions_of_person(person: Person, asker: Asker) -> QuerySet[Mention]:
    return visible_mentions(asker).filter(
        pk__in=Identification.objects.filter(person=person, withdrawn_at=None)
        .exclude(certainty=Identification.Certainty.NOT)
        .values("mention")
    )


# Most files and most regiments of one person in which comrades are looked for. Nobody served in more, but a person may
# by mistake have thousands of mentions.
MOST_COMRADE_GROUPS = 100


def comrades(person: Person, asker: Asker, limit: int = 60) -> tuple[list[Mention], list[Mention]]:
    """Others named in the same files, and others of the same units."""
    own_mentions = _mentions_of_person(person, asker).order_by()
    records = list(own_mentions.order_by("record").values_list("record", flat=True).distinct()[:MOST_COMRADE_GROUPS])
    others = visible_mentions(asker).exclude(pk__in=own_mentions.values("pk"))
    in_file = _load_first(others.filter(record__in=records), limit)
    regiments = Q()
    regiment_pairs = (
        own_mentions.filter(unit__isnull=False).exclude(unit__f="").values_list("unit__e", "unit__f").distinct()
    )
    for e, f in regiment_pairs.order_by("unit__f", "unit__e")[:MOST_COMRADE_GROUPS]:
        regiments |= Q(e=e, f=f) if e else Q(f=f)
    if not regiments:
        return in_file, []
    units = list(Unit.objects.filter(regiments).values_list("pk", flat=True))
    in_unit = others.filter(unit__in=units).exclude(record__in=own_mentions.values("record"))
    return in_file, _load_first(in_unit, limit)


def _load_first(mentions: QuerySet[Mention], limit: int) -> list[Mention]:
    """Load the first mentions; only keys are sorted (see `paged_mentions`)."""
    keys = list(mentions.values_list("pk", flat=True)[:limit])
    return list(with_current_identifications(Mention.objects.filter(pk__in=keys)))


def paged_mentions(mentions: QuerySet[Mention], number: str | None, size: int) -> Pages[Mention]:
    """One page of a list of mentions; the last page if `number` is beyond it. size: mentions a page.

    Sorts keys first and then fetches rows: otherwise tens of thousands of full rows would be sorted to show fifty.
    """
    keys = mentions.select_related(None).prefetch_related(None).values_list("pk", flat=True)
    page: Pages[Any] = Paginator(keys, size).get_page(number)
    wanted = list(page.object_list)
    rows = {mention.pk: mention for mention in mentions.filter(pk__in=wanted)}
    page.object_list = [rows[key] for key in wanted if key in rows]
    return page


def mentions_named_alike(mention: Mention, asker: Asker) -> list[tuple[int, int]]:
    """(primary key, page key) of the visible mentions in the same record whose name is equal without tone marks, in the
    order of their pages; mentions without a page are left out."""
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
        with_current_identifications(
            visible_mentions(asker).filter(Q(home=place) | Q(home__within=place) | Q(home__within__within=place))
        )[:200]
    )


def by_topic(statements: Iterable[Statement]) -> list[tuple[str, list[Statement]]]:
    """(topic in words, its statements) sorted by topic, preferred statements first."""
    groups: dict[str, list[Statement]] = {}
    for statement in sorted(statements, key=lambda statement: (not statement.preferred, statement.pk)):
        groups.setdefault(statement.get_topic_display(), []).append(statement)
    return sorted(groups.items())
