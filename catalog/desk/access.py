"""Who may use a staff page: signed in, and with a role that includes it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.cache import never_cache

View = Callable[..., HttpResponseBase]


def for_staff(*permissions: str) -> Callable[[View], View]:
    """A page for members of staff who hold every one of `permissions` ("change_page"; of this catalogue). Others sign
    in first, or are told that their role does not include it. Never kept by a cache."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not (request.user.is_staff and request.user.has_perms([f"catalog.{one}" for one in permissions])):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return never_cache(login_required(guarded))

    return guard
