"""Sessions that end: when nothing is asked for IDLE_MINUTES, after SESSION_DAYS whatever is asked, and when their user
says so.

When a session began and was last used stands in the session itself, which is read anyway; it is written at most once a
minute. `OpenSession` has the same for the page that lists them.
"""

import time
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from catalog.accounts.limits import shortened_address
from catalog.accounts.models import OpenSession, SignIn, User
from catalog.accounts.sign_in_log import device_of, note_sign_in

BEGAN, SEEN, PROVEN = "began", "seen", "proven"
NOTED_EVERY = 60  # seconds


def begin_session(request: HttpRequest, user: User, *, backend: str, proven: bool, recovery: bool = False) -> None:
    """Sign `user` in: a new session key, a row to end it by, a line in the log.

    `backend` is the one that knew the password (`user.backend` after `authenticate`); `proven`: by a second factor too.
    """
    login(request, user, backend=backend)
    request.session[PROVEN] = proven
    _register(request, user)
    note_sign_in(request, SignIn.Outcome.RECOVERY if recovery else SignIn.Outcome.IN, user=user)


def end_session(request: HttpRequest, user: User, outcome: SignIn.Outcome) -> None:
    """Sign `user` out here; `outcome` says why."""
    OpenSession.objects.filter(key=request.session.session_key or "").delete()
    logout(request)
    note_sign_in(request, outcome, user=user)


def is_still_open(request: HttpRequest, user: User) -> bool:
    """Whether the session of this request goes on; notes that it was used. False: the caller ends it."""
    session, now = request.session, int(time.time())
    began = session.get(BEGAN)
    if began is None:
        # Begun before this program kept account of sessions, and so by a password alone.
        if TOTPDevice.objects.filter(user=user, confirmed=True).exists():
            return False
        _register(request, user)
        return True
    # A clock that went back makes nobody idle, and keeps nobody in either.
    seen = min(session.get(SEEN, began), now)
    if now - seen > settings.IDLE_MINUTES * 60 or now - min(began, now) > settings.SESSION_DAYS * 86_400:
        return False
    if now - seen >= NOTED_EVERY or session.get(SEEN, began) > now:
        session[SEEN] = now
        OpenSession.objects.filter(key=session.session_key or "").update(seen_at=timezone.now())
    return True


def renew_session_key(request: HttpRequest, user: User | None = None) -> None:
    """This session stays, under a new key; with the hash of the new password of `user` where that changed."""
    before = request.session.session_key or ""
    if user:
        update_session_auth_hash(request, user)
    else:
        request.session.cycle_key()
    _save(request)
    OpenSession.objects.filter(key=before).update(key=request.session.session_key)


def open_sessions_of(user: User) -> QuerySet[OpenSession]:
    """Those in which `user` is signed in now, the one used last first."""
    now = timezone.now()
    live = Session.objects.filter(expire_date__gt=now).values("session_key")
    return OpenSession.objects.filter(
        user=user,
        key__in=live,
        seen_at__gt=now - timedelta(minutes=settings.IDLE_MINUTES, seconds=NOTED_EVERY),
        began_at__gt=now - timedelta(days=settings.SESSION_DAYS),
    )


def end_sessions(user: User, *, but: str = "", only: int | None = None) -> int:
    """End every session of `user`, but the one with the key `but`, or `only` the one with this number; how many
    ended."""
    with transaction.atomic():
        chosen = OpenSession.objects.filter(user=user).exclude(key=but)
        if only is not None:
            chosen = chosen.filter(pk=only)
        keys = list(chosen.values_list("key", flat=True))
        Session.objects.filter(session_key__in=keys).delete()
        OpenSession.objects.filter(key__in=keys).delete()
    return len(keys)


def clear_sessions(now: datetime | None = None) -> int:
    """Delete what is left of sessions that are over; how many. For the nightly job."""
    now = now or timezone.now()
    Session.objects.filter(expire_date__lt=now).delete()
    idle = now - timedelta(minutes=settings.IDLE_MINUTES, seconds=NOTED_EVERY)
    over = OpenSession.objects.filter(seen_at__lt=idle) | OpenSession.objects.filter(
        began_at__lt=now - timedelta(days=settings.SESSION_DAYS)
    )
    keys = list(over.values_list("key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    gone = OpenSession.objects.exclude(key__in=Session.objects.values("session_key"))
    return over.delete()[0] + gone.delete()[0]


def _save(request: HttpRequest) -> None:
    # Now, not at the end of the request: the row that lists it carries its key.
    request.session.save()


def _register(request: HttpRequest, user: User) -> None:
    now = int(time.time())
    request.session[BEGAN] = request.session[SEEN] = now
    _save(request)
    began = datetime.fromtimestamp(now, UTC)
    OpenSession.objects.update_or_create(
        key=request.session.session_key,
        defaults={
            "user": user,
            "began_at": began,
            "seen_at": began,
            "address": shortened_address(request),
            "device": device_of(request),
        },
    )
