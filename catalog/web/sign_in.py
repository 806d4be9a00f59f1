"""Signing in, its second step, and signing out, for every role."""

import time
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import BACKEND_SESSION_KEY, authenticate
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.accounts.forms import too_many_tries_sentence
from catalog.accounts.languages import in_own_language
from catalog.accounts.models import SignIn, User
from catalog.accounts.queries import active_user, user_by_name
from catalog.accounts.second_factor import check_code, codes_left, has_second_factor, needs_second_factor
from catalog.accounts.sessions import begin_session, end_session
from catalog.accounts.sign_in_log import note_sign_in
from catalog.accounts.tries import Try, remember_device
from catalog.web.session_guard import unproven_user

PENDING = "signing_in"
SECONDS_FOR_THE_CODE = 600


class SignInForm(forms.Form):
    """Name and password."""

    username = forms.CharField(
        label=gettext_lazy("User name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
        error_messages={"required": gettext_lazy("Type your user name.")},
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": gettext_lazy("Type your password.")},
    )


class CodeForm(forms.Form):
    """Six digits from the phone, or a recovery code."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
        ),
        error_messages={"required": gettext_lazy("Type the code.")},
    )


def own_page(user: User) -> str:
    """The address of the first page after sign-in, if no other page was requested."""
    if user.is_staff:
        return reverse("desk")
    return reverse("lists" if user.has_perm("catalog.search_lists") else "me")


def safe_next(request: HttpRequest) -> str:
    """The `next` parameter of the request if it is a page of this site, else ''."""
    address = request.POST.get("next", request.GET.get("next", ""))
    is_safe = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if is_safe and len(address) < 2000 else ""


def with_next(address: str, next_address: str) -> str:
    """The address of a step of signing in, with the page to show afterwards."""
    return f"{address}?{urlencode({'next': next_address})}" if next_address else address


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The form. It also says who is signed in already: the page that led here may need another role."""
    next_address = safe_next(request)
    unproven = unproven_user(request)
    if unproven and request.method != "POST":
        return redirect(
            with_next(reverse("sign-in-code" if has_second_factor(unproven) else "me-second-factor"), next_address)
        )
    form = SignInForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            answer = _try_password(request, form, next_address)
            if answer is not None:
                return answer
            status = 429 if form.has_error("password", "slowed") else 400
    own_address = own_page(request.user) if request.user.is_authenticated else ""
    context = {"form": form, "next": next_address, "own_page": own_address}
    response = render(request, "catalog/accounts/sign_in.html", context, status=status)
    if status == 429:
        response["Retry-After"] = str(form.seconds)  # type: ignore[attr-defined]
    return response


def _try_password(request: HttpRequest, form: SignInForm, next_address: str) -> HttpResponse | None:
    name = form.cleaned_data["username"]
    account = user_by_name(name)
    attempt = Try(request, account, name)
    if wait := attempt.take():
        _slow_down(request, form, "password", attempt, wait, account, name)
        return None
    user = authenticate(request, username=name, password=form.cleaned_data["password"])
    if not isinstance(user, User):
        note_sign_in(request, SignIn.Outcome.WRONG, user=account, name=name)
        form.add_error(
            "password",
            _("Name and password do not match. Check capital letters, and that the keyboard types no tone marks."),
        )
        return None
    attempt.clear()
    if has_second_factor(user):
        request.session.cycle_key()
        request.session[PENDING] = {
            "user": user.pk,
            "hash": user.get_session_auth_hash(),
            "backend": user.backend,
            "until": int(time.time()) + SECONDS_FOR_THE_CODE,
        }
        return redirect(with_next(reverse("sign-in-code"), next_address))
    begin_session(request, user, backend=user.backend, proven=False)
    if needs_second_factor(user):
        response = redirect(with_next(reverse("me-second-factor"), next_address))
    else:
        response = redirect(_destination(user, next_address))
    remember_device(request, response, user)
    return response


def _slow_down(
    request: HttpRequest, form: Any, field: str, attempt: Try, wait: int, user: User | None, name: str = ""
) -> None:
    if attempt.is_first_refusal():
        note_sign_in(request, SignIn.Outcome.SLOWED, user=user, name=name)
    form.seconds = wait
    form.add_error(field, forms.ValidationError(too_many_tries_sentence(wait), code="slowed"))


def _destination(user: User, next_address: str) -> str:
    """The address to show after sign-in, in the language that the user has chosen, else in the current one."""
    return in_own_language(next_address or own_page(user), user)


def _pending_user(request: HttpRequest) -> User | None:
    """The user who must show the second factor now: after a correct password, or in a session without it."""
    pending = request.session.get(PENDING)
    if not pending or pending["until"] < time.time():
        return unproven_user(request)
    user = active_user(pending["user"])
    return user if user and user.get_session_auth_hash() == pending["hash"] else None


@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The second step: a code from the phone, or a recovery code."""
    next_address = safe_next(request)
    user = _pending_user(request)
    if user is None or not has_second_factor(user):
        return redirect(with_next(reverse("sign-in"), next_address))
    form = CodeForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            attempt = Try(request, user, user.username)
            if wait := attempt.take():
                _slow_down(request, form, "code", attempt, wait, user)
                status = 429
            elif kind := check_code(user=user, code=form.cleaned_data["code"]):
                attempt.clear()
                pending = request.session.pop(PENDING, {"backend": request.session.get(BACKEND_SESSION_KEY)})
                begin_session(request, user, backend=pending["backend"], proven=True, recovery=kind == "recovery")
                if kind == "recovery":
                    messages.warning(request, _codes_left_in_words(codes_left(user)))
                redirection = redirect(_destination(user, next_address))
                remember_device(request, redirection, user)
                return redirection
            else:
                note_sign_in(request, SignIn.Outcome.WRONG_CODE, user=user)
                form.add_error(
                    "code",
                    _(
                        "This code is not right, or was used before. Wait for the next one, and check the telephone's "
                        "clock."
                    ),
                )
    response = render(request, "catalog/accounts/code.html", {"form": form, "next": next_address}, status=status)
    if status == 429:
        response["Retry-After"] = str(form.seconds)  # type: ignore[attr-defined]
    return response


def _codes_left_in_words(left: int) -> str:
    return ngettext(
        "You signed in with a recovery code; it is used up, and %(n)s is left. You can make new ones under “My "
        "account”.",
        "You signed in with a recovery code; it is used up, and %(n)s are left. You can make new ones under “My "
        "account”.",
        left,
    ) % {"n": left}


@never_cache
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out, and show the sign-in page."""
    user = request.user if isinstance(request.user, User) else unproven_user(request)
    if user:
        end_session(request, user, SignIn.Outcome.OUT)
    else:
        request.session.flush()
    messages.success(request, _("You are signed out."))
    return redirect("sign-in")


@never_cache
@require_safe
def from_admin(request: HttpRequest) -> HttpResponse:
    """The sign-in page of the admin leads to ours. A signed-in user who is not staff gets 403."""
    if request.user.is_authenticated and not request.user.is_staff:
        raise PermissionDenied
    return redirect(with_next(resolve_url("sign-in"), safe_next(request)))
