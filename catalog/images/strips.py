"""The strip of a scan around a box: it shows the line in which a name is written."""

from dataclasses import dataclass

from catalog.images.models import Scan
from catalog.rules.geometry import Box


@dataclass(frozen=True)
class Strip:
    """A part of an image with a marked box in it. region, size: segments of an image request; mark: relative to `part`.

    All in pixels of the image as shown, except `width` and `height`, which are those of the output picture.
    """

    region: str
    size: str
    part: Box
    mark: Box
    width: int
    height: int


def strip_around(scan: Scan, box: Box, widest: int = 760) -> Strip:
    """A strip around `box` (x, y, width, height) that shows the lines near it. widest: most pixels of the output's
    width."""
    x, y, w, h = box
    height = min(scan.height, max(int(h * 3.2), scan.height // 24))
    width = min(scan.width, max(int(w * 1.6), height * 5))
    left = min(max(0, x + w // 2 - width // 2), scan.width - width)
    # Text is read from the left: begin near the start of the box.
    left = min(left, max(0, x - int(h * 1.5)))
    top = min(max(0, y + h // 2 - height // 2), scan.height - height)
    output_width = min(widest, width)
    return Strip(
        region=f"{left},{top},{width},{height}",
        size=f"{output_width},",
        part=(left, top, width, height),
        mark=(x - left, y - top, w, h),
        width=output_width,
        height=max(1, int(height * output_width / width + 0.5)),
    )
