"""An outline of Vietnam for a small locator picture, drawn by hand from general geographic knowledge.

Not a boundary document: it is accurate to about ten kilometres, enough at 200 by 400 pixels. Points are (latitude,
longitude) in degrees, WGS84. The archipelagos are shown and named, as on maps made in Vietnam.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

# Clockwise from the coast at Móng Cái: the coast southward, then Cambodia, Laos and China back.
OUTLINE: tuple[tuple[float, float], ...] = (
    # the Gulf of Tonkin
    (21.50, 108.00), (21.45, 107.78), (21.32, 107.62), (21.26, 107.42), (21.10, 107.36), (20.98, 107.22), (20.93, 107.05),
    (20.92, 106.92), (20.80, 106.86), (20.70, 106.80), (20.62, 106.70), (20.44, 106.60), (20.27, 106.59), (20.15, 106.42),
    (19.99, 106.22), (19.96, 106.05), (19.87, 105.95), (19.65, 105.86), (19.42, 105.79), (19.28, 105.80), (19.10, 105.74),
    (18.93, 105.64), (18.75, 105.76), (18.60, 105.80), (18.42, 105.92), (18.25, 106.13), (18.13, 106.30), (18.08, 106.44),
    (17.94, 106.50), (17.73, 106.45), (17.55, 106.55), (17.35, 106.74), (17.15, 106.93), (17.02, 107.10), (16.90, 107.19),
    (16.70, 107.38), (16.57, 107.58), (16.40, 107.83), (16.28, 108.02), (16.20, 108.20),
    # the centre
    (16.13, 108.32), (16.04, 108.25), (15.88, 108.39), (15.65, 108.52), (15.48, 108.69), (15.40, 108.82), (15.24, 108.94),
    (15.05, 108.91), (14.83, 109.00), (14.60, 109.08), (14.35, 109.10), (14.10, 109.20), (13.92, 109.27), (13.75, 109.28),
    (13.68, 109.22), (13.50, 109.29), (13.30, 109.32), (13.05, 109.34), (12.90, 109.46), (12.70, 109.40), (12.60, 109.22),
    (12.40, 109.28), (12.25, 109.20), (12.05, 109.21), (11.90, 109.15), (11.72, 109.22), (11.50, 109.03), (11.33, 109.01),
    (11.18, 108.72), (11.03, 108.51), (10.93, 108.29), (10.90, 108.10), (10.76, 107.97), (10.66, 107.76), (10.55, 107.53),
    (10.46, 107.30), (10.37, 107.24),
    # the delta and the Gulf of Thailand
    (10.33, 107.07), (10.43, 106.98), (10.42, 106.84), (10.27, 106.77), (10.08, 106.73), (9.95, 106.68), (9.80, 106.65),
    (9.62, 106.55), (9.52, 106.38), (9.35, 106.19), (9.22, 105.98), (9.12, 105.74), (9.02, 105.48), (8.86, 105.26),
    (8.65, 105.12), (8.57, 104.90), (8.60, 104.72), (8.76, 104.80), (9.00, 104.81), (9.30, 104.82), (9.55, 104.84),
    (9.78, 104.89), (9.92, 105.02), (10.03, 105.08), (10.11, 104.98), (10.10, 104.80), (10.24, 104.62), (10.35, 104.48),
    (10.42, 104.45),
    # Cambodia
    (10.53, 104.57), (10.54, 104.86), (10.62, 104.93), (10.73, 105.03), (10.90, 105.04), (10.95, 105.12), (10.90, 105.36),
    (10.97, 105.58), (10.95, 105.86), (10.85, 105.88), (10.80, 106.12), (11.00, 106.20), (11.10, 106.10), (11.26, 105.88),
    (11.45, 105.87), (11.65, 105.82), (11.68, 106.02), (11.78, 106.03), (11.67, 106.40), (11.85, 106.44), (11.98, 106.42),
    (11.97, 106.70), (12.08, 106.79), (12.06, 106.98), (12.27, 107.15), (12.32, 107.40), (12.56, 107.56), (12.90, 107.50),
    (13.20, 107.60), (13.55, 107.62), (13.80, 107.46), (14.05, 107.36), (14.42, 107.40), (14.55, 107.52), (14.70, 107.54),
    # Laos
    (15.00, 107.58), (15.20, 107.70), (15.35, 107.66), (15.48, 107.58), (15.62, 107.38), (15.75, 107.24),
    (15.92, 107.19), (16.00, 107.38), (16.06, 107.42), (16.08, 107.28), (16.20, 107.14), (16.31, 107.05), (16.35, 106.95),
    (16.42, 106.86), (16.46, 106.76), (16.55, 106.66), (16.60, 106.56), (16.74, 106.57), (16.95, 106.54),
    (17.10, 106.42), (17.25, 106.27), (17.45, 106.05), (17.62, 105.85), (17.78, 105.74), (18.00, 105.62), (18.15, 105.47),
    (18.30, 105.20), (18.43, 105.10), (18.65, 105.12), (18.75, 104.95), (18.92, 104.62), (19.08, 104.42), (19.22, 104.12),
    (19.35, 103.90), (19.50, 104.03), (19.62, 104.10), (19.70, 104.45), (19.62, 104.62), (19.82, 104.83), (19.95, 104.96),
    (20.05, 104.93), (20.20, 104.95), (20.20, 104.72), (20.42, 104.60), (20.45, 104.40), (20.65, 104.55), (20.82, 104.65),
    (20.95, 104.45), (20.90, 104.12), (20.82, 103.95), (20.83, 103.72), (20.73, 103.55), (20.80, 103.20), (20.98, 103.08),
    (21.10, 102.97), (21.30, 102.88), (21.60, 102.95), (21.72, 102.82), (21.68, 102.67), (21.93, 102.60), (22.15, 102.45),
    (22.40, 102.14),
    # China
    (22.60, 102.38), (22.72, 102.42), (22.78, 102.52), (22.60, 102.82), (22.44, 103.05), (22.62, 103.18), (22.78, 103.33),
    (22.60, 103.50), (22.58, 103.58), (22.70, 103.60), (22.79, 103.66), (22.70, 103.76), (22.52, 103.93),
    (22.60, 104.03), (22.80, 104.10), (22.82, 104.27),
    (22.68, 104.38), (22.86, 104.58), (22.93, 104.82), (23.10, 104.83), (23.18, 104.95), (23.38, 105.33), (23.26, 105.56),
    (23.06, 105.58), (22.92, 105.88), (22.96, 106.10), (22.88, 106.25), (22.98, 106.50), (22.82, 106.74), (22.78, 106.84),
    (22.58, 106.75), (22.35, 106.56), (22.18, 106.70), (21.98, 106.70), (21.94, 106.95), (21.82, 107.05), (21.65, 107.28),
    (21.60, 107.50), (21.66, 107.85), (21.50, 108.00),
)  # fmt: skip


@dataclass(frozen=True)
class Island:
    """An island or archipelago. name: Vietnamese; name_en: English; dots: (latitude, longitude) in degrees, one for
    each part drawn; label: the middle of its name on the picture; named: whether the small picture has room for the
    name."""

    name: str
    name_en: str
    dots: tuple[tuple[float, float], ...]
    label: tuple[float, float]
    named: bool = False


ISLANDS: tuple[Island, ...] = (
    Island("Phú Quốc", "Phú Quốc", ((10.30, 103.98), (10.20, 104.00), (10.08, 104.03)), (10.20, 103.70)),
    Island("Côn Đảo", "Côn Đảo", ((8.69, 106.61),), (8.45, 106.61)),
    Island("Lý Sơn", "Lý Sơn", ((15.38, 109.12),), (15.38, 109.35)),
    Island("Phú Quý", "Phú Quý", ((10.52, 108.94),), (10.52, 109.20)),
    Island("Cát Bà", "Cát Bà", ((20.79, 107.00),), (20.65, 107.20)),
    Island("Bạch Long Vĩ", "Bạch Long Vĩ", ((20.13, 107.73),), (20.13, 108.00)),
    Island(
        "Hoàng Sa", "Hoàng Sa (Paracel)",
        ((16.54, 111.61), (16.45, 111.70), (16.53, 111.76), (16.67, 112.73), (16.83, 112.34), (16.97, 112.31),
         (15.78, 111.20), (16.06, 112.58)),
        (17.35, 112.0), True,
    ),
    Island(
        "Trường Sa", "Trường Sa (Spratly)",
        ((8.65, 111.92), (8.86, 112.84), (8.11, 113.00), (9.89, 114.33), (10.18, 114.36), (10.38, 114.48), (11.43, 114.33),
         (11.05, 114.28), (9.22, 113.66), (7.89, 112.92)),
        (12.0, 112.9), True,
    ),
)  # fmt: skip

MARGIN = 0.4
SQUEEZE = math.cos(math.radians(16))


def bounds() -> tuple[float, float, float, float]:
    """South, west, north, east in degrees, around the mainland, the islands and both archipelagos."""
    points = [*OUTLINE, *(dot for island in ISLANDS for dot in (*island.dots, island.label))]
    return (
        min(latitude for latitude, _ in points) - MARGIN,
        min(longitude for _, longitude in points) - MARGIN,
        max(latitude for latitude, _ in points) + MARGIN,
        max(longitude for _, longitude in points) + MARGIN,
    )


SOUTH, WEST, NORTH, EAST = bounds()


def size(width: float) -> tuple[float, float]:
    """Width and height of the picture, in the unit of `width`."""
    return width, round(width * (NORTH - SOUTH) / ((EAST - WEST) * SQUEEZE), 2)


def project(latitude: float, longitude: float, *, width: float) -> tuple[float, float]:
    """x and y in a picture `width` wide, from its upper left corner, in the unit of `width`. Arguments in degrees.

    Equirectangular, with the east-west scale of 16° N: accurate enough between 8° and 23°.
    """
    scale = width / ((EAST - WEST) * SQUEEZE)
    return round((longitude - WEST) * SQUEEZE * scale, 2), round((NORTH - latitude) * scale, 2)


def outline_path(width: float) -> str:
    """The mainland as SVG path data in a picture `width` wide."""
    points = (project(latitude, longitude, width=width) for latitude, longitude in OUTLINE[:-1])
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points) + "Z"


def contains(latitude: float, longitude: float) -> bool:
    """Whether a point in degrees lies inside the mainland as drawn here."""
    inside = False
    for (lat1, lon1), (lat2, lon2) in pairwise(OUTLINE):
        if (lat1 > latitude) != (lat2 > latitude):
            inside ^= longitude < (lon2 - lon1) * (latitude - lat1) / (lat2 - lat1) + lon1
    return inside
