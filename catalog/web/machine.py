"""Addresses for machines."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from catalog.changes.models import Change


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Search results are not for crawlers; records and exhibitions are."""
    return HttpResponse(
        "User-agent: *\nDisallow: /search\nDisallow: /en/search\nDisallow: /admin/\nDisallow: /desk/\nDisallow: /en/desk/\n",
        content_type="text/plain",
    )


@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """Whether the database answers, and how many changes wait for the index."""
    return JsonResponse({"ok": True, "changes_waiting": Change.objects.count()})
