"""Who may see what. Only here is it decided; every public page, file and API goes through `visible_to` or, where one
row is at hand (an image, a document of the index), through `audience_of`."""

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
    frozenset(audience)
    for audience in (
        ["public"],
        ["public", "closed"],
        ["public", "unpublished"],
        ["public", "closed", "unpublished", "unpublished_closed"],
    )
]


def may_see_staff_notes(asker: Asker) -> bool:
    """Whether `asker` may see kin, recipients and living persons: archivists, and staff who work with families."""
    return asker.has_perm("catalog.view_closed")


def audiences(asker: Asker) -> frozenset[str]:
    """The kinds of records that `asker` may see, as values of `audience_of`."""
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
    """The two derived columns that decide who may see a record."""

    @property
    def open_from(self) -> datetime.date | None:
        """The first day on which access is open; None means never."""

    @property
    def chain_published(self) -> bool:
        """Whether it and everything above it is published."""


def audience_of(record: HasStanding, today: datetime.date | None = None) -> str:
    """The audience of a record: public, closed, unpublished, or unpublished_closed. today: None for the current day."""
    return audience_from(record.chain_published, record.open_from, today)


def audience_from(chain_published: bool, open_from: datetime.date | None, today: datetime.date | None = None) -> str:
    """As `audience_of`, from the two columns. A record in the trash has no audience; the caller must leave it out."""
    is_open = open_from is not None and open_from <= (today or timezone.localdate())
    if chain_published:
        return "public" if is_open else "closed"
    return "unpublished" if is_open else "unpublished_closed"


def visible_to(asker: Asker) -> QuerySet[Record]:
    """The records that exist for `asker`. For any other record the answer is as if it did not exist: no hit, no count,
    404 instead of 403."""
    return Record.objects.filter(_visible(asker, ""))


def _visible(asker: Asker, prefix: str) -> Q:
    return audience_condition(audiences(asker), prefix)


# Records with an unfinished spread that hides, and everything below them. Nearly always empty, and then it costs
# nothing.
HIDDEN_BY_SPREAD = (
    "WITH RECURSIVE on_the_way(id) AS (SELECT record_id FROM catalog_spread WHERE hides"
    " UNION SELECT r.id FROM catalog_record r JOIN on_the_way ON r.parent_id = on_the_way.id) SELECT id FROM on_the_way"
)


class NotHiddenBySpread(Func):
    """Condition on a record's key: it is not among HIDDEN_BY_SPREAD."""

    arity = 1
    output_field = models.BooleanField()
    template = f"%(expressions)s NOT IN ({HIDDEN_BY_SPREAD})"

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> tuple[str, Any]:
        """The same through an array. PostgreSQL estimates ten times as many rows for the recursion as there are
        records, finds that too many for a hash, and compares each row with each: no page was answered for minutes while
        a fonds of 100,000 records was withdrawn. For an array it estimates ten rows."""
        template = f"%(expressions)s NOT IN (SELECT unnest(ARRAY({HIDDEN_BY_SPREAD})))"
        return self.as_sql(compiler, connection, template=template, **context)


def audience_condition(audience: frozenset[str], prefix: str) -> Q:
    """The condition of visibility. prefix: "" on records, "record__" on rows that belong to one.

    A join instead of a list of keys: listing every visible record costs more than the search that it restricts.
    """
    return Q(**{f"{prefix}trashed_at__isnull": True}) & _standing_condition(audience, prefix)


def _standing_condition(audience: frozenset[str], prefix: str) -> Q:
    """Whether standing allows it: no unfinished spread hides it, access is open, and all above it is published."""
    condition = Q()
    if len(audience) < len(EVERY_AUDIENCE[-1]):
        condition &= Q(NotHiddenBySpread(F(f"{prefix}pk")))
    if "closed" not in audience:
        condition &= Q(**{f"{prefix}open_from__lte": timezone.localdate()})
    if "unpublished" not in audience:
        condition &= Q(**{f"{prefix}chain_published": True})
    return condition


def may_see(asker: Asker, record: Record) -> bool:
    """Whether a record exists for `asker`, in the trash or not. For actions and for the trash."""
    return Record._base_manager.filter(pk=record.pk).filter(visible_or_trashed(asker, "")).exists()


def visible_or_trashed(asker: Asker, prefix: str) -> Q:
    """The condition that a record exists for `asker`, in the trash or not; for staff screens and the trash. prefix: as
    in `audience_condition`. A record in the trash counts as unpublished, and as closed as before."""
    return _standing_condition(audiences(asker), prefix)


def staff_records(asker: Asker) -> QuerySet[Record]:
    """Records that exist for `asker` on staff screens, including those in the trash."""
    return Record.objects.filter(visible_or_trashed(asker, ""))


def staff_pages(asker: Asker) -> QuerySet[Page]:
    """Pages that exist for `asker` on staff screens, including those in the trash."""
    return Page.objects.filter(visible_or_trashed(asker, "record__")).select_related("record")


def staff_covers(asker: Asker) -> QuerySet[Cover]:
    """Covers that exist for `asker` on staff screens, including those in the trash."""
    return Cover.objects.filter(visible_or_trashed(asker, "page__record__")).select_related("page__record")


def staff_custody(asker: Asker) -> QuerySet[CustodyEvent]:
    """Custody events that exist for `asker` on staff screens."""
    return CustodyEvent.objects.filter(visible_or_trashed(asker, "record__"))


