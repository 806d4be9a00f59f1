"""The log of sign-ins: written at each try, read by its user and by administrators, cleared after SIGN_IN_LOG_DAYS."""

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
    """Browser and system in two words ("Firefox · Windows"), so that a person knows her own again; "" if neither is
    known."""
    agent = request.META.get("HTTP_USER_AGENT", "")
    found = [next((name for sign, name in known if sign in agent), "") for known in (BROWSERS, SYSTEMS)]
    return " · ".join(filter(None, found))


def hash_of_name(name: str) -> str:
    """32 hex digits that tell two unknown names apart without the server's secret telling what was typed."""
    return salted_hmac("catalog.accounts.sign_in", name.casefold(), algorithm="sha256").hexdigest()[:32]


def note_sign_in(
    request: HttpRequest | None,
    outcome: SignIn.Outcome,
    *,
    user: User | None,
    name: str = "",
    actor: User | None = None,
) -> None:
    """Write one line of the log. `name` is what was typed; it is kept only as a hash, and only where it is nobody's.

    `actor` is who did it where that is not the user himself. Without a request it was done on the server.
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
    """Whether `user` has signed in from this neighbourhood of addresses within the time the log is kept.

    Asks the database for nobody too, so that an unknown name takes the same time.
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
    """What is kept of one user, the newest first."""
    return SignIn.objects.filter(user=user).select_related("actor")


def clear_sign_in_log(now: datetime | None = None) -> int:
    """Delete the lines older than SIGN_IN_LOG_DAYS days; how many they were. For the nightly job."""
    before = (now or timezone.now()) - timedelta(days=settings.SIGN_IN_LOG_DAYS)
    return SignIn.objects.filter(at__lt=before).delete()[0]
