"""The search page, its results as a feed and as a table, and the description of the search for browsers."""

import csv
from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog.images.queries import scans_of_pages
from catalog.records.queries import address_code, readable_by_name
from catalog.rules.text import spreadsheet_text
from catalog.search.hits import ExhibitionHit, Hit, PageHit
from catalog.search.params import SearchParams, read_params
from catalog.search.people import pages_of_people
from catalog.search.people.suggest import did_you_mean
from catalog.search.queries import search as search_catalogue
from catalog.search.queries import without_filters
from catalog.search.results import EngineError, download_limit, iterate_hits, newest_hits
from catalog.web.limits import limited
from catalog.web.search_tabs import page_links, sort_links, tabs_of


@require_safe
@limited("search")
def search(request: HttpRequest) -> HttpResponse:
    """The results; only the search box if nothing was typed."""
    params = read_params(request.GET)
    results = search_catalogue(params, request.user)
    named_pages, all_pages = readable_by_name(request.user)
    is_empty = not any(results.counts.values()) and not results.exact
    tabs = tabs_of(params, results)
    query_string = params.query_string(page=1)
    context = {
        "results": results,
        "params": params,
        "tabs": tabs,
        "current_tab": next(tab for tab in tabs if tab.is_current),
        "people_url": next(tab.url for tab in tabs if tab.name == "people"),
        "sorts": sort_links(params),
        "scans": scans_of_pages(pages_of_people(results.people), request.user),
        "exact_code": address_code(results.exact) if results.exact else None,
        "page_links": page_links(params.page, results.pages, lambda number: params.query_string(page=number)),
        "everywhere_url": "?" + without_filters(params).query_string(),
        "feed_url": f"{reverse('search-feed')}?{query_string}",
        "csv_url": f"{reverse('search-csv')}?{query_string}",
        "named_pages": named_pages,
        "all_pages": all_pages,
        "did_you_mean": did_you_mean(params.q, request.user) if is_empty and params.q else [],
        "active_nav": "search",
    }
    return render(request, "catalog/search/search.html", context)


@require_safe
@limited("search")
def feed(request: HttpRequest) -> HttpResponse:
    """The newest results of a search as an Atom feed (RFC 4287)."""
    params = _read_document_search(request)
    title = _("Search: %(words)s") % {"words": params.q} if params.q else _("New in the catalogue")
    atom = Atom1Feed(
        title=f"{title} – Ký Ức",
        link=request.build_absolute_uri(f"{reverse('search')}?{params.query_string()}"),
        description="",
        language=get_language(),
        feed_url=request.build_absolute_uri(),
    )
    try:
        for hit in newest_hits(params, request.user):
            row = _table_row(hit, request)
            record = (
                None if isinstance(hit, ExhibitionHit) else hit.page.record if isinstance(hit, PageHit) else hit.record
            )
            atom.add_item(
                title=row["title"],
                link=row["address"],
                description=row["found"],
                unique_id=row["address"],
                updateddate=record.published_at if record else None,
            )
    except EngineError:
        return HttpResponse(_("The search is not available at the moment."), status=503, headers={"Retry-After": "60"})
    return HttpResponse(atom.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")


@require_safe
@limited("search")
def table(request: HttpRequest) -> HttpResponseBase:
    """The results as streamed CSV: all of them for staff, the first thousand for everyone else."""
    params = _read_document_search(request)
    hits = iterate_hits(params, request.user, download_limit(request.user))
    try:
        first = next(hits, None)
    except EngineError:
        return HttpResponse(_("The search is not available at the moment."), status=503, headers={"Retry-After": "60"})

    def rows() -> Iterator[dict[str, str]]:
        if first is not None:
            yield _table_row(first, request)
            yield from (_table_row(hit, request) for hit in hits)

    response = StreamingHttpResponse(_csv(rows()), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="ky-uc.csv"'
    return response


@require_safe
def description(request: HttpRequest) -> HttpResponse:
    """An OpenSearch 1.1 description document, by which a browser can add this search to its own."""
    context = {
        "search_url": request.build_absolute_uri(reverse("search")),
        "feed_url": request.build_absolute_uri(reverse("search-feed")),
        "language": get_language(),
    }
    return render(
        request,
        "catalog/search/opensearch.xml",
        context,
        content_type="application/opensearchdescription+xml; charset=utf-8",
    )


def _read_document_search(request: HttpRequest) -> SearchParams:
    params = read_params(request.GET)
    if params.tab == "people":
        # Lists of people are not given out, for the same reason for which searches are rate-limited.
        raise Http404
    return params


def _table_row(hit: Hit, request: HttpRequest) -> dict[str, str]:
    vietnamese = get_language() != "en"
    if isinstance(hit, ExhibitionHit):
        title = hit.exhibition.title_vi if vietnamese else hit.exhibition.title_en or hit.exhibition.title_vi
        path, code, page, date = reverse("exhibition", args=[hit.exhibition.slug]), "", "", hit.exhibition.date_text
    else:
        record = hit.page.record if isinstance(hit, PageHit) else hit.record
        title = record.title_vi if vietnamese else record.title_en or record.title_vi
        code, date = address_code(record), record.date_text
        page = str(hit.page.number) if isinstance(hit, PageHit) else ""
        path = (
            reverse("page", args=[code, hit.page.address])
            if isinstance(hit, PageHit)
            else reverse("record", args=[code])
        )
    return {
        "kind": hit.kind,
        "number": code,
        "page": page,
        "title": " ".join(title.split()),
        "date": date,
        "found": hit.excerpt.text if hit.excerpt else "",
        "address": request.build_absolute_uri(path),
    }


class _Echo:
    def write(self, value: str) -> str:
        return value


def _csv(rows: Iterator[dict[str, str]]) -> Iterator[str]:
    writer: Any = csv.writer(_Echo())
    names = {
        "kind": _("what it is"),
        "number": _("number"),
        "page": _("page"),
        "title": _("title"),
        "date": _("date"),
        "found": _("words found"),
        "address": _("address"),
    }
    # The byte order mark by which Excel recognises UTF-8.
    yield "\ufeff" + writer.writerow([names[name] for name in names])
    for row in rows:
        yield writer.writerow([spreadsheet_text(row[name]) for name in names])
