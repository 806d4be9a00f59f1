"""A new password by a link in a mail. The answers never tell whether an account exists."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from catalog.accounts.forms import NewPasswordForm
from catalog.accounts.jobs import SEND_RESET_LINK
from catalog.accounts.passwords import log_reset_request, reset_password, site_address, user_of_link
from catalog.accounts.tries import remember_device
from catalog.jobs.actions import enqueue
from catalog.web.limits import limited

LINK = "new_password_link"
OPENED = "set"  # in the address in place of the secret, which is in the session


class AskForm(forms.Form):
    """A user name or a mail address."""

    who = forms.CharField(
        label=gettext_lazy("User name or mail address"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
        error_messages={"required": gettext_lazy("Type your user name or your mail address.")},
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited("reset", forms_only=True)
def forgotten(request: HttpRequest) -> HttpResponse:
    """Ask for a link."""
    form = AskForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        site = site_address(request)
        for pk in log_reset_request(request, form.cleaned_data["who"]) or [0]:
            enqueue(SEND_RESET_LINK, payload={"user": pk, "site": site})
        return redirect("password-sent")
    return render(request, "catalog/accounts/forgotten.html", {"form": form}, status=400 if form.is_bound else 200)


@never_cache
@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """What happens next; the same page whether the account exists or not."""
    return render(request, "catalog/accounts/sent.html")


@sensitive_post_parameters("password", "again")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_password(request: HttpRequest, uid: str, token: str) -> HttpResponse:
    """The link from the mail. Its secret is moved into the session, so that it is not left in the browser's history or
    sent to other sites as a referrer. Status 410 if the link is not valid any more."""
    if token != OPENED:
        if user_of_link(uid, token) is None:
            return render(request, "catalog/accounts/link_over.html", status=410)
        request.session[LINK] = token
        return redirect("password-new", uid, OPENED)
    user = user_of_link(uid, request.session.get(LINK, ""))
    if user is None:
        return render(request, "catalog/accounts/link_over.html", status=410)
    form = NewPasswordForm(user, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        reset_password(request, user=user, password=form.cleaned_data["password"])
        request.session.flush()
        messages.success(request, _("Your new password is set. Sign in with it."))
        response = redirect("sign-in")
        # Who can read the account's mail may sign in even while somebody guesses passwords for it from many addresses.
        remember_device(request, response, user)
        return response
    return render(request, "catalog/accounts/new_password.html", {"form": form}, status=400 if form.is_bound else 200)
