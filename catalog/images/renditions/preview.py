"""A preview of an image with other instructions, before anything is saved, and a proposal how to straighten it."""

import dataclasses
from itertools import pairwise

from PIL import Image, ImageOps

from catalog.images.models import Scan
from catalog.images.pictures import encode
from catalog.images.queries import rendition_of
from catalog.images.renditions.rendition import Rendition, open_rendition
from catalog.images.serving.slots import drawing_slot
from catalog.images.storage import local_copy
from catalog.rules.geometry import Instructions

PREVIEW, ANALYZED = 1000, 700
STEEPEST = 8.0
# How much the alternation of rows must grow for a proposal to be more than noise.
SHARPER = 1.08


def preview(*, scan: Scan, orders: Instructions) -> bytes:
    """A JPEG of at most PREVIEW pixels a side of the scan shown by `orders`, nothing covered. Raises OSError, Busy."""
    return encode(_render_small(scan, orders, PREVIEW), 75)


def propose_skew(*, scan: Scan, turn: int) -> float:
    """The angle in degrees clockwise by which the image, turned by `turn`, must be straightened so that its lines are
    level; 0 if no lines are found. Method: Postl's projection profile (1986). If lines are level, rows alternate most
    between ink and paper.

    Raises OSError, Busy.
    """
    grey = ImageOps.autocontrast(_render_small(scan, Instructions(turn), ANALYZED).convert("L"), cutoff=1)
    # Cut off the edges of the sheet: they are straight too, but may have another angle than the writing.
    w, h = grey.size
    grey = grey.crop((w // 12, h // 12, w - w // 12, h - h // 12))
    upright = _alternation(grey, 0.0)
    best = max((round(-STEEPEST + step * 0.5, 1) for step in range(33)), key=lambda angle: _alternation(grey, angle))
    best = max((round(best + step * 0.1, 1) for step in range(-5, 6)), key=lambda angle: _alternation(grey, angle))
    return best if _alternation(grey, best) > upright * SHARPER else 0.0


def _render_small(scan: Scan, orders: Instructions, longest: int) -> Image.Image:
    size = orders.transform((scan.full_width, scan.full_height))[1]
    rendition: Rendition = dataclasses.replace(rendition_of(scan, uncovered=True), instructions=orders, size=size)
    factor = max(1.0, max(size) / longest)
    output_size = max(1, round(size[0] / factor)), max(1, round(size[1] / factor))
    with drawing_slot():
        return open_rendition(local_copy(rendition.original), rendition, factor).render((0, 0, *size), output_size)


def _alternation(grey: Image.Image, angle: float) -> float:
    turned = grey.rotate(-angle, resample=Image.Resampling.BILINEAR, fillcolor=255)
    w, h = turned.size
    # Cut off the corners that rotating filled in.
    rows = turned.crop((w // 10, h // 10, w - w // 10, h - h // 10))
    means = rows.resize((1, rows.height), Image.Resampling.BOX).tobytes()
    return float(sum((a - b) ** 2 for a, b in pairwise(means)))
