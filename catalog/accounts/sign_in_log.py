"""The log of sign-ins: written at each try, read by the user and by administrators, deleted after SIGN_IN_LOG_DAYS."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from catalog.accounts.limits import shortened_address
from catalog.accounts.models import SignIn, User

BROWSERS = [
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
]
SYSTEMS = [
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
]


def device_of(request: HttpRequest) -> str:
    """Browser and system in two words ("Firefox · Windows"), so that people recognise their own; "" if both are
    unknown."""
    agent = request.META.get("HTTP_USER_AGENT", "")
    names = [next((name for pattern, name in table if pattern in agent), "") for table in (BROWSERS, SYSTEMS)]
    return " · ".join(filter(None, names))


def hash_of_name(name: str) -> str:
    """32 hex digits that distinguish unknown names, but without the secret of the server don't reveal them."""
    return salted_hmac("catalog.accounts.sign_in", name.casefold(), algorithm="sha256").hexdigest()[:32]


def note_sign_in(
    request: HttpRequest | None,
    outcome: SignIn.Outcome,
    *,
    user: User | None,
    name: str = "",
    actor: User | None = None,
) -> None:
    """Write one line of the log. `name` is what was typed; it is stored only as a hash, and only if no user has it.

    `actor`: who did it, if it was not the user. Without a request it was done on the server.
    """
    SignIn.objects.create(
        user=user,
        name_hash="" if user or not name else hash_of_name(name),
        outcome=outcome,
        at=timezone.now(),
        address=shortened_address(request) if request else "",
        device=device_of(request) if request else "",
        actor=actor,
    )


def signed_in_from_here(request: HttpRequest, user: User | None) -> bool:
    """Whether the log has a sign-in of `user` from the network of this address.

    For an unknown user the database is queried too, so that it takes the same time.
    """
    return SignIn.objects.filter(
        user_id=user.pk if user else 0,
        outcome__in=[SignIn.Outcome.IN, SignIn.Outcome.RECOVERY],
        address=shortened_address(request),
        at__gt=timezone.now() - timedelta(days=settings.SIGN_IN_LOG_DAYS),
    ).exists()


def all_sign_ins() -> QuerySet[SignIn]:
    """The whole log with users and actors, the newest line first."""
    return SignIn.objects.select_related("user", "actor")


def sign_ins_of(user: User) -> QuerySet[SignIn]:
    """The log of one user, the newest line first."""
    return SignIn.objects.filter(user=user).select_related("actor")


def clear_sign_in_log(now: datetime | None = None) -> int:
    """Delete lines older than SIGN_IN_LOG_DAYS days. Returns how many. For the nightly job."""
    before = (now or timezone.now()) - timedelta(days=settings.SIGN_IN_LOG_DAYS)
    return SignIn.objects.filter(at__lt=before).delete()[0]
