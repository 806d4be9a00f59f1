"""A small map of Vietnam with a circle where a place or a grid reference lies; where a grave may lie, never exactly."""

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django import template
from django.utils.formats import number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalog.places.models import Place
from catalog.records.models import CustodyEvent
from catalog.rules.grids import GridReading, read_grid, shown_publicly
from catalog.rules.outline import EAST, ISLANDS, NORTH, SOUTH, SQUEEZE, WEST, outline_path, project, size
from catalog.rules.text import canonical

register = template.Library()

WIDTH = 320.0
LEAST_CIRCLE = 6.0
METRES_PER_DEGREE = 111_320.0
# Words that only stand where somebody lies or may lie. Read too widely rather than too narrowly: what is made coarser
# by mistake costs a visitor a kilometre, what is shown by mistake cannot be taken back.
GRAVE = re.compile(
    r"\b(mộ|mồ|phần mộ|ngôi mộ|chôn|chôn cất|an táng|mai táng|quy tập|cất bốc|hài cốt|nấm mộ"
    r"|graves?|gravesites?|buried|burials?|burying|remains|interred|tombs?)\b",
    re.IGNORECASE,
)
# The same words as a typewriter without marks wrote them, where nothing else is written so.
GRAVE_UNMARKED = re.compile(r"\b(phan mo|ngoi mo|nam mo|khu mo|chon cat|noi chon|an tang|mai tang|hai cot)\b")


@dataclass(frozen=True)
class Spot:
    """Where it is thought to be. written: the grid reference as it may be shown; exact: nothing was made coarser."""

    latitude: float
    longitude: float
    radius_m: int
    written: str = ""
    exact: bool = True
    grave: bool = False


@register.inclusion_tag("catalog/parts/locator.html")
def locate_place(place: Place, for_staff: bool) -> dict[str, Any]:
    """The locator of a place; nothing where its position is not known."""
    if place.latitude is None or place.longitude is None:
        return {}
    latitude, longitude = float(place.latitude), float(place.longitude)
    spot: Spot | None = Spot(latitude, longitude, place.radius_m or 0)
    words = [place.name_vi, place.name_en, place.slug.replace("-", " "), place.note_vi, place.note_en]
    if _speaks_of_a_grave(*words, *(name.value for name in place.names.all())):
        spot = _guarded(_on_the_grid(latitude, longitude), for_staff, spot)
    return _picture(spot)


@register.inclusion_tag("catalog/parts/locator.html")
def locate_event(event: CustodyEvent, for_staff: bool) -> dict[str, Any]:
    """The locator of an event's grid reference; nothing where it has none, or none that can be read."""
    reading = read_grid(event.grid)
    if reading.latitude is None or reading.longitude is None:
        return {}
    spot: Spot | None = Spot(reading.latitude, reading.longitude, reading.radius_m or 0, event.grid)
    place = event.place
    words = [event.place_text, event.description_vi, event.description_en, event.staff_note, event.operation]
    words += [place.name_vi, place.name_en, place.note_vi, place.note_en] if place else []
    if _speaks_of_a_grave(*words):
        spot = _guarded(reading, for_staff, spot)
    return _picture(spot)


def _speaks_of_a_grave(*words: str) -> bool:
    said = canonical(" · ".join(words)).lower()
    return bool(GRAVE.search(said) or GRAVE_UNMARKED.search(said))


def _guarded(reading: GridReading, for_staff: bool, exact: Spot | None) -> Spot | None:
    """A place where somebody may lie, as strangers may see it; as it is for staff who work with families."""
    if for_staff and exact:
        return Spot(exact.latitude, exact.longitude, exact.radius_m, exact.written, grave=True)
    coarse = shown_publicly(reading, suspected_grave=True)
    if coarse.latitude is None or coarse.longitude is None:
        return None
    radius = max(coarse.radius_m or 0, 1000)
    return Spot(coarse.latitude, coarse.longitude, radius, coarse.text if exact and exact.written else "", False, True)


def _on_the_grid(latitude: float, longitude: float) -> GridReading:
    """The grid reading of a position of today: the grid's own squares are what positions are made coarser by."""
    zone = min(50, max(47, int(longitude // 6) + 31))
    across = METRES_PER_DEGREE * math.cos(math.radians(latitude))
    easting, northing = 500_000 + (longitude - (zone * 6 - 183)) * across, latitude * 110_600
    reading = read_grid(f"{zone} {easting:06.0f} {northing:.0f}")
    for _again in range(5):
        if reading.latitude is None or reading.longitude is None:
            break
        easting += (longitude - reading.longitude) * across
        northing += (latitude - reading.latitude) * 110_600
        reading = read_grid(f"{zone} {easting:06.0f} {northing:.0f}")
    return reading


def _picture(spot: Spot | None) -> dict[str, Any]:
    if spot is None or not (SOUTH <= spot.latitude <= NORTH and WEST <= spot.longitude <= EAST):
        return {}
    x, y = project(spot.latitude, spot.longitude, width=WIDTH)
    return {
        **_outline(get_language() == "en"),
        "spot": spot,
        "x": _plain(x),
        "y": _plain(y),
        "r": _plain(max(LEAST_CIRCLE, spot.radius_m / METRES_PER_DEGREE * WIDTH / ((EAST - WEST) * SQUEEZE))),
        "words": _in_words(spot),
    }


@lru_cache(maxsize=2)
def _outline(english: bool) -> dict[str, Any]:
    width, height = size(WIDTH)
    islands = [
        {
            "name": island.name_en if english else island.name,
            "named": island.named,
            "label": [_plain(one) for one in project(*island.label, width=WIDTH)],
            "dots": [[_plain(one) for one in project(*dot, width=WIDTH)] for dot in island.dots],
        }
        for island in ISLANDS
    ]
    return {"width": _plain(width), "height": _plain(height), "outline": outline_path(WIDTH), "islands": islands}


def _plain(number: float) -> str:
    """A number for SVG, whatever mark the page's language puts between its digits."""
    return f"{number:.2f}".rstrip("0").rstrip(".")


def _in_words(spot: Spot) -> str:
    places = 5 if spot.grave and spot.exact else 4 if spot.radius_m < 1000 else 3 if spot.radius_m < 10_000 else 2
    values = {
        "latitude": number_format(spot.latitude, places, use_l10n=True),
        "longitude": number_format(spot.longitude, places, use_l10n=True),
    }
    where = _("about %(latitude)s° North, %(longitude)s° East") % values
    if not spot.radius_m:
        return where
    if spot.radius_m >= 1000:
        far = spot.radius_m / 1000
        around = _("%(far)s km") % {"far": number_format(far, 0 if far == int(far) else 1, use_l10n=True)}
    else:
        around = _("%(far)s m") % {"far": spot.radius_m}
    return _("%(where)s, to within about %(around)s") % {"where": where, "around": around}
