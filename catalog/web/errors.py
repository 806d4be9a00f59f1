"""Errors that help, in both languages."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: signed in, but not for this."""
    return render(request, "catalog/errors/403.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: not here, or not here for the asker; the two look the same."""
    return render(request, "catalog/errors/404.html", {"asked": request.path}, status=404)


def gone(request: HttpRequest) -> HttpResponse:
    """410: it was public and was withdrawn."""
    return render(request, "catalog/errors/410.html", status=410)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault. Says so without the database, which may be what failed."""
    return render(request, "catalog/errors/500.html", status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that came back too late or from elsewhere."""
    return render(request, "catalog/errors/403.html", {"csrf": True}, status=403)
