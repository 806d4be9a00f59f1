"""The second factor: a code from a telephone (TOTP), or one of ten recovery codes. By django-otp's devices.

Recovery codes are kept as keyed hashes, as wide as django-otp's column: they are made of 50 random bits, and tries are
counted (`tries`), so that is enough. django-otp's own throttle is off: it would let whoever knows a password keep its
owner out, and ours counts by place.
"""

import re
import secrets
from base64 import b32encode
from binascii import unhexlify
from urllib.parse import quote, urlencode

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from catalog.accounts.models import SignIn, User
from catalog.accounts.sessions import end_sessions
from catalog.accounts.sign_in_log import note_sign_in

RECOVERY_CODES = 10
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another
WHO_MUST = {
    "off": (),
    "publishers": ("catalog.publish_record", "catalog.view_closed", "catalog.view_unpublished"),
}


def has_second_factor(user: User) -> bool:
    """Whether `user` has set one up."""
    return bool(TOTPDevice.objects.filter(user=user, confirmed=True).exists())


def needs_second_factor(user: User) -> bool:
    """Whether the setting SECOND_FACTOR asks one of `user`."""
    if settings.SECOND_FACTOR == "staff":
        return user.is_staff or user.is_superuser
    return any(user.has_perm(one) for one in WHO_MUST[settings.SECOND_FACTOR])


def new_secret() -> str:
    """A secret of 160 bits as hex, to be shown and confirmed before anything is stored."""
    return secrets.token_hex(20)


def secret_in_letters(secret: str) -> str:
    """The secret as an app takes it by hand: base32, in fours."""
    return " ".join(re.findall("....", b32encode(unhexlify(secret)).decode()))


def address_of_secret(secret: str, user: User) -> str:
    """What the QR code says: otpauth://…, as every such app reads it."""
    label = quote(f"Ký Ức:{user.get_username()}")
    facts = urlencode({"secret": b32encode(unhexlify(secret)).decode(), "issuer": "Ký Ức"}, quote_via=quote)
    return f"otpauth://totp/{label}?{facts}"


def set_up(request: HttpRequest, *, user: User, secret: str, code: str) -> list[str] | None:
    """Make `secret` the second factor of `user`, who shows by `code` that the app has it; the recovery codes, or None.

    The one there was is replaced. Every other session of the user ends.
    """
    digits = _digits(code)
    checked = TOTP(unhexlify(secret))
    if digits is None or not checked.verify(digits, tolerance=1):
        return None
    with transaction.atomic():
        TOTPDevice.objects.filter(user=user).delete()
        # The code that proved it is used up.
        TOTPDevice.objects.create(user=user, name="telephone", key=secret, last_t=checked.t())
        codes = _make_codes(user)
        end_sessions(user, but=request.session.session_key or "")
        note_sign_in(request, SignIn.Outcome.FACTOR_ON, user=user)
    return codes


def new_codes(request: HttpRequest, *, user: User) -> list[str]:
    """Ten new recovery codes in place of those there were."""
    with transaction.atomic():
        codes = _make_codes(user)
        note_sign_in(request, SignIn.Outcome.CODES, user=user)
    return codes


def codes_left(user: User) -> int:
    """How many recovery codes are not used yet."""
    return int(StaticToken.objects.filter(device__user=user).count())


def check_code(*, user: User, code: str) -> str:
    """Whether `code` is right: "totp", "recovery", or "" for neither. What was right once is not right again."""
    digits = _digits(code)
    with transaction.atomic():
        if digits is not None:
            device = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=True).first()
            return "totp" if device and device.verify_token(digits) else ""
        holder = StaticDevice.objects.select_for_update().filter(user=user, confirmed=True).first()
        return "recovery" if holder and holder.verify_token(_hash(user, code)) else ""


def reset_on_server(*, user: User) -> bool:
    """Take the second factor of `user` away from the server's own command line; whether there was one. All sessions
    end."""
    with transaction.atomic():
        had = bool(TOTPDevice.objects.filter(user=user).delete()[0])
        StaticDevice.objects.filter(user=user).delete()
        end_sessions(user)
        note_sign_in(None, SignIn.Outcome.FACTOR_RESET, user=user)
    return had


def remove_second_factor(request: HttpRequest, *, user: User, actor: User) -> None:
    """Take the second factor of `user` away. Raises PermissionDenied where `actor` may not.

    Oneself may unless it is obligatory. An administrator may for a colleague who lost hers (permission `change_user`; a
    superuser's only by a superuser): all sessions of hers end, and where it is obligatory she sets up a new one next
    time.
    """
    own = actor.pk == user.pk
    if own and needs_second_factor(user):
        raise PermissionDenied
    if not own and (not actor.has_perm("catalog.change_user") or (user.is_superuser and not actor.is_superuser)):
        raise PermissionDenied
    with transaction.atomic():
        TOTPDevice.objects.filter(user=user).delete()
        StaticDevice.objects.filter(user=user).delete()
        end_sessions(user, but=request.session.session_key or "" if own else "")
        outcome = SignIn.Outcome.FACTOR_OFF if own else SignIn.Outcome.FACTOR_RESET
        note_sign_in(request, outcome, user=user, actor=None if own else actor)


def _make_codes(user: User) -> list[str]:
    StaticDevice.objects.filter(user=user).delete()
    holder = StaticDevice.objects.create(user=user, name="recovery")
    codes = ["".join(secrets.choice(LETTERS) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=holder, token=_hash(user, code)) for code in codes)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _hash(user: User, code: str) -> str:
    plain = re.sub(r"[^a-z0-9]", "", code.lower())
    return salted_hmac(f"catalog.accounts.recovery.{user.pk}", plain, algorithm="sha256").hexdigest()[:16]


def _digits(code: str) -> int | None:
    plain = re.sub(r"\s", "", code)
    return int(plain) if re.fullmatch(r"[0-9]{6}", plain) else None
