"""Identifiers of renditions. They are used in addresses that are cached, so they change whenever a pixel may change."""

import hashlib
from collections.abc import Iterable

from django.conf import settings

from catalog.images.renditions.rendition import Watermark
from catalog.rules.geometry import Box, Instructions


def rendition_part(instructions: Instructions, covers: Iterable[Box] = ()) -> str:
    """The part of an image's identifier after the page; '' for an image shown as it was delivered."""
    covers = sorted(covers)
    if instructions == Instructions() and not covers:
        return ""
    content = f"{instructions.turn} {instructions.skew:.4f} {instructions.crop} {covers}"
    return "e" + hashlib.sha256(content.encode()).hexdigest()[:12]


def watermark() -> Watermark | None:
    """The watermark from the settings; None if they have none."""
    if not settings.WATERMARK:
        return None
    return Watermark(settings.WATERMARK, settings.WATERMARK_FROM, str(settings.WATERMARK_FONT))


def watermark_part() -> str:
    """The part that the watermark adds to the identifier of a public image; '' without one."""
    mark = watermark()
    if mark is None:
        return ""
    return "w" + hashlib.sha256(f"{mark.words} {mark.least} {mark.strength}".encode()).hexdigest()[:8]
