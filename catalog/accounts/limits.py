"""How often one address may ask, so that the list of names cannot be harvested name by name.

Counted in `caches["limits"]` for all processes of a host together, without the database (`shared_counts`).
"""

import ipaddress
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


def counted_address(request: HttpRequest) -> str:
    """The address as it is counted: one of IPv6 by its first 64 bits, since one household owns all the rest of them."""
    address = address_of(request)
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:45]
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
    return str(parsed)


def shortened_address(request: HttpRequest) -> str:
    """The neighbourhood of the address (24 bits of IPv4, 48 of IPv6): all that is ever stored of it."""
    try:
        parsed = ipaddress.ip_address(counted_address(request))
    except ValueError:
        return ""
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False))


def seconds_to_wait(request: HttpRequest, what: str) -> int:
    """Count this question of kind `what`; 0, or how many seconds until it may be asked.

    Members of the house, who hold `no_harvest_limit`, are not counted. An account of an association is, by its address
    and by itself, whatever else it may do: it must not matter from how many addresses it asks, nor whether it is staff.
    """
    if request.user.is_authenticated and request.user.has_perm("catalog.no_harvest_limit"):
        return 0
    limit, window = settings.RATE_LIMITS[what]
    askers = [counted_address(request)]
    if request.user.is_authenticated:
        askers.append(f"user {request.user.pk}")
    return max(count(f"{what}:{asker}", limit, window) for asker in askers)


def count(key: str, limit: int, window: int) -> int:
    """Count one more under `key` in this window of `window` seconds; 0, or the seconds left of it where it was too
    many."""
    now = time.time()
    turn = int(now // window)
    counts = caches["limits"]
    key = f"{key}:{turn}".replace(" ", "_")
    counts.add(key, 0, timeout=window * 2)
    try:
        asked = counts.incr(key)
    except ValueError:
        asked = 1  # dropped between the two steps
    return 0 if asked <= limit else max(1, round((turn + 1) * window - now))
