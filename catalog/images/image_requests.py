"""Parsing image requests: all of IIIF Image API 3.0, section 4."""

import re
from dataclasses import dataclass, replace
from math import floor, sqrt

from catalog.rules.geometry import Box, Size

INTEGER = r"\d{1,9}"
NUMBER = r"(?:\d{1,9}(?:\.\d{1,12})?|\.\d{1,12})"
REGION = re.compile(rf"({INTEGER}),({INTEGER}),({INTEGER}),({INTEGER})", re.ASCII)
PERCENT_REGION = re.compile(rf"pct:({NUMBER}),({NUMBER}),({NUMBER}),({NUMBER})", re.ASCII)
SIDES = re.compile(rf"(!?)({INTEGER})?,({INTEGER})?", re.ASCII)
PERCENT = re.compile(rf"pct:({NUMBER})", re.ASCII)
ROTATION = re.compile(rf"(!?)({NUMBER})", re.ASCII)
QUALITY_FORMAT = re.compile(r"([a-z]{1,20})\.([a-z0-9]{1,8})", re.ASCII)
QUALITIES = ("default", "color", "gray", "bitonal")
FORMATS = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
# Enlarging adds no detail, so it is allowed only up to MOST_ENLARGED times a side, or up to ALWAYS_AREA pixels.
MOST_ENLARGED, ALWAYS_AREA = 2, 1_000_000
KNOWN_FORMATS = ("tif", "gif", "jp2", "pdf")


class BadImageRequest(ValueError):
    """The request is not valid by the specification; the message says why. Status 400."""


class UnsupportedImageRequest(ValueError):
    """The request is valid by the specification but not supported by this server. Status 501."""


@dataclass(frozen=True)
class Limits:
    """Limits for output pictures, in pixels: area, width and height (0: no limit)."""

    area: int
    width: int = 0
    height: int = 0

    def of(self, image: Size) -> "Limits":
        """The limits for one image: at most MOST_ENLARGED times its sides, or ALWAYS_AREA pixels for a small image."""
        return replace(self, area=min(self.area, max(ALWAYS_AREA, MOST_ENLARGED**2 * image[0] * image[1])))

    def scale(self, width: float, height: float) -> float:
        """The largest factor by which a picture of this size may be multiplied."""
        scale = sqrt(self.area / (width * height))
        if self.width:
            scale = min(scale, self.width / width)
        if self.height or self.width:
            scale = min(scale, (self.height or self.width) / height)
        return scale

    def allow(self, width: int, height: int) -> bool:
        """Whether a picture of this size is within the limits."""
        return (
            width * height <= self.area
            and (not self.width or width <= self.width)
            and (not (self.height or self.width) or height <= (self.height or self.width))
        )


@dataclass(frozen=True)
class ImageRequest:
    """A parsed request. box: x, y, width, height in pixels as shown, None for the full image; size: of the output
    before rotation; rotation: degrees clockwise, after mirroring; canonical: the canonical form of section 4.7, without
    the base."""

    box: Box | None
    size: Size
    mirrored: bool
    rotation: float
    quality: str
    format: str
    canonical: str

    @property
    def as_stored(self) -> bool:
        """Whether a stored tile can be returned unchanged: not mirrored, not rotated, default or colour, JPEG."""
        return (
            not self.mirrored and self.rotation == 0 and self.quality in ("default", "color") and self.format == "jpg"
        )


def read_image_request(
    region: str, size: str, rotation: str, quality_and_format: str, image: Size, limits: Limits
) -> ImageRequest:
    """Parse the four segments of an image request. image: the size of the image; limits: those of the settings, which
    are narrowed for a small image.

    Raises BadImageRequest, UnsupportedImageRequest.
    """
    limits = limits.of(image)
    box = _read_region(region, *image)
    region_size = (box[2], box[3]) if box else image
    output_size = _read_size(size, region_size, limits)
    rotation_match = ROTATION.fullmatch(rotation)
    if not rotation_match or float(rotation_match[2]) > 360:
        raise BadImageRequest("rotation is a number from 0 to 360, with ! before it for a mirrored image")
    angle = float(rotation_match[2]) % 360
    last_match = QUALITY_FORMAT.fullmatch(quality_and_format)
    if not last_match:
        raise BadImageRequest("the address ends in quality.format")
    quality, format_name = last_match[1], last_match[2]
    if quality not in QUALITIES:
        raise BadImageRequest("quality is one of default, color, gray, bitonal")
    if format_name in KNOWN_FORMATS:
        raise UnsupportedImageRequest(f"images are not given as {format_name}; ask for jpg, png or webp")
    if format_name not in FORMATS:
        raise BadImageRequest("format is one of jpg, png, webp")
    canonical = "/".join(
        [
            ",".join(map(str, box)) if box else "full",
            _canonical_size(output_size, region_size, limits),
            f"{rotation_match[1]}{angle:.12g}",
            f"{'default' if quality == 'color' else quality}.{format_name}",
        ]
    )
    return ImageRequest(box, output_size, bool(rotation_match[1]), angle, quality, format_name, canonical)


