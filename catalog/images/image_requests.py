"""Reading an image request: IIIF Image API 3.0, section 4, complete."""

import re
from dataclasses import dataclass, replace
from math import floor, sqrt

from catalog.rules.geometry import Box, Size

WHOLE = r"\d{1,9}"
NUMBER = r"(?:\d{1,9}(?:\.\d{1,12})?|\.\d{1,12})"
PART = re.compile(rf"({WHOLE}),({WHOLE}),({WHOLE}),({WHOLE})", re.ASCII)
PERCENT_PART = re.compile(rf"pct:({NUMBER}),({NUMBER}),({NUMBER}),({NUMBER})", re.ASCII)
SIDES = re.compile(rf"(!?)({WHOLE})?,({WHOLE})?", re.ASCII)
PERCENT = re.compile(rf"pct:({NUMBER})", re.ASCII)
ROTATION = re.compile(rf"(!?)({NUMBER})", re.ASCII)
LAST = re.compile(r"([a-z]{1,20})\.([a-z0-9]{1,8})", re.ASCII)
QUALITIES = ("default", "color", "gray", "bitonal")
FORMATS = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
# Enlarging shows nothing that the image does not hold; it is done so far, and for what stays small in any case.
ENLARGED, ALWAYS = 2, 1_000_000
KNOWN_FORMATS = ("tif", "gif", "jp2", "pdf")


class BadImageRequest(ValueError):
    """The address asks for what the specification forbids; the message says what. Status 400."""


class UnsupportedImageRequest(ValueError):
    """The address asks for what the specification knows and this server does not give. Status 501."""


@dataclass(frozen=True)
class Limits:
    """What is given out at most: pixels of width, height (0: no limit) and area."""

    area: int
    width: int = 0
    height: int = 0

    def of(self, image: Size) -> "Limits":
        """The limits for one image: it is enlarged at most ENLARGED times a side, a small one up to ALWAYS pixels."""
        return replace(self, area=min(self.area, max(ALWAYS, ENLARGED**2 * image[0] * image[1])))

    def scale(self, width: float, height: float) -> float:
        """By what a picture of that size may be multiplied at most."""
        scale = sqrt(self.area / (width * height))
        if self.width:
            scale = min(scale, self.width / width)
        if self.height or self.width:
            scale = min(scale, (self.height or self.width) / height)
        return scale

    def allow(self, width: int, height: int) -> bool:
        """Whether a picture of that size may be given out."""
        return (
            width * height <= self.area
            and (not self.width or width <= self.width)
            and (not (self.height or self.width) or height <= (self.height or self.width))
        )


@dataclass(frozen=True)
class ImageRequest:
    """What to give. box: x, y, width, height in pixels as shown; None for all. size: before any rotation. rotation:
    degrees
    clockwise, after mirroring. canonical: the same request in the one form of section 4.7, without the base."""

    box: Box | None
    size: Size
    mirrored: bool
    rotation: float
    quality: str
    format: str
    canonical: str

    @property
    def as_stored(self) -> bool:
        """Whether a stored tile can be given out as it is: not turned, not recoloured, JPEG."""
        return (
            not self.mirrored and self.rotation == 0 and self.quality in ("default", "color") and self.format == "jpg"
        )


def read_image_request(region: str, size: str, rotation: str, last: str, image: Size, limits: Limits) -> ImageRequest:
    """The request that the four segments of an address make of an image of the size `image`.

    `limits`: those of the settings; what may be asked for is narrower for a small image. Raises BadImageRequest and
    UnsupportedImageRequest.
    """
    limits = limits.of(image)
    box = _region(region, *image)
    part = (box[2], box[3]) if box else image
    out = _size(size, part, limits)
    found = ROTATION.fullmatch(rotation)
    if not found or float(found[2]) > 360:
        raise BadImageRequest("rotation is a number from 0 to 360, with ! before it for a mirrored image")
    turned = float(found[2]) % 360
    ending = LAST.fullmatch(last)
    if not ending:
        raise BadImageRequest("the address ends in quality.format")
    quality, form = ending[1], ending[2]
    if quality not in QUALITIES:
        raise BadImageRequest("quality is one of default, color, gray, bitonal")
    if form in KNOWN_FORMATS:
        raise UnsupportedImageRequest(f"images are not given as {form}; ask for jpg, png or webp")
    if form not in FORMATS:
        raise BadImageRequest("format is one of jpg, png, webp")
    canonical = "/".join(
        [
            ",".join(map(str, box)) if box else "full",
            _canonical_size(out, part, limits),
            f"{found[1]}{turned:.12g}",
            f"{'default' if quality == 'color' else quality}.{form}",
        ]
    )
    return ImageRequest(box, out, bool(found[1]), turned, quality, form, canonical)


