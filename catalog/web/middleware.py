"""What happens to every request before and after its view: its number, probes, pictures, headers."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.middleware.gzip import GZipMiddleware

from catalog.upkeep.current import working_on
from catalog.web.images import BELOW, image
from catalog.web.machine import health

# Scripts and styles are files of ours and nothing else. The viewer writes positions into `style` properties by script,
# which CSP allows; data: images are its drawn buttons.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)
ADMIN_POLICY = POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")


class RequestNumber:
    """Gives every request a number of its own (X-Request-Id), which stands in the log and on pages that say something
    failed. A number sent along from outside is not taken: it would be a stranger's words in our log."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, with the number."""
        with working_on(request=request) as work:
            request.work = work  # type: ignore[attr-defined]
            response = self.get_response(request)
            response.headers["X-Request-Id"] = work.id
            return response


class ProbesFirst:
    """Answers `/health` before anything asks for HTTPS, a known host or a session: a probe speaks plain HTTP to an
    address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The state of the site, or whatever the rest of it answers."""
        if request.path_info != "/health":
            return self.get_response(request)
        response = health(request)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = POLICY
        return response


class PicturesFirst:
    """Answers image requests of visitors at once: nothing that other middlewares do (session, language, messages,
    forms) concerns a picture, and a page under the viewer asks for dozens. Whoever has a session goes the usual way."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The picture, or whatever the rest of the site answers."""
        if not request.path_info.startswith(BELOW) or settings.SESSION_COOKIE_NAME in request.COOKIES:
            return self.get_response(request)
        request.user = AnonymousUser()
        response = image(request, request.path_info.removeprefix(BELOW))
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("X-Frame-Options", settings.X_FRAME_OPTIONS)
        return response


class SecurityHeaders:
    """Adds the content security policy; Django's own middlewares add the rest."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the policy of the page's kind."""
        response = self.get_response(request)
        path = request.path_info.removeprefix("/en")
        response.headers.setdefault("Content-Security-Policy", ADMIN_POLICY if path.startswith("/admin/") else POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        return response


class WordsCompressed(GZipMiddleware):
    """Compresses words; pictures go out as they are, and the same to everybody whatever language they read."""

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        """Compress, unless it is an answer about a picture."""
        if not getattr(response, "is_picture", False):
            return super().process_response(request, response)
        response.headers.pop("Content-Language", None)
        vary = [one for one in response.get("Vary", "").split(", ") if one == "Accept"]
        if vary:
            response["Vary"] = "Accept"
        else:
            response.headers.pop("Vary", None)
        return response
