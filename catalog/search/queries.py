"""Answering a search: the engine finds keys, the database gives what the asker may see of them."""

import logging
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Exists, OuterRef, Value

from catalog.changes.models import Change
from catalog.engines.interface import KINDS, EngineError, Results, SearchRequest
from catalog.engines.query import All, Node, Phrase, Within, Word
from catalog.exhibitions.queries import exhibitions_below, exhibitions_showing, nameable_repositories
from catalog.people.models import Unit
from catalog.places.models import Place
from catalog.records.models import Page, Record, Spread
from catalog.records.queries import (
    EVERY_AUDIENCE,
    Asker,
    audiences,
    may_see_staff_notes,
    record_by_identifier,
    visible_to,
)
from catalog.rules.identifiers import clean_identifier, looks_like_identifier
from catalog.search.actions import note_trouble
from catalog.search.engine import engine
from catalog.search.filters import FACETS, narrowing, parted
from catalog.search.hits import ExhibitionHit, Gathered, Hit, gathered, loaded
from catalog.search.params import KIND_OF_TAB, PAGE_SIZE, SearchParams
from catalog.search.parsed_query import ParsedQuery, parse_query
from catalog.search.people import PeopleFound, find_by_text
from catalog.search.people.finding import SHOWN

logger = logging.getLogger(__name__)

PEOPLE_ON_ALL = 5
NOTHING = Results(0, [], {}, {})


@dataclass(frozen=True)
class FacetValue:
    """One value of a facet with its count; `url` is the address with it chosen, or taken back; `without_url` leaves it
    out."""

    value: str
    label: str
    count: int
    chosen: bool
    left_out: bool
    url: str
    without_url: str


@dataclass(frozen=True)
class Found:
    """A whole answer. `people` is None where no name or unit was asked for; `entries` are `hits` gathered by record;
    `certain` says how many are dated wholly within the dates asked for; `facet_counts` are every facet's values, also
    those of facets that narrow nothing and are not shown; `engine_away` when words were not searched."""

    params: SearchParams
    people: PeopleFound | None
    hits: list[Hit]
    entries: list[Gathered | ExhibitionHit]
    total: int
    certain: int | None
    counts: dict[str, int]
    facets: dict[str, list[FacetValue]]
    notes: tuple[str, ...]
    exact: Record | None
    cleaned: tuple[str, ...]
    pages: int
    scores: dict[str, float]
    facet_counts: dict[str, dict[str, int]]
    engine_away: bool = False


