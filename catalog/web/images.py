"""Pictures, asked for in the words of IIIF Image API 3.0. Every door asks `resolve_image`; what is not to be seen is
not there."""

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

BELOW = "/iiif/image/"
# A browser asks again after an hour, and is told that nothing changed without anything being drawn; caches that many
# people share ask after some minutes, so that what is closed or covered is soon gone from them too.
FOR_ALL = "public, max-age=3600, s-maxage=300, must-revalidate"
FOR_ONE = "private, max-age=300"
INFORMATION = "max-age=3600"
LINKED_DATA = 'application/ld+json;profile="http://iiif.io/api/image/3/context.json"'
PROFILE = '<http://iiif.io/api/image/3/level2.json>;rel="profile"'
# Raised when the same request would be answered with other bytes.
VERSION = "1"
# For how many seconds a session's rights are taken as known. Only those of staff are ever asked for: what is public
# needs no session, and what was closed or covered is looked up at every request.
RIGHTS_LAST = 10.0
_rights: dict[str, tuple[float, frozenset[str]]] = {}


class TooOften(Exception):
    """The address has asked for too many pictures that take work; `seconds` until it may again. Status 429."""

    def __init__(self, seconds: int) -> None:
        super().__init__(str(seconds))
        self.seconds = seconds


def image(request: HttpRequest, asked: str) -> HttpResponse:
    """Everything below /iiif/image/: an image's base address, its info.json, and image requests."""
    if (other := _not_asked_for(request)) is not None:
        return other
    identifier, *rest = asked.split("/")
    sight = resolve_image(identifier, _seen(request))
    if sight is None:
        return _plain(404, "There is no image of that identifier.")
    if rest in ([], [""]):
        response = _open_to_all(HttpResponse(status=303))
        response["Location"] = f"{_base(request, sight)}/info.json"
        response["Cache-Control"] = "no-cache"
        return response
    if rest == ["info.json"]:
        return _information(request, sight)
    if len(rest) != 4:
        return _plain(400, "An image request is identifier/region/size/rotation/quality.format.")
    try:
        wanted = read_image_request(rest[0], rest[1], rest[2], rest[3], sight.size, limits())
    except BadImageRequest as error:
        return _plain(400, f"This image request cannot be answered: {error}.")
    except UnsupportedImageRequest as error:
        return _plain(501, f"This image request is not supported: {error}.")
    return _image(request, sight, wanted)


def small(request: HttpRequest, public_id: str, name: str) -> HttpResponse:
    """The stored thumbnail or reading image."""
    if (other := _not_asked_for(request)) is not None:
        return other
    sight = resolve_image(public_id, _seen(request))
    if sight is None:
        return _plain(404, "There is no image of that identifier.")

    def stored() -> bytes:
        scan = scan_of(sight)
        return stored_small_file(scan=scan, name=name, uncovered=sight.uncovered).read_bytes()

    return _answer(request, sight, name, "image/jpeg", stored)


def _seen(request: HttpRequest) -> Callable[[], frozenset[str]]:
    """The audiences that the asker sees, asked of the session at most every few seconds."""

    def seen() -> frozenset[str]:
        key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
        if not key:
            return seen_by(AnonymousUser())
        known = _rights.get(key)
        now = time.monotonic()
        if known is not None and known[0] > now:
            return known[1]
        found = seen_by(request.user)
        if len(_rights) > 1000:
            _rights.clear()
        _rights[key] = (now + RIGHTS_LAST, found)
        return found

    return seen


def _image(request: HttpRequest, sight: ImageAccess, wanted: ImageRequest) -> HttpResponse:
    def drawn() -> bytes:
        if wanted.box and (tile := tile_of(sight.size, wanted.box, wanted.size)) and wanted.as_stored:
            data = stored_tile(sight.identifier, sight.size, tile)
            if data is not None:
                return data
        with request_slot():
            scan = scan_of(sight)
            rendition = rendition_of(scan, uncovered=sight.uncovered)
            reading = stored_small_image(scan, rendition, wanted)
            _count(request, rendition, wanted, reading is not None)
            return render_picture(rendition, wanted, reading)

    response = _answer(request, sight, wanted.canonical, FORMATS[wanted.format], drawn)
    if response.status_code in (200, 304):
        base = _base(request, sight)
        response["Link"] = f'<{base}/{wanted.canonical}>;rel="canonical", {PROFILE}'
    return response