def staff_statements(asker: Asker) -> QuerySet[Statement]:
    """Statements that exist for `asker` on staff screens: their person and their record exist for `asker`."""
    statements = Statement.objects.filter(
        Q(person=None) | Q(person__in=staff_persons(asker)), Q(record=None) | visible_or_trashed(asker, "record__")
    )
    return statements if may_see_staff_notes(asker) else statements.filter(staff_only=False)


def staff_mentions(asker: Asker) -> QuerySet[Mention]:
    """Mentions that exist for `asker` on staff screens, including those in the trash."""
    mentions = Mention.objects.filter(visible_or_trashed(asker, "record__"))
    if may_see_staff_notes(asker):
        return mentions
    return mentions.filter(~Exists(_living_identifications()), ~Exists(_covers_over_mention()))


def staff_persons(asker: Asker) -> QuerySet[Person]:
    """Persons that exist for `asker` on staff screens, including those in the trash and merged ones."""
    current = Identification.objects.filter(person=OuterRef("pk"), withdrawn_at=None)
    is_named = Exists(current.filter(mention__in=staff_mentions(asker).filter(pk=OuterRef("mention"))))
    condition = Q(public_figure=True) | is_named | ~Exists(current)
    if not may_see_staff_notes(asker):
        condition = Q(public_figure=True) | (condition & ~Q(life=Person.Life.LIVING))
    return Person.objects.filter(condition)


def staff_person_names(asker: Asker) -> QuerySet[PersonName]:
    """Names of the persons that exist for `asker` on staff screens."""
    return PersonName.objects.filter(person__in=staff_persons(asker))


def staff_name_forms(asker: Asker) -> QuerySet[NameForm]:
    """Every form of a name for those who see every record and staff notes, else none: a form may be that of a name in
    any record."""
    return NameForm.objects.all() if may_see_staff_notes(asker) and sees_everything(asker) else NameForm.objects.none()


def person_merges(asker: Asker) -> QuerySet[PersonMerge]:
    """Merges of two persons who both exist for `asker` on staff screens."""
    return PersonMerge.objects.filter(into__in=staff_persons(asker), person__in=staff_persons(asker))


def may_see_person(asker: Asker, person: Person) -> bool:
    """Whether a person exists for `asker`, in the trash, merged or not. For actions."""
    return sees_everything(asker) or staff_persons(asker).filter(pk=person.pk).exists()


def _living_identifications() -> QuerySet[Identification]:
    """Subquery of mentions: current identifications with a living person who is no public figure."""
    return Identification.objects.filter(
        mention=OuterRef("pk"), withdrawn_at=None, person__life=Person.Life.LIVING, person__public_figure=False
    ).exclude(certainty=Identification.Certainty.NOT)


def record_of(row: models.Model) -> Record | None:
    """The record that a row belongs to and that decides its visibility; None if it belongs to none."""
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
    """Visible pages of which `asker` may read every word: those without covers, or all if `asker` sees under covers."""
    pages = visible_pages(asker)
    if may_see_staff_notes(asker):
        return pages
    return pages.filter(~Exists(Cover.objects.kept().filter(page=OuterRef("pk"))))


def visible_mentions(asker: Asker) -> QuerySet[Mention]:
    """Mentions in visible records. Mentions of a living person and mentions under a cover are for staff only."""
    return _visible_mentions(audiences(asker), may_see_staff_notes(asker), timezone.localdate()).all()


@lru_cache(maxsize=32)
def _visible_mentions(audience: frozenset[str], for_staff: bool, _today: datetime.date) -> QuerySet[Mention]:
    """The query set, cached without its rows: every search for people uses it, and building it costs as much as running
    it. `_today` is an argument because the query contains the day."""
    if not for_staff:
        # EXISTS for each mention: a list of all hidden mentions would grow with the catalogue.
        return shown_mentions().filter(audience_condition(audience, "record__"))
    return (
        Mention.objects.kept().filter(audience_condition(audience, "record__")).exclude(page__trashed_at__isnull=False)
    )


def shown_mentions() -> QuerySet[Mention]:
    """Mentions that everybody sees who sees their record: they and their page are not in the trash, the person is not
    living, and they are not covered."""
    mentions = Mention.objects.kept().exclude(page__trashed_at__isnull=False)
    return mentions.filter(~Exists(_living_identifications()), ~Exists(_covers_over_mention()))


def _covers_over_mention() -> QuerySet[Cover]:
    """Subquery of mentions: the covers that overlap the mention's box by at least one pixel."""
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
    """Persons named in a record that `asker` may see, and public figures. Living persons who are no public figures are
    for staff only. Staff also see persons who are not named anywhere yet."""
    persons = Person.objects.kept().filter(merged_into=None)
    # EXISTS for each person: a list of all named persons would grow with the catalogue.
    current = Identification.objects.filter(person=OuterRef("pk"), withdrawn_at=None).exclude(
        certainty=Identification.Certainty.NOT
    )
    is_named = Exists(current.filter(mention__in=visible_mentions(asker).filter(pk=OuterRef("mention"))))
    if may_see_staff_notes(asker):
        return persons.filter(Q(public_figure=True) | is_named | ~Exists(current))
    return persons.filter(Q(public_figure=True) | (is_named & ~Q(life=Person.Life.LIVING)))


def visible_statements(asker: Asker) -> QuerySet[Statement]:
    """Statements with their sources; those about living relatives for staff only."""
    statements = Statement.objects.select_related("source")
    return statements if may_see_staff_notes(asker) else statements.filter(staff_only=False)
