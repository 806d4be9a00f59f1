"""The strip of a scan around a box: the line itself is the evidence."""

from dataclasses import dataclass

from catalog.images.models import Scan
from catalog.rules.geometry import Box


@dataclass(frozen=True)
class Strip:
    """A part of an image with a mark in it. `region` and `size` as in an image's address; `mark` within the region.

    All in pixels of the upright full-size image, except `width` and `height`, which are those of the picture given out.
    """

    region: str
    size: str
    part: Box
    mark: Box
    width: int
    height: int


def strip_around(scan: Scan, box: Box, widest: int = 760) -> Strip:
    """A strip of the page's lines around `box` (x, y, width, height), at most `widest` pixels wide when given out."""
    x, y, w, h = box
    height = min(scan.height, max(int(h * 3.2), scan.height // 24))
    width = min(scan.width, max(int(w * 1.6), height * 5))
    left = min(max(0, x + w // 2 - width // 2), scan.width - width)
    # Reading goes from the left: where the line begins near, begin with it.
    left = min(left, max(0, x - int(h * 1.5)))
    top = min(max(0, y + h // 2 - height // 2), scan.height - height)
    out = min(widest, width)
    return Strip(
        region=f"{left},{top},{width},{height}",
        size=f"{out},",
        part=(left, top, width, height),
        mark=(x - left, y - top, w, h),
        width=out,
        height=max(1, int(height * out / width + 0.5)),
    )
