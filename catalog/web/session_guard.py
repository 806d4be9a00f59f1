"""Middleware that ends expired sessions, and treats users without their second factor as visitors."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from catalog.accounts.models import SignIn, User
from catalog.accounts.second_factor import needs_second_factor
from catalog.accounts.sessions import PROVEN, end_session, is_still_open


class SessionGuard:
    """Must come after AuthenticationMiddleware and MessageMiddleware.

    A user who must have a second factor and has not shown it in this session is AnonymousUser in `request.user`, on
    every page, in the API and for images; so new addresses are protected without further code. Only sign-in, its second
    step and sign-out know the user, as `request.unproven_user`.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The response for the user that the session proves."""
        # Without the cookie the session is not read, so that a visitor's page can be cached.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            user = request.user
            if not is_still_open(request, user):
                end_session(request, user, SignIn.Outcome.IDLE)
                if "text/html" in request.headers.get("Accept", ""):
                    messages.info(
                        request,
                        _(
                            "Your session has ended: nothing was done for a while, or it was some days old. Sign in "
                            "again."
                        ),
                    )
            elif not request.session.get(PROVEN) and needs_second_factor(user):
                request.unproven_user = user  # type: ignore[attr-defined]
                request.user = AnonymousUser()
        return self.get_response(request)


def unproven_user(request: HttpRequest) -> User | None:
    """The user who signed in with a password and has not yet shown the second factor; None if there is none."""
    return getattr(request, "unproven_user", None)
