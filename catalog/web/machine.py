"""Addresses for crawlers and probes."""

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from catalog.upkeep.waiting import missing_dependencies, waiting_too_long


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """robots.txt: crawlers may read records and exhibitions, but not search results."""
    return HttpResponse(
        "User-agent: *\nDisallow: /search\nDisallow: /en/search\nDisallow: /admin/\nDisallow: /desk/\nDisallow: "
        "/en/desk/\n",
        content_type="text/plain",
    )


@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """The state of the site as JSON: 200, or 503 with the kinds of work that wait too long.

    With `?ready`: whether this process can answer requests at all, for a load balancer. Needs no session and tells
    nothing that an attacker could use.
    """
    if "ready" in request.GET:
        missing = missing_dependencies()
        state: dict[str, object] = {"ok": not missing, "missing": missing}
    else:
        try:
            waits = waiting_too_long()
        except DatabaseError:
            waits = ["database"]
        state = {"ok": not waits, "waits": waits}
    response = JsonResponse(state, status=200 if state["ok"] else 503)
    response["Cache-Control"] = "no-store"
    return response
