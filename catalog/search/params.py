"""A search as its address says it. All of the state of the search page is in here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from urllib.parse import urlencode

from django.http import QueryDict

from catalog.rules.dates import read_date
from catalog.rules.text import canonical, whole_number
from catalog.search.filters import FACETS, QueryMap, read_filters, single_value

TABS = ("all", "people", "records", "pages", "exhibitions")
KIND_OF_TAB = {"records": "record", "pages": "page", "exhibitions": "exhibition"}
SORTS = ("relevance", "date", "number", "newest")
PAGE_SIZE = 20
MOST_TEXT = 1000
LAST_PAGE = 1_000_000


@dataclass(frozen=True)
class SearchParams:
    """The parameters of a search.

    q: the words as typed. filters: values by facet (a minus before a value leaves it out). date_from, date_to: as
    typed; first_day, last_day: the days they mean; certain: whether records must certainly be from these days. record:
    code of the record to search in. sort: one of SORTS. page: from 1. notes: codes of what could not be read
    (`read_params`).
    """

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
        """Whether neither words nor filters nor dates nor a record are given."""
        return not (self.q or self.filters or self.date_from or self.date_to or self.record)

    def query_string(self, **changes: object) -> str:
        """The query part of this search's address with `changes` (tab, page, sort, q, filters), without defaults."""
        params = replace(self, **changes)  # type: ignore[arg-type]
        pairs: list[tuple[str, str]] = [("q", params.q)] if params.q else []
        if params.tab != "all":
            pairs.append(("tab", params.tab))
        pairs += [(name, value) for name in FACETS for value in params.filters.get(name, ())]
        pairs += [(name, value) for name, value in (("from", params.date_from), ("to", params.date_to)) if value]
        pairs += [("dates", "certain")] if params.certain else []
        pairs += [("record", params.record)] if params.record else []
        if params.sort != "relevance":
            pairs.append(("sort", params.sort))
        if params.page > 1:
            pairs.append(("page", str(params.page)))
        return urlencode(pairs)

    def at_page(self, page: int) -> "SearchParams":
        """The same search at another page of its results."""
        return replace(self, page=page)

    def without_value(self, facet: str, value: str) -> str:
        """The query part of the address without this value of a facet, at the first page."""
        others = tuple(other for other in self.filters.get(facet, ()) if other != value)
        return self.query_string(filters={**self.filters, facet: others}, page=1)

    def with_value(self, facet: str, value: str) -> str:
        """The query part of the address with this value of a facet (with a minus: left out), at the first page."""
        code = value.removeprefix("-")
        others = tuple(other for other in self.filters.get(facet, ()) if other.removeprefix("-") != code)
        return self.query_string(filters={**self.filters, facet: (*others, value)}, page=1)


def read_params(data: QueryMap) -> SearchParams:
    """Read an address. Never raises. What could not be read is noted: text_cut, date_from_unread, date_to_unread,
    dates_crossed."""
    notes: list[str] = []
    q = " ".join(canonical(single_value(data, "q")).replace("\0", " ").split())
    if len(q) > MOST_TEXT:
        q = q[:MOST_TEXT]
        notes.append("text_cut")
    tab = single_value(data, "tab") or "all"
    sort = single_value(data, "sort") or "relevance"
    date_from, date_to = (single_value(data, name)[:60].strip() for name in ("from", "to"))
    first_day, last_day = None, None
    if date_from and (first_day := read_date(date_from).earliest) is None:
        notes.append("date_from_unread")
    if date_to and (last_day := read_date(date_to).latest) is None:
        notes.append("date_to_unread")
    if first_day and last_day and first_day > last_day:
        notes.append("dates_crossed")
    page = single_value(data, "page") or "1"
    return SearchParams(
        q=q,
        tab=tab if tab in TABS else "all",
        filters=read_filters(data),
        date_from=date_from,
        date_to=date_to,
        first_day=first_day,
        last_day=last_day,
        certain=single_value(data, "dates") == "certain",
        record=single_value(data, "record")[:80].strip(),
        sort=sort if sort in SORTS else "relevance",
        page=min(whole_number(page, 8) or 1, LAST_PAGE),
        notes=tuple(notes),
    )


def params_from_pairs(pairs: Iterable[tuple[str, str]]) -> SearchParams:
    """The search of an address with these parameters (name, value)."""
    return read_params(QueryDict(urlencode(list(pairs))))
