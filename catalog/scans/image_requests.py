"""Reading an image request: a part of IIIF Image API 3.0, section 4 (region, size; rotation 0; default quality; jpg)."""

import re
from dataclasses import dataclass

PART = re.compile(r"(\d{1,6}),(\d{1,6}),(\d{1,6}),(\d{1,6})", re.ASCII)
SIZE = re.compile(r"(!?)(\d{0,6}),(\d{0,6})", re.ASCII)
MAX_SIDE = 8000


class BadImageRequest(ValueError):
    """The address asks for what the specification forbids; the message says what."""


@dataclass(frozen=True)
class Cut:
    """Pixels of the upright full-size image to take (left, top, right, bottom; None for all) and the size to give."""

    box: tuple[int, int, int, int] | None
    size: tuple[int, int]


def read_image_request(region: str, size: str, width: int, height: int) -> Cut:
    """The cut that `region` and `size` ask of an image of `width` by `height` pixels.

    Raises BadImageRequest (status 400 in section 7 of the specification).
    """
    box: tuple[int, int, int, int] | None = None
    if region != "full":
        found = PART.fullmatch(region)
        if not found:
            raise BadImageRequest("region is neither full nor x,y,w,h in whole pixels")
        x, y, w, h = map(int, found.groups())
        if w == 0 or h == 0 or x >= width or y >= height:
            raise BadImageRequest("region is empty or outside the image")
        box = (x, y, min(x + w, width), min(y + h, height))
        if box == (0, 0, width, height):
            box = None
    part_w, part_h = (box[2] - box[0], box[3] - box[1]) if box else (width, height)
    return Cut(box, _size(size, part_w, part_h))


def _size(size: str, part_w: int, part_h: int) -> tuple[int, int]:
    if size == "max":
        return part_w, part_h
    found = SIZE.fullmatch(size)
    if not found or not (found[2] or found[3]):
        raise BadImageRequest("size is none of max; w,; ,h; w,h; !w,h")
    if "0" in (found[2].lstrip("0") or found[2][:1], found[3].lstrip("0") or found[3][:1]):
        raise BadImageRequest("a side of zero pixels cannot be given")
    w, h = int(found[2] or 0), int(found[3] or 0)
    if found[1]:
        if not (w and h):
            raise BadImageRequest("!w,h needs both sides")
        scale = min(w / part_w, h / part_h, 1)
        return max(1, round(part_w * scale)), max(1, round(part_h * scale))
    # Rounding half up, never below one: clients compute edge tiles with ceil and ask for w,h outright.
    w, h = w or max(1, int(part_w * h / part_h + 0.5)), h or max(1, int(part_h * w / part_w + 0.5))
    if w > part_w or h > part_h:
        raise BadImageRequest("size is larger than the region, and enlarging was not asked for")
    if w > MAX_SIDE or h > MAX_SIDE:
        raise BadImageRequest(f"size is above {MAX_SIDE} pixels a side")
    return w, h
