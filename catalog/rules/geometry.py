"""Where a point of the original is in the image as shown, and the reverse.

Points are (x, y) from the upper left, y downwards, in pixels. A pixel is a square, so its middle is at a half. A box
is (x, y, width, height).
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
        """The point to which (x, y) is mapped."""
        return self.a * x + self.b * y + self.c, self.d * x + self.e * y + self.f

    def then(self, other: "Affine") -> "Affine":
        """The transform that applies this one first, then `other`."""
        a, b = other.a * self.a + other.b * self.d, other.a * self.b + other.b * self.e
        d, e = other.d * self.a + other.e * self.d, other.d * self.b + other.e * self.e
        c, f = other(self.c, self.f)
        return Affine(a, b, c, d, e, f)

    def inverse(self) -> "Affine":
        """The inverse transform."""
        determinant = self.a * self.e - self.b * self.d
        a, b, d, e = self.e / determinant, -self.b / determinant, -self.d / determinant, self.a / determinant
        return Affine(a, b, -(a * self.c + b * self.f), d, e, -(d * self.c + e * self.f))

    @property
    def is_axis_aligned(self) -> bool:
        """Whether the sides of the picture stay horizontal and vertical."""
        return abs(self.b) + abs(self.d) < 1e-9 or abs(self.a) + abs(self.e) < 1e-9

    def bounds(self, x: float, y: float, width: float, height: float) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of a rectangle after the transform."""
        corners = [self(x, y), self(x + width, y), self(x, y + height), self(x + width, y + height)]
        return (
            min(corner[0] for corner in corners),
            min(corner[1] for corner in corners),
            max(corner[0] for corner in corners),
            max(corner[1] for corner in corners),
        )


def scaled(x: float, y: float) -> Affine:
    """The transform that scales widths by `x` and heights by `y`."""
    return Affine(a=x, e=y)


def upright(orientation: int, width: int, height: int) -> tuple[Affine, Size]:
    """From the pixels of a stored file to those of the upright image: EXIF 2.3, table 4.6.4, tag 0x0112. Unknown values
    are taken as 1. Returns the transform and the upright size."""
    transforms = {
        2: Affine(a=-1, c=width),
        3: Affine(a=-1, c=width, e=-1, f=height),
        4: Affine(e=-1, f=height),
        5: Affine(a=0, b=1, d=1, e=0),
        6: Affine(a=0, b=-1, c=height, d=1, e=0),
        7: Affine(a=0, b=-1, c=height, d=-1, e=0, f=width),
        8: Affine(a=0, b=1, d=-1, e=0, f=width),
    }
    return transforms.get(orientation, Affine()), (height, width) if orientation in (5, 6, 7, 8) else (width, height)


@dataclass(frozen=True)
class Instructions:
    """How to show an image. turn: degrees clockwise, one of 0, 90, 180, 270. skew: a few degrees clockwise, applied
    after the turn; the picture grows so that no corner is lost. crop: the part to show of the picture that results."""

    turn: int = 0
    skew: float = 0.0
    crop: Box | None = None

    def transform(self, full: Size) -> tuple[Affine, Size]:
        """The transform from the upright original of size `full` to the image as shown, and the size of that image."""
        width, height = full
        orientation = {0: 1, 90: 6, 180: 3, 270: 8}[self.turn]
        transform, (width, height) = upright(orientation, width, height)
        if self.skew:
            cosine, sine = cos(radians(self.skew)), sin(radians(self.skew))
            wider = max(1, ceil(width * abs(cosine) + height * abs(sine) - 1e-6))
            taller = max(1, ceil(width * abs(sine) + height * abs(cosine) - 1e-6))
            to_middle = Affine(c=-width / 2, f=-height / 2)
            transform = transform.then(to_middle).then(Affine(cosine, -sine, wider / 2, sine, cosine, taller / 2))
            width, height = wider, taller
        if self.crop:
            x, y, width, height = self.crop
            transform = transform.then(Affine(c=-x, f=-y))
        return transform, (width, height)


def covering_box(transform: Affine, box: Box, size: Size | None = None) -> Box:
    """The smallest box of whole pixels that contains all of `box` after the transform. If `size` is given, the box is
    clipped to an image of that size, and is at least one pixel at its edge."""
    left, top, right, bottom = transform.bounds(*box)
    x0, y0, x1, y1 = floor(left + 1e-6), floor(top + 1e-6), ceil(right - 1e-6), ceil(bottom - 1e-6)
    if size:
        x0, y0 = min(max(x0, 0), size[0] - 1), min(max(y0, 0), size[1] - 1)
        x1, y1 = min(max(x1, x0 + 1), size[0]), min(max(y1, y0 + 1), size[1])
    return x0, y0, max(1, x1 - x0), max(1, y1 - y0)


def moved_box(transform: Affine, box: Box) -> Box:
    """The box of a word after the transform: its middle moves with the picture, its sides are scaled as the letters
    are. This is exact for a turn; for a small skew it keeps boxes from growing at every change."""
    x, y, width, height = box
    scale_x = (transform.a**2 + transform.d**2) ** 0.5
    scale_y = (transform.b**2 + transform.e**2) ** 0.5
    middle_x, middle_y = transform(x + width / 2, y + height / 2)
    width, height = max(1, round(width * scale_x)), max(1, round(height * scale_y))
    if abs(transform.b) > abs(transform.a):
        width, height = height, width
    return round(middle_x - width / 2), round(middle_y - height / 2), width, height


def clipped_box(box: Box, size: Size) -> Box | None:
    """The part of a box inside an image of `size`; None if the box lies outside."""
    x0, y0 = max(0, box[0]), max(0, box[1])
    x1, y1 = min(size[0], box[0] + box[2]), min(size[1], box[1] + box[3])
    return (x0, y0, x1 - x0, y1 - y0) if x1 > x0 and y1 > y0 else None


def touches(box: Iterable[int], others: Iterable[Box]) -> bool:
    """Whether a box has any pixel in common with any of the others."""
    x, y, w, h = box
    return any(x < ox + ow and ox < x + w and y < oy + oh and oy < y + h for ox, oy, ow, oh in others)
