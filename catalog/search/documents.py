"""The documents of the search index: one for each record, each page with words and each exhibition.

A document contains only what the public page of the record, page or exhibition may show, and says for which audience
it is. Kin, recipients, notes for staff and mentions of living persons are in no document.
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
# Records whose parents are kept in memory.
MOST_PARENTS = 200_000
PAGE_COLUMNS = ("page_id", "text", "page__title_vi", "page__title_en", "page__number", "page__trashed_at")


class _RecordOfPage(NamedTuple):
    """The columns of its record that a page's document is made from."""

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
RECORD_COLUMNS = tuple(f"page__record__{name}" for name in _RecordOfPage._fields)


def record_documents(pks: Iterable[int] | None = None) -> Iterator[Document]:
    """Documents of the records that are not in the trash: of all, or of those with these primary keys."""
    scans = Scan.objects.filter(page__record=OuterRef("pk"), page__trashed_at=None)
    records = Record.objects.annotate(has_scans=Exists(scans))
    slugs = dict(Repository.objects.values_list("pk", "slug"))
    ancestors = Ancestors()
    for batch in _read_in_batches(records, "pk", pks):
        kept = [record for record in batch if record.trashed_at is None]
        related = _RelatedRows([record.pk for record in kept])
        above = ancestors.of([record.pk for record in kept])
        for record in kept:
            yield _record_document(record, related, slugs[record.repository_id], above[record.pk])


def _read_in_batches(rows: QuerySet[Any, Row], column: str, values: Iterable[int] | None) -> Iterator[list[Row]]:
    """The rows in batches, in the order of a unique integer `column`: all of them, or those with these `values`.

    Each batch is looked up by the last value of the batch before, so that the database never sorts or holds all rows.
    For the same reason rows in the trash are not left out by the statement; callers skip them.
    """
    if values is not None:
        wanted = sorted(set(values))
        for start in range(0, len(wanted), BATCH):
            yield list(rows.filter(**{f"{column}__in": wanted[start : start + BATCH]}).order_by(column))
        return
    last = 0
    while batch := list(rows.filter(**{f"{column}__gt": last}).order_by(column)[:BATCH]):
        yield batch
        last = getattr(batch[-1], column)


