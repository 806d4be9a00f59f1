"""Stands at every door: ends sessions that are over, and lets nobody be staff who still owes a second factor."""

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
    """After AuthenticationMiddleware and MessageMiddleware.

    Whoever must have a second factor and has not shown one in this session is nobody (`request.user`) on every page,
    API and picture alike: a door that is added tomorrow is shut by itself. Only sign-in, its second step and sign-out
    know him, as `request.unproven_user`.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, as whom the session proves."""
        # Without the cookie nothing is looked at, so that a visitor's page depends on no session.
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
    """Who signed in with a password only and owes a second factor, if anybody."""
    return getattr(request, "unproven_user", None)
