"""The name of a rendition: it stands in addresses that are cached for ever, so it changes whenever a pixel can."""

import hashlib
from collections.abc import Iterable

from django.conf import settings

from catalog.images.renditions.rendition import Watermark
from catalog.rules.geometry import Box, Instructions


def rendition_part(instructions: Instructions, covers: Iterable[Box] = ()) -> str:
    """What follows the page in an image's identifier: nothing for an image shown as it came."""
    covers = sorted(covers)
    if instructions == Instructions() and not covers:
        return ""
    said = f"{instructions.turn} {instructions.skew:.4f} {instructions.crop} {covers}"
    return "e" + hashlib.sha256(said.encode()).hexdigest()[:12]


def watermark() -> Watermark | None:
    """The watermark that the settings ask for; None where they ask for none."""
    if not settings.WATERMARK:
        return None
    return Watermark(settings.WATERMARK, settings.WATERMARK_FROM, str(settings.WATERMARK_FONT))


def watermark_part() -> str:
    """What the watermark adds to the identifier of a public image."""
    mark = watermark()
    if mark is None:
        return ""
    return "w" + hashlib.sha256(f"{mark.words} {mark.least} {mark.strength}".encode()).hexdigest()[:8]