def _half_up(number: float) -> int:
    return floor(number + 0.5)


def _region(region: str, width: int, height: int) -> Box | None:
    if region == "full":
        return None
    if region == "square":
        side = min(width, height)
        box = ((width - side) // 2, (height - side) // 2, side, side)
        return None if box == (0, 0, width, height) else box
    if found := PART.fullmatch(region):
        x, y, w, h = map(int, found.groups())
    elif found := PERCENT_PART.fullmatch(region):
        px, py, pw, ph = map(float, found.groups())
        if pw == 0 or ph == 0 or px >= 100 or py >= 100:
            raise BadImageRequest("region is empty or outside the image")
        x, y = min(_half_up(px * width / 100), width - 1), min(_half_up(py * height / 100), height - 1)
        w, h = max(1, _half_up(pw * width / 100)), max(1, _half_up(ph * height / 100))
    else:
        raise BadImageRequest("region is full, square, x,y,w,h in whole pixels, or pct:x,y,w,h")
    if w == 0 or h == 0 or x >= width or y >= height:
        raise BadImageRequest("region is empty or outside the image")
    box = (x, y, min(w, width - x), min(h, height - y))
    return None if box == (0, 0, width, height) else box


def _size(size: str, part: Size, limits: Limits) -> Size:
    enlarging, asked = size.startswith("^"), size.removeprefix("^")
    if asked == "max":
        scale = min(limits.scale(*part), _most_enlarged(part))
        return _within(part, scale if enlarging else min(scale, 1.0), limits)
    if found := PERCENT.fullmatch(asked):
        scale = float(found[1]) / 100
        if scale == 0:
            raise BadImageRequest("a size of nothing cannot be given")
        w, h = max(1, _half_up(part[0] * scale)), max(1, _half_up(part[1] * scale))
        enlarged = scale > 1
    elif (found := SIDES.fullmatch(asked)) and (found[2] or found[3]):
        if 0 in (int(found[2] or 1), int(found[3] or 1)):
            raise BadImageRequest("a side of zero pixels cannot be given")
        if found[1]:
            if not (found[2] and found[3]):
                raise BadImageRequest("!w,h needs both sides")
            scale = min(int(found[2]) / part[0], int(found[3]) / part[1], limits.scale(*part), _most_enlarged(part))
            fitted = _within(part, scale if enlarging else min(scale, 1.0), limits)
            return min(fitted[0], int(found[2])), min(fitted[1], int(found[3]))
        w, h = int(found[2] or 0), int(found[3] or 0)
        # Rounding half up, never below one: clients compute edge tiles with ceil and ask for w,h outright.
        w, h = w or max(1, _half_up(part[0] * h / part[1])), h or max(1, _half_up(part[1] * w / part[0]))
        enlarged = w > part[0] or h > part[1]
    else:
        raise BadImageRequest("size is max; w,; ,h; pct:n; w,h or !w,h, with ^ before it to enlarge")
    if enlarged and not enlarging:
        raise BadImageRequest("size is larger than the region, and enlarging was not asked for with ^")
    if not limits.allow(w, h):
        raise BadImageRequest("size is above the limits that info.json states")
    if enlarged and w * h > max(ALWAYS, ENLARGED**2 * part[0] * part[1]):
        raise UnsupportedImageRequest(f"a part of an image is enlarged at most {ENLARGED} times")
    return w, h


def _most_enlarged(part: Size) -> float:
    return max(float(ENLARGED), sqrt(ALWAYS / (part[0] * part[1])))


def _within(part: Size, scale: float, limits: Limits) -> Size:
    w, h = max(1, _half_up(part[0] * scale)), max(1, _half_up(part[1] * scale))
    if not limits.allow(w, h):
        w, h = max(1, floor(part[0] * scale)), max(1, floor(part[1] * scale))
    while not limits.allow(w, h) and max(w, h) > 1:
        w, h = (w - 1, h) if w >= h else (w, h - 1)
    return w, h


def _canonical_size(out: Size, part: Size, limits: Limits) -> str:
    if out == _within(part, min(1.0, limits.scale(*part)), limits):
        return "max"
    return f"{'^' if out[0] > part[0] or out[1] > part[1] else ''}{out[0]},{out[1]}"
