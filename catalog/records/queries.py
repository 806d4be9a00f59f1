"""All reading of records. `visible_to` is the one home of visibility: every public door goes through it."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.core.paginator import Page as Pages
from django.core.paginator import Paginator
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.utils import timezone

from catalog.accounts.models import User
from catalog.changes.models import Change
from catalog.changes.writing import Actor
from catalog.people.models import NameForm, Person, Unit
from catalog.places.models import Place
from catalog.records.models import (
    Cover,
    CustodyEvent,
    Identification,
    Identifier,
    Instantiation,
    Mention,
    MentionReading,
    Page,
    Record,
    Repository,
    Statement,
)
from catalog.rules.identifiers import clean_identifier, has_address, key_in_address, reference_key

Asker = User | AnonymousUser | Actor

# Children shown on the page of what they stand in; the others are in the list of records.
MOST_CHILDREN = 200
# Pages up to which they are counted whenever it is asked; beyond, the worker counts every so many seconds, and a count
# stands for a day should there be none.
COUNTED_AT_ONCE, COUNTED_EVERY, COUNTS_LAST = 5000, 600, 86_400
EVERY_AUDIENCE = [
    frozenset(seen)
    for seen in (
        ["public"], ["public", "closed"], ["public", "unpublished"], ["public", "closed", "unpublished", "unpublished_closed"],
    )
]  # fmt: skip


def may_see_staff_notes(asker: Asker) -> bool:
    """Kin, recipients, living persons: for those who work on files with families, and archivists."""
    return asker.has_perm("catalog.view_closed")


def audiences(asker: Asker) -> frozenset[str]:
    """Which standings of a record `asker` may see, in the words of `audience_of`."""
    closed, unpublished = asker.has_perm("catalog.view_closed"), asker.has_perm("catalog.view_unpublished")
    return frozenset(
        ["public"]
        + ["closed"] * closed
        + ["unpublished"] * unpublished
        + ["unpublished_closed"] * (closed and unpublished)
    )


def sees_everything(asker: Asker) -> bool:
    """Whether `asker` may see records of every standing."""
    return len(audiences(asker)) == len(EVERY_AUDIENCE[-1])


class HasStanding(Protocol):
    """What says who may see a record."""

    @property
    def open_from(self) -> datetime.date | None:
        """The first day on which it is open."""

    @property
    def chain_published(self) -> bool:
        """Whether it and everything above it is published."""


def audience_of(record: HasStanding, today: datetime.date | None = None) -> str:
    """The standing of one record: public, closed, unpublished, or unpublished_closed."""
    return audience_from(record.chain_published, record.open_from, today)


def audience_from(chain_published: bool, open_from: datetime.date | None, today: datetime.date | None = None) -> str:
    """As `audience_of`, from the two columns alone. A record in the trash has no audience: leave it out before."""
    is_open = open_from is not None and open_from <= (today or timezone.localdate())
    if chain_published:
        return "public" if is_open else "closed"
    return "unpublished" if is_open else "unpublished_closed"


def visible_to(asker: Asker) -> QuerySet[Record]:
    """The records that exist for `asker`. What is not in here is not there: no hit, no count, no 403."""
    return Record.objects.filter(_visible(asker, ""))


def _visible(asker: Asker, of: str) -> Q:
    return _of_audience(audiences(asker), of)


# Records above which something was closed or is being opened, and everything below them, until that has arrived there.
# Nearly always empty, and then it costs nothing.
ON_THE_WAY = (
    "WITH RECURSIVE on_the_way(id) AS (SELECT record_id FROM catalog_spread WHERE hides"
    " UNION SELECT r.id FROM catalog_record r JOIN on_the_way ON r.parent_id = on_the_way.id) SELECT id FROM on_the_way"
)


def _of_audience(seen: frozenset[str], of: str) -> Q:
    """The one condition, on a record or (`of` "record__") on what belongs to one: joined rather than listed, since a
    list of every visible record costs more than the search it guards."""
    visible = Q(**{f"{of}trashed_at__isnull": True})
    if len(seen) < len(EVERY_AUDIENCE[-1]):
        visible &= ~Q(**{f"{of}pk__in": RawSQL(ON_THE_WAY, [])})  # noqa: S611 — no value in it
    if "closed" not in seen:
        visible &= Q(**{f"{of}open_from__lte": timezone.localdate()})
    if "unpublished" not in seen:
        visible &= Q(**{f"{of}chain_published": True})
    return visible


def is_on_the_way(record: int) -> bool:
    """Whether a change that withholds the record, or something above it, has not yet arrived everywhere below."""
    on_the_way = RawSQL(ON_THE_WAY, [])  # noqa: S611 — no value in it
    return Record._base_manager.filter(pk=record, pk__in=on_the_way).exists()


def may_see(asker: Asker, record: Record) -> bool:
    """Whether a record exists for `asker`, in the trash or not: asked of the record alone, by actions and for the trash."""
    return Record._base_manager.filter(pk=record.pk).filter(of_seen_records(asker, "")).exists()


def of_seen_records(asker: Asker, of: str) -> Q:
    """The condition on what belongs to a record (`of` "record__"; "" for records) that it exists for `asker`, in the trash or
    not: for staff screens and the trash. A record in the trash is unpublished, and as closed as it was."""
    seen = audiences(asker)
    condition = Q()
    if len(seen) < len(EVERY_AUDIENCE[-1]):
        condition &= ~Q(**{f"{of}pk__in": RawSQL(ON_THE_WAY, [])})  # noqa: S611 — no value in it
    if "closed" not in seen:
        condition &= Q(**{f"{of}open_from__lte": timezone.localdate()})
    if "unpublished" not in seen:
        condition &= Q(**{f"{of}chain_published": True})
    return condition


def staff_mentions(asker: Asker) -> QuerySet[Mention]:
    """Mentions that exist for `asker` at a staff screen, those in the trash included."""
    mentions = Mention.objects.filter(of_seen_records(asker, "record__"))
    if may_see_staff_notes(asker):
        return mentions
    return mentions.filter(~Exists(_of_somebody_living()), ~Exists(_covers_over_it()))


def staff_persons(asker: Asker) -> QuerySet[Person]:
    """Persons that exist for `asker` at a staff screen, those in the trash and those merged into another included."""
    standing = Identification.objects.filter(person=OuterRef("pk"), withdrawn_at=None)
    named = Exists(standing.filter(mention__in=staff_mentions(asker).filter(pk=OuterRef("mention"))))
    seen = Q(public_figure=True) | named | ~Exists(standing)
    if not may_see_staff_notes(asker):
        seen = Q(public_figure=True) | (seen & ~Q(life=Person.Life.LIVING))
    return Person.objects.filter(seen)


def may_see_person(asker: Asker, person: Person) -> bool:
    """Whether a person exists for `asker`, in the trash, merged or not: asked of the person alone, by actions."""
    return sees_everything(asker) or staff_persons(asker).filter(pk=person.pk).exists()


def _of_somebody_living() -> QuerySet[Identification]:
    """Within a query of mentions: the standing decisions that a mention names somebody living who is no public figure."""
    return Identification.objects.filter(
        mention=OuterRef("pk"), withdrawn_at=None, person__life=Person.Life.LIVING, person__public_figure=False
    ).exclude(certainty=Identification.Certainty.NOT)


def record_of(row: models.Model) -> Record | None:
    """The record that a row belongs to, by which it is seen; None for what belongs to none."""
    match row:
        case Record():
            return row
        case Identification() | MentionReading():
            return row.mention.record
        case Cover():
            return row.page.record
        case _:
            record = getattr(row, "record", None) or getattr(getattr(row, "page", None), "record", None)
            return record if isinstance(record, Record) else None


def visible_pages(asker: Asker) -> QuerySet[Page]:
    """Pages of visible records."""
    return Page.objects.kept().filter(_visible(asker, "record__"))


def uncovered_pages(asker: Asker) -> QuerySet[Page]:
    """Visible pages of which `asker` may read every word: all for those who see under covers, else those with none."""
    pages = visible_pages(asker)
    if may_see_staff_notes(asker):
        return pages
    return pages.filter(~Exists(Cover.objects.kept().filter(page=OuterRef("pk"))))


def visible_mentions(asker: Asker) -> QuerySet[Mention]:
    """Mentions in visible records; those of a person flagged living, and those whose box a covered part of the page
    touches, are for staff only."""
    return _visible_mentions(audiences(asker), may_see_staff_notes(asker), timezone.localdate()).all()


@lru_cache(maxsize=32)
def _visible_mentions(seen: frozenset[str], for_staff: bool, _today: datetime.date) -> QuerySet[Mention]:
    """The question alone, never its answer: every search for people asks it, and putting it together costs as much as
    asking. `_today` stands in it."""
    if not for_staff:
        # Asked of each mention by itself: a list of all that are hidden would grow with the catalogue.
        return shown_mentions().filter(_of_audience(seen, "record__"))
    return Mention.objects.kept().filter(_of_audience(seen, "record__")).exclude(page__trashed_at__isnull=False)


def shown_mentions() -> QuerySet[Mention]:
    """Mentions that everybody sees who sees their record: not in the trash, nor their page, nobody living, nothing covered."""
    mentions = Mention.objects.kept().exclude(page__trashed_at__isnull=False)
    return mentions.filter(~Exists(_of_somebody_living()), ~Exists(_covers_over_it()))


def covered_mentions() -> QuerySet[Mention]:
    """Mentions whose box has a pixel in common with a covered part of its page."""
    return Mention.objects.filter(Exists(_covers_over_it()))


def _covers_over_it() -> QuerySet[Cover]:
    """Within a query of mentions: the covers that have a pixel in common with a mention's box."""
    return Cover.objects.kept().filter(
        page=OuterRef("page"),
        x__lt=OuterRef("box_x") + OuterRef("box_w"), y__lt=OuterRef("box_y") + OuterRef("box_h"),
        x__gt=OuterRef("box_x") - F("w"), y__gt=OuterRef("box_y") - F("h"),
    )  # fmt: skip


