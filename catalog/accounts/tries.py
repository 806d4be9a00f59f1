"""How often a user may try to sign in: guessing is slowed down, but nobody can lock a colleague out by guessing.

A try counts for the pair of account and address, for the address (with any name), and for the account (from any
address). The last applies only to addresses from which the account has never signed in. A browser that has signed in to
the account has a cookie that proves it, and is counted separately ("device cookies", OWASP). So a stranger who tries
one name from a thousand addresses slows down other strangers, but never the owner's own browser. Nothing here sleeps: a
try that comes too early is refused before the password is checked.
"""

import math
import secrets
import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse

from catalog.accounts.limits import counted_address
from catalog.accounts.models import User
from catalog.accounts.sign_in_log import hash_of_name, signed_in_from_here

COOKIE = "known_device"
COOKIE_DAYS = 180
MOST_ON_A_DEVICE = 5
SALT = "catalog.accounts.known_device"
FORGET_SECONDS = 3600  # seconds without a try after which the wrong ones are forgotten


@dataclass(frozen=True)
class Backoff:
    """After `free` wrong tries, each further one doubles the wait, from `shortest` to `longest` seconds."""

    free: int
    shortest: int
    longest: int

    def wait_after(self, tries: int) -> int:
        """Seconds to wait after this number of tries."""
        return 0 if tries < self.free else min(self.longest, self.shortest * 2 ** min(tries - self.free, 20))


PAIR_BACKOFF = Backoff(free=5, shortest=15, longest=900)
ADDRESS_BACKOFF = Backoff(free=30, shortest=15, longest=900)
ACCOUNT_BACKOFF = Backoff(free=20, shortest=30, longest=30)
DEVICE_BACKOFF = Backoff(free=10, shortest=15, longest=900)


class Try:
    """One try to sign in to an account, from one address. Call `take` first, and `clear` if the password was right."""

    def __init__(self, request: HttpRequest, user: User | None, name: str) -> None:
        account = f"user-{user.pk}" if user else hash_of_name(name)
        address = counted_address(request)
        device = _device(request)
        self.pair = f"{account}:{address}"
        if user and device and user.pk in device["users"]:
            self._counters = [(f"device:{device['is']}:{account}", DEVICE_BACKOFF)]
        else:
            self._counters = [(f"pair:{self.pair}", PAIR_BACKOFF), (f"address:{address}", ADDRESS_BACKOFF)]
            if not signed_in_from_here(request, user):
                self._counters.append((f"account:{account}", ACCOUNT_BACKOFF))

    def take(self) -> int:
        """Count this try as a wrong one. Returns 0 if it is allowed; otherwise the seconds until it is, and then it is
        not counted."""
        if wait := self._wait():
            return wait
        counts, now = caches["limits"], time.time()
        counted: list[str] = []
        for key, backoff in self._counters:
            tries = self._add(key, 1)
            pause = backoff.wait_after(tries)
            # Of tries sent at the same time only one is allowed; the others are not counted.
            if pause and not counts.add(f"until:{key}", round((now + pause) * 1000), timeout=pause):
                self._add(key, -1)
                for other_key in counted:
                    self._add(other_key, -1)
                return self._wait() or 1
            counted.append(key)
        return 0

    def _wait(self) -> int:
        counts, now = caches["limits"], time.time()
        expiries: list[int] = [counts.get(f"until:{key}", 0) for key, _backoff in self._counters]
        return max(0, *(math.ceil(expiry / 1000 - now - 0.001) for expiry in expiries))

    def _add(self, key: str, step: int) -> int:
        counts = caches["limits"]
        counts.add(f"tries:{key}", 0, timeout=FORGET_SECONDS)
        counts.touch(f"tries:{key}", timeout=FORGET_SECONDS)
        try:
            return int(counts.incr(f"tries:{key}", step))
        except ValueError:
            return 1  # dropped between the two steps

    def clear(self) -> None:
        """The try was right: the counts of the pair or the device start again. Address and account lose only this try,
        or an attacker could delete his wrong guesses by signing in to an account of his own."""
        counts = caches["limits"]
        for key, _backoff in self._counters:
            counts.delete(f"until:{key}")
            if key.startswith(("pair:", "device:")):
                counts.delete(f"tries:{key}")
            elif counts.get(f"tries:{key}", 0) > 0:
                counts.incr(f"tries:{key}", -1)

    def is_first_refusal(self) -> bool:
        """Whether this refusal is the first of this pair within ten minutes, and so is logged."""
        return caches["limits"].add(f"said:{self.pair}", 1, timeout=600)


def remember_device(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Give the browser the cookie which proves that it has signed in as `user`."""
    device = _device(request) or {"is": secrets.token_urlsafe(12), "users": []}
    users = [user.pk, *(pk for pk in device["users"] if pk != user.pk)][:MOST_ON_A_DEVICE]
    response.set_cookie(
        COOKIE,
        signing.dumps({"is": device["is"], "users": users}, salt=SALT),
        max_age=COOKIE_DAYS * 86_400,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def _device(request: HttpRequest) -> dict[str, Any] | None:
    try:
        device: dict[str, Any] = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=COOKIE_DAYS * 86_400)
    except signing.BadSignature:
        return None
    return device
