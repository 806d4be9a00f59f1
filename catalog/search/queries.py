"""Answering a search: the engine finds keys, the database gives what the asker may see of them."""

import logging
from dataclasses import dataclass, field, replace
from typing import Any

from catalog.engines.interface import EngineError, Results, SearchRequest
from catalog.engines.query import Prefix, Word, read_query, words_of
from catalog.exhibitions.models import Exhibition
from catalog.exhibitions.queries import visible_exhibitions
from catalog.people.models import Unit
from catalog.places.models import Place
from catalog.records.models import Page, Record, Repository
from catalog.records.queries import Asker, audiences, record_by_identifier, visible_pages, visible_to
from catalog.rules.identifiers import clean_identifier, looks_like_identifier
from catalog.scans.models import PageText, Scan
from catalog.search.engine import engine
from catalog.engines.highlights import Highlight, found_slices, highlight
from catalog.search.params import FACETS, KIND_OF_TAB, PAGE_SIZE, SearchParams
from catalog.search.people import PeopleFound, find_by_text
from catalog.search.people.finding import SHOWN

logger = logging.getLogger(__name__)

KINDS = ("record", "page", "exhibition")
PEOPLE_ON_ALL = 5


@dataclass(frozen=True)
class RecordHit:
    """A found record with its marked title and the piece of its words that was asked for."""

    record: Record
    title: Highlight | None
    piece: Highlight | None
    kind: str = "record"


@dataclass(frozen=True)
class PageHit:
    """A found page: its image, the words around the hit, and boxes (x, y, width, height) of the first hits on it."""

    page: Page
    scan: Scan | None
    piece: Highlight | None
    boxes: list[tuple[int, int, int, int]] = field(default_factory=list)
    kind: str = "page"


@dataclass(frozen=True)
class ExhibitionHit:
    """A found exhibition."""

    exhibition: Exhibition
    title: Highlight | None
    piece: Highlight | None
    kind: str = "exhibition"


@dataclass(frozen=True)
class FacetValue:
    """One value of a facet with its count; `url` is the address with it chosen, or taken back."""

    value: str
    label: str
    count: int
    chosen: bool
    url: str


@dataclass(frozen=True)
class Found:
    """A whole answer. `people` is None where no name or unit was asked for; `engine_away` when words were not searched."""

    params: SearchParams
    people: PeopleFound | None
    hits: list[RecordHit | PageHit | ExhibitionHit]
    total: int
    counts: dict[str, int]
    facets: dict[str, list[FacetValue]]
    notes: tuple[str, ...]
    exact: Record | None
    cleaned: tuple[str, ...]
    pages: int
    engine_away: bool = False