def search(params: SearchParams, asker: Asker) -> Found:
    """Answer `params` for `asker`. Never raises for anything typed; the engine's absence is said in the answer."""
    asked = parse_query(params.q, asker)
    # Pages carry their record's facets; people are found by name alone.
    people = None
    if (name := people_asked(params.q, asked.node)) and not params.filters and not params.record:
        alone = params.tab == "people"
        people = find_by_text(name, asker, SHOWN if alone else PEOPLE_ON_ALL, params.page if alone else 1)
    exact, cleaned = _by_number(params.q, asker)
    request = request_of(params, asked, asker)
    away = False
    results, page_totals = NOTHING, dict[str, int]()
    if request is not None:
        try:
            results = engine().search(request)
            page_totals = _page_totals(request, results)
        except EngineError as error:
            logger.warning("full-text search is away: %s", error)
            note_trouble()
            away = True
    hits = loaded([hit.key for hit in results.hits], asked.words, asker)
    # What was withdrawn and is not in the outbox any more, and what opens or closes by the day, is not counted either.
    total = results.total - (len(results.hits) - len(hits))
    counts = {
        "people": people.total if people else 0,
        "records": results.kinds.get("record", 0),
        "pages": results.kinds.get("page", 0),
        "exhibitions": results.kinds.get("exhibition", 0),
    }
    notes = (*params.notes, *asked.notes, *(() if results.complete else ("out_of_time",)))
    return Found(
        params=params,
        people=people,
        hits=hits,
        entries=gathered(hits, page_totals),
        total=total,
        certain=results.certain,
        counts=counts,
        facets=facet_values(results, params, asker),
        notes=notes,
        exact=exact,
        cleaned=cleaned,
        pages=max(1, -(-(people.total if people and params.tab == "people" else total) // PAGE_SIZE)),
        scores={hit.key: hit.score for hit in results.hits},
        facet_counts={name: dict(values) for name, values in results.facets.items()},
        engine_away=away,
    )


def request_of(params: SearchParams, asked: ParsedQuery, asker: Asker) -> SearchRequest | None:
    """The question for the engine; None where nothing searchable was typed, or the record to search in is not there."""
    if params.q and asked.node is None:
        return None
    groups: tuple[str, ...] = ()
    if params.record:
        record = record_by_identifier(params.record)
        if record is None or not visible_to(asker).filter(pk=record.pk).exists():
            return None
        groups = (f"record:{record.pk}",)
    filters, excluded = narrowing(params.filters)
    withheld = withheld_meanwhile(asker)
    return SearchRequest(
        query=asked.node,
        kinds=(KIND_OF_TAB[params.tab],) if params.tab in KIND_OF_TAB else KINDS,
        audiences=audiences(asker),
        filters=filters,
        excluded=excluded,
        groups=groups,
        without=withheld.keys,
        without_below=withheld.below,
        date_from=params.first_day.toordinal() if params.first_day else None,
        date_to=params.last_day.toordinal() if params.last_day else None,
        certain=params.certain,
        sort=params.sort,
        offset=(params.page - 1) * PAGE_SIZE,
        limit=0 if params.tab == "people" else PAGE_SIZE,
        facets=FACETS,
    )


@dataclass(frozen=True)
class Withheld:
    """What the index may still show and `asker` must not see: keys of documents, and records with everything below
    them."""

    keys: frozenset[str] = frozenset()
    below: frozenset[str] = frozenset()


def withheld_meanwhile(asker: Asker) -> Withheld:
    """What was closed, withdrawn or hidden and waits for the index to follow, however much else waits. Whoever sees
    everything is withheld nothing."""
    if len(audiences(asker)) == len(EVERY_AUDIENCE[-1]) and may_see_staff_notes(asker):
        return Withheld()
    # A record whose standing changed: withheld with everything below it while it is not there for the asker.
    there = visible_to(asker).filter(pk=OuterRef("key"))
    moved = Change.objects.filter(~Exists(there), kind="below").values_list("kind", "key")
    on_the_way = Spread.objects.filter(hides=True).annotate(kind=Value("below")).values_list("kind", "record_id")
    hidden = Change.objects.filter(hides=True)
    # One question, since every search asks it.
    waiting = moved.order_by().union(
        on_the_way.order_by(), hidden.filter(kind__in=KINDS).order_by().values_list("kind", "key"), all=True
    )
    roots: set[int] = set()
    keys: set[str] = set()
    for kind, key in waiting:
        if kind == "below":
            roots.add(key)
        else:
            keys.add(f"{kind}:{key}")
    if keys:
        records, pages = (hidden.filter(kind=kind).values("key") for kind in ("record", "page"))
        keys |= {f"exhibition:{key}" for key in exhibitions_showing(records=records, pages=pages)}
    keys |= {f"exhibition:{key}" for key in exhibitions_below(roots)}
    return Withheld(frozenset(keys), frozenset(map(str, roots)))


def people_asked(q: str, node: Node | None) -> str:
    """The part of a question that may be a name or a unit: all of it if it is plain words, or what a field says."""
    match node:
        case Word() | Phrase():
            return q
        case All(nodes) if all(isinstance(one, Word | Phrase) for one in nodes):
            return q
        case Within("name" | "unit", Word() | Phrase() as inner):
            return inner.exact if isinstance(inner, Word) else " ".join(word.exact for word in inner.words)
        case _:
            return ""


def _page_totals(request: SearchRequest, results: Results) -> dict[str, int]:
    """Found pages of each record that a hit belongs to, by the record's key."""
    if request.query is None or "page" not in request.kinds or not results.hits:
        return {}
    found = [hit.key for hit in results.hits]
    records = {key for key in found if key.startswith("record:")}
    pages = [int(key.partition(":")[2]) for key in found if key.startswith("page:")]
    if pages:
        records |= {f"record:{pk}" for pk in Page.objects.filter(pk__in=pages).values_list("record", flat=True)}
    if not records or not results.kinds.get("page"):
        return {}
    groups = tuple(sorted(records))
    counting = replace(
        request, kinds=("page",), groups=groups, by_group=True, limit=0, offset=0, facets=(), sort="number"
    )
    return dict(engine().search(counting).groups)


def _by_number(q: str, asker: Asker) -> tuple[Record | None, tuple[str, ...]]:
    if not q or not looks_like_identifier(q):
        return None, ()
    found = record_by_identifier(q)
    if found is None or not visible_to(asker).filter(pk=found.pk).exists():
        return None, ()
    return found, clean_identifier(q).changes


def facet_values(results: Results, params: SearchParams, asker: Asker) -> dict[str, list[FacetValue]]:
    """The facets as shown: values with counts, and the addresses that choose them or leave them out."""
    names = {one.slug: str(one) for one in nameable_repositories(asker)}
    named: dict[str, dict[str, Any]] = {
        "kind": dict(Record.Kind.choices),
        "level": dict(Record.Level.choices),
        "repository": names,
        "lender": names,
    }
    shown: dict[str, list[FacetValue]] = {}
    for name in FACETS:
        counted: list[tuple[str, int]] = list(results.facets.get(name, []))
        chosen, left_out = parted(params.filters.get(name, ()))
        counted += [(value, 0) for value in (*chosen, *left_out) if value not in dict(counted)]
        labels = named.get(name, {})
        values = [
            FacetValue(
                value=value,
                label=str(labels.get(value, value)),
                count=count,
                chosen=value in chosen,
                left_out=value in left_out,
                url=params.without(name, value) if value in chosen else params.with_also(name, value),
                without_url=params.without(name, f"-{value}")
                if value in left_out
                else params.with_also(name, f"-{value}"),
            )
            for value, count in (sorted(counted) if name == "decade" else counted)[:30]
        ]
        # A facet with one value that everything shares narrows nothing.
        if chosen or left_out or len(values) > 1:
            shown[name] = values
    return shown


def everything(params: SearchParams) -> SearchParams:
    """The same search with nothing narrowed."""
    return replace(
        params, filters={}, date_from="", date_to="", first_day=None, last_day=None, certain=False, record="", page=1
    )


def authorities_named(q: str) -> tuple[list[Unit], list[Place]]:
    """Units and places whose name is just `q`, to offer as pages of their own."""
    return list(Unit.objects.filter(name_vi__iexact=q)[:3]), list(Place.objects.filter(name_vi__iexact=q)[:3])
