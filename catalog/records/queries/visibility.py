"""Who sees what. `visible_to` is the one home of visibility: every public door goes through it."""

import datetime
from functools import lru_cache
from typing import Any, Protocol

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet
from django.db.models.sql.compiler import SQLCompiler
from django.utils import timezone

from catalog.accounts.models import User
from catalog.changes.writing import Actor
from catalog.people.models import NameForm, Person, PersonMerge, PersonName
from catalog.records.models import (
    Cover,
    CustodyEvent,
    Identification,
    Mention,
    MentionReading,
    Page,
    Record,
    Statement,
)

Asker = User | AnonymousUser | Actor


EVERY_AUDIENCE = [
    frozenset(seen)
    for seen in (
        ["public"],
        ["public", "closed"],
        ["public", "unpublished"],
        ["public", "closed", "unpublished", "unpublished_closed"],
    )
]


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
    return of_audience(audiences(asker), of)


# Records above which something was closed or is being opened, and everything below them, until that has arrived there.
# Nearly always empty, and then it costs nothing.
ON_THE_WAY = (
    "WITH RECURSIVE on_the_way(id) AS (SELECT record_id FROM catalog_spread WHERE hides"
    " UNION SELECT r.id FROM catalog_record r JOIN on_the_way ON r.parent_id = on_the_way.id) SELECT id FROM on_the_way"
)


class IsSettled(Func):
    """Whether the record of a key is none of ON_THE_WAY; a condition."""

    arity = 1
    output_field = models.BooleanField()
    template = f"%(expressions)s NOT IN ({ON_THE_WAY})"

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> tuple[str, Any]:
        """By way of an array. PostgreSQL expects ten times as many rows of a recursion as there are records, holds that
        to be too many to be looked up by their hash, and compares each row with each: no page was answered for minutes
        while a fonds of 100,000 was withdrawn. Of an array it expects ten."""
        template = f"%(expressions)s NOT IN (SELECT unnest(ARRAY({ON_THE_WAY})))"
        return self.as_sql(compiler, connection, template=template, **context)


def of_audience(seen: frozenset[str], of: str) -> Q:
    """The one condition, on a record or (`of` "record__") on what belongs to one: joined rather than listed, since a
    list of every visible record costs more than the search it guards."""
    visible = Q(**{f"{of}trashed_at__isnull": True})
    if len(seen) < len(EVERY_AUDIENCE[-1]):
        visible &= Q(IsSettled(F(f"{of}pk")))
    if "closed" not in seen:
        visible &= Q(**{f"{of}open_from__lte": timezone.localdate()})
    if "unpublished" not in seen:
        visible &= Q(**{f"{of}chain_published": True})
    return visible


def may_see(asker: Asker, record: Record) -> bool:
    """Whether a record exists for `asker`, in the trash or not: asked of the record alone, by actions and for the
    trash."""
    return Record._base_manager.filter(pk=record.pk).filter(of_seen_records(asker, "")).exists()


def of_seen_records(asker: Asker, of: str) -> Q:
    """The condition on what belongs to a record (`of` "record__"; "" for records) that it exists for `asker`, in the
    trash or
    not: for staff screens and the trash. A record in the trash is unpublished, and as closed as it was."""
    seen = audiences(asker)
    condition = Q()
    if len(seen) < len(EVERY_AUDIENCE[-1]):
        condition &= Q(IsSettled(F(f"{of}pk")))
    if "closed" not in seen:
        condition &= Q(**{f"{of}open_from__lte": timezone.localdate()})
    if "unpublished" not in seen:
        condition &= Q(**{f"{of}chain_published": True})
    return condition


def staff_records(asker: Asker) -> QuerySet[Record]:
    """Records that exist for `asker` at a staff screen, those in the trash included."""
    return Record.objects.filter(of_seen_records(asker, ""))


