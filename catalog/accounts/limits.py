"""How often one address may ask, so that the list of names cannot be harvested name by name.

Counted in this process's memory: with several processes an address may ask that many times of each.
"""

import time

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """Who asks: the sender, or, behind `PROXIES` proxies of our own, whom the outermost of them saw."""
    seen = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    proxies = int(settings.PROXIES)
    if proxies and len(seen) >= proxies:
        return str(seen[-proxies])
    return str(request.META.get("REMOTE_ADDR", ""))


def seconds_to_wait(request: HttpRequest, what: str) -> int:
    """Count this question of kind `what`; 0, or how many seconds until it may be asked. Staff are not counted."""
    limit, window = settings.RATE_LIMITS[what]
    if request.user.is_authenticated and request.user.is_staff:
        return 0
    now = time.time()
    turn = int(now // window)
    key = f"{what}:{turn}:{address_of(request)}"
    counts = caches["limits"]
    counts.add(key, 0, timeout=window * 2)
    try:
        asked = counts.incr(key)
    except ValueError:
        asked = 1  # dropped between the two steps
    return 0 if asked <= limit else max(1, round((turn + 1) * window - now))