def page_documents(pks: Iterable[int] | None = None) -> Iterator[Document]:
    """Documents of the pages with words: of all, or of those with these primary keys."""
    texts = (
        PageText.objects.filter(current=True).exclude(text="").values_list(*PAGE_COLUMNS, *RECORD_COLUMNS, named=True)
    )
    slugs = dict(Repository.objects.values_list("pk", "slug"))
    ancestors = Ancestors()
    # Plain values, no models: for a million pages, making a model of each text, page and record would take longer than
    # their words do.
    for batch in _read_in_batches(texts, "page_id", pks):
        uncovered = _uncovered_words([row[0] for row in batch])
        above = ancestors.of([row[len(PAGE_COLUMNS)] for row in batch])
        for row in batch:
            pk, text, title_vi, title_en, number, page_trashed = row[: len(PAGE_COLUMNS)]
            record = _RecordOfPage(*row[len(PAGE_COLUMNS) :])
            body = without_marks(uncovered.get(pk, text))
            if page_trashed or record.trashed_at or not body.strip():
                continue
            yield Document(
                key=f"page:{pk}",
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
    """For each page with a covered part: its words without those under the cover. One document serves every asker, so
    nobody finds the page by a covered word."""
    covers = covers_by_page(page_ids)
    texts = PageText.objects.filter(page__in=covers, current=True) if covers else ()
    return {text.page_id: uncovered_words(text, covers[text.page_id]).text.replace(WITHHELD, "") for text in texts}


def exhibition_documents(pks: Iterable[int] | None = None) -> Iterator[Document]:
    """Documents of exhibitions: of all, or of those with these primary keys. Captions are included only where a visitor
    may see the item they belong to."""
    exhibitions = Exhibition.objects.kept()
    if pks is not None:
        exhibitions = exhibitions.filter(pk__in=list(pks))
    placements = visible_placements(AnonymousUser()).prefetch_related(None)
    panels = Prefetch("panels", Panel.objects.prefetch_related(Prefetch("placements", placements)))
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


class Ancestors:
    """The records above other records, looked up for many at once, one level at a time, and kept in memory."""

    def __init__(self) -> None:
        self._parents: dict[int, int | None] = {}

    def of(self, records: Iterable[int]) -> dict[int, tuple[str, ...]]:
        """For each record (by primary key) its own key and those of all records above it, as a document has them."""
        if len(self._parents) > MOST_PARENTS:
            self._parents.clear()
        wanted = list(dict.fromkeys(records))
        level: set[int] = set(wanted)
        while level := {key for key in level if key not in self._parents}:
            unknown = sorted(level)
            for start in range(0, len(unknown), BATCH):
                batch = unknown[start : start + BATCH]
                self._parents.update(Record._base_manager.filter(pk__in=batch).values_list("pk", "parent_id"))
            level = {parent for key in unknown if (parent := self._parents.setdefault(key, None)) is not None}
        return {key: tuple(self._chain(key)) for key in wanted}

    def _chain(self, key: int) -> Iterator[str]:
        current: int | None = key
        chain: set[int] = set()
        # If the data has a circle of parents, the chain ends where it would repeat.
        while current is not None and current not in chain:
            chain.add(current)
            yield str(current)
            current = self._parents.get(current)


class _RelatedRows:
    """What other tables say of a batch of records, by the record's primary key (readings: by the mention's). Plain
    values, no models, since the whole catalogue is read in this way."""

    def __init__(self, pks: list[int]) -> None:
        self.numbers = _by_first_column(
            Identifier.objects.filter(record__in=pks).values_list("record_id", "value", "matched")
        )
        self.custody = _by_first_column(
            CustodyEvent.objects.filter(record__in=pks).values_list(
                "record_id", "operation", "description_vi", "description_en", "place_text", "unit_text"
            )
        )
        # One document serves every asker: nobody finds a record by a name that its public page withholds.
        mentions = shown_mentions().filter(record__in=pks)
        self.mentions = _by_first_column(
            mentions.values_list(
                "record_id", "pk", "name", "rank", "post", "unit_text", "unit__normal_form", "home_text"
            )
        )
        self.readings = _by_first_column(
            MentionReading.objects.filter(mention__record__in=pks).values_list("mention_id", "value")
        )
        loans = public_loans().filter(record__in=pks)
        self.lenders = _by_first_column(loans.values_list("record_id", "lender__slug"))


def _by_first_column(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[tuple[Any, ...]]]:
    """The other columns of the rows, by the value of the first."""
    grouped: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        grouped[row[0]].append(row[1:])
    return grouped


def _record_document(record: Record, related: _RelatedRows, repository: str, above: tuple[str, ...]) -> Document:
    words = [str(getattr(record, name)) for name in SEARCHED]
    words.append(_kind_labels(record.kind))
    numbers = [record.reference_code, record.document_number]
    for value, matched in related.numbers.get(record.pk, ()):
        numbers += [value, matched]
    names: list[str] = []
    units: list[str] = []
    places: list[str] = []
    for operation, description_vi, description_en, place, unit in related.custody.get(record.pk, ()):
        words += [operation, description_vi, description_en]
        places.append(place)
        units.append(unit)
    for mention, name, rank, post, unit, normal_form, home in related.mentions.get(record.pk, ()):
        words += [rank, post]
        names += [name, *(value for (value,) in related.readings.get(mention, ()))]
        units += [unit, normal_form or ""]
        places.append(home)
    lenders = {slug for (slug,) in related.lenders.get(record.pk, ())}
    return Document(
        key=f"record:{record.pk}",
        kind="record",
        audience=audience_of(record),
        title=f"{record.title_vi}\n{record.title_en}",
        body=_distinct_lines(*words, *names, *units, *places, *numbers),
        fields={
            field: lines
            for field, values in (("name", names), ("unit", units), ("place", places), ("number", numbers))
            if (lines := _distinct_lines(*values))
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
def _kind_labels(kind: str) -> str:
    """The label of the kind in both languages, whatever the language of the process. Cached, because Django looks
    through all choices for each label."""
    labels = []
    for language in ("vi", "en") if kind else ():
        with override(language):
            labels.append(str(Record.Kind(kind).label))
    return " ".join(labels)


def _distinct_lines(*texts: str) -> str:
    return "\n".join(dict.fromkeys(filter(None, texts)))


def _facets(record: "Record | _RecordOfPage", repository: str, *, has_scans: bool) -> dict[str, tuple[str, ...]]:
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
