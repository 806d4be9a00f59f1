"""Errors that help, in both languages."""

import sys
from typing import Any

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import REASON_NO_CSRF_COOKIE
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static

from catalog.upkeep.current import current_work
from catalog.upkeep.failures import is_disk_full


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: signed in, but not for this."""
    return render(request, "catalog/errors/403.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: not here, or not here for the asker; the two look the same."""
    return render(request, "catalog/errors/404.html", {"asked": request.path}, status=404)


def gone(request: HttpRequest) -> HttpResponse:
    """410: it was public and was withdrawn."""
    return render(request, "catalog/errors/410.html", status=410)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: a request that cannot be understood, a form that is too large, or a host name that is not ours."""
    large = isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent)
    return _outright("400", 400, large=large)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault; 507 where the disk is full. Django calls this while it handles the exception."""
    if is_disk_full(sys.exc_info()[1]):
        return _outright("507", 507)
    return _outright("500", 500, sent=request.method not in ("GET", "HEAD"))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that came back too late or from elsewhere, or from a browser that keeps no cookies."""
    context = {"csrf": True, "no_cookie": reason == REASON_NO_CSRF_COOKIE, "number": _number()}
    return render(request, "catalog/errors/403.html", context, status=403)


def _outright(name: str, status: int, **context: Any) -> HttpResponse:
    """A page in both languages at once that needs neither the request nor the database: either may be what failed."""
    context |= {"number": _number(), "styles": _styles()}
    html = render_to_string(f"catalog/errors/{name}.html", context)
    response = HttpResponse(html, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _styles() -> list[str]:
    """The addresses of the styles; none where static files were not collected, so that the page itself cannot fail."""
    try:
        return [static(f"catalog/css/{name}.css") for name in ("fonts", "base")]
    except ValueError:
        return []


def _number() -> str:
    work = current_work()
    return work.id if work else ""
