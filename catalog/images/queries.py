"""Reading images and texts, as far as the asker may."""

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery

from catalog.images.image_requests import ImageRequest, Limits
from catalog.images.models import Scan
from catalog.images.pictures import HALVED_FROM, THUMBNAIL
from catalog.images.renditions.identifiers import rendition_part, watermark, watermark_part
from catalog.images.renditions.rendition import Rendition
from catalog.images.serving.packs import SIDE, levels_of
from catalog.images.storage import derivative_path, local_copy
from catalog.records.models import Page, Record, Spread
from catalog.records.queries import (
    EVERY_AUDIENCE,
    Asker,
    audience_from,
    audiences,
    covers_of,
    may_see_staff_notes,
    visible_pages,
)
from catalog.rules.geometry import Instructions, Size

MARK = "\0"


@dataclass(frozen=True)
class ImageAccess:
    """An image as somebody may see it. public: to be kept by every cache, as its identifier names these pixels alone.
    uncovered: the rendition for those who see under covers."""

    scan: int
    given: str
    size: Size
    public: bool
    uncovered: bool


def visible_scans(asker: Asker) -> QuerySet[Scan]:
    """Images of pages that `asker` may see; earlier images of a page only for those who see under covers, since covers
    are drawn on the present one alone."""
    scans = Scan.objects.filter(page__in=visible_pages(asker))
    return scans if may_see_staff_notes(asker) else scans.filter(current=True)


