"""Error pages that say what to do next, in both languages."""

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
    """403: signed in, but without the right to this page."""
    return render(request, "catalog/errors/403.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: there is no such page, or not for this visitor; both look the same."""
    return render(request, "catalog/errors/404.html", {"asked": request.path}, status=404)


def gone(request: HttpRequest) -> HttpResponse:
    """410: the page was public and has been withdrawn."""
    return render(request, "catalog/errors/410.html", status=410)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: a request that cannot be parsed, a form that is too large, or an unknown host name."""
    is_large = isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent)
    return _bilingual_page("400", 400, large=is_large)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: an error of the program; 507 if the disk is full. Django calls this while it handles the exception."""
    if is_disk_full(sys.exc_info()[1]):
        return _bilingual_page("507", 507)
    return _bilingual_page("500", 500, sent=request.method not in ("GET", "HEAD"))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that was sent too late, from another site, or by a browser without cookies."""
    context = {"csrf": True, "no_cookie": reason == REASON_NO_CSRF_COOKIE, "number": _request_number()}
    return render(request, "catalog/errors/403.html", context, status=403)


def _bilingual_page(name: str, status: int, **context: Any) -> HttpResponse:
    """A page with both languages. It uses neither the request nor the database, since one of them may have failed."""
    context |= {"number": _request_number(), "styles": _style_addresses()}
    html = render_to_string(f"catalog/errors/{name}.html", context)
    response = HttpResponse(html, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _style_addresses() -> list[str]:
    """The addresses of the style sheets; none if static files were not collected, so that this page cannot fail."""
    try:
        return [static(f"catalog/css/{name}.css") for name in ("fonts", "base")]
    except ValueError:
        return []


def _request_number() -> str:
    work = current_work()
    return work.id if work else ""
