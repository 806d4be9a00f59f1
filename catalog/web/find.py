"""The search for people: the page, and suggestions while typing."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog.images.queries import scans_of_pages
from catalog.people.queries import units_covered
from catalog.records.queries import may_see_staff_notes, readable_by_name, unit_mentions
from catalog.rules.provinces import compare_homes
from catalog.rules.units import parse_unit
from catalog.search.people import PersonQuery, find_people, pages_of_people, read_person_query
from catalog.search.people.finding import SHOWN
from catalog.search.people.relaxation import relaxations
from catalog.search.people.suggest import names_like, suggest
from catalog.web.limits import limited
from catalog.web.search_tabs import page_links


@require_safe
@limited("find")
def find(request: HttpRequest) -> HttpResponse:
    """The form, and who may be meant by what was typed."""
    query = read_person_query(request.GET)
    context: dict[str, Any] = {
        "query": query,
        "for_staff": may_see_staff_notes(request.user),
        "active_nav": "find",
        "named_pages": None,
    }
    if not query.is_empty:
        context |= answer_to(query, request)
    return render(request, "catalog/find/find.html", context)


def answer_to(query: PersonQuery, request: HttpRequest) -> dict[str, Any]:
    """The context of the page with results."""
    results = find_people(query, request.user)
    page_total = max(1, -(-results.total // SHOWN))
    context: dict[str, Any] = {
        "results": results,
        "scans": scans_of_pages(pages_of_people(results), request.user),
        "page_links": page_links(query.page, page_total, lambda number: query.query_string(page=number)),
        "refinements": [
            (text, count, f"?{query.query_string(name=text, page=1)}") for text, count in results.refinements
        ],
        "unread_facts": unread_facts(query),
        "slip_query": query.query_string(page=1),
    }
    if not results.total:
        context |= next_steps(query, request)
    return context


def unread_facts(query: PersonQuery) -> list[str]:
    """Sentences about facts that could not be read and so were not used, so that nobody relies on them."""
    labels = {"born": _("year of birth"), "enlisted": _("year of enlistment"), "died": _("year given")}
    sentences = [
        _(
            "The %(field)s “%(text)s” could not be read as a date, so it was not used. Write 1944, 7/1967 or 5/7/1967 "
            "(5 July 1967)."
        )
        % {"field": labels[field], "text": getattr(query, field)}
        for field in query.unread
    ]
    if query.unit and not parse_unit(query.unit).levels and not units_covered(query.unit)[1]:
        sentences.append(
            _(
                "The unit “%(text)s” could not be read, so it was not used. Write for example e90 f324, or Trung đoàn "
                "90."
            )
            % {"text": query.unit}
        )
    if query.home and compare_homes(query.home, query.home).reason == "not_comparable":
        sentences.append(
            _("The home “%(text)s” names no province or district that is known here; it was compared by its words.")
            % {"text": query.home}
        )
    return sentences


def next_steps(query: PersonQuery, request: HttpRequest) -> dict[str, Any]:
    """The context of what can be tried next when nobody was found."""
    named, pages = readable_by_name(request.user)
    unit = None
    if query.unit:
        normal, keys, _family = units_covered(query.unit)
        count = unit_mentions(keys, request.user).count() if keys else 0
        unit = {"normal": normal, "count": count} if count else None
    return {
        "named_pages": named,
        "all_pages": pages,
        "unread_pages": pages - named,
        "relaxations": [
            (relaxation, f"?{relaxation.query.query_string()}") for relaxation in relaxations(query, request.user)
        ],
        "similar_names": [
            (name, count, f"?{urlencode({'name': name})}") for name, count in names_like(query.name, request.user)
        ]
        if query.name
        else [],
        "unit_files": unit,
    }


@require_safe
@limited("suggest", as_json=True)
def suggestions(request: HttpRequest) -> HttpResponse:
    """Names, units, places and numbers that begin with what was typed, each with its kind and count, as JSON."""
    kinds = {"name": _("name"), "unit": _("unit"), "place": _("place"), "number": _("file number")}
    addresses = {
        "name": lambda key: f"{reverse('find')}?{urlencode({'name': key})}",
        "unit": lambda key: reverse("unit", args=[key]),
        "place": lambda key: reverse("place", args=[key]),
        "number": lambda key: reverse("record", args=[key]),
    }
    matches = suggest(request.GET.get("q", ""), request.user)
    kind = request.GET.get("kind", "")
    body = [
        {
            "kind": suggestion.kind,
            "kind_label": kinds[suggestion.kind],
            "text": suggestion.text,
            "count": suggestion.count,
            "url": addresses[suggestion.kind](suggestion.key),
        }
        for suggestion in matches
        if not kind or suggestion.kind == kind
    ]
    response = JsonResponse({"suggestions": body})
    response["Cache-Control"] = "private, max-age=60"
    return response