def covers_of(page_id: int) -> list[Cover]:
    """The covered parts of a page, from the top."""
    return list(Cover.objects.kept().filter(page=page_id))


def visible_persons(asker: Asker) -> QuerySet[Person]:
    """Persons named in a record visible to `asker`, and public figures; the living only to staff unless public figures. Staff
    also see persons who are not named anywhere yet."""
    persons = Person.objects.kept().filter(merged_into=None)
    # Asked of each person by itself: a list of everybody named would be as long as the catalogue.
    standing = Identification.objects.filter(person=OuterRef("pk"), withdrawn_at=None).exclude(
        certainty=Identification.Certainty.NOT
    )
    named = Exists(standing.filter(mention__in=visible_mentions(asker).filter(pk=OuterRef("mention"))))
    if may_see_staff_notes(asker):
        return persons.filter(Q(public_figure=True) | named | ~Exists(standing))
    return persons.filter(Q(public_figure=True) | (named & ~Q(life=Person.Life.LIVING)))


def visible_statements(asker: Asker) -> QuerySet[Statement]:
    """Statements with their sources; those about living relatives for staff only."""
    statements = Statement.objects.select_related("source")
    return statements if may_see_staff_notes(asker) else statements.filter(staff_only=False)


def record_by_identifier(text: str) -> Record | None:
    """The record that a number, a reference code or the address of one without a number (R262) names; whoever asks. The
    caller checks visibility."""
    found = record_by_number(text)
    if found is None and (key := key_in_address(text)) is not None:
        found = Record.objects.kept().filter(pk=key).select_related("repository").first()
    return found


