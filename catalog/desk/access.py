"""Access to staff pages: for signed-in staff with the permissions of the page."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.cache import never_cache

View = Callable[..., HttpResponseBase]


def for_staff(*permissions: str) -> Callable[[View], View]:
    """A decorator for pages of staff who have all `permissions` of this catalogue ("change_page"). Visitors sign in
    first, other users get 403. The pages are never cached."""

    def decorate(view: View) -> View:
        @wraps(view)
        def staff_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not (
                request.user.is_staff and request.user.has_perms([f"catalog.{codename}" for codename in permissions])
            ):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return never_cache(login_required(staff_view))

    return decorate
