"""What of each thing can be found by its words: one document a record, a page, an exhibition.

Only what the public page of the thing may show goes in; the audience is kept beside it. Kin, recipients, notes for
staff and mentions of living persons are in no document.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.utils.translation import override

from catalog.engines.interface import Document
from catalog.exhibitions.models import Exhibition, Panel, Part
from catalog.exhibitions.queries import public_loans, visible_placements
from catalog.images.models import Scan
from catalog.records.elements import SEARCHED
from catalog.records.models import CustodyEvent, Identifier, MentionReading, Record, Repository
from catalog.records.queries import audience_of, shown_mentions
from catalog.rules.dates import decades_of
from catalog.rules.transcription import without_marks
from catalog.texts.models import PageText
from catalog.texts.queries import WITHHELD, covers_by_page, uncovered_words

BATCH = 500
MOST_REMEMBERED = 200_000
OF_PAGE = ("page_id", "text", "page__title_vi", "page__title_en", "page__number", "page__trashed_at")


class _OfRecord(NamedTuple):
    """What a page's document says of its record."""

    pk: int
    trashed_at: datetime | None
    open_from: date | None
    chain_published: bool
    kind: str
    level: str
    repository_id: int
    date_earliest: date | None
    date_latest: date | None
    languages: str
    reference_code: str
    published_at: datetime | None


Row = TypeVar("Row")
OF_ITS_RECORD = tuple(f"page__record__{name}" for name in _OfRecord._fields)


def record_documents(ids: Iterable[int] | None = None) -> Iterator[Document]:
    """Documents of records kept; of all, or of those `ids`."""
    scans = Scan.objects.filter(page__record=OuterRef("pk"), page__trashed_at=None)
    records = Record.objects.annotate(has_scans=Exists(scans))
    slugs = dict(Repository.objects.values_list("pk", "slug"))
    chains = Chains()
    for batch in _in_steps(records, "pk", ids):
        kept = [record for record in batch if record.trashed_at is None]
        beside = _Beside([record.pk for record in kept])
        above = chains.of([record.pk for record in kept])
        for record in kept:
            yield _record_document(record, beside, slugs[record.repository_id], above[record.pk])


def _in_steps(rows: QuerySet[Any, Row], by: str, ids: Iterable[int] | None) -> Iterator[list[Row]]:
    """`rows` by a unique whole number of theirs, a batch at a time, each looked up from behind the last: no database is
    made to sort or to hold all of them. What is in the trash is told apart afterwards, for the same reason."""
    if ids is not None:
        keys = sorted(set(ids))
        for at in range(0, len(keys), BATCH):
            yield list(rows.filter(**{f"{by}__in": keys[at : at + BATCH]}).order_by(by))
        return
    last = 0
    while batch := list(rows.filter(**{f"{by}__gt": last}).order_by(by)[:BATCH]):
        yield batch
        last = getattr(batch[-1], by)


def page_documents(ids: Iterable[int] | None = None) -> Iterator[Document]:
    """Documents of pages with words; of all, or of those `ids`."""
    texts = PageText.objects.filter(current=True).exclude(text="").values_list(*OF_PAGE, *OF_ITS_RECORD, named=True)
    slugs = dict(Repository.objects.values_list("pk", "slug"))
    chains = Chains()
    # Rows of plain values: of a million pages a model each of text, page and record would cost more than their words.
    for batch in _in_steps(texts, "page_id", ids):
        uncovered = _uncovered_words([row[0] for row in batch])
        above = chains.of([row[len(OF_PAGE)] for row in batch])
        for row in batch:
            page, of_record = row[: len(OF_PAGE)], row[len(OF_PAGE) :]
            key, text, title_vi, title_en, number, page_trashed = page
            record = _OfRecord(*of_record)
            body = without_marks(uncovered.get(key, text))
            if page_trashed or record.trashed_at or not body.strip():
                continue
            yield Document(
                key=f"page:{key}",
                kind="page",
                audience=audience_of(record),
                title=f"{title_vi} {title_en}",
                body=body,
                facets=_facets(record, slugs[record.repository_id], has_scans=True),
                date_from=_ordinal(record.date_earliest),
                date_to=_ordinal(record.date_latest),
                number=f"{record.reference_code} {number:06}",
                newest=record.published_at.timestamp() if record.published_at else 0.0,
                group=f"record:{record.pk}",
                above=above[record.pk],
            )


def _uncovered_words(page_ids: list[int]) -> dict[int, str]:
    """The words of those pages that have a covered part, without the words under it. One document serves everybody, so
    that they are found by nobody."""
    covers = covers_by_page(page_ids)
    texts = PageText.objects.filter(page__in=covers, current=True) if covers else ()
    return {text.page_id: uncovered_words(text, covers[text.page_id]).text.replace(WITHHELD, "") for text in texts}


def exhibition_documents(ids: Iterable[int] | None = None) -> Iterator[Document]:
    """Documents of exhibitions; of all, or of those `ids`. Only what a visitor sees hanging says anything."""
    exhibitions = Exhibition.objects.kept()
    if ids is not None:
        exhibitions = exhibitions.filter(pk__in=list(ids))
    public = visible_placements(AnonymousUser()).prefetch_related(None)
    panels = Prefetch("panels", Panel.objects.prefetch_related(Prefetch("placements", public)))
    for exhibition in exhibitions.prefetch_related(
        Prefetch("parts", Part.objects.prefetch_related(panels)), "milestones"
    ):
        words = [exhibition.opening_vi, exhibition.opening_en, exhibition.with_whom_vi, exhibition.venue_vi]
        for part in exhibition.parts.all():
            words += [part.title_vi, part.title_en, part.text_vi, part.text_en]
            for panel in part.panels.all():
                words += [panel.title_vi, panel.title_en, panel.text_vi, panel.text_en]
                for placement in panel.placements.all():
                    words += [placement.caption_vi, placement.caption_en]
        for milestone in exhibition.milestones.all():
            words += [milestone.date_text, milestone.title_vi, milestone.title_en, milestone.text_vi, milestone.text_en]
        published = exhibition.status == Exhibition.Status.PUBLISHED
        yield Document(
            key=f"exhibition:{exhibition.pk}",
            kind="exhibition",
            audience="public" if published else "unpublished",
            title=f"{exhibition.title_vi}\n{exhibition.title_en}",
            body="\n".join(filter(None, words)),
            date_from=_ordinal(exhibition.date_earliest),
            date_to=_ordinal(exhibition.date_latest),
        )


