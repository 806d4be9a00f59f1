"""Images by the IIIF Image API 3.0. Every view asks `resolve_image`; an image that may not be seen is answered with
404."""

import hashlib
import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.utils.http import parse_etags

from catalog.accounts.limits import seconds_to_wait
from catalog.images.image_requests import (
    FORMATS,
    BadImageRequest,
    ImageRequest,
    UnsupportedImageRequest,
    read_image_request,
)
from catalog.images.models import Scan
from catalog.images.queries import (
    ImageAccess,
    image_information,
    limits,
    rendition_of,
    resolve_image,
    scan_of,
    seen_by,
    stored_small_image,
)
from catalog.images.renditions.following import stored_small_file
from catalog.images.renditions.rendition import Rendition
from catalog.images.serving.packs import tile_of
from catalog.images.serving.rendering import is_counted, is_expensive, render_picture
from catalog.images.serving.slots import Busy, request_slot
from catalog.images.serving.store import has_pack, stored_tile

logger = logging.getLogger(__name__)

IMAGE_PATH = "/iiif/image/"
# A browser asks again after an hour and gets 304 without an image being drawn. Shared caches ask again after five
# minutes, so that what is closed or covered soon disappears from them.
PUBLIC_CACHE = "public, max-age=3600, s-maxage=300, must-revalidate"
PRIVATE_CACHE = "private, max-age=300"
INFORMATION_CACHE = "max-age=3600"
LINKED_DATA = 'application/ld+json;profile="http://iiif.io/api/image/3/context.json"'
PROFILE = '<http://iiif.io/api/image/3/level2.json>;rel="profile"'
# To be raised when the same request is answered with other bytes than before. Part of the ETag.
VERSION = "1"
_audiences_by_session: dict[str, tuple[float, frozenset[str]]] = {}


