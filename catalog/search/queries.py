"""One page of answers to a search: the engine finds keys, the database loads what the asker may see of them."""

import logging
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Exists, OuterRef, Value

from catalog.changes.models import Change
from catalog.engines.interface import KINDS, EngineError, Results, SearchRequest
from catalog.engines.query import All, Node, Phrase, Within, Word
from catalog.exhibitions.queries import exhibitions_below, exhibitions_showing, nameable_repositories
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
from catalog.search.actions import report_index_damage
from catalog.search.engine import engine
from catalog.search.filters import FACETS, split_filters, split_values
from catalog.search.hits import ExhibitionHit, Hit, RecordGroup, group_by_record, load_hits
from catalog.search.params import KIND_OF_TAB, PAGE_SIZE, SearchParams
from catalog.search.parsed_query import ParsedQuery, parse_query, typed_text
from catalog.search.people import PeopleFound, find_by_text
from catalog.search.people.finding import SHOWN

logger = logging.getLogger(__name__)

# People shown on the tab "Everything".
PEOPLE_ON_ALL = 5
# Values shown of one facet.
MOST_FACET_VALUES = 30
NO_RESULTS = Results(0, [], {}, {})


@dataclass(frozen=True)
class FacetValue:
    """One value of a facet with the number of its hits.

    url: the query part of the address that chooses it, or takes the choice back; without_url: of the one that leaves
    it out, or takes that back.
    """

    value: str
    label: str
    count: int
    chosen: bool
    left_out: bool
    url: str
    without_url: str


@dataclass(frozen=True)
class SearchAnswer:
    """The answer to a search.

    people: None where the query can be no name or unit. entries: `hits` grouped by record. certain: how many hits are
    dated certainly within the dates of the query, None where it has no dates. counts: hits by tab. exact: the record
    whose number was typed; cleaned: codes of what was changed in the number to find it. pages: number of pages of the
    answer. scores: by the keys of hits. facets: what is shown; facet_counts: the counts of all facets, also of those
    that narrow nothing and are not shown. is_engine_unavailable: words were not searched.
    """

    params: SearchParams
    people: PeopleFound | None
    hits: list[Hit]
    entries: list[RecordGroup | ExhibitionHit]
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
    is_engine_unavailable: bool = False


def search(params: SearchParams, asker: Asker) -> SearchAnswer:
    """Answer `params` for `asker`. Never raises for anything typed, nor where the engine does not answer."""
    query = parse_query(params.q, asker)
    # Facets are of records and pages. People are found by name alone, so not where a filter is set.
    people = None
    if (text := text_for_people(params.q, query.node)) and not params.filters and not params.record:
        on_own_tab = params.tab == "people"
        shown, page = (SHOWN, params.page) if on_own_tab else (PEOPLE_ON_ALL, 1)
        people = find_by_text(text, asker, shown, page)
    exact, cleaned = _record_by_number(params.q, asker)
    request = engine_request(params, query, asker)
    is_engine_unavailable = False
    results, page_totals = NO_RESULTS, dict[str, int]()
    if request is not None:
        try:
            results = engine().search(request)
            page_totals = _page_totals(request, results)
        except EngineError as error:
            logger.warning("full-text search is away: %s", error)
            report_index_damage()
            is_engine_unavailable = True
    hits = load_hits([hit.key for hit in results.hits], query.words, asker)
    # Hits that the asker may not see are not counted: what was withdrawn and has already left the outbox, and records
    # that open or close on a date.
    total = results.total - (len(results.hits) - len(hits))
    counts = {
        "people": people.total if people else 0,
        "records": results.kinds.get("record", 0),
        "pages": results.kinds.get("page", 0),
        "exhibitions": results.kinds.get("exhibition", 0),
    }
    notes = (*params.notes, *query.notes, *(() if results.complete else ("out_of_time",)))
    return SearchAnswer(
        params=params,
        people=people,
        hits=hits,
        entries=group_by_record(hits, page_totals),
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
        is_engine_unavailable=is_engine_unavailable,
    )


