"""How fast one may try to sign in: guessing is slowed down, and nobody can keep a colleague out by guessing at her
name.

A try counts against the pair of account and address; against the address, whatever the names; and against the account,
whatever the addresses, but the last one concerns only tries from where the account has never signed in before. A
browser that has signed in to the account carries a cookie that says so, and is counted by itself alone ("device
cookies", OWASP). So a stranger who tries one name from a thousand addresses slows down other strangers, never the
browser at her desk. Nothing here sleeps: a try that comes too early is refused before the password is looked at.
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
REMEMBERED = 3600  # seconds without a try after which the wrong ones are forgotten


@dataclass(frozen=True)
class Pace:
    """`free` wrong tries cost nothing; then each doubles the wait from `first` to `most` seconds."""

    free: int
    first: int
    most: int

    def wait_after(self, tries: int) -> int:
        """Seconds until the next after so many."""
        return 0 if tries < self.free else min(self.most, self.first * 2 ** min(tries - self.free, 20))


OF_PAIR = Pace(free=5, first=15, most=900)
OF_ADDRESS = Pace(free=30, first=15, most=900)
OF_ACCOUNT = Pace(free=20, first=30, most=30)
OF_DEVICE = Pace(free=10, first=15, most=900)


class Try:
    """One try of somebody at one account, from one place. `take` first, `forgive` when it was right."""

    def __init__(self, request: HttpRequest, user: User | None, name: str) -> None:
        account = f"user-{user.pk}" if user else hash_of_name(name)
        address = counted_address(request)
        device = _device(request)
        self.pair = f"{account}:{address}"
        if user and device and user.pk in device["users"]:
            self._counted = [(f"device:{device['is']}:{account}", OF_DEVICE)]
        else:
            self._counted = [(f"pair:{self.pair}", OF_PAIR), (f"address:{address}", OF_ADDRESS)]
            if not signed_in_from_here(request, user):
                self._counted.append((f"account:{account}", OF_ACCOUNT))

    def take(self) -> int:
        """Count this try as a wrong one; 0 if it may be made, or the seconds until it may, and then it is not
        counted."""
        if wait := self._wait():
            return wait
        counts, now = caches["limits"], time.time()
        taken: list[str] = []
        for key, pace in self._counted:
            tries = self._add(key, 1)
            pause = pace.wait_after(tries)
            # Of tries sent together only one wins the turn; the others see that it is taken, and count for nothing.
            if pause and not counts.add(f"until:{key}", round((now + pause) * 1000), timeout=pause):
                self._add(key, -1)
                for earlier in taken:
                    self._add(earlier, -1)
                return self._wait() or 1
            taken.append(key)
        return 0

    def _wait(self) -> int:
        counts, now = caches["limits"], time.time()
        untils: list[int] = [counts.get(f"until:{key}", 0) for key, _pace in self._counted]
        return max(0, *(math.ceil(until / 1000 - now - 0.001) for until in untils))

    def _add(self, key: str, step: int) -> int:
        counts = caches["limits"]
        counts.add(f"tries:{key}", 0, timeout=REMEMBERED)
        counts.touch(f"tries:{key}", timeout=REMEMBERED)
        try:
            return int(counts.incr(f"tries:{key}", step))
        except ValueError:
            return 1  # dropped between the two steps

    def forgive(self) -> None:
        """It was right: the pair or the device begins anew; address and account lose only this try, or an attacker with
        an account of his own would wipe out his guesses by signing in."""
        counts = caches["limits"]
        for key, _pace in self._counted:
            counts.delete(f"until:{key}")
            if key.startswith(("pair:", "device:")):
                counts.delete(f"tries:{key}")
            elif counts.get(f"tries:{key}", 0) > 0:
                counts.incr(f"tries:{key}", -1)

    def first_refusal(self) -> bool:
        """Whether this refusal is the first of this pair for ten minutes, and so worth a line in the log."""
        return caches["limits"].add(f"said:{self.pair}", 1, timeout=600)


def remember_device(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Give the browser the cookie by which it is known to have signed in as `user`."""
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
        found: dict[str, Any] = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=COOKIE_DAYS * 86_400)
    except signing.BadSignature:
        return None
    return found
