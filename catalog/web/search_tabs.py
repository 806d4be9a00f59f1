"""The navigation of the search page: tabs with what each shows, the orders to sort by, the other pages of results."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from catalog.search.params import SORTS, SearchParams
from catalog.search.queries import SearchAnswer

TAB_LABELS = {
    "all": _("Everything"),
    "people": _("People"),
    "records": _("Records"),
    "pages": _("Pages"),
    "exhibitions": _("Exhibitions"),
}
SORT_LABELS = {"relevance": _("relevance"), "date": _("date"), "number": _("number"), "newest": _("newest")}


@dataclass(frozen=True)
class Tab:
    """A kind of results: its name in the address, its label, the address of its first page, how many results it has,
    whether it is the one shown, and the templates that show it, in order (empty unless it is shown)."""

    name: str
    label: str
    url: str
    count: int
    is_current: bool
    templates: tuple[str, ...] = ()


@dataclass(frozen=True)
class SortLink:
    """An order of results: its label, the address of the same search in it, whether it is the order shown."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class PageLinks:
    """Where a page of results is among the others: its number from 1, how many pages there are, the addresses of the
    pages before and behind ('' where there is none)."""

    number: int
    total: int
    previous_url: str
    next_url: str


def page_links(number: int, total: int, query_string: Callable[[int], str]) -> PageLinks:
    """The links around page `number` of `total`; `query_string` gives the query of a page's address by its number."""
    return PageLinks(
        number,
        total,
        f"?{query_string(number - 1)}" if number > 1 else "",
        f"?{query_string(number + 1)}" if number < total else "",
    )


def tabs_of(params: SearchParams, results: SearchAnswer) -> list[Tab]:
    """The tabs of a search, each with its count; the current one with the templates that show its results."""
    counts = {"all": sum(results.counts.values()), **results.counts}
    return [
        Tab(
            name=name,
            label=str(TAB_LABELS[name]),
            url="?" + params.query_string(tab=name, page=1),
            count=count,
            is_current=params.tab == name,
            templates=tuple(_templates(params, results)) if params.tab == name else (),
        )
        for name, count in counts.items()
    ]


def sort_links(params: SearchParams) -> list[SortLink]:
    """The orders in which the results can be sorted."""
    return [
        SortLink(str(SORT_LABELS[name]), "?" + params.query_string(sort=name, page=1), params.sort == name)
        for name in SORTS
    ]


def _templates(params: SearchParams, results: SearchAnswer) -> list[str]:
    """What the current tab shows, from the top: a record of the number typed, people, documents, or what to try next
    where there is nothing."""
    people_total = results.people.total if results.people else 0
    templates = []
    if results.exact:
        templates.append("catalog/search/exact.html")
    if params.tab == "people" or (params.tab == "all" and params.page == 1):
        if people_total:
            templates.append("catalog/search/people.html")
        elif results.people and results.people.ask_more:
            templates.append("catalog/search/ask_more.html")
    if params.tab != "people" and results.hits:
        templates.append("catalog/search/documents.html")
    elif not results.exact and _is_without_results(params, results, people_total):
        templates.append("catalog/search/nothing.html")
    return templates


def _is_without_results(params: SearchParams, results: SearchAnswer, people_total: int) -> bool:
    match params.tab:
        case "people":
            return not people_total
        case "all":
            return not results.total and not people_total
        case _:
            return not results.total
