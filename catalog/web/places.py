"""A place's page."""

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from catalog.places.queries import keys_within, places_with_names
from catalog.records.queries import (
    may_see_staff_notes,
    place_records,
    visible_mentions,
    with_current_identifications,
)
from catalog.search.people.homes import at_home
from catalog.web.place_names import bare_name, names_over_time, now_and_before, province_of

PAGE_SIZE = 50


@require_safe
def place(request: HttpRequest, pk: int) -> HttpResponse:
    """What the place was called when, where it is, whose home it is, and which records were there."""
    place = get_object_or_404(places_with_names(), pk=pk)
    home = Q(home__in=keys_within([place.pk]))
    province = province_of(place)
    if province:
        home |= at_home(bare_name(place))
    mentions = with_current_identifications(visible_mentions(request.user).filter(home)).order_by(
        "home_key", "name", "pk"
    )
    page = Paginator(mentions, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "place": place,
        "now": now_and_before(place),
        "within_now": now_and_before(place.within) if place.within else "",
        "names": names_over_time(place),
        "of_land": province is not None,
        "page": page,
        "total": page.paginator.count,
        "records": place_records(place, request.user),
        "for_staff": may_see_staff_notes(request.user),
    }
    return render(request, "catalog/places/place.html", context)
