"""Addresses for machines."""

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from catalog.upkeep.waiting import missing_dependencies, waiting_too_long


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Search results are not for crawlers; records and exhibitions are."""
    return HttpResponse(
        "User-agent: *\nDisallow: /search\nDisallow: /en/search\nDisallow: /admin/\nDisallow: /desk/\nDisallow: "
        "/en/desk/\n",
        content_type="text/plain",
    )


@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """Whether all goes on: 200, or 503 with the kinds of things that wait too long. `?ready`: whether this process can
    answer at all, for whoever sends requests to it. Needs no session, and says nothing that a stranger could use."""
    if "ready" in request.GET:
        missing = missing_dependencies()
        said: dict[str, object] = {"ok": not missing, "missing": missing}
    else:
        try:
            waits = waiting_too_long()
        except DatabaseError:
            waits = ["database"]
        said = {"ok": not waits, "waits": waits}
    response = JsonResponse(said, status=200 if said["ok"] else 503)
    response["Cache-Control"] = "no-store"
    return response