class TooManyRequests(Exception):
    """An IP address has requested too many images that are expensive to draw. seconds: until it may again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(str(seconds))
        self.seconds = seconds


def image(request: HttpRequest, image_path: str) -> HttpResponse:
    """Everything below /iiif/image/: the base address of an image, its info.json, and image requests."""
    if (response := _response_without_image(request)) is not None:
        return response
    identifier, *parts = image_path.split("/")
    access = resolve_image(identifier, _audiences_of(request))
    if access is None:
        return _plain_text(404, "There is no image of that identifier.")
    if parts in ([], [""]):
        response = _open_to_all(HttpResponse(status=303))
        response["Location"] = f"{_base_address(request, access)}/info.json"
        response["Cache-Control"] = "no-cache"
        return response
    if parts == ["info.json"]:
        return _image_information(request, access)
    if len(parts) != 4:
        return _plain_text(400, "An image request is identifier/region/size/rotation/quality.format.")
    try:
        image_request = read_image_request(parts[0], parts[1], parts[2], parts[3], access.size, limits())
    except BadImageRequest as error:
        return _plain_text(400, f"This image request cannot be answered: {error}.")
    except UnsupportedImageRequest as error:
        return _plain_text(501, f"This image request is not supported: {error}.")
    return _answer_image(request, access, image_request)


def small(request: HttpRequest, public_id: str, name: str) -> HttpResponse:
    """The stored thumbnail or reading image. name: which of the two."""
    if (response := _response_without_image(request)) is not None:
        return response
    access = resolve_image(public_id, _audiences_of(request))
    if access is None:
        return _plain_text(404, "There is no image of that identifier.")

    def read_stored() -> bytes:
        scan = scan_of(access)
        return stored_small_file(scan=scan, name=name, uncovered=access.uncovered).read_bytes()

    return _image_response(request, access, name, "image/jpeg", read_stored)


def _audiences_of(request: HttpRequest) -> Callable[[], frozenset[str]]:
    """A function that returns the audiences that the user sees, which are cached for SECONDS_OF_RIGHTS."""

    def read_audiences() -> frozenset[str]:
        key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
        if not key:
            return seen_by(AnonymousUser())
        cached = _audiences_by_session.get(key)
        now = time.monotonic()
        if cached is not None and cached[0] > now:
            return cached[1]
        audiences = seen_by(request.user)
        if len(_audiences_by_session) > 1000:
            _audiences_by_session.clear()
        _audiences_by_session[key] = (now + settings.IMAGE_RIGHTS_SECONDS, audiences)
        return audiences

    return read_audiences


def _answer_image(request: HttpRequest, access: ImageAccess, image_request: ImageRequest) -> HttpResponse:
    def draw() -> bytes:
        if (
            image_request.box
            and (tile := tile_of(access.size, image_request.box, image_request.size))
            and image_request.as_stored
        ):
            data = stored_tile(access.identifier, access.size, tile)
            if data is not None:
                return data
        with request_slot():
            scan = scan_of(access)
            rendition = rendition_of(scan, uncovered=access.uncovered)
            small_copy = stored_small_image(scan, rendition, image_request)
            _count_work(request, rendition, image_request, small_copy is not None)
            return render_picture(rendition, image_request, small_copy)

    response = _image_response(request, access, image_request.canonical, FORMATS[image_request.format], draw)
    if response.status_code in (200, 304):
        base = _base_address(request, access)
        response["Link"] = f'<{base}/{image_request.canonical}>;rel="canonical", {PROFILE}'
    return response


def _count_work(request: HttpRequest, rendition: Rendition, image_request: ImageRequest, has_small_copy: bool) -> None:
    """Count an image that is expensive to draw, by IP address. Stored tiles and small images are not counted. Raises
    TooManyRequests."""
    is_stored = has_small_copy or has_pack(rendition)
    if is_expensive(rendition, image_request, is_stored):
        wait = seconds_to_wait(request, "large picture")
    elif is_counted(rendition, image_request, is_stored):
        wait = seconds_to_wait(request, "picture")
    else:
        return
    if wait:
        raise TooManyRequests(wait)


def _image_response(
    request: HttpRequest, access: ImageAccess, name: str, media_type: str, read_data: Callable[[], bytes]
) -> HttpResponse:
    tag = '"' + hashlib.sha256(f"{VERSION} {access.identifier} {name}".encode()).hexdigest()[:24] + '"'
    try:
        response = (
            HttpResponseNotModified()
            if _has_current_copy(request, tag)
            else HttpResponse(read_data(), content_type=media_type)
        )
    except Busy:
        response = _plain_text(503, "Too many images are being drawn at this moment; ask again in a few seconds.")
        response["Retry-After"] = "3"
        return response
    except TooManyRequests as error:
        response = _plain_text(429, "Too many large images were asked for from this address; ask again later.")
        response["Retry-After"] = str(error.seconds)
        return response
    except UnsupportedImageRequest as error:
        return _plain_text(501, f"This image request is not supported: {error}.")
    except (OSError, Scan.DoesNotExist):
        logger.exception("image %s could not be read", access.identifier)
        response = _plain_text(503, "The file of this image cannot be read at the moment.")
        response["Retry-After"] = "60"
        return response
    response["ETag"] = tag
    response["Cache-Control"] = PUBLIC_CACHE if access.public else PRIVATE_CACHE
    _open_to_all(response)
    if request.method == "HEAD":
        response.content = b""
    return response


def _image_information(request: HttpRequest, access: ImageAccess) -> HttpResponse:
    base = _base_address(request, access)
    as_linked_data = "application/ld+json" in request.headers.get("Accept", "")
    information = image_information(access.size, base)
    response: HttpResponse = JsonResponse(
        information, content_type=LINKED_DATA if as_linked_data else "application/json"
    )
    tag = '"' + hashlib.sha256(VERSION.encode() + response.content + bytes([as_linked_data])).hexdigest()[:24] + '"'
    if _has_current_copy(request, tag):
        response = HttpResponseNotModified()
    response["ETag"] = tag
    response["Vary"] = "Accept"
    response["Link"] = PROFILE
    response["Cache-Control"] = f"{'public' if access.public else 'private'}, {INFORMATION_CACHE}"
    return _open_to_all(response)


def _base_address(request: HttpRequest, access: ImageAccess) -> str:
    """The image's base address with the host of the request, without trailing slash."""
    return (
        f"{request.scheme}://{request.get_host()}{request.META.get('SCRIPT_NAME', '')}{IMAGE_PATH}{access.identifier}"
    )


def _has_current_copy(request: HttpRequest, tag: str) -> bool:
    """Whether the client holds the response with this ETag (RFC 9110, 13.1.2: compared weakly)."""
    header = request.headers.get("If-None-Match", "")
    if not header:
        return False
    return header.strip() == "*" or any(held.removeprefix("W/") == tag for held in parse_etags(header))


def _plain_text(status: int, message: str) -> HttpResponse:
    response = HttpResponse(message, status=status, content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return _open_to_all(response)


def _response_without_image(request: HttpRequest) -> HttpResponse | None:
    """The response to OPTIONS (CORS) and to methods that are not allowed; None for GET and HEAD."""
    if request.method == "OPTIONS":
        return _preflight()
    if request.method in ("GET", "HEAD"):
        return None
    response = _plain_text(405, "Images can be asked for and not changed.")
    response["Allow"] = "GET, HEAD, OPTIONS"
    return response


def _preflight() -> HttpResponse:
    response = _open_to_all(HttpResponse(status=204))
    response["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
    response["Access-Control-Allow-Headers"] = "*"
    response["Access-Control-Max-Age"] = "86400"
    return response


def _open_to_all(response: HttpResponse) -> HttpResponse:
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = "Link, ETag"
    response["X-Content-Type-Options"] = "nosniff"
    if response.status_code not in (204, 304):
        response["Content-Length"] = str(len(response.content))
    response.is_picture = True  # type: ignore[attr-defined]
    return response
