"""Middleware: request numbers, probes, image requests without a session, security headers, compression."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.middleware.gzip import GZipMiddleware

from catalog.upkeep.current import working_on
from catalog.web.images import IMAGE_PATH, image
from catalog.web.machine import health

# Scripts and styles come only from our own files. The image viewer sets `style` properties by script, which CSP allows;
# its buttons are data: images.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)
ADMIN_POLICY = POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")


class RequestNumber:
    """Gives every request a number (X-Request-Id), which is written into the log and shown on error pages. A number
    sent by the client is ignored, so that a stranger cannot write into the log."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The response, with the number in a header."""
        with working_on(request=request) as work:
            request.work = work  # type: ignore[attr-defined]
            response = self.get_response(request)
            response.headers["X-Request-Id"] = work.id
            return response


class ProbesFirst:
    """Answers `/health` before HTTPS, the host name or a session are required: a probe sends plain HTTP to an IP
    address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The state of the site, or the response of the next middleware."""
        if request.path_info != "/health":
            return self.get_response(request)
        response = health(request)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = POLICY
        return response


class PicturesFirst:
    """Answers image requests without a session directly. Other middleware (session, language, messages, forms) does
    nothing for an image, and the viewer requests dozens of tiles for one page. Requests with a session go on to the
    other middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The image, or the response of the next middleware."""
        if not request.path_info.startswith(IMAGE_PATH) or settings.SESSION_COOKIE_NAME in request.COOKIES:
            return self.get_response(request)
        request.user = AnonymousUser()
        response = image(request, request.path_info.removeprefix(IMAGE_PATH))
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("X-Frame-Options", settings.X_FRAME_OPTIONS)
        return response


class SecurityHeaders:
    """Adds the content security policy and the permissions policy; Django's own middleware adds the other headers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The response with its policy; the admin needs inline styles."""
        response = self.get_response(request)
        path = request.path_info.removeprefix("/en")
        response.headers.setdefault("Content-Security-Policy", ADMIN_POLICY if path.startswith("/admin/") else POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        return response


class WordsCompressed(GZipMiddleware):
    """Compresses text. Images are sent as they are and without headers about the language."""

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        """Compress, unless the response is about an image."""
        if not getattr(response, "is_picture", False):
            return super().process_response(request, response)
        response.headers.pop("Content-Language", None)
        vary = [name for name in response.get("Vary", "").split(", ") if name == "Accept"]
        if vary:
            response["Vary"] = "Accept"
        else:
            response.headers.pop("Vary", None)
        return response
