"""Passwords: changed by their owner, or set anew by a link from a mail.

Whoever asks for a link gets the same answer in the same time, whether there is such an account or not: what is done for
nobody is the same work, a task is put in the queue either way, and the mail is written by the worker.
"""

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.utils.translation import gettext as _
from django.utils.translation import override

from catalog.accounts.limits import count
from catalog.accounts.models import SignIn, User
from catalog.accounts.queries import active_user
from catalog.accounts.sessions import end_sessions, renew_session_key
from catalog.accounts.sign_in_log import note_sign_in

MAILS_AN_HOUR = 3  # to one account, whoever asks
MOST_ACCOUNTS = 3  # that one mail address may belong to


def users_for_reset(typed: str) -> list[User]:
    """Who may be written to for what was typed, a user name or a mail address: active, with a mail address and a
    password."""
    found = User.objects.filter(Q(username=typed) | Q(email__iexact=typed), is_active=True).exclude(email="")
    return [user for user in found.order_by("pk")[:MOST_ACCOUNTS] if user.has_usable_password()]


def log_reset_request(request: HttpRequest, typed: str) -> list[int]:
    """Write in the log that a link was asked for; the numbers of those to write to, who have not had too many
    already."""
    users = users_for_reset(typed)
    if not users:
        note_sign_in(request, SignIn.Outcome.RESET_ASKED, user=None, name=typed)
    for user in users:
        note_sign_in(request, SignIn.Outcome.RESET_ASKED, user=user)
    return [user.pk for user in users if not count(f"reset-mail:{user.pk}", MAILS_AN_HOUR, 3600)]


def site_address(request: HttpRequest) -> str:
    """Where links in mails lead: SITE_ADDRESS, since the host of a request is whatever its sender says; without it the
    host of the request, which ALLOWED_HOSTS has let through."""
    return str(settings.SITE_ADDRESS or request.build_absolute_uri("/")).rstrip("/")


def send_link(user_pk: int, site: str) -> bool:
    """Write to a user the link by which she sets a new password; whether there was somebody to write to.

    Raises what the mail server's refusal raises, so that the task is seen to have failed.
    """
    user = User.objects.filter(pk=user_pk, is_active=True).exclude(email="").first()
    if user is None:
        return False
    with override(user.language or settings.LANGUAGE_CODE):
        path = reverse(
            "password-new",
            args=[urlsafe_base64_encode(force_bytes(user.pk)), default_token_generator.make_token(user)],
        )
        words = _(
            "Somebody, perhaps you, has asked for a new password for the account %(name)s of Ký Ức.\n\n"
            "To set one, open this address within %(minutes)s minutes. It works once:\n\n%(address)s\n\n"
            "If it was not you, do nothing: your password stays as it is."
        ) % {
            "name": user.get_username(),
            "minutes": settings.PASSWORD_RESET_TIMEOUT // 60,
            "address": f"{site}{path}",
        }
        send_mail(_("Ký Ức: a new password"), words, None, [user.email])
    return True


def user_of_link(uid: str, token: str) -> User | None:
    """Whose link it is, or None where it was used, is too old, or never was."""
    try:
        pk = int(urlsafe_base64_decode(uid).decode("ascii"))
    except (ValueError, OverflowError):
        return None
    if not 0 < pk < 2**63:
        return None
    user = active_user(pk)
    return user if user and default_token_generator.check_token(user, token) else None


def reset_password(request: HttpRequest, *, user: User, password: str) -> None:
    """Set the password by a link from the mail. All sessions of the user end; the second factor stays."""
    user.set_password(password)  # slow by intent, and so outside the transaction
    with transaction.atomic():
        user.save(update_fields=["password"])
        end_sessions(user)
        note_sign_in(request, SignIn.Outcome.RESET, user=user)


def change_password(request: HttpRequest, *, user: User, password: str) -> None:
    """Set one's own new password. This session goes on, all others end."""
    user.set_password(password)  # slow by intent, and so outside the transaction
    with transaction.atomic():
        user.save(update_fields=["password"])
        renew_session_key(request, user)
        end_sessions(user, but=request.session.session_key or "")
        note_sign_in(request, SignIn.Outcome.PASSWORD, user=user)
