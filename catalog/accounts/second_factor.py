"""The second factor: a code from a telephone (TOTP), or one of ten recovery codes, stored in django-otp's devices.

Recovery codes are stored as keyed hashes of the width of django-otp's column. This is enough, since they have 50 random
bits and tries are counted (`tries`). django-otp's own throttle is off: with it, anybody who knows a password could lock
its owner out; ours also counts by address.
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
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without characters that are easily confused
PERMISSIONS_THAT_REQUIRE_IT = {
    "off": (),
    "publishers": ("catalog.publish_record", "catalog.view_closed", "catalog.view_unpublished"),
}


def has_second_factor(user: User) -> bool:
    """Whether `user` has set up a second factor."""
    return bool(TOTPDevice.objects.filter(user=user, confirmed=True).exists())


def needs_second_factor(user: User) -> bool:
    """Whether the setting SECOND_FACTOR requires one of `user`."""
    if settings.SECOND_FACTOR == "staff":
        return user.is_staff or user.is_superuser
    return any(user.has_perm(permission) for permission in PERMISSIONS_THAT_REQUIRE_IT[settings.SECOND_FACTOR])


def new_secret() -> str:
    """A secret of 160 bits in hex, to be shown and confirmed before it is stored."""
    return secrets.token_hex(20)


def secret_in_letters(secret: str) -> str:
    """The secret for typing into an app: base32 in groups of four."""
    return " ".join(re.findall("....", b32encode(unhexlify(secret)).decode()))


def otpauth_address(secret: str, user: User) -> str:
    """The content of the QR code: otpauth://…, which all such apps read."""
    label = quote(f"Ký Ức:{user.get_username()}")
    parameters = urlencode({"secret": b32encode(unhexlify(secret)).decode(), "issuer": "Ký Ức"}, quote_via=quote)
    return f"otpauth://totp/{label}?{parameters}"


def set_up(request: HttpRequest, *, user: User, secret: str, code: str) -> list[str] | None:
    """Make `secret` the second factor of `user`, who proves with `code` that the app has it. Returns recovery codes,
    or None if the code is wrong.

    An earlier second factor is replaced. All other sessions of the user end.
    """
    digits = _digits(code)
    totp = TOTP(unhexlify(secret))
    if digits is None or not totp.verify(digits, tolerance=1):
        return None
    with transaction.atomic():
        TOTPDevice.objects.filter(user=user).delete()
        # The code that proved it cannot be used again.
        TOTPDevice.objects.create(user=user, name="telephone", key=secret, last_t=totp.t())
        codes = _create_codes(user)
        end_sessions(user, but=request.session.session_key or "")
        note_sign_in(request, SignIn.Outcome.FACTOR_ON, user=user)
    return codes


def new_codes(request: HttpRequest, *, user: User) -> list[str]:
    """Replace the recovery codes by ten new ones, and return them."""
    with transaction.atomic():
        codes = _create_codes(user)
        note_sign_in(request, SignIn.Outcome.CODES, user=user)
    return codes


def codes_left(user: User) -> int:
    """The number of unused recovery codes."""
    return int(StaticToken.objects.filter(device__user=user).count())


def check_code(*, user: User, code: str) -> str:
    """Check `code`. Returns "totp", "recovery", or "" if it is wrong. A code is accepted only once."""
    digits = _digits(code)
    with transaction.atomic():
        if digits is not None:
            device = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=True).first()
            return "totp" if device and device.verify_token(digits) else ""
        recovery_device = StaticDevice.objects.select_for_update().filter(user=user, confirmed=True).first()
        return "recovery" if recovery_device and recovery_device.verify_token(_hash(user, code)) else ""


def reset_on_server(*, user: User) -> bool:
    """Remove the second factor of `user`, for the command line of the server. All sessions end. Returns whether there
    was one."""
    with transaction.atomic():
        existed = bool(TOTPDevice.objects.filter(user=user).delete()[0])
        StaticDevice.objects.filter(user=user).delete()
        end_sessions(user)
        note_sign_in(None, SignIn.Outcome.FACTOR_RESET, user=user)
    return existed


def remove_second_factor(request: HttpRequest, *, user: User, actor: User) -> None:
    """Remove the second factor of `user`. Raises PermissionDenied if `actor` may not.

    Users may remove their own unless it is obligatory. An administrator may remove that of a colleague who has lost it
    (permission `change_user`; that of a superuser only a superuser): all sessions of the colleague end, and if a second
    factor is obligatory, the colleague sets up a new one at the next sign-in.
    """
    is_own = actor.pk == user.pk
    if is_own and needs_second_factor(user):
        raise PermissionDenied
    if not is_own and (not actor.has_perm("catalog.change_user") or (user.is_superuser and not actor.is_superuser)):
        raise PermissionDenied
    with transaction.atomic():
        TOTPDevice.objects.filter(user=user).delete()
        StaticDevice.objects.filter(user=user).delete()
        end_sessions(user, but=request.session.session_key or "" if is_own else "")
        outcome = SignIn.Outcome.FACTOR_OFF if is_own else SignIn.Outcome.FACTOR_RESET
        note_sign_in(request, outcome, user=user, actor=None if is_own else actor)


def _create_codes(user: User) -> list[str]:
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="recovery")
    codes = ["".join(secrets.choice(LETTERS) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=_hash(user, code)) for code in codes)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _hash(user: User, code: str) -> str:
    normalised = re.sub(r"[^a-z0-9]", "", code.lower())
    return salted_hmac(f"catalog.accounts.recovery.{user.pk}", normalised, algorithm="sha256").hexdigest()[:16]


def _digits(code: str) -> int | None:
    without_spaces = re.sub(r"\s", "", code)
    return int(without_spaces) if re.fullmatch(r"[0-9]{6}", without_spaces) else None
