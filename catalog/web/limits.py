"""A limit on how often one IP address may use a page: status 429."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from catalog.accounts.limits import seconds_to_wait

View = Callable[..., HttpResponseBase]


def limited(limit: str, *, as_json: bool = False, forms_only: bool = False) -> Callable[[View], View]:
    """A decorator: the view answers 429 with Retry-After and a sentence once an IP address has used it too often.

    limit: the name of the limit in RATE_LIMITS. as_json: the sentence is sent as JSON. forms_only: only POST requests
    are counted, and the sentence is about a form.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def limited_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if forms_only and request.method != "POST":
                return view(request, *args, **kwargs)
            wait = seconds_to_wait(request, limit)
            if not wait:
                return view(request, *args, **kwargs)
            minutes = -(-wait // 60)
            if as_json:
                words = _("Too many questions from this address. Ask again in %(minutes)s minutes.") % {
                    "minutes": minutes
                }
                response: HttpResponse = JsonResponse({"error": words, "retry_after": wait}, status=429)
            else:
                response = render(
                    request, "catalog/errors/429.html", {"minutes": minutes, "form": forms_only}, status=429
                )
            response["Retry-After"] = str(wait)
            return response

        return limited_view

    return decorate