def record_by_number(text: str) -> Record | None:
    """As `record_by_identifier`, by numbers and reference codes alone: for names of files, where R262 may be a reel."""
    if "\0" in text:
        # No database keeps such a text, and one of ours will not even be asked for it.
        return None
    matched = clean_identifier(text).value.upper()
    found = Identifier.objects.filter(matched=matched).select_related("record__repository").first()
    if found:
        return found.record
    if not (key := reference_key(text)):
        return None
    records = Record.objects.kept().filter(reference_key=key).select_related("repository")
    # Two that differ in case alone: the one written as asked is meant.
    return records.filter(reference_code=text).first() or records.order_by("pk").first()


def address_code(record: Record) -> str:
    """The code that stands in the record's address for ever: its primary number, else its first, else its pk."""
    # Primary first, by Meta.ordering. One that no address can hold came with an older archive.
    numbers = (str(one.matched) for one in record.identifiers.all())
    return next((one for one in numbers if has_address(one)), f"R{record.pk}")


def ancestors(record: Record) -> list[Record]:
    """What the record stands in, from the top."""
    rows = Record.objects.raw(
        "WITH RECURSIVE above(id, parent_id, depth) AS ("
        " SELECT id, parent_id, 0 FROM catalog_record WHERE id = %s"
        " UNION ALL SELECT r.id, r.parent_id, above.depth + 1 FROM catalog_record r JOIN above ON r.id = above.parent_id"
        ") SELECT r.* FROM catalog_record r JOIN above ON above.id = r.id WHERE above.depth > 0 ORDER BY above.depth DESC",
        [record.pk],
    )
    return list(rows)


def descendant_ids(record: Record) -> list[int]:
    """Primary keys of everything below the record, itself included."""
    rows = Record.objects.raw(
        "WITH RECURSIVE below(id) AS (SELECT id FROM catalog_record WHERE id = %s"
        " UNION ALL SELECT r.id FROM catalog_record r JOIN below ON r.parent_id = below.id)"
        " SELECT id FROM below",
        [record.pk],
    )
    return [row.pk for row in rows]


