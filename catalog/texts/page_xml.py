"""PAGE XML (PRImA, 2009 to 2019): regions, lines and words within polygons."""

import re
from typing import Any

from catalog.texts.building import Box, Builder, ReadPage, around, below, children, figure, name_of

POINT = re.compile(r"(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?)", re.ASCII)


def read_page_xml(root: Any) -> list[ReadPage]:
    """The pages of a PAGE file (it has one as a rule)."""
    return [_page(page) for page in below(root, "Page")]


def _page(page: Any) -> ReadPage:
    built = Builder()
    for region in _in_reading_order(page):
        lines = children(region, "TextLine")
        for line in lines:
            _line(line, built)
        if not lines and (content := _unicode(region)):
            for one in content.splitlines():
                built.line(one, None)
        built.end_block()
    width, height = figure(page.get("imageWidth")) or 0, figure(page.get("imageHeight")) or 0
    return built.page(width, height, language=page.get("primaryLanguage") or "")


def _line(line: Any, built: Builder) -> None:
    words = children(line, "Word")
    if any(_unicode(word) for word in words):
        for word in words:
            built.word(_unicode(word), _box(word))
            for equivalent in children(word, "TextEquiv")[:1]:
                built.sure(equivalent.get("conf"))
        built.end_line()
        return
    for equivalent in children(line, "TextEquiv")[:1]:
        built.sure(equivalent.get("conf"))
    built.line(_unicode(line), _box(line))


def _in_reading_order(page: Any) -> list[Any]:
    regions = below(page, "TextRegion")
    places: dict[str, int] = {}
    for order in below(page, "ReadingOrder"):
        found = []
        for one in order.iter():
            if name_of(one) in ("RegionRefIndexed", "RegionRef") and one.get("regionRef"):
                found.append((_places_above(one, order), str(one.get("regionRef"))))
        for place, (_, name) in enumerate(sorted(found, key=lambda pair: pair[0])):
            places.setdefault(name, place)
    # Regions that the order does not name stand behind, as they come.
    return sorted(regions, key=lambda region: places.get(region.get("id") or "", len(places)))


def _places_above(element: Any, top: Any) -> list[float]:
    places: list[float] = []
    while element is not None and element is not top:
        parent = element.getparent()
        at = parent.index(element) if parent is not None else 0
        places.insert(0, figure(element.get("index")) if element.get("index") else at)  # type: ignore[arg-type]
        element = parent
    return [place or 0 for place in places]


def _unicode(element: Any) -> str:
    equivalents = children(element, "TextEquiv")
    best = min(equivalents, key=lambda one: figure(one.get("index")) or 0, default=None)
    if best is None:
        return ""
    return next((str(one.text or "") for one in children(best, "Unicode")), "")


def _box(element: Any) -> Box | None:
    for coords in children(element, "Coords"):
        points = [(float(x), float(y)) for x, y in POINT.findall(coords.get("points") or "")]
        if not points:
            points = [
                (x, y)
                for point in children(coords, "Point")
                if (x := figure(point.get("x"))) is not None and (y := figure(point.get("y"))) is not None
            ]
        return around(points)
    return None