def staff_pages(asker: Asker) -> QuerySet[Page]:
    """Pages that exist for `asker` at a staff screen, those in the trash included."""
    return Page.objects.filter(of_seen_records(asker, "record__")).select_related("record")


def staff_covers(asker: Asker) -> QuerySet[Cover]:
    """Covers that exist for `asker` at a staff screen, those in the trash included."""
    return Cover.objects.filter(of_seen_records(asker, "page__record__")).select_related("page__record")


def staff_custody(asker: Asker) -> QuerySet[CustodyEvent]:
    """Events of custody that exist for `asker` at a staff screen."""
    return CustodyEvent.objects.filter(of_seen_records(asker, "record__"))


def staff_statements(asker: Asker) -> QuerySet[Statement]:
    """Statements that exist for `asker` at a staff screen: their person and their record exist for `asker`."""
    statements = Statement.objects.filter(
        Q(person=None) | Q(person__in=staff_persons(asker)), Q(record=None) | of_seen_records(asker, "record__")
    )
    return statements if may_see_staff_notes(asker) else statements.filter(staff_only=False)


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


def staff_person_names(asker: Asker) -> QuerySet[PersonName]:
    """Names of the persons that exist for `asker` at a staff screen."""
    return PersonName.objects.filter(person__in=staff_persons(asker))


def staff_name_forms(asker: Asker) -> QuerySet[NameForm]:
    """Every form of a name for those who see every record and staff notes, else none: a form may be that of a name in
    any record."""
    return NameForm.objects.all() if may_see_staff_notes(asker) and sees_everything(asker) else NameForm.objects.none()


def person_merges(asker: Asker) -> QuerySet[PersonMerge]:
    """Merges of two persons who both exist for `asker` at a staff screen."""
    return PersonMerge.objects.filter(into__in=staff_persons(asker), person__in=staff_persons(asker))


def may_see_person(asker: Asker, person: Person) -> bool:
    """Whether a person exists for `asker`, in the trash, merged or not: asked of the person alone, by actions."""
    return sees_everything(asker) or staff_persons(asker).filter(pk=person.pk).exists()


def _of_somebody_living() -> QuerySet[Identification]:
    """Within a query of mentions: the standing decisions that a mention names somebody living who is no public
    figure."""
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
        return shown_mentions().filter(of_audience(seen, "record__"))
    return Mention.objects.kept().filter(of_audience(seen, "record__")).exclude(page__trashed_at__isnull=False)


def shown_mentions() -> QuerySet[Mention]:
    """Mentions that everybody sees who sees their record: not in the trash, nor their page, nobody living, nothing
    covered."""
    mentions = Mention.objects.kept().exclude(page__trashed_at__isnull=False)
    return mentions.filter(~Exists(_of_somebody_living()), ~Exists(_covers_over_it()))


def _covers_over_it() -> QuerySet[Cover]:
    """Within a query of mentions: the covers that have a pixel in common with a mention's box."""
    return Cover.objects.kept().filter(
        page=OuterRef("page"),
        x__lt=OuterRef("box_x") + OuterRef("box_w"),
        y__lt=OuterRef("box_y") + OuterRef("box_h"),
        x__gt=OuterRef("box_x") - F("w"),
        y__gt=OuterRef("box_y") - F("h"),
    )


def covers_of(page_id: int) -> list[Cover]:
    """The covered parts of a page, from the top."""
    return list(Cover.objects.kept().filter(page=page_id))


def covers_to_place(asker: Asker) -> QuerySet[Cover]:
    """Covers over a whole image, put there when the image was replaced by one of another shape, on pages that `asker`
    may see, oldest first. A person has yet to draw what must really be covered."""
    return Cover.objects.kept().filter(provisional=True, page__in=visible_pages(asker)).order_by("pk")


def visible_persons(asker: Asker) -> QuerySet[Person]:
    """Persons named in a record visible to `asker`, and public figures; the living only to staff unless public figures.
    Staff also see persons who are not named anywhere yet."""
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
