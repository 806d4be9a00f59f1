"""Passwords: changed by their owner, or set by a link from a mail.

A request for a link gets the same response in the same time, whether there is such an account or not: the same work is
done for an unknown name, a job is enqueued in any case, and the worker sends the mail.
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

MAILS_AN_HOUR = 3  # to one account, from all senders together
MOST_ACCOUNTS = 3  # that one mail address may belong to


def users_for_reset(typed: str) -> list[User]:
    """The users who may get a link for what was typed, a user name or a mail address: active users with a mail address
    and a password."""
    users = User.objects.filter(Q(username=typed) | Q(email__iexact=typed), is_active=True).exclude(email="")
    return [user for user in users.order_by("pk")[:MOST_ACCOUNTS] if user.has_usable_password()]


def log_reset_request(request: HttpRequest, typed: str) -> list[int]:
    """Log that a link was requested. Returns the primary keys of the users to mail: those who have not already got too
    many mails."""
    users = users_for_reset(typed)
    if not users:
        note_sign_in(request, SignIn.Outcome.RESET_ASKED, user=None, name=typed)
    for user in users:
        note_sign_in(request, SignIn.Outcome.RESET_ASKED, user=user)
    return [user.pk for user in users if not count(f"reset-mail:{user.pk}", MAILS_AN_HOUR, 3600)]


def site_address(request: HttpRequest) -> str:
    """The address of the site for links in mails: SITE_ADDRESS, since the sender of a request can set its host; without
    the setting the host of the request, which ALLOWED_HOSTS has accepted."""
    return str(settings.SITE_ADDRESS or request.build_absolute_uri("/")).rstrip("/")


def send_link(user_pk: int, site: str) -> bool:
    """Mail a user the link for a new password. Returns whether there was a user to mail.

    Raises the exception of the mail server, so that the job is shown as failed.
    """
    user = User.objects.filter(pk=user_pk, is_active=True).exclude(email="").first()
    if user is None:
        return False
    with override(user.language or settings.LANGUAGE_CODE):
        path = reverse(
            "password-new",
            args=[urlsafe_base64_encode(force_bytes(user.pk)), default_token_generator.make_token(user)],
        )
        body = _(
            "Somebody, perhaps you, has asked for a new password for the account %(name)s of Ký Ức.\n\n"
            "To set one, open this address within %(minutes)s minutes. It works once:\n\n%(address)s\n\n"
            "If it was not you, do nothing: your password stays as it is."
        ) % {
            "name": user.get_username(),
            "minutes": settings.PASSWORD_RESET_TIMEOUT // 60,
            "address": f"{site}{path}",
        }
        send_mail(_("Ký Ức: a new password"), body, None, [user.email])
    return True


def user_of_link(uid: str, token: str) -> User | None:
    """The user of a link, or None if it was used, is too old, or never existed."""
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
    """Set the user's own new password. This session continues, all others end."""
    user.set_password(password)  # slow by intent, and so outside the transaction
    with transaction.atomic():
        user.save(update_fields=["password"])
        renew_session_key(request, user)
        end_sessions(user, but=request.session.session_key or "")
        note_sign_in(request, SignIn.Outcome.PASSWORD, user=user)
