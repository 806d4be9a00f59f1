"""A unit's page."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from catalog.people.models import Unit
from catalog.people.queries import units_asked
from catalog.records.queries import unit_mentions
from catalog.rules.units import parse_unit


@require_safe
def unit(request: HttpRequest, normal_form: str) -> HttpResponse:
    """The unit's names and everyone named in it or below it. Other ways of writing it lead to its address."""
    normal = parse_unit(normal_form).normal
    if normal == "-":
        raise Http404
    if normal != normal_form:
        return HttpResponsePermanentRedirect(reverse("unit", args=[normal]))
    _normal, keys, family = units_asked(normal)
    found = Unit.objects.filter(normal_form=normal).prefetch_related("aliases__source").select_related("source").first()
    units = list(Unit.objects.filter(pk__in=keys))
    mentions = list(unit_mentions(keys, request.user)[:500])
    if found is None and not units:
        raise Http404
    context = {
        "unit": found,
        "normal_form": normal,
        "mentions": mentions,
        "family": family,
        "below": [one for one in units if one.normal_form != normal],
    }
    return render(request, "catalog/units/unit.html", context)