def _count(request: HttpRequest, rendition: Rendition, wanted: ImageRequest, reading: bool) -> None:
    """Count what takes work by the address that asks. Raises TooOften. Stored tiles and small
    images are never counted."""
    stored = reading or has_pack(rendition)
    if is_expensive(rendition, wanted, stored):
        wait = seconds_to_wait(request, "large picture")
    elif is_counted(rendition, wanted, stored):
        wait = seconds_to_wait(request, "picture")
    else:
        return
    if wait:
        raise TooOften(wait)


def _answer(
    request: HttpRequest, sight: ImageAccess, name: str, media_type: str, data: Callable[[], bytes]
) -> HttpResponse:
    tag = '"' + hashlib.sha256(f"{VERSION} {sight.identifier} {name}".encode()).hexdigest()[:24] + '"'
    try:
        response = HttpResponseNotModified() if _has(request, tag) else HttpResponse(data(), content_type=media_type)
    except Busy:
        response = _plain(503, "Too many images are being drawn at this moment; ask again in a few seconds.")
        response["Retry-After"] = "3"
        return response
    except TooOften as error:
        response = _plain(429, "Too many large images were asked for from this address; ask again later.")
        response["Retry-After"] = str(error.seconds)
        return response
    except UnsupportedImageRequest as error:
        return _plain(501, f"This image request is not supported: {error}.")
    except (OSError, Scan.DoesNotExist):
        logger.exception("image %s could not be read", sight.identifier)
        response = _plain(503, "The file of this image cannot be read at the moment.")
        response["Retry-After"] = "60"
        return response
    response["ETag"] = tag
    response["Cache-Control"] = FOR_ALL if sight.public else FOR_ONE
    _open_to_all(response)
    if request.method == "HEAD":
        response.content = b""
    return response


def _information(request: HttpRequest, sight: ImageAccess) -> HttpResponse:
    base = _base(request, sight)
    linked = "application/ld+json" in request.headers.get("Accept", "")
    said = image_information(sight.size, base)
    response: HttpResponse = JsonResponse(said, content_type=LINKED_DATA if linked else "application/json")
    tag = '"' + hashlib.sha256(VERSION.encode() + response.content + bytes([linked])).hexdigest()[:24] + '"'
    if _has(request, tag):
        response = HttpResponseNotModified()
    response["ETag"] = tag
    response["Vary"] = "Accept"
    response["Link"] = PROFILE
    response["Cache-Control"] = f"{'public' if sight.public else 'private'}, {INFORMATION}"
    return _open_to_all(response)


def _base(request: HttpRequest, sight: ImageAccess) -> str:
    """The image's address as the asker wrote it, without trailing slash."""
    return f"{request.scheme}://{request.get_host()}{request.META.get('SCRIPT_NAME', '')}{BELOW}{sight.identifier}"


def _has(request: HttpRequest, tag: str) -> bool:
    """Whether the asker holds the answer of that tag (RFC 9110, 13.1.2: compared weakly)."""
    header = request.headers.get("If-None-Match", "")
    if not header:
        return False
    return header.strip() == "*" or any(one.removeprefix("W/") == tag for one in parse_etags(header))


def _plain(status: int, words: str) -> HttpResponse:
    response = HttpResponse(words, status=status, content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return _open_to_all(response)


def _not_asked_for(request: HttpRequest) -> HttpResponse | None:
    """The answer to a request that does not ask for a picture; None for one that does."""
    if request.method == "OPTIONS":
        return _preflight()
    if request.method in ("GET", "HEAD"):
        return None
    response = _plain(405, "Images can be asked for and not changed.")
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
