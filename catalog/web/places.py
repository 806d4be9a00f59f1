"""A place's page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from catalog.places.models import Place
from catalog.records.queries import place_mentions, place_records


@require_safe
def place(request: HttpRequest, pk: int) -> HttpResponse:
    """What it was called when, what it came from and became, and what is found here about it."""
    found = get_object_or_404(Place.objects.select_related("within", "source"), pk=pk)
    context = {
        "place": found,
        "names": found.names.select_related("source"),
        "came_from": found.came_from.select_related("predecessor", "source"),
        "became": found.became.select_related("successor", "source"),
        "mentions": place_mentions(found, request.user),
        "records": place_records(found, request.user),
    }
    return render(request, "catalog/places/place.html", context)
