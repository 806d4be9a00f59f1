"""Setting the second factor up, making new recovery codes, taking it away. Also for who must have one before anything
else."""

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

OFFERED = "second_factor_offered"


class ConfirmForm(forms.Form):
    """The code that shows that the app has the secret."""

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
    """Show the secret, and take the first code for it. Then the recovery codes are shown, once.

    Whoever owes a factor and has one must show it, not make another: he is led to the second step of signing in.
    """
    owing: User | None = getattr(request, "unproven_user", None)
    user = request.user if isinstance(request.user, User) else owing
    if user is None or (owing and second_factor.has_second_factor(owing)):
        return redirect("sign-in")
    replacing = second_factor.has_second_factor(user)
    posted = request.method == "POST"
    secret = request.session.get(OFFERED)
    if not secret:
        secret = request.session[OFFERED] = second_factor.new_secret()
    form = ConfirmForm(request.POST if posted else None)
    now = PasswordForm(request, user) if replacing else None
    if posted and form.is_valid() and (now is None or now.is_valid()):
        codes = second_factor.set_up(request, user=user, secret=secret, code=form.cleaned_data["code"])
        if codes:
            del request.session[OFFERED]
            renew_session_key(request)
            request.session[PROVEN] = True
            return _shown(request, user, codes)
        form.add_error(
            "code", _("The app shows other digits. Wait for the next ones, and check the telephone's date and time.")
        )
    context = {
        "form": form,
        "now": now,
        "obligatory": owing is not None,
        "qr": segno.make(second_factor.otpauth_address(secret, user), error="m", micro=False).svg_data_uri(
            scale=4, border=4, light="#fff"
        ),
        "letters": second_factor.secret_in_letters(secret),
        "account": user.get_username(),
        "next": request.GET.get("next", request.POST.get("next", "")),
    }
    return render(request, "catalog/desk/me/second_factor.html", context, status=400 if posted else 200)


@sensitive_post_parameters("current")
@require_http_methods(["GET", "HEAD", "POST"])
@for_oneself
def codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes in place of the old."""
    user = cast(User, request.user)
    if not second_factor.has_second_factor(user):
        return redirect("me-second-factor")
    now = PasswordForm(request, user)
    if request.method == "POST" and now.is_valid():
        return _shown(request, user, second_factor.new_codes(request, user=user))
    status = 400 if request.method == "POST" else 200
    return render(request, "catalog/desk/me/new_codes.html", {"now": now}, status=status)


@sensitive_post_parameters("current")
@require_http_methods(["GET", "HEAD", "POST"])
@for_oneself
def take_away(request: HttpRequest) -> HttpResponse:
    """Take it away, where it is not obligatory."""
    user = cast(User, request.user)
    if second_factor.needs_second_factor(user):
        raise PermissionDenied
    now = PasswordForm(request, user)
    if request.method == "POST" and now.is_valid():
        second_factor.remove_second_factor(request, user=user, actor=user)
        messages.success(request, _("Your second factor is taken away. From now on your password alone lets you in."))
        return redirect("me")
    status = 400 if request.method == "POST" else 200
    return render(request, "catalog/desk/me/take_away.html", {"now": now}, status=status)


def _shown(request: HttpRequest, user: User, made: list[str]) -> HttpResponse:
    # Answered at once and not after a redirect: the codes are nowhere but on this page.
    asked = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    context = {
        "codes": made,
        "onward": in_own_language(asked, user) if safe and asked else "",
    }
    return render(request, "catalog/desk/me/codes.html", context)
