"""Pictures, asked for in the words of IIIF Image API 3.0. Every door goes through `visible_to`."""

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from catalog.records.queries import audience_of
from catalog.scans.image_requests import BadImageRequest, read_image_request
from catalog.scans.models import Scan
from catalog.scans.queries import image_information, part_of_image, scan_for, small_image

FOR_EVER = "public, max-age=31536000, immutable"
FOR_ONE = "private, max-age=300"


def _plain(status: int, words: str) -> HttpResponse:
    return _open_to_all(HttpResponse(words, status=status, content_type="text/plain; charset=utf-8"))


def _open_to_all(response: HttpResponse) -> HttpResponse:
    response["Access-Control-Allow-Origin"] = "*"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _image(request: HttpRequest, scan: Scan, data: bytes, tag: str) -> HttpResponse:
    response = HttpResponse(data, content_type="image/jpeg")
    response["ETag"] = f'"{tag}"'
    public = audience_of(scan.page.record) == "public"
    response["Cache-Control"] = FOR_EVER if public else FOR_ONE
    return _open_to_all(response)


@require_safe
def information(request: HttpRequest, public_id: str) -> HttpResponse:
    """info.json of an image."""
    scan = scan_for(request.user, public_id)
    if scan is None:
        return _plain(404, "There is no image of that identifier.")
    base = request.build_absolute_uri(reverse("image", args=[public_id]))
    return _open_to_all(JsonResponse(image_information(scan, base)))


@require_safe
def small(request: HttpRequest, public_id: str, name: str) -> HttpResponse:
    """The stored thumbnail or reading image."""
    return _answer(request, public_id, name, None)


@require_safe
def part(request: HttpRequest, public_id: str, region: str, size: str) -> HttpResponse:
    """A part of an image at a size."""
    return _answer(request, public_id, f"{region}/{size}", (region, size))


def _answer(request: HttpRequest, public_id: str, name: str, asked: tuple[str, str] | None) -> HttpResponse:
    scan = scan_for(request.user, public_id)
    if scan is None:
        return _plain(404, "There is no image of that identifier.")
    tag = f"{scan.sha256[:20]}-{name}"
    if request.headers.get("If-None-Match") == f'"{tag}"':
        return HttpResponseNotModified(headers={"ETag": f'"{tag}"'})
    try:
        if asked is None:
            return _image(request, scan, small_image(scan, name), tag)
        cut = read_image_request(asked[0], asked[1], scan.width, scan.height)
        return _image(request, scan, part_of_image(scan, cut.box, cut.size), tag)
    except BadImageRequest as error:
        return _plain(400, f"This image request cannot be answered: {error}.")
    except OSError:
        return _plain(503, "The file of this image cannot be read at the moment.")
