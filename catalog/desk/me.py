"""A user's own account page, for every role: password, second factor, sessions, language, and tries to sign in."""

from collections.abc import Callable
from typing import cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.accounts.actions import ROLE_TITLES, set_language
from catalog.accounts.forms import NewPasswordForm, PasswordForm
from catalog.accounts.languages import in_own_language
from catalog.accounts.models import SignIn, User
from catalog.accounts.passwords import change_password
from catalog.accounts.second_factor import codes_left, has_second_factor, needs_second_factor
from catalog.accounts.sessions import end_sessions, open_sessions_of
from catalog.accounts.sign_in_log import note_sign_in, sign_ins_of

View = Callable[..., HttpResponseBase]
SIGN_INS_SHOWN = 20


class LanguageForm(forms.ModelForm[User]):
    """The language of the user's pages and mails."""

    class Meta:
        model = User
        fields = ["language"]


def for_oneself(view: View) -> View:
    """A decorator for pages of every user with an account. Visitors sign in first. The pages are never cached."""
    return never_cache(login_required(view))


@require_safe
@for_oneself
def me(request: HttpRequest) -> HttpResponse:
    """Everything about the user's own account, and links to change it."""
    user = cast(User, request.user)
    context = {
        "language_form": LanguageForm(instance=user),
        "roles": [ROLE_TITLES.get(name, name) for name in user.groups.order_by("name").values_list("name", flat=True)],
        "has_factor": has_second_factor(user),
        "needs_factor": needs_second_factor(user),
        "codes_left": codes_left(user),
        "sessions": open_sessions_of(user),
        "this_session": request.session.session_key,
        "sign_ins": sign_ins_of(user)[:SIGN_INS_SHOWN],
    }
    return render(request, "catalog/desk/me/me.html", context)


@require_POST
@for_oneself
def language(request: HttpRequest) -> HttpResponse:
    """Set the language, and go on in it."""
    user = cast(User, request.user)
    form = LanguageForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("There is no such language. Choose one of the list."))
        return redirect("me")
    set_language(user=user, language=form.cleaned_data["language"])
    with override(user.language or get_language()):
        messages.success(request, _("Saved. It is used from the next sign-in on, and for mails to you."))
    return redirect(in_own_language(reverse("me"), user))


@sensitive_post_parameters("current", "password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
@for_oneself
def password(request: HttpRequest) -> HttpResponse:
    """Change the user's own password."""
    user = cast(User, request.user)
    current_password = PasswordForm(request, user)
    form = NewPasswordForm(user, request.POST if request.method == "POST" else None)
    # The new password is validated first, so that an error in it does not use up a try of the current one.
    if request.method == "POST" and form.is_valid() and current_password.is_valid():
        change_password(request, user=user, password=form.cleaned_data["password"])
        messages.success(request, _("Your password is changed. You stay signed in here, and nowhere else."))
        return redirect("me")
    status = 400 if request.method == "POST" else 200
    return render(
        request, "catalog/desk/me/password.html", {"password_form": current_password, "form": form}, status=status
    )


@require_POST
@for_oneself
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of the user's own sessions; 404 for sessions of others."""
    user = cast(User, request.user)
    if not end_sessions(user, only=pk, but=request.session.session_key or ""):
        raise Http404
    note_sign_in(request, SignIn.Outcome.ENDED, user=user)
    messages.success(request, _("That sign-in has ended."))
    return redirect("me")


@require_POST
@for_oneself
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """End all of the user's sessions except this one."""
    user = cast(User, request.user)
    ended = end_sessions(user, but=request.session.session_key or "")
    if ended:
        note_sign_in(request, SignIn.Outcome.ENDED, user=user)
    messages.success(request, _("You are signed in here only."))
    return redirect("me")