def engine_request(params: SearchParams, query: ParsedQuery, asker: Asker) -> SearchRequest | None:
    """The request to the engine; None where nothing that can be searched was typed, or where `asker` may see no record
    to search in."""
    if params.q and query.node is None:
        return None
    groups: tuple[str, ...] = ()
    if params.record:
        record = record_by_identifier(params.record)
        if record is None or not visible_to(asker).filter(pk=record.pk).exists():
            return None
        groups = (f"record:{record.pk}",)
    filters, excluded = split_filters(params.filters)
    withheld = withheld_until_indexed(asker)
    return SearchRequest(
        query=query.node,
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
    """What the index still contains and the asker must not see: keys of documents, and primary keys of records that are
    withheld with all records below them."""

    keys: frozenset[str] = frozenset()
    below: frozenset[str] = frozenset()


def withheld_until_indexed(asker: Asker) -> Withheld:
    """What was closed, withdrawn or hidden and is still in the index; nothing for an asker who may see everything.

    The time it takes depends on the number of such changes, not on the length of the outbox.
    """
    if len(audiences(asker)) == len(EVERY_AUDIENCE[-1]) and may_see_staff_notes(asker):
        return Withheld()
    # A record whose standing changed is withheld, with all records below it, while the asker may not see it.
    visible = visible_to(asker).filter(pk=OuterRef("key"))
    changed_trees = Change.objects.filter(~Exists(visible), kind="below").values_list("kind", "key")
    spreads = Spread.objects.filter(hides=True).annotate(kind=Value("below")).values_list("kind", "record_id")
    hiding = Change.objects.filter(hides=True)
    # One statement, since every search runs it.
    withheld = changed_trees.order_by().union(
        spreads.order_by(), hiding.filter(kind__in=KINDS).order_by().values_list("kind", "key"), all=True
    )
    roots: set[int] = set()
    keys: set[str] = set()
    for kind, key in withheld:
        if kind == "below":
            roots.add(key)
        else:
            keys.add(f"{kind}:{key}")
    if keys:
        records, pages = (hiding.filter(kind=kind).values("key") for kind in ("record", "page"))
        keys |= {f"exhibition:{key}" for key in exhibitions_showing(records=records, pages=pages)}
    keys |= {f"exhibition:{key}" for key in exhibitions_below(roots)}
    return Withheld(frozenset(keys), frozenset(map(str, roots)))


def text_for_people(q: str, node: Node | None) -> str:
    """The part of a query that may be a name or a unit: all of it where it is plain words, the value of a field `name`
    or `unit`, or "" for any other."""
    match node:
        case Word() | Phrase():
            return q
        case All(nodes) if all(isinstance(child, Word | Phrase) for child in nodes):
            return q
        case Within("name" | "unit", Word() | Phrase() as inner):
            return typed_text(inner)
        case _:
            return ""


def _page_totals(request: SearchRequest, results: Results) -> dict[str, int]:
    """How many pages were found in each record that has a hit on this page of the answer, by the record's key."""
    if request.query is None or "page" not in request.kinds or not results.hits:
        return {}
    keys = [hit.key for hit in results.hits]
    records = {key for key in keys if key.startswith("record:")}
    pages = [int(key.partition(":")[2]) for key in keys if key.startswith("page:")]
    if pages:
        records |= {f"record:{pk}" for pk in Page.objects.filter(pk__in=pages).values_list("record", flat=True)}
    if not records or not results.kinds.get("page"):
        return {}
    groups = tuple(sorted(records))
    count_request = replace(
        request, kinds=("page",), groups=groups, by_group=True, limit=0, offset=0, facets=(), sort="number"
    )
    return dict(engine().search(count_request).groups)


def _record_by_number(q: str, asker: Asker) -> tuple[Record | None, tuple[str, ...]]:
    """The visible record whose number `q` is, and codes of what was changed in the number; (None, ()) if there is
    none."""
    if not q or not looks_like_identifier(q):
        return None, ()
    record = record_by_identifier(q)
    if record is None or not visible_to(asker).filter(pk=record.pk).exists():
        return None, ()
    return record, clean_identifier(q).changes


def facet_values(results: Results, params: SearchParams, asker: Asker) -> dict[str, list[FacetValue]]:
    """The facets to show: their values with counts, and the addresses that choose them or leave them out."""
    repositories = {repository.slug: str(repository) for repository in nameable_repositories(asker)}
    labels_of: dict[str, dict[str, Any]] = {
        "kind": dict(Record.Kind.choices),
        "level": dict(Record.Level.choices),
        "repository": repositories,
        "lender": repositories,
    }
    shown: dict[str, list[FacetValue]] = {}
    for name in FACETS:
        counts: list[tuple[str, int]] = list(results.facets.get(name, []))
        chosen, left_out = split_values(params.filters.get(name, ()))
        counts += [(value, 0) for value in (*chosen, *left_out) if value not in dict(counts)]
        labels = labels_of.get(name, {})
        values = [
            FacetValue(
                value=value,
                label=str(labels.get(value, value)),
                count=count,
                chosen=value in chosen,
                left_out=value in left_out,
                url=params.without_value(name, value) if value in chosen else params.with_value(name, value),
                without_url=params.without_value(name, f"-{value}")
                if value in left_out
                else params.with_value(name, f"-{value}"),
            )
            for value, count in (sorted(counts) if name == "decade" else counts)[:MOST_FACET_VALUES]
        ]
        # A facet of which all hits have the same value narrows nothing.
        if chosen or left_out or len(values) > 1:
            shown[name] = values
    return shown


def without_filters(params: SearchParams) -> SearchParams:
    """The same search without filters, dates and record to search in, at its first page."""
    return replace(
        params, filters={}, date_from="", date_to="", first_day=None, last_day=None, certain=False, record="", page=1
    )
