"""A search as its address says it: every state of the search page is in here, and nothing else is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from urllib.parse import urlencode

from django.http import QueryDict

from catalog.rules.dates import read_date
from catalog.rules.text import canonical, whole_number
from catalog.search.filters import FACETS, QueryMap, read_filters

TABS = ("all", "people", "records", "pages", "exhibitions")
KIND_OF_TAB = {"records": "record", "pages": "page", "exhibitions": "exhibition"}
SORTS = ("relevance", "date", "number", "newest")
PAGE_SIZE = 20
MOST_TEXT = 1000
LAST_PAGE = 1_000_000


@dataclass(frozen=True)
class SearchParams:
    """q as typed; tab, filters by facet (a minus before a value leaves it out), dates as typed with their days, whether
    they must be certain, the code of the record to search in, sort, page from 1. `notes`: codes for sentences."""

    q: str = ""
    tab: str = "all"
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    date_from: str = ""
    date_to: str = ""
    first_day: date | None = None
    last_day: date | None = None
    certain: bool = False
    record: str = ""
    sort: str = "relevance"
    page: int = 1
    notes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked."""
        return not (self.q or self.filters or self.date_from or self.date_to or self.record)

    def query_string(self, **changes: object) -> str:
        """The address of this search with `changes` (tab, page, sort, q, filters), leaving out what is usual."""
        now = replace(self, **changes)  # type: ignore[arg-type]
        pairs: list[tuple[str, str]] = [("q", now.q)] if now.q else []
        if now.tab != "all":
            pairs.append(("tab", now.tab))
        pairs += [(name, value) for name in FACETS for value in now.filters.get(name, ())]
        pairs += [(name, value) for name, value in (("from", now.date_from), ("to", now.date_to)) if value]
        pairs += [("dates", "certain")] if now.certain else []
        pairs += [("record", now.record)] if now.record else []
        if now.sort != "relevance":
            pairs.append(("sort", now.sort))
        if now.page > 1:
            pairs.append(("page", str(now.page)))
        return urlencode(pairs)

    def at_page(self, page: int) -> "SearchParams":
        """The same search, another page of its results."""
        return replace(self, page=page)

    def without(self, facet: str, value: str) -> str:
        """The address without one chosen value."""
        left = tuple(one for one in self.filters.get(facet, ()) if one != value)
        return self.query_string(filters={**self.filters, facet: left}, page=1)

    def with_also(self, facet: str, value: str) -> str:
        """The address with one more chosen value."""
        others = tuple(one for one in self.filters.get(facet, ()) if one.removeprefix("-") != value.removeprefix("-"))
        return self.query_string(filters={**self.filters, facet: (*others, value)}, page=1)


def read_params(data: QueryMap) -> SearchParams:
    """Read an address. Never raises; what made no sense is noted: text_cut, date_from_unread, date_to_unread,
    dates_crossed."""
    notes: list[str] = []
    q = " ".join(canonical(_one(data, "q")).replace("\0", " ").split())
    if len(q) > MOST_TEXT:
        q = q[:MOST_TEXT]
        notes.append("text_cut")
    tab = _one(data, "tab") or "all"
    sort = _one(data, "sort") or "relevance"
    typed_from, typed_to = _one(data, "from")[:60].strip(), _one(data, "to")[:60].strip()
    first, last = None, None
    if typed_from and (first := read_date(typed_from).earliest) is None:
        notes.append("date_from_unread")
    if typed_to and (last := read_date(typed_to).latest) is None:
        notes.append("date_to_unread")
    if first and last and first > last:
        notes.append("dates_crossed")
    page = _one(data, "page") or "1"
    return SearchParams(
        q=q,
        tab=tab if tab in TABS else "all",
        filters=read_filters(data),
        date_from=typed_from,
        date_to=typed_to,
        first_day=first,
        last_day=last,
        certain=_one(data, "dates") == "certain",
        record=_one(data, "record")[:80].strip(),
        sort=sort if sort in SORTS else "relevance",
        page=min(whole_number(page, 8) or 1, LAST_PAGE),
        notes=tuple(notes),
    )


def params_of(pairs: Iterable[tuple[str, str]]) -> SearchParams:
    """The search that an address of these pairs says."""
    return read_params(QueryDict(urlencode(list(pairs))))


def _one(data: QueryMap, name: str) -> str:
    return str(data[name]) if name in data else ""