def _half_up(number: float) -> int:
    return floor(number + 0.5)


def _read_region(region: str, width: int, height: int) -> Box | None:
    if region == "full":
        return None
    if region == "square":
        side = min(width, height)
        box = ((width - side) // 2, (height - side) // 2, side, side)
        return None if box == (0, 0, width, height) else box
    if match := REGION.fullmatch(region):
        x, y, w, h = map(int, match.groups())
    elif match := PERCENT_REGION.fullmatch(region):
        px, py, pw, ph = map(float, match.groups())
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


def _read_size(size: str, region_size: Size, limits: Limits) -> Size:
    may_enlarge, value = size.startswith("^"), size.removeprefix("^")
    if value == "max":
        scale = min(limits.scale(*region_size), _largest_scale(region_size))
        return _size_within(region_size, scale if may_enlarge else min(scale, 1.0), limits)
    if match := PERCENT.fullmatch(value):
        scale = float(match[1]) / 100
        if scale == 0:
            raise BadImageRequest("a size of nothing cannot be given")
        w, h = max(1, _half_up(region_size[0] * scale)), max(1, _half_up(region_size[1] * scale))
        is_enlarged = scale > 1
    elif (match := SIDES.fullmatch(value)) and (match[2] or match[3]):
        if 0 in (int(match[2] or 1), int(match[3] or 1)):
            raise BadImageRequest("a side of zero pixels cannot be given")
        if match[1]:
            if not (match[2] and match[3]):
                raise BadImageRequest("!w,h needs both sides")
            scale = min(
                int(match[2]) / region_size[0],
                int(match[3]) / region_size[1],
                limits.scale(*region_size),
                _largest_scale(region_size),
            )
            size_within = _size_within(region_size, scale if may_enlarge else min(scale, 1.0), limits)
            return min(size_within[0], int(match[2])), min(size_within[1], int(match[3]))
        w, h = int(match[2] or 0), int(match[3] or 0)
        # Round half up, at least 1. Clients compute edge tiles with ceil and give both w,h.
        w, h = (
            w or max(1, _half_up(region_size[0] * h / region_size[1])),
            h or max(1, _half_up(region_size[1] * w / region_size[0])),
        )
        is_enlarged = w > region_size[0] or h > region_size[1]
    else:
        raise BadImageRequest("size is max; w,; ,h; pct:n; w,h or !w,h, with ^ before it to enlarge")
    if is_enlarged and not may_enlarge:
        raise BadImageRequest("size is larger than the region, and enlarging was not asked for with ^")
    if not limits.allow(w, h):
        raise BadImageRequest("size is above the limits that info.json states")
    if is_enlarged and w * h > max(ALWAYS_AREA, MOST_ENLARGED**2 * region_size[0] * region_size[1]):
        raise UnsupportedImageRequest(f"a part of an image is enlarged at most {MOST_ENLARGED} times")
    return w, h


def _largest_scale(region_size: Size) -> float:
    return max(float(MOST_ENLARGED), sqrt(ALWAYS_AREA / (region_size[0] * region_size[1])))


def _size_within(region_size: Size, scale: float, limits: Limits) -> Size:
    w, h = max(1, _half_up(region_size[0] * scale)), max(1, _half_up(region_size[1] * scale))
    if not limits.allow(w, h):
        w, h = max(1, floor(region_size[0] * scale)), max(1, floor(region_size[1] * scale))
    while not limits.allow(w, h) and max(w, h) > 1:
        w, h = (w - 1, h) if w >= h else (w, h - 1)
    return w, h


def _canonical_size(output_size: Size, region_size: Size, limits: Limits) -> str:
    if output_size == _size_within(region_size, min(1.0, limits.scale(*region_size)), limits):
        return "max"
    enlarged = output_size[0] > region_size[0] or output_size[1] > region_size[1]
    return f"{'^' if enlarged else ''}{output_size[0]},{output_size[1]}"
