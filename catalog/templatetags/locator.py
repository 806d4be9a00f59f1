"""A small map of Vietnam with a circle for a place or a grid reference; positions of graves are never exact."""

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
SMALLEST_RADIUS = 6.0
METRES_PER_DEGREE = 111_320.0
# Words that are used for graves only. Better too many than too few: a position that is made coarser by mistake costs a
# visitor a kilometre, one that is shown by mistake cannot be taken back.
GRAVE = re.compile(
    r"\b(mộ|mồ|phần mộ|ngôi mộ|chôn|chôn cất|an táng|mai táng|quy tập|cất bốc|hài cốt|nấm mộ"
    r"|graves?|gravesites?|buried|burials?|burying|remains|interred|tombs?)\b",
    re.IGNORECASE,
)
# The same words without tone marks, as typewriters wrote them, if no other word is written like them.
GRAVE_UNMARKED = re.compile(r"\b(phan mo|ngoi mo|nam mo|khu mo|chon cat|noi chon|an tang|mai tang|hai cot)\b")


@dataclass(frozen=True)
class Position:
    """A position in degrees, with its uncertainty. written: the grid reference as it may be shown; exact: whether the
    position was not made coarser; grave: whether somebody may be buried there."""

    latitude: float
    longitude: float
    radius_m: int
    written: str = ""
    exact: bool = True
    grave: bool = False


@register.inclusion_tag("catalog/parts/locator.html")
def locate_place(place: Place, for_staff: bool) -> dict[str, Any]:
    """The map of a place; empty if its position is not known."""
    if place.latitude is None or place.longitude is None:
        return {}
    latitude, longitude = float(place.latitude), float(place.longitude)
    position: Position | None = Position(latitude, longitude, place.radius_m or 0)
    words = [place.name_vi, place.name_en, place.slug.replace("-", " "), place.note_vi, place.note_en]
    if _mentions_a_grave(*words, *(name.value for name in place.names.all())):
        position = _coarsened(_grid_reading_of(latitude, longitude), for_staff, position)
    return _map_context(position)


@register.inclusion_tag("catalog/parts/locator.html")
def locate_event(event: CustodyEvent, for_staff: bool) -> dict[str, Any]:
    """The map of an event's grid reference; empty if there is none or it cannot be read."""
    reading = read_grid(event.grid)
    if reading.latitude is None or reading.longitude is None:
        return {}
    position: Position | None = Position(reading.latitude, reading.longitude, reading.radius_m or 0, event.grid)
    place = event.place
    words = [event.place_text, event.description_vi, event.description_en, event.staff_note, event.operation]
    words += [place.name_vi, place.name_en, place.note_vi, place.note_en] if place else []
    if _mentions_a_grave(*words):
        position = _coarsened(reading, for_staff, position)
    return _map_context(position)


def _mentions_a_grave(*words: str) -> bool:
    text = canonical(" · ".join(words)).lower()
    return bool(GRAVE.search(text) or GRAVE_UNMARKED.search(text))


def _coarsened(reading: GridReading, for_staff: bool, exact: Position | None) -> Position | None:
    """The position of a possible grave as it may be shown: exact for staff who work with families, coarse for others.
    None if it may not be shown at all."""
    if for_staff and exact:
        return Position(exact.latitude, exact.longitude, exact.radius_m, exact.written, grave=True)
    coarse = shown_publicly(reading, suspected_grave=True)
    if coarse.latitude is None or coarse.longitude is None:
        return None
    radius = max(coarse.radius_m or 0, 1000)
    return Position(
        coarse.latitude, coarse.longitude, radius, coarse.text if exact and exact.written else "", False, True
    )


def _grid_reading_of(latitude: float, longitude: float) -> GridReading:
    """The grid reading of a position in WGS 84, found by iteration: positions are made coarser by grid squares."""
    zone = min(50, max(47, int(longitude // 6) + 31))
    metres_east_a_degree = METRES_PER_DEGREE * math.cos(math.radians(latitude))
    easting, northing = 500_000 + (longitude - (zone * 6 - 183)) * metres_east_a_degree, latitude * 110_600
    reading = read_grid(f"{zone} {easting:06.0f} {northing:.0f}")
    for _round in range(5):
        if reading.latitude is None or reading.longitude is None:
            break
        easting += (longitude - reading.longitude) * metres_east_a_degree
        northing += (latitude - reading.latitude) * 110_600
        reading = read_grid(f"{zone} {easting:06.0f} {northing:.0f}")
    return reading


def _map_context(position: Position | None) -> dict[str, Any]:
    if position is None or not (SOUTH <= position.latitude <= NORTH and WEST <= position.longitude <= EAST):
        return {}
    x, y = project(position.latitude, position.longitude, width=WIDTH)
    return {
        **_outline(get_language() == "en"),
        "position": position,
        "x": _svg_number(x),
        "y": _svg_number(y),
        "r": _svg_number(
            max(SMALLEST_RADIUS, position.radius_m / METRES_PER_DEGREE * WIDTH / ((EAST - WEST) * SQUEEZE))
        ),
        "words": _in_words(position),
    }


@lru_cache(maxsize=2)
def _outline(in_english: bool) -> dict[str, Any]:
    width, height = size(WIDTH)
    islands = [
        {
            "name": island.name_en if in_english else island.name,
            "named": island.named,
            "label": [_svg_number(number) for number in project(*island.label, width=WIDTH)],
            "dots": [[_svg_number(number) for number in project(*dot, width=WIDTH)] for dot in island.dots],
        }
        for island in ISLANDS
    ]
    return {
        "width": _svg_number(width),
        "height": _svg_number(height),
        "outline": outline_path(WIDTH),
        "islands": islands,
    }


def _svg_number(number: float) -> str:
    """A number for SVG, with a decimal point in every language."""
    return f"{number:.2f}".rstrip("0").rstrip(".")


def _in_words(position: Position) -> str:
    decimals = (
        5
        if position.grave and position.exact
        else 4
        if position.radius_m < 1000
        else 3
        if position.radius_m < 10_000
        else 2
    )
    values = {
        "latitude": number_format(position.latitude, decimals, use_l10n=True),
        "longitude": number_format(position.longitude, decimals, use_l10n=True),
    }
    words = _("about %(latitude)s° North, %(longitude)s° East") % values
    if not position.radius_m:
        return words
    if position.radius_m >= 1000:
        distance = position.radius_m / 1000
        distance_in_words = _("%(far)s km") % {
            "far": number_format(distance, 0 if distance == int(distance) else 1, use_l10n=True)
        }
    else:
        distance_in_words = _("%(far)s m") % {"far": position.radius_m}
    return _("%(where)s, to within about %(around)s") % {"where": words, "around": distance_in_words}
