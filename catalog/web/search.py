"""The one search box."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog.records.queries import address_code, readable_by_name
from catalog.scans.queries import scans_of_pages
from catalog.search.params import SORTS, read_params
from catalog.search.people import pages_of_people
from catalog.search.people.suggest import did_you_mean
from catalog.search.queries import search as answer
from catalog.web.limits import limited


@require_safe
@limited("search")
def search(request: HttpRequest) -> HttpResponse:
    """Results, or the bare box where nothing was asked."""
    params = read_params(request.GET)
    found = answer(params, request.user)
    named, pages = readable_by_name(request.user)
    nothing = not any(found.counts.values()) and not found.exact
    tabs = [
        {"name": tab, "count": count, "current": params.tab == tab, "url": "?" + params.query_string(tab=tab, page=1)}
        for tab, count in (("all", sum(found.counts.values())), *found.counts.items())
    ]
    context = {
        "found": found,
        "params": params,
        "tabs": tabs,
        "sorts": [
            {"name": name, "current": params.sort == name, "url": "?" + params.query_string(sort=name, page=1)}
            for name in SORTS
        ],
        "scans": scans_of_pages(pages_of_people(found.people)),
        "exact_code": address_code(found.exact) if found.exact else None,
        "previous_url": "?" + params.query_string(page=params.page - 1) if params.page > 1 else None,
        "next_url": "?" + params.query_string(page=params.page + 1) if params.page < found.pages else None,
        "named_pages": named,
        "all_pages": pages,
        "did_you_mean": did_you_mean(params.q, request.user) if nothing and params.q else [],
        "active_nav": "search",
    }
    return render(request, "catalog/search/search.html", context)
