"""What of each thing can be found by its words: one document a record, a page, an exhibition.

Only what the public page of the thing may show goes in; the audience is kept beside it. Kin, recipients, notes for
staff and mentions of living persons are in no document.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from itertools import islice

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Prefetch
from django.utils.translation import override

from catalog.engines.interface import Document
from catalog.exhibitions.models import Exhibition, Panel, Part, Placement
from catalog.records.models import Mention, Record
from catalog.records.queries import audience_of, covered_mentions, visible_to
from catalog.rules.transcription import without_marks
from catalog.scans.models import PageText, Scan
from catalog.scans.queries import WITHHELD, covers_by_page, words_of

BATCH = 500


def record_documents(ids: Iterable[int] | None = None) -> Iterator[Document]:
    """Documents of records kept; of all, or of those `ids`."""
    records = Record.objects.kept()
    if ids is not None:
        records = records.filter(pk__in=list(ids))
    records = (
        records.select_related("repository", "parent")
        .prefetch_related(
            "identifiers",
            "instantiations",
            "custody_events",
            Prefetch(
                "mentions",
                Mention.objects.kept()
                .exclude(pk__in=covered_mentions().values("pk"))
                .select_related("unit")
                .prefetch_related("readings", "identifications__person"),
            ),
            Prefetch("placements", Placement.objects.select_related("lender")),
        )
        .annotate(has_scans=Exists(Scan.objects.filter(page__record=OuterRef("pk"))))
        .order_by("pk")
    )
    for record in records.iterator(chunk_size=BATCH):
        yield _record_document(record)


def page_documents(ids: Iterable[int] | None = None) -> Iterator[Document]:
    """Documents of pages with words; of all, or of those `ids`."""
    texts = PageText.objects.filter(current=True, page__trashed_at=None, page__record__trashed_at=None).exclude(text="")
    if ids is not None:
        texts = texts.filter(page__in=list(ids))
    texts = texts.select_related("page__record__repository").order_by("page_id")
    standing = texts.iterator(chunk_size=BATCH)
    while some := list(islice(standing, BATCH)):
        covers = covers_by_page(text.page_id for text in some)
        for text in some:
            # One document serves everybody, so that words under a cover are found by nobody.
            body = without_marks(words_of(text, covers.get(text.page_id, [])).text.replace(WITHHELD, ""))
            if body.strip():
                yield _page_document(text, body)


def _page_document(text: PageText, body: str) -> Document:
    page, record = text.page, text.page.record
    return Document(
        key=f"page:{page.pk}",
        kind="page",
        audience=audience_of(record),
        title=f"{page.title_vi} {page.title_en}",
        body=body,
        facets=_facets(record, has_scans=True),
        date_from=_ordinal(record.date_earliest),
        date_to=_ordinal(record.date_latest),
        number=f"{record.reference_code} {page.number:06}",
        newest=record.published_at.timestamp() if record.published_at else 0.0,
        group=f"record:{record.pk}",
    )


def exhibition_documents(ids: Iterable[int] | None = None) -> Iterator[Document]:
    """Documents of exhibitions; of all, or of those `ids`. Words of placements whose record is not public stay out."""
    exhibitions = Exhibition.objects.kept()
    if ids is not None:
        exhibitions = exhibitions.filter(pk__in=list(ids))
    public = Placement.objects.filter(record__in=visible_to(AnonymousUser()))
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


def _record_document(record: Record) -> Document:
    words = [
        record.description_vi, record.description_en, record.creator_vi, record.creator_en,
        record.creator_history_vi, record.creator_history_en, record.acquisition_vi, record.acquisition_en,
        record.keywords, record.note_vi, record.note_en, record.date_text,
        record.extent, record.archival_history, _kind_in_words(record.kind),
    ]  # fmt: skip
    numbers = [record.reference_code, record.document_number]
    for identifier in record.identifiers.all():
        numbers += [identifier.value, identifier.matched]
    names: list[str] = []
    units: list[str] = []
    places: list[str] = []
    for event in record.custody_events.all():
        words += [event.operation, event.description_vi, event.description_en]
        places.append(event.place_text)
        units.append(event.unit_text)
    for mention in record.mentions.all():
        if any(one.person.life == "living" and not one.person.public_figure for one in mention.identifications.all()):
            continue
        words += [mention.rank, mention.post]
        names += [mention.name, *(reading.value for reading in mention.readings.all())]
        units += [mention.unit_text, mention.unit.normal_form if mention.unit else ""]
        places.append(mention.home_text)
    lenders = {placement.lender.slug for placement in record.placements.all() if placement.lender}
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
        facets=_facets(record, has_scans=record.has_scans) | {"lender": tuple(sorted(lenders))},  # type: ignore[attr-defined]
        date_from=_ordinal(record.date_earliest),
        date_to=_ordinal(record.date_latest),
        number=record.reference_code,
        newest=record.published_at.timestamp() if record.published_at else 0.0,
        group=f"record:{record.pk}",
    )


@cache
def _kind_in_words(kind: str) -> str:
    """The kind in both languages, whatever the language of the process; asked once, as Django looks through all choices."""
    words = []
    for language in ("vi", "en") if kind else ():
        with override(language):
            words.append(str(Record.Kind(kind).label))
    return " ".join(words)


def _lines(*words: str) -> str:
    return "\n".join(dict.fromkeys(filter(None, words)))


def _facets(record: Record, *, has_scans: bool) -> dict[str, tuple[str, ...]]:
    decades: tuple[str, ...] = ()
    if record.date_earliest and record.date_latest:
        first, last = record.date_earliest.year // 10 * 10, record.date_latest.year // 10 * 10
        # A date that spans more than half a century tells no decade.
        decades = tuple(str(year) for year in range(first, last + 1, 10)) if last - first <= 50 else ()
    return {
        "kind": (record.kind,) if record.kind else (),
        "level": (record.level,),
        "repository": (record.repository.slug,),
        "decade": decades,
        "language": tuple(code.strip() for code in record.languages.split(",") if code.strip()),
        "scans": ("yes",) if has_scans else ("no",),
    }


def _ordinal(day: date | None) -> int | None:
    return day.toordinal() if day else None
