"""An image tried otherwise before anything is written: a preview, and a proposal how to straighten it."""

import dataclasses
from itertools import pairwise

from PIL import Image, ImageOps

from catalog.images.models import Scan
from catalog.images.pictures import encode
from catalog.images.queries import rendition_of
from catalog.images.renditions.rendition import Rendition, open_rendition
from catalog.images.serving.turns import drawing
from catalog.images.storage import local_copy
from catalog.rules.geometry import Instructions

PREVIEW, LOOKED_AT = 1000, 700
STEEPEST = 8.0
# How much sharper the lines must become for a proposal to be more than noise.
CLEARER = 1.08


def preview(*, scan: Scan, orders: Instructions) -> bytes:
    """A JPEG of at most PREVIEW pixels a side of the scan shown by `orders`, nothing covered. Raises OSError, Busy."""
    return encode(_small(scan, orders, PREVIEW), 75)


def propose_skew(*, scan: Scan, turn: int) -> float:
    """By how many degrees clockwise the image, turned by `turn`, must be straightened for its lines to be level; 0
    where no lines are found. Postl's projection profile (1986): level lines make rows alternate most between ink and
    paper.

    Raises OSError, Busy.
    """
    grey = ImageOps.autocontrast(_small(scan, Instructions(turn), LOOKED_AT).convert("L"), cutoff=1)
    # Edges of the sheet are straight too, and may lie otherwise than what is written on it.
    w, h = grey.size
    grey = grey.crop((w // 12, h // 12, w - w // 12, h - h // 12))
    upright = _alternation(grey, 0.0)
    best = max((round(-STEEPEST + step * 0.5, 1) for step in range(33)), key=lambda angle: _alternation(grey, angle))
    best = max((round(best + step * 0.1, 1) for step in range(-5, 6)), key=lambda angle: _alternation(grey, angle))
    return best if _alternation(grey, best) > upright * CLEARER else 0.0


def _small(scan: Scan, orders: Instructions, longest: int) -> Image.Image:
    size = orders.transform((scan.full_width, scan.full_height))[1]
    rendition: Rendition = dataclasses.replace(rendition_of(scan, uncovered=True), instructions=orders, size=size)
    by = max(1.0, max(size) / longest)
    out = max(1, round(size[0] / by)), max(1, round(size[1] / by))
    with drawing():
        return open_rendition(local_copy(rendition.original), rendition, by).cut((0, 0, *size), out)


def _alternation(grey: Image.Image, angle: float) -> float:
    turned = grey.rotate(-angle, resample=Image.Resampling.BILINEAR, fillcolor=255)
    w, h = turned.size
    # What the turn brought in at the sides is left out.
    rows = turned.crop((w // 10, h // 10, w - w // 10, h - h // 10))
    means = rows.resize((1, rows.height), Image.Resampling.BOX).tobytes()
    return float(sum((a - b) ** 2 for a, b in pairwise(means)))