class Chains:
    """What records stand in, looked up a level at a time for many at once, and remembered."""

    def __init__(self) -> None:
        self._parents: dict[int, int | None] = {}

    def of(self, records: Iterable[int]) -> dict[int, tuple[str, ...]]:
        """For each record, its own key and those of everything above it, as they stand in a document."""
        if len(self._parents) > MOST_REMEMBERED:
            self._parents.clear()
        wanted = list(dict.fromkeys(records))
        level: set[int] = set(wanted)
        while level := {key for key in level if key not in self._parents}:
            listed = sorted(level)
            for at in range(0, len(listed), BATCH):
                some = listed[at : at + BATCH]
                self._parents.update(Record._base_manager.filter(pk__in=some).values_list("pk", "parent_id"))
            level = {parent for key in listed if (parent := self._parents.setdefault(key, None)) is not None}
        return {key: tuple(self._chain(key)) for key in wanted}

    def _chain(self, key: int) -> Iterator[str]:
        at: int | None = key
        seen: set[int] = set()
        while at is not None and at not in seen:
            seen.add(at)
            yield str(at)
            at = self._parents.get(at)


class _Beside:
    """What other tables say of a batch of records, by record: plain values, since a whole catalogue passes through
    here."""

    def __init__(self, keys: list[int]) -> None:
        self.numbers = _by_first(
            Identifier.objects.filter(record__in=keys).values_list("record_id", "value", "matched")
        )
        self.custody = _by_first(
            CustodyEvent.objects.filter(record__in=keys).values_list(
                "record_id", "operation", "description_vi", "description_en", "place_text", "unit_text"
            )
        )
        # One document serves everybody: a name that the public page withholds is found by nobody.
        named = shown_mentions().filter(record__in=keys)
        self.mentions = _by_first(
            named.values_list("record_id", "pk", "name", "rank", "post", "unit_text", "unit__normal_form", "home_text")
        )
        self.readings = _by_first(
            MentionReading.objects.filter(mention__record__in=keys).values_list("mention_id", "value")
        )
        lent = public_loans().filter(record__in=keys)
        self.lenders = _by_first(lent.values_list("record_id", "lender__slug"))


def _by_first(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[tuple[Any, ...]]]:
    found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row[1:])
    return found


def _record_document(record: Record, beside: _Beside, repository: str, above: tuple[str, ...]) -> Document:
    words = [str(getattr(record, name)) for name in SEARCHED]
    words.append(_kind_in_words(record.kind))
    numbers = [record.reference_code, record.document_number]
    for value, matched in beside.numbers.get(record.pk, ()):
        numbers += [value, matched]
    names: list[str] = []
    units: list[str] = []
    places: list[str] = []
    for operation, said_vi, said_en, place, unit in beside.custody.get(record.pk, ()):
        words += [operation, said_vi, said_en]
        places.append(place)
        units.append(unit)
    for key, name, rank, post, unit, normal, home in beside.mentions.get(record.pk, ()):
        words += [rank, post]
        names += [name, *(value for (value,) in beside.readings.get(key, ()))]
        units += [unit, normal or ""]
        places.append(home)
    lenders = {slug for (slug,) in beside.lenders.get(record.pk, ())}
    return Document(
        key=f"record:{record.pk}",
        kind="record",
        audience=audience_of(record),
        title=f"{record.title_vi}\n{record.title_en}",
        body=_lines(*words, *names, *units, *places, *numbers),
        fields={
            name: said
            for name, values in (("name", names), ("unit", units), ("place", places), ("number", numbers))
            if (said := _lines(*values))
        },
        facets=_facets(record, repository, has_scans=record.has_scans) | {"lender": tuple(sorted(lenders))},  # type: ignore[attr-defined]
        date_from=_ordinal(record.date_earliest),
        date_to=_ordinal(record.date_latest),
        number=record.reference_code,
        newest=record.published_at.timestamp() if record.published_at else 0.0,
        group=f"record:{record.pk}",
        above=above,
    )


@cache
def _kind_in_words(kind: str) -> str:
    """The kind in both languages, whatever the language of the process; asked once, as Django looks through all
    choices."""
    words = []
    for language in ("vi", "en") if kind else ():
        with override(language):
            words.append(str(Record.Kind(kind).label))
    return " ".join(words)


def _lines(*words: str) -> str:
    return "\n".join(dict.fromkeys(filter(None, words)))


def _facets(record: "Record | _OfRecord", repository: str, *, has_scans: bool) -> dict[str, tuple[str, ...]]:
    decades = tuple(map(str, decades_of(record.date_earliest, record.date_latest)))
    return {
        "kind": (record.kind,) if record.kind else (),
        "level": (record.level,),
        "repository": (repository,),
        "decade": decades,
        "language": tuple(code.strip() for code in record.languages.split(",") if code.strip()),
        "scans": ("yes",) if has_scans else ("no",),
    }


def _ordinal(day: date | None) -> int | None:
    return day.toordinal() if day else None
