"""Reading images and texts, as far as the asker may."""

from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import Prefetch, QuerySet

from catalog.records.models import Page, Record
from catalog.records.queries import Asker, visible_pages
from catalog.scans.actions import derivative_path
from catalog.scans.models import PageText, Scan
from catalog.scans.pictures import cut

TILE = 512


def visible_scans(asker: Asker) -> QuerySet[Scan]:
    """Images of pages that `asker` may see."""
    return Scan.objects.filter(page__in=visible_pages(asker))


def scan_for(asker: Asker, public_id: str) -> Scan | None:
    """The image of that identifier, or None where it is not there for `asker`."""
    return visible_scans(asker).filter(public_id=public_id).first()


def pages_with_images(record: Record, asker: Asker) -> QuerySet[Page]:
    """The pages of `record` in order, each with `shown` (a list of at most one current Scan)."""
    return (
        visible_pages(asker)
        .filter(record=record)
        .order_by("number")
        .prefetch_related(Prefetch("scans", Scan.objects.filter(current=True), to_attr="shown"))
    )


def current_text(page: Page) -> PageText | None:
    """The text shown for `page`; None where it was never read."""
    return PageText.objects.filter(page=page, current=True).first()


def stored_path(name: str) -> Path:
    """The file of a stored name on the local disk."""
    return Path(default_storage.path(name))


def small_image(scan: Scan, name: str) -> bytes:
    """The bytes of `thumbnail` or `reading`. Raises OSError where the file is missing."""
    return stored_path(derivative_path(scan.sha256, name)).read_bytes()


def part_of_image(scan: Scan, box: tuple[int, int, int, int] | None, size: tuple[int, int]) -> bytes:
    """A JPEG of a part of the image, cut from the reading image where that is large enough."""
    part_w = (box[2] - box[0]) if box else scan.width
    if size[0] * 2 <= part_w and scan.width >= 2400:
        half = (box[0] / 2, box[1] / 2, box[2] / 2, box[3] / 2) if box else None
        return cut(stored_path(derivative_path(scan.sha256, "reading")), half, size)  # type: ignore[arg-type]
    return cut(stored_path(str(scan.original.name)), box, size)


def image_information(scan: Scan, base: str) -> dict[str, Any]:
    """The IIIF Image API 3.0 information document (section 5); `base` is the image's address without trailing slash."""
    factors = [1]
    while max(scan.width, scan.height) / factors[-1] > TILE:
        factors.append(factors[-1] * 2)
    return {
        "@context": "http://iiif.io/api/image/3/context.json",
        "id": base,
        "type": "ImageService3",
        "protocol": "http://iiif.io/api/image",
        "profile": "level0",
        "width": scan.width,
        "height": scan.height,
        "sizes": [{"width": -(-scan.width // f), "height": -(-scan.height // f)} for f in reversed(factors)],
        "tiles": [{"width": TILE, "height": TILE, "scaleFactors": factors}],
        "extraFeatures": ["regionByPx", "sizeByW", "sizeByH", "sizeByWh", "sizeByConfinedWh", "cors"],
    }


def scans_of_pages(page_ids: list[int]) -> dict[int, Scan]:
    """The shown image of each page, by the page's key. The pages must have come from a visible query."""
    return {scan.page_id: scan for scan in Scan.objects.filter(page__in=page_ids, current=True)}
