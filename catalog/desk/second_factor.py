"""Setting up the second factor, making new recovery codes, removing it. Also for users who must set one up before they
can do anything else."""

from typing import cast

import segno
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from catalog.accounts import second_factor
from catalog.accounts.forms import PasswordForm
from catalog.accounts.languages import in_own_language
from catalog.accounts.models import User
from catalog.accounts.sessions import PROVEN, renew_session_key
from catalog.desk.me import for_oneself

OFFER_KEY = "second_factor_offered"


class ConfirmForm(forms.Form):
    """The code that proves that the app has the secret."""

    code = forms.CharField(
        label=gettext_lazy("The six digits that the app shows now"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        error_messages={"required": gettext_lazy("Type the six digits that the app shows.")},
    )


@sensitive_post_parameters("code", "current")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    """Show the secret, and accept the first code made from it. Then the recovery codes are shown once.

    A user who has a second factor but has not shown it in this session is redirected to sign in.
    """
    unproven: User | None = getattr(request, "unproven_user", None)
    user = request.user if isinstance(request.user, User) else unproven
    if user is None or (unproven and second_factor.has_second_factor(unproven)):
        return redirect("sign-in")
    replaces_another = second_factor.has_second_factor(user)
    is_post = request.method == "POST"
    secret = request.session.get(OFFER_KEY)
    if not secret:
        secret = request.session[OFFER_KEY] = second_factor.new_secret()
    form = ConfirmForm(request.POST if is_post else None)
    current_password = PasswordForm(request, user) if replaces_another else None
    if is_post and form.is_valid() and (current_password is None or current_password.is_valid()):
        codes = second_factor.set_up(request, user=user, secret=secret, code=form.cleaned_data["code"])
        if codes:
            del request.session[OFFER_KEY]
            renew_session_key(request)
            request.session[PROVEN] = True
            return _codes_page(request, user, codes)
        form.add_error(
            "code", _("The app shows other digits. Wait for the next ones, and check the telephone's date and time.")
        )
    context = {
        "form": form,
        "password_form": current_password,
        "is_obligatory": unproven is not None,
        "qr": segno.make(second_factor.otpauth_address(secret, user), error="m", micro=False).svg_data_uri(
            scale=4, border=4, light="#fff"
        ),
        "secret_in_letters": second_factor.secret_in_letters(secret),
        "account": user.get_username(),
        "next": request.GET.get("next", request.POST.get("next", "")),
    }
    return render(request, "catalog/desk/me/second_factor.html", context, status=400 if is_post else 200)


@sensitive_post_parameters("current")
@require_http_methods(["GET", "HEAD", "POST"])
@for_oneself
def codes(request: HttpRequest) -> HttpResponse:
    """Replace the recovery codes by new ones."""
    user = cast(User, request.user)
    if not second_factor.has_second_factor(user):
        return redirect("me-second-factor")
    current_password = PasswordForm(request, user)
    if request.method == "POST" and current_password.is_valid():
        return _codes_page(request, user, second_factor.new_codes(request, user=user))
    status = 400 if request.method == "POST" else 200
    return render(request, "catalog/desk/me/new_codes.html", {"password_form": current_password}, status=status)


@sensitive_post_parameters("current")
@require_http_methods(["GET", "HEAD", "POST"])
@for_oneself
def remove(request: HttpRequest) -> HttpResponse:
    """Remove the second factor; 403 if the user's role requires one."""
    user = cast(User, request.user)
    if second_factor.needs_second_factor(user):
        raise PermissionDenied
    current_password = PasswordForm(request, user)
    if request.method == "POST" and current_password.is_valid():
        second_factor.remove_second_factor(request, user=user, actor=user)
        messages.success(request, _("Your second factor is removed. From now on your password alone lets you in."))
        return redirect("me")
    status = 400 if request.method == "POST" else 200
    return render(request, "catalog/desk/me/take_away.html", {"password_form": current_password}, status=status)


def _codes_page(request: HttpRequest, user: User, codes: list[str]) -> HttpResponse:
    # Sent as the response to the POST and not after a redirect, since the codes are not stored in readable form.
    next_address = request.POST.get("next", "")
    is_safe = url_has_allowed_host_and_scheme(next_address, {request.get_host()}, require_https=request.is_secure())
    context = {
        "codes": codes,
        "next_address": in_own_language(next_address, user) if is_safe and next_address else "",
    }
    return render(request, "catalog/desk/me/codes.html", context)
