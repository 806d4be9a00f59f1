"""Sessions end after IDLE_MINUTES without a request, after SESSION_DAYS in any case, and when their user ends them.

When a session began and was last used is stored in the session itself, which is read anyway; it is written at most once
a minute. `OpenSession` has the same for the page that lists sessions.
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
WRITE_SECONDS = 60  # seconds


def begin_session(request: HttpRequest, user: User, *, backend: str, proven: bool, recovery: bool = False) -> None:
    """Sign `user` in: a new session key, a row by which the session can be ended, a line in the log.

    `backend` is the one that checked the password (`user.backend` after `authenticate`); `proven`: the second factor
    was checked too.
    """
    login(request, user, backend=backend)
    request.session[PROVEN] = proven
    _start_session_record(request, user)
    note_sign_in(request, SignIn.Outcome.RECOVERY if recovery else SignIn.Outcome.IN, user=user)


def end_session(request: HttpRequest, user: User, outcome: SignIn.Outcome) -> None:
    """Sign `user` out of this session; `outcome`: why."""
    OpenSession.objects.filter(key=request.session.session_key or "").delete()
    logout(request)
    note_sign_in(request, outcome, user=user)


def is_still_open(request: HttpRequest, user: User) -> bool:
    """Whether the session of this request is still valid; records that it was used. If False, the caller ends it."""
    session, now = request.session, int(time.time())
    started = session.get(BEGAN)
    if started is None:
        # Started by a version without `OpenSession`, and so by a password alone.
        if TOTPDevice.objects.filter(user=user, confirmed=True).exists():
            return False
        _start_session_record(request, user)
        return True
    # A clock that was set back must neither end sessions nor prolong them.
    last_use = min(session.get(SEEN, started), now)
    if now - last_use > settings.IDLE_MINUTES * 60 or now - min(started, now) > settings.SESSION_DAYS * 86_400:
        return False
    if now - last_use >= WRITE_SECONDS or session.get(SEEN, started) > now:
        session[SEEN] = now
        OpenSession.objects.filter(key=session.session_key or "").update(seen_at=timezone.now())
    return True


def renew_session_key(request: HttpRequest, user: User | None = None) -> None:
    """Give this session a new key. user: whose password has changed, so that the session gets its new hash."""
    old_key = request.session.session_key or ""
    if user:
        update_session_auth_hash(request, user)
    else:
        request.session.cycle_key()
    _save(request)
    OpenSession.objects.filter(key=old_key).update(key=request.session.session_key)


def open_sessions_of(user: User) -> QuerySet[OpenSession]:
    """The sessions in which `user` is signed in now, the last used first."""
    now = timezone.now()
    unexpired = Session.objects.filter(expire_date__gt=now).values("session_key")
    return OpenSession.objects.filter(
        user=user,
        key__in=unexpired,
        seen_at__gt=now - timedelta(minutes=settings.IDLE_MINUTES, seconds=WRITE_SECONDS),
        began_at__gt=now - timedelta(days=settings.SESSION_DAYS),
    )


def end_sessions(user: User, *, but: str = "", only: int | None = None) -> int:
    """End all sessions of `user` except the one with the key `but`, or `only` the one with this primary key. Returns
    how many ended."""
    with transaction.atomic():
        sessions = OpenSession.objects.filter(user=user).exclude(key=but)
        if only is not None:
            sessions = sessions.filter(pk=only)
        keys = list(sessions.values_list("key", flat=True))
        Session.objects.filter(session_key__in=keys).delete()
        OpenSession.objects.filter(key__in=keys).delete()
    return len(keys)


def clear_sessions(now: datetime | None = None) -> int:
    """Delete sessions that have ended. Returns how many rows. For the nightly job."""
    now = now or timezone.now()
    Session.objects.filter(expire_date__lt=now).delete()
    idle_since = now - timedelta(minutes=settings.IDLE_MINUTES, seconds=WRITE_SECONDS)
    ended = OpenSession.objects.filter(seen_at__lt=idle_since) | OpenSession.objects.filter(
        began_at__lt=now - timedelta(days=settings.SESSION_DAYS)
    )
    keys = list(ended.values_list("key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    orphaned = OpenSession.objects.exclude(key__in=Session.objects.values("session_key"))
    return ended.delete()[0] + orphaned.delete()[0]


def _save(request: HttpRequest) -> None:
    # Now, not at the end of the request: `OpenSession` needs the new key.
    request.session.save()


def _start_session_record(request: HttpRequest, user: User) -> None:
    now = int(time.time())
    request.session[BEGAN] = request.session[SEEN] = now
    _save(request)
    started = datetime.fromtimestamp(now, UTC)
    OpenSession.objects.update_or_create(
        key=request.session.session_key,
        defaults={
            "user": user,
            "began_at": started,
            "seen_at": started,
            "address": shortened_address(request),
            "device": device_of(request),
        },
    )
