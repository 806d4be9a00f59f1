"""Limits on how often one address may ask, so that the list of names cannot be harvested name by name.

Counted in `caches["limits"]` for all processes of a host together, without the database and without another server
(`shared_counts`). Our own code instead of the throttles of Django REST framework or django-ratelimit: the limits also
hold for pages, count an account as well as its address, and treat an IPv6 network as one address.
"""

import ipaddress
import time

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The address of the client: that of the sender, or, behind `PROXIES` proxies of our own, the one that the
    outermost of them saw."""
    addresses = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    proxies = int(settings.PROXIES)
    if proxies and len(addresses) >= proxies:
        return str(addresses[-proxies])
    return str(request.META.get("REMOTE_ADDR", ""))


def counted_address(request: HttpRequest) -> str:
    """The address as it is counted: of IPv6 only the first 64 bits, since one household has all addresses with them."""
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
    """The network of the address (24 bits of IPv4, 48 of IPv6): only this is ever stored."""
    try:
        parsed = ipaddress.ip_address(counted_address(request))
    except ValueError:
        return ""
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False))


def seconds_to_wait(request: HttpRequest, kind: str) -> int:
    """Count this request of kind `kind`. Returns 0 if it is allowed, otherwise the seconds until it is.

    Users with `no_harvest_limit` are not counted. Other accounts, such as those of associations, are counted both by
    address and by account, so that it does not matter from how many addresses they ask, or whether they are staff.
    """
    if request.user.is_authenticated and request.user.has_perm("catalog.no_harvest_limit"):
        return 0
    limit, window = settings.RATE_LIMITS[kind]
    keys = [counted_address(request)]
    if request.user.is_authenticated:
        keys.append(f"user {request.user.pk}")
    return max(count(f"{kind}:{key}", limit, window) for key in keys)


def count(key: str, limit: int, window: int) -> int:
    """Count one more under `key` in the current window of `window` seconds. Returns 0, or, if there were more than
    `limit`, the seconds until the window ends."""
    now = time.time()
    window_number = int(now // window)
    counts = caches["limits"]
    key = f"{key}:{window_number}".replace(" ", "_")
    counts.add(key, 0, timeout=window * 2)
    try:
        number = counts.incr(key)
    except ValueError:
        number = 1  # dropped between the two steps
    return 0 if number <= limit else max(1, round((window_number + 1) * window - now))