def resolve_image(given: str, seen: Callable[[], frozenset[str]]) -> ImageAccess | None:
    """The image of that identifier, or None where it is not there for whoever sees the audiences `seen()`, which is
    asked only where it matters. One question to the database and nothing kept, so that what was closed a moment ago is
    closed."""
    if len(given) > 60 or MARK in given:
        return None
    mark = watermark_part()
    public_id = given.removesuffix(mark) if mark else given
    sql, asked = _question(connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(sql, [{f"{MARK}p": public_id, f"{MARK}u": given}.get(one, one) for one in asked])
        rows = cursor.fetchall()
    for scan, public, uncovered, current, width, height, published, open_from, record, something_waits in rows:
        is_public_rendition = given == public + mark
        if not is_public_rendition and given != uncovered:
            continue
        opened = datetime.date.fromisoformat(open_from) if isinstance(open_from, str) else open_from
        audience = audience_from(bool(published), opened)
        if something_waits and len(seen()) < len(EVERY_AUDIENCE[-1]) and Spread.objects.withhold(record):
            continue
        if audience == "public" and is_public_rendition and current:
            return ImageAccess(scan, given, (width, height), True, False)
        sees = seen()
        if audience in sees and ("closed" in sees or (is_public_rendition and current)):
            return ImageAccess(scan, given, (width, height), False, not is_public_rendition)
    return None


@cache
def _question(_vendor: str) -> tuple[str, tuple[Any, ...]]:
    """The one question of `resolve_image`, put into SQL once."""
    found = Scan.objects.filter(
        Q(public_id=f"{MARK}p") | Q(uncovered_id=f"{MARK}u"), page__trashed_at=None, page__record__trashed_at=None
    ).order_by()
    found = found.annotate(something_waits=Exists(Spread.objects.filter(hides=True)))
    names = (
        "pk",
        "public_id",
        "uncovered_id",
        "current",
        "width",
        "height",
        "page__record__chain_published",
        "page__record__open_from",
        "page__record_id",
        "something_waits",
    )
    sql, params = found.values_list(*names).query.sql_with_params()
    return sql, tuple(params)


def seen_by(asker: Asker) -> frozenset[str]:
    """The audiences that `resolve_image` asks for."""
    return audiences(asker)


def instructions_of(scan: Scan) -> Instructions:
    """How the scan is shown."""
    return Instructions(scan.turn, scan.skew, scan.crop)


def rendition_of(scan: Scan, *, uncovered: bool = False) -> Rendition:
    """The rendition of a scan for the public, or `uncovered` for those who see under covers (and without watermark)."""
    covered = not uncovered and scan.public_id != scan.uncovered_id
    return Rendition(
        key=scan.uncovered_id if uncovered else scan.public_id + watermark_part(),
        original=str(scan.original.name),
        full=(scan.full_width, scan.full_height),
        size=(scan.width, scan.height),
        instructions=instructions_of(scan),
        covers=tuple(cover.box for cover in covers_of(scan.page_id)) if covered else (),
        watermark=None if uncovered else watermark(),
    )


def small_name(scan: Scan, rendition: Rendition, name: str) -> str:
    """Where the thumbnail or reading image of a rendition is stored."""
    part = rendition_part(rendition.instructions, rendition.covers) + (watermark_part() if rendition.watermark else "")
    return derivative_path(scan.sha256, f"{name}-{part}" if part else name)


def seen_through(scans: Iterable[Scan], asker: Asker | None) -> None:
    """Let the addresses of these scans be those of the uncovered rendition, where `asker` may see it."""
    if asker is None or not may_see_staff_notes(asker):
        return
    for scan in scans:
        scan.seen_through = True


def pages_with_images(record: Record, asker: Asker) -> QuerySet[Page]:
    """The pages of `record` in order, each with `shown` (a list of at most one current Scan)."""
    pages = (
        visible_pages(asker)
        .filter(record=record)
        .order_by("number")
        .prefetch_related(Prefetch("scans", Scan.objects.filter(current=True), to_attr="shown"))
    )
    seen_through((scan for page in pages for scan in page.shown), asker)
    return pages


def scans_of_pages(page_ids: list[int], asker: Asker | None = None) -> dict[int, Scan]:
    """The shown image of each page, by the page's key. The pages must have come from a visible query."""
    scans = {scan.page_id: scan for scan in Scan.objects.filter(page__in=page_ids, current=True)}
    seen_through(scans.values(), asker)
    return scans


def current_scan(page: Page) -> Scan | None:
    """The shown image of a page, if it has one. The page must have come from a visible query."""
    return Scan.objects.filter(page=page, current=True).first()


def scan_of(image: ImageAccess) -> Scan:
    """The scan that `resolve_image` gave access to. Raises Scan.DoesNotExist where it was deleted since."""
    return Scan.objects.get(pk=image.scan)


def limits() -> Limits:
    """What the settings allow to ask for."""
    return Limits(settings.IMAGE_MAX_AREA, settings.IMAGE_MAX_WIDTH, settings.IMAGE_MAX_HEIGHT)


def image_information(size: Size, base: str) -> dict[str, Any]:
    """The IIIF Image API 3.0 information document (section 5); `base` is the image's address without trailing slash."""
    most = limits().of(size)
    levels = [level for level in levels_of(size) if most.allow(level.width, level.height)]
    said: dict[str, Any] = {
        "@context": "http://iiif.io/api/image/3/context.json",
        "id": base,
        "type": "ImageService3",
        "protocol": "http://iiif.io/api/image",
        "profile": "level2",
        "width": size[0],
        "height": size[1],
        "maxArea": most.area,
    }
    if most.width or most.height:
        said["maxWidth"] = most.width or most.height
        if most.height:
            said["maxHeight"] = most.height
    return said | {
        "sizes": [{"width": level.width, "height": level.height} for level in reversed(levels)],
        "tiles": [{"width": SIDE, "height": SIDE, "scaleFactors": [level.factor for level in levels_of(size)]}],
        "preferredFormats": ["jpg"],
        "extraFormats": ["webp"],
        "extraQualities": ["color", "gray", "bitonal"],
        "extraFeatures": [
            "mirroring",
            "rotationArbitrary",
            "sizeUpscaling",
            "profileLinkHeader",
            "canonicalLinkHeader",
        ],
    }


def first_scans(record_ids: list[int], asker: Asker) -> dict[int, Scan]:
    """The image of the first page that has one, by record, as far as `asker` may see."""
    first = (
        visible_scans(asker)
        .filter(current=True, page__record=OuterRef("page__record"))
        .order_by("page__number")
        .values("pk")[:1]
    )
    scans = Scan.objects.filter(current=True, page__record__in=record_ids, pk=Subquery(first)).select_related("page")
    seen_through(scans, asker)
    return {scan.page.record_id: scan for scan in scans}


def small_reading(scan: Scan, rendition: Rendition, wanted: ImageRequest) -> Path | None:
    """The stored small image of a rendition that is large enough for a request; None where only the original will
    do."""
    w, h = wanted.box[2:] if wanted.box else (scan.width, scan.height)
    scale = min(w / wanted.size[0], h / wanted.size[1])
    whole = wanted.box is None and max(wanted.size) <= THUMBNAIL * 0.6
    if not whole and (scale < 2 or min(rendition.size) < HALVED_FROM):
        return None
    try:
        path = local_copy(small_name(scan, rendition, "thumbnail" if whole else "reading"))
    except OSError:
        return None
    return path if path.exists() else None
