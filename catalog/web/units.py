"""A unit's page."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from catalog.people.models import Unit
from catalog.records.queries import unit_mentions
from catalog.rules.units import parse_unit
from catalog.search.people import units_asked


@require_safe
def unit(request: HttpRequest, normal_form: str) -> HttpResponse:
    """The unit's names and everyone named in it or below it. Other ways of writing it lead to its address."""
    normal = parse_unit(normal_form).normal
    if normal == "-":
        raise Http404
    if normal != normal_form:
        return HttpResponsePermanentRedirect(reverse("unit", args=[normal]))
    _normal, units = units_asked(normal)
    found = Unit.objects.filter(normal_form=normal).prefetch_related("aliases__source").select_related("source").first()
    mentions = list(unit_mentions([one.pk for one in units], request.user))
    if found is None and not units:
        raise Http404
    context = {
        "unit": found,
        "normal_form": normal,
        "mentions": mentions,
        "below": [one for one in units if one.normal_form != normal],
    }
    return render(request, "catalog/units/unit.html", context)
