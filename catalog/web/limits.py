"""Pages that answer 429 to an address that has asked too often."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from catalog.accounts.limits import seconds_to_wait

View = Callable[..., HttpResponseBase]


def limited(what: str, *, as_json: bool = False, forms_only: bool = False) -> Callable[[View], View]:
    """A view that answers 429 with Retry-After and a sentence once an address has asked too often.

    `forms_only`: only what is sent in by a form (POST) is counted, and the words speak of a form.
    """

    def around(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if forms_only and request.method != "POST":
                return view(request, *args, **kwargs)
            wait = seconds_to_wait(request, what)
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

        return answer

    return around
