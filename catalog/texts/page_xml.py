"""PAGE XML (PRImA, 2009 to 2019): regions, lines and words within polygons."""

import re
from typing import Any

from catalog.texts.building import (
    Builder,
    FloatBox,
    ReadPage,
    box_around_points,
    children,
    descendants,
    name_of,
    read_number,
)

POINT = re.compile(r"(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?)", re.ASCII)


def read_page_xml(root: Any) -> list[ReadPage]:
    """The pages of a PAGE file, usually one."""
    return [_read_page(page) for page in descendants(root, "Page")]


def _read_page(page: Any) -> ReadPage:
    builder = Builder()
    for region in _in_reading_order(page):
        lines = children(region, "TextLine")
        for line in lines:
            _read_line(line, builder)
        if not lines and (content := _text_of(region)):
            for text_line in content.splitlines():
                builder.add_line(text_line, None)
        builder.end_block()
    width, height = read_number(page.get("imageWidth")) or 0, read_number(page.get("imageHeight")) or 0
    return builder.page(width, height, language=page.get("primaryLanguage") or "")


def _read_line(line: Any, builder: Builder) -> None:
    words = children(line, "Word")
    if any(_text_of(word) for word in words):
        for word in words:
            builder.add_word(_text_of(word), _read_box(word))
            for equivalent in children(word, "TextEquiv")[:1]:
                builder.add_confidence(equivalent.get("conf"))
        builder.end_line()
        return
    for equivalent in children(line, "TextEquiv")[:1]:
        builder.add_confidence(equivalent.get("conf"))
    builder.add_line(_text_of(line), _read_box(line))


def _in_reading_order(page: Any) -> list[Any]:
    regions = descendants(page, "TextRegion")
    positions: dict[str, int] = {}
    for reading_order in descendants(page, "ReadingOrder"):
        references = []
        for element in reading_order.iter():
            if name_of(element) in ("RegionRefIndexed", "RegionRef") and element.get("regionRef"):
                references.append((_sort_key(element, reading_order), str(element.get("regionRef"))))
        for position, (_, name) in enumerate(sorted(references, key=lambda pair: pair[0])):
            positions.setdefault(name, position)
    # Regions that the reading order does not name follow, in document order.
    return sorted(regions, key=lambda region: positions.get(region.get("id") or "", len(positions)))


def _sort_key(element: Any, top: Any) -> list[float]:
    positions: list[float] = []
    while element is not None and element is not top:
        parent = element.getparent()
        index = parent.index(element) if parent is not None else 0
        positions.insert(0, read_number(element.get("index")) if element.get("index") else index)  # type: ignore[arg-type]
        element = parent
    return [position or 0 for position in positions]


def _text_of(element: Any) -> str:
    equivalents = children(element, "TextEquiv")
    best = min(equivalents, key=lambda equivalent: read_number(equivalent.get("index")) or 0, default=None)
    if best is None:
        return ""
    return next((str(element.text or "") for element in children(best, "Unicode")), "")


def _read_box(element: Any) -> FloatBox | None:
    for coords in children(element, "Coords"):
        points = [(float(x), float(y)) for x, y in POINT.findall(coords.get("points") or "")]
        if not points:
            points = [
                (x, y)
                for point in children(coords, "Point")
                if (x := read_number(point.get("x"))) is not None and (y := read_number(point.get("y"))) is not None
            ]
        return box_around_points(points)
    return None
