"""Queries for images, as far as the asker may see them."""

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

PLACEHOLDER = "\0"


@dataclass(frozen=True)
class ImageAccess:
    """An image that somebody may see. identifier: as in the address; public: whether shared caches may store it;
    uncovered: whether it is the rendition for those who see under covers."""

    scan: int
    identifier: str
    size: Size
    public: bool
    uncovered: bool


def visible_scans(asker: Asker) -> QuerySet[Scan]:
    """Images of pages that `asker` may see. Earlier images of a page only for those who see under covers, since covers
    are placed only on the current one."""
    scans = Scan.objects.filter(page__in=visible_pages(asker))
    return scans if may_see_staff_notes(asker) else scans.filter(current=True)


def resolve_image(identifier: str, get_audiences: Callable[[], frozenset[str]]) -> ImageAccess | None:
    """The image with this identifier, or None if it does not exist for the asker. get_audiences: returns the audiences
    of the asker; called only if the image is not public. One database query and no caching, so that closing a record
    takes effect at once."""
    if len(identifier) > 60 or PLACEHOLDER in identifier:
        return None
    suffix = watermark_part()
    public_id = identifier.removesuffix(suffix) if suffix else identifier
    sql, params = _resolving_query(connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(
            sql, [{f"{PLACEHOLDER}p": public_id, f"{PLACEHOLDER}u": identifier}.get(param, param) for param in params]
        )
        rows = cursor.fetchall()
    for scan, public, uncovered, current, width, height, published, open_from, record, has_spreads in rows:
        is_public_rendition = identifier == public + suffix
        if not is_public_rendition and identifier != uncovered:
            continue
        open_day = datetime.date.fromisoformat(open_from) if isinstance(open_from, str) else open_from
        audience = audience_from(bool(published), open_day)
        if has_spreads and len(get_audiences()) < len(EVERY_AUDIENCE[-1]) and Spread.objects.withhold(record):
            continue
        if audience == "public" and is_public_rendition and current:
            return ImageAccess(scan, identifier, (width, height), True, False)
        asker_audiences = get_audiences()
        if audience in asker_audiences and ("closed" in asker_audiences or (is_public_rendition and current)):
            return ImageAccess(scan, identifier, (width, height), False, not is_public_rendition)
    return None


@cache
def _resolving_query(_vendor: str) -> tuple[str, tuple[Any, ...]]:
    """The SQL of `resolve_image` with its parameters; compiled once, since building it costs more than running it."""
    scans = Scan.objects.filter(
        Q(public_id=f"{PLACEHOLDER}p") | Q(uncovered_id=f"{PLACEHOLDER}u"),
        page__trashed_at=None,
        page__record__trashed_at=None,
    ).order_by()
    scans = scans.annotate(has_spreads=Exists(Spread.objects.filter(hides=True)))
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
        "has_spreads",
    )
    sql, params = scans.values_list(*names).query.sql_with_params()
    return sql, tuple(params)


def seen_by(asker: Asker) -> frozenset[str]:
    """The audiences of `asker`, as `resolve_image` needs them."""
    return audiences(asker)


def instructions_of(scan: Scan) -> Instructions:
    """The instructions by which the scan is shown."""
    return Instructions(scan.turn, scan.skew, scan.crop)


def rendition_of(scan: Scan, *, uncovered: bool = False) -> Rendition:
    """The rendition of a scan for the public; with `uncovered` that for those who see under covers, without
    watermark."""
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


def derivative_name(scan: Scan, rendition: Rendition, name: str) -> str:
    """The stored name of a rendition's thumbnail or reading image (`name`)."""
    part = rendition_part(rendition.instructions, rendition.covers) + (watermark_part() if rendition.watermark else "")
    return derivative_path(scan.sha256, f"{name}-{part}" if part else name)


def mark_uncovered(scans: Iterable[Scan], asker: Asker | None) -> None:
    """Mark these scans, if `asker` may see under covers, so that their addresses are those of the uncovered
    rendition."""
    if asker is None or not may_see_staff_notes(asker):
        return
    for scan in scans:
        scan.shows_uncovered = True


def pages_with_images(record: Record, asker: Asker) -> QuerySet[Page]:
    """The pages of `record` in order, each with `shown` (a list of at most one current Scan)."""
    pages = (
        visible_pages(asker)
        .filter(record=record)
        .order_by("number")
        .prefetch_related(Prefetch("scans", Scan.objects.filter(current=True), to_attr="shown"))
    )
    mark_uncovered((scan for page in pages for scan in page.shown), asker)
    return pages


def scans_of_pages(page_ids: list[int], asker: Asker | None = None) -> dict[int, Scan]:
    """The shown image of each page, by page key. The caller must have checked that the pages are visible."""
    scans = {scan.page_id: scan for scan in Scan.objects.filter(page__in=page_ids, current=True)}
    mark_uncovered(scans.values(), asker)
    return scans


def current_scan(page: Page) -> Scan | None:
    """The shown image of a page; None if it has none. The caller must have checked that the page is visible."""
    return Scan.objects.filter(page=page, current=True).first()


def scan_of(image: ImageAccess) -> Scan:
    """The scan of an image from `resolve_image`. Raises Scan.DoesNotExist if it was deleted meanwhile."""
    return Scan.objects.get(pk=image.scan)


def limits() -> Limits:
    """The limits for image requests from the settings."""
    return Limits(settings.IMAGE_MAX_AREA, settings.IMAGE_MAX_WIDTH, settings.IMAGE_MAX_HEIGHT)


def image_information(size: Size, base: str) -> dict[str, Any]:
    """The image information document of IIIF Image API 3.0, section 5. base: the image's address without trailing
    slash."""
    image_limits = limits().of(size)
    levels = [level for level in levels_of(size) if image_limits.allow(level.width, level.height)]
    information: dict[str, Any] = {
        "@context": "http://iiif.io/api/image/3/context.json",
        "id": base,
        "type": "ImageService3",
        "protocol": "http://iiif.io/api/image",
        "profile": "level2",
        "width": size[0],
        "height": size[1],
        "maxArea": image_limits.area,
    }
    if image_limits.width or image_limits.height:
        information["maxWidth"] = image_limits.width or image_limits.height
        if image_limits.height:
            information["maxHeight"] = image_limits.height
    return information | {
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
    """For each record, the image of the first page with an image that `asker` may see."""
    first = (
        visible_scans(asker)
        .filter(current=True, page__record=OuterRef("page__record"))
        .order_by("page__number")
        .values("pk")[:1]
    )
    scans = Scan.objects.filter(current=True, page__record__in=record_ids, pk=Subquery(first)).select_related("page")
    mark_uncovered(scans, asker)
    return {scan.page.record_id: scan for scan in scans}


def stored_small_image(scan: Scan, rendition: Rendition, request: ImageRequest) -> Path | None:
    """The path of a stored small image of a rendition that is large enough for a request; None if the original is
    needed."""
    w, h = request.box[2:] if request.box else (scan.width, scan.height)
    scale = min(w / request.size[0], h / request.size[1])
    is_small = request.box is None and max(request.size) <= THUMBNAIL * 0.6
    if not is_small and (scale < 2 or min(rendition.size) < HALVED_FROM):
        return None
    try:
        path = local_copy(derivative_name(scan, rendition, "thumbnail" if is_small else "reading"))
    except OSError:
        return None
    return path if path.exists() else None