@dataclass(frozen=True)
class RecordView:
    """A record with everything its page shows, as far as the asker may see it. mentions are in the order of their pages, and
    read where they are shown: a roster may have tens of thousands."""

    record: Record
    above: list[Record]
    children: list[Record]
    identifiers: list[Identifier]
    mentions: QuerySet[Mention]
    custody: list[CustodyEvent]
    instantiations: list[Instantiation]
    statements: list[Statement]
    same_parent: list[Record]


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
    "record__id", "record__code", "record__title_vi", "record__title_en", "record__reference_code", "record__level",
    "page__id", "page__number", "page__address", "page__label", "page__record", "unit__id", "unit__normal_form", "unit__name_vi",
    "unit__name_en",
]  # fmt: skip


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
        if pk.isascii() and pk.isdigit() and len(pk) < 18:
            records = records.filter(Q(reference_code__gt=code) | Q(reference_code=code, pk__gt=int(pk)))
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


def readable_by_name(asker: Asker) -> tuple[int, int]:
    """How many pages have names taken from them, and how many pages there are.

    In a large catalogue counted by the worker once in a while, never by a page that shows it (but the very first).
    """
    seen = audiences(asker)
    if not _many_pages():
        return _count_readable(seen)
    known: tuple[int, int] | None = cache.get(_readable_key(seen))
    if known is None:
        known = _count_readable(seen)
        cache.set(_readable_key(seen), known, COUNTS_LAST)
    return known


def count_readable_anew() -> None:
    """Count again what `readable_by_name` says in a large catalogue, for everyone who may ask."""
    if _many_pages():
        for seen in EVERY_AUDIENCE:
            cache.set(_readable_key(seen), _count_readable(seen), COUNTS_LAST)


def counts_that_differ() -> list[tuple[list[str], tuple[int, int], tuple[int, int]]]:
    """For whom, what is kept and what is right, of each kept count of `readable_by_name` that is not right, though nothing
    was changed for as long as a count may lag behind."""
    if not _many_pages():
        return []
    since = timezone.now() - datetime.timedelta(seconds=2 * COUNTED_EVERY)
    if Change.objects.exists() or any(
        model.history.filter(history_date__gt=since).exists() for model in (Record, Page, Mention, Cover)
    ):
        return []
    found = []
    for seen in EVERY_AUDIENCE:
        known: tuple[int, int] | None = cache.get(_readable_key(seen))
        if known is not None and known != (right := _count_readable(seen)):
            found.append((sorted(seen), known, right))
    return found


def _many_pages() -> bool:
    last = Page.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return last > COUNTED_AT_ONCE


def _readable_key(seen: frozenset[str]) -> str:
    return f"readable:{','.join(sorted(seen))}"


def _count_readable(seen: frozenset[str]) -> tuple[int, int]:
    pages = Page.objects.kept().filter(_of_audience(seen, "record__"))
    # Names that are withheld are not counted: the number must not tell of them.
    named = Exists(shown_mentions().filter(page=OuterRef("pk")))
    return pages.filter(named).count(), pages.count()


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


# Files and regiments of one person in which others are looked for; nobody serves in more, but a name may gather thousands.
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
    """(key, page) of the visible mentions in the same record whose name is written alike but for marks, in the order of their
    pages; those on no page left out."""
    folded = NameForm.objects.filter(mention_forms__mention=mention, mention_forms__kind="name").values("folded")[:1]
    same = visible_mentions(asker).filter(
        record=mention.record_id, page__isnull=False, forms__kind="name", forms__form__folded=Subquery(folded)
    )
    return [
        (key, page) for key, page in same.order_by("page__number", "position", "pk").values_list("pk", "page") if page
    ]


def records_of_unit(unit: Unit, asker: Asker) -> QuerySet[Record]:
    """Visible records in which the unit is named."""
    return visible_to(asker).filter(pk__in=visible_mentions(asker).filter(unit=unit).values("record"))


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


def place_mentions(place: Place, asker: Asker) -> list[Mention]:
    """Visible mentions whose home is the place or lies within it."""
    return list(
        with_standing_identifications(
            visible_mentions(asker).filter(Q(home=place) | Q(home__within=place) | Q(home__within__within=place))
        )[:200]
    )


def place_records(place: Place, asker: Asker) -> list[Record]:
    """Visible records that something happened to at the place."""
    at_place = CustodyEvent.objects.filter(place=place).values("record")
    return list(visible_to(asker).filter(pk__in=at_place).prefetch_related("identifiers")[:100])


def by_topic(statements: Iterable[Statement]) -> list[tuple[str, list[Statement]]]:
    """Statements gathered by topic (in words), the preferred one of each first."""
    gathered: dict[str, list[Statement]] = {}
    for one in sorted(statements, key=lambda one: (not one.preferred, one.pk)):
        gathered.setdefault(one.get_topic_display(), []).append(one)
    return sorted(gathered.items())
