"""Where a point of the original stands in the image as shown, and back.

Points are (x, y) from the upper left, y downwards, in pixels; a pixel is a square, so that its middle is at a half. A
box is (x, y, width, height).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, cos, floor, radians, sin

Box = tuple[int, int, int, int]
Size = tuple[int, int]


@dataclass(frozen=True)
class Affine:
    """x' = a x + b y + c, y' = d x + e y + f."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 0.0
    e: float = 1.0
    f: float = 0.0

    def __call__(self, x: float, y: float) -> tuple[float, float]:
        """The point where (x, y) goes."""
        return self.a * x + self.b * y + self.c, self.d * x + self.e * y + self.f

    def then(self, other: "Affine") -> "Affine":
        """This one, and `other` after it."""
        a, b = other.a * self.a + other.b * self.d, other.a * self.b + other.b * self.e
        d, e = other.d * self.a + other.e * self.d, other.d * self.b + other.e * self.e
        c, f = other(self.c, self.f)
        return Affine(a, b, c, d, e, f)

    def back(self) -> "Affine":
        """The way back."""
        by = self.a * self.e - self.b * self.d
        a, b, d, e = self.e / by, -self.b / by, -self.d / by, self.a / by
        return Affine(a, b, -(a * self.c + b * self.f), d, e, -(d * self.c + e * self.f))

    @property
    def square(self) -> bool:
        """Whether the sides of the picture stay level and upright."""
        return abs(self.b) + abs(self.d) < 1e-9 or abs(self.a) + abs(self.e) < 1e-9

    def bounds(self, x: float, y: float, w: float, h: float) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of where a rectangle goes."""
        corners = [self(x, y), self(x + w, y), self(x, y + h), self(x + w, y + h)]
        return (
            min(one[0] for one in corners),
            min(one[1] for one in corners),
            max(one[0] for one in corners),
            max(one[1] for one in corners),
        )


def scaled(x: float, y: float) -> Affine:
    """Wider by `x`, higher by `y`."""
    return Affine(a=x, e=y)


def upright(orientation: int, width: int, height: int) -> tuple[Affine, Size]:
    """From the pixels of a stored file to those of the upright image: EXIF 2.3, table 4.6.4, tag 0x0112. Unknown values
    are taken as 1. Returns the way and the upright size."""
    ways = {
        2: Affine(a=-1, c=width),
        3: Affine(a=-1, c=width, e=-1, f=height),
        4: Affine(e=-1, f=height),
        5: Affine(a=0, b=1, d=1, e=0),
        6: Affine(a=0, b=-1, c=height, d=1, e=0),
        7: Affine(a=0, b=-1, c=height, d=-1, e=0, f=width),
        8: Affine(a=0, b=1, d=-1, e=0, f=width),
    }
    return ways.get(orientation, Affine()), (height, width) if orientation in (5, 6, 7, 8) else (width, height)


@dataclass(frozen=True)
class Instructions:
    """How to show an image. turn: degrees clockwise, one of 0, 90, 180, 270. skew: degrees clockwise, a little, after
    the turn; the picture grows so that no corner is lost. crop: what to show of the picture that results."""

    turn: int = 0
    skew: float = 0.0
    crop: Box | None = None

    def way(self, full: Size) -> tuple[Affine, Size]:
        """From the upright original of size `full` to the image as shown; and its size."""
        width, height = full
        turned = {0: 1, 90: 6, 180: 3, 270: 8}[self.turn]
        way, (width, height) = upright(turned, width, height)
        if self.skew:
            c, s = cos(radians(self.skew)), sin(radians(self.skew))
            wide = max(1, ceil(width * abs(c) + height * abs(s) - 1e-6))
            high = max(1, ceil(width * abs(s) + height * abs(c) - 1e-6))
            way = way.then(Affine(c=-width / 2, f=-height / 2)).then(Affine(c, -s, wide / 2, s, c, high / 2))
            width, height = wide, high
        if self.crop:
            x, y, width, height = self.crop
            way = way.then(Affine(c=-x, f=-y))
        return way, (width, height)


def covering(way: Affine, box: Box, size: Size | None = None) -> Box:
    """The smallest box of whole pixels that holds everything `box` holds. Where `size` is given, what lies outside an
    image of that size is left out; never less than a pixel at its edge."""
    left, top, right, bottom = way.bounds(*box)
    x0, y0, x1, y1 = floor(left + 1e-6), floor(top + 1e-6), ceil(right - 1e-6), ceil(bottom - 1e-6)
    if size:
        x0, y0 = min(max(x0, 0), size[0] - 1), min(max(y0, 0), size[1] - 1)
        x1, y1 = min(max(x1, x0 + 1), size[0]), min(max(y1, y0 + 1), size[1])
    return x0, y0, max(1, x1 - x0), max(1, y1 - y0)


def carried(way: Affine, box: Box) -> Box:
    """Where the box of a word goes: its middle goes with the picture, its sides stay as long as the letters do. For a
    turn that is exact; for a little skew it keeps boxes from growing at every change."""
    x, y, w, h = box
    wide = (way.a**2 + way.d**2) ** 0.5
    high = (way.b**2 + way.e**2) ** 0.5
    mx, my = way(x + w / 2, y + h / 2)
    w, h = max(1, round(w * wide)), max(1, round(h * high))
    if abs(way.b) > abs(way.a):
        w, h = h, w
    return round(mx - w / 2), round(my - h / 2), w, h


def within(box: Box, size: Size) -> Box | None:
    """The part of a box inside an image of `size`; None where there is none."""
    x0, y0 = max(0, box[0]), max(0, box[1])
    x1, y1 = min(size[0], box[0] + box[2]), min(size[1], box[1] + box[3])
    return (x0, y0, x1 - x0, y1 - y0) if x1 > x0 and y1 > y0 else None


def touches(box: Iterable[int], others: Iterable[Box]) -> bool:
    """Whether a box has any pixel in common with any of the others."""
    x, y, w, h = box
    return any(x < ox + ow and ox < x + w and y < oy + oh and oy < y + h for ox, oy, ow, oh in others)