def search(params: SearchParams, asker: Asker) -> Found:
    """Answer `params` for `asker`. Never raises for anything typed; the engine's absence is said in the answer."""
    read = read_query(params.q)
    # Pages carry their record's facets; people are found by name alone.
    people = None
    if params.q and not params.filters:
        alone = params.tab == "people"
        people = find_by_text(params.q, asker, SHOWN if alone else PEOPLE_ON_ALL, params.page if alone else 1)
    exact, cleaned = _by_number(params.q, asker)
    request = SearchRequest(
        query=read.node,
        kinds=(KIND_OF_TAB[params.tab],) if params.tab in KIND_OF_TAB else KINDS,
        audiences=audiences(asker),
        filters=params.filters,
        date_from=params.first_day.toordinal() if params.first_day else None,
        date_to=params.last_day.toordinal() if params.last_day else None,
        sort=params.sort,
        offset=(params.page - 1) * PAGE_SIZE,
        limit=0 if params.tab == "people" else PAGE_SIZE,
        facets=FACETS,
    )
    away = False
    try:
        results = engine().search(request)
    except EngineError as error:
        logger.warning("full-text search is away: %s", error)
        results, away = Results(0, [], {}, {}), True
    nothing_readable = bool(params.q) and read.node is None
    if nothing_readable:
        results = Results(0, [], {}, {})
    words = words_of(read.node)
    hits = _loaded([hit.key for hit in results.hits], words, asker)
    # What was withdrawn after it was indexed is not there: not as a hit and not in the count.
    total = results.total - (len(results.hits) - len(hits))
    counts = {
        "people": people.total if people else 0,
        "records": results.kinds.get("record", 0),
        "pages": results.kinds.get("page", 0),
        "exhibitions": results.kinds.get("exhibition", 0),
    }
    return Found(
        params=params,
        people=people,
        hits=hits,
        total=total,
        counts=counts,
        facets=_facets(results, params, asker),
        notes=(*params.notes, *read.notes),
        exact=exact,
        cleaned=cleaned,
        pages=max(1, -(-(people.total if people and params.tab == "people" else total) // PAGE_SIZE)),
        engine_away=away,
    )


def words_on_page(text: PageText, q: str) -> list[tuple[int, int, int, int]]:
    """Boxes of the words of `q` on a page, in pixels of the upright full-size image; neighbours on a line joined."""
    return _boxes(text, words_of(read_query(q).node))


def _by_number(q: str, asker: Asker) -> tuple[Record | None, tuple[str, ...]]:
    if not q or not looks_like_identifier(q):
        return None, ()
    found = record_by_identifier(q)
    if found is None or not visible_to(asker).filter(pk=found.pk).exists():
        return None, ()
    return found, clean_identifier(q).changes


def _loaded(keys: list[str], words: list[Word | Prefix], asker: Asker) -> list[RecordHit | PageHit | ExhibitionHit]:
    wanted: dict[str, list[int]] = {kind: [] for kind in KINDS}
    for key in keys:
        kind, _, pk = key.partition(":")
        wanted[kind].append(int(pk))
    records = visible_to(asker).prefetch_related("identifiers").select_related("repository").in_bulk(wanted["record"])
    pages = (
        visible_pages(asker).select_related("record").prefetch_related("record__identifiers").in_bulk(wanted["page"])
    )
    exhibitions = visible_exhibitions(asker).in_bulk(wanted["exhibition"])
    scans = {scan.page_id: scan for scan in Scan.objects.filter(page__in=pages, current=True)}
    texts = {text.page_id: text for text in PageText.objects.filter(page__in=pages, current=True)}
    hits: list[RecordHit | PageHit | ExhibitionHit] = []
    for key in keys:
        kind, _, pk = key.partition(":")
        if kind == "record" and int(pk) in records:
            hits.append(_record_hit(records[int(pk)], words))
        elif kind == "page" and int(pk) in pages:
            text = texts.get(int(pk))
            piece = highlight(text.text, words) if text else None
            boxes = _boxes(text, words) if text else []
            hits.append(PageHit(pages[int(pk)], scans.get(int(pk)), piece, boxes))
        elif kind == "exhibition" and int(pk) in exhibitions:
            one = exhibitions[int(pk)]
            title = highlight(one.title_vi, words, whole=True)
            hits.append(ExhibitionHit(one, title, highlight(f"{one.opening_vi}\n{one.opening_en}", words)))
    return hits


def _record_hit(record: Record, words: list[Word | Prefix]) -> RecordHit:
    body = "\n".join(filter(None, [record.description_vi, record.description_en, record.note_vi, record.keywords]))
    return RecordHit(record, highlight(record.title_vi, words, whole=True), highlight(body, words))


def _boxes(text: PageText, words: list[Word | Prefix]) -> list[tuple[int, int, int, int]]:
    joined: list[tuple[int, int, int, int]] = []
    for start, end in found_slices(text.text, words):
        inside = [box[2:6] for box in text.boxes if box[0] < end and box[1] > start]
        lines: list[list[list[int]]] = []
        for box in inside:
            if lines and abs(lines[-1][-1][1] - box[1]) < box[3]:
                lines[-1].append(box)
            else:
                lines.append([box])
        for line in lines:
            left, top = min(box[0] for box in line), min(box[1] for box in line)
            right, bottom = max(box[0] + box[2] for box in line), max(box[1] + box[3] for box in line)
            joined.append((left, top, right - left, bottom - top))
    return joined


def _facets(results: Results, params: SearchParams, asker: Asker) -> dict[str, list[FacetValue]]:
    names = {one.slug: str(one) for one in Repository.objects.all()}
    named: dict[str, dict[str, Any]] = {
        "kind": dict(Record.Kind.choices),
        "level": dict(Record.Level.choices),
        "repository": names,
        "lender": names,
    }
    shown: dict[str, list[FacetValue]] = {}
    for name in FACETS:
        counted = list(results.facets.get(name, []))
        chosen = params.filters.get(name, ())
        counted += [(value, 0) for value in chosen if value not in dict(counted)]
        labels = named.get(name, {})
        values = [
            FacetValue(
                value=value,
                label=str(labels.get(value, value)),
                count=count,
                chosen=value in chosen,
                url=params.without(name, value) if value in chosen else params.with_also(name, value),
            )
            for value, count in (sorted(counted) if name == "decade" else counted)[:30]
        ]
        # A facet with one value that everything shares narrows nothing.
        if chosen or len(values) > 1:
            shown[name] = values
    return shown


def everything(params: SearchParams) -> SearchParams:
    """The same search with nothing narrowed."""
    return replace(params, filters={}, date_from="", date_to="", first_day=None, last_day=None, page=1)


def authorities_named(q: str) -> tuple[list[Unit], list[Place]]:
    """Units and places whose name is just `q`, to offer as pages of their own."""
    return list(Unit.objects.filter(name_vi__iexact=q)[:3]), list(Place.objects.filter(name_vi__iexact=q)[:3])
