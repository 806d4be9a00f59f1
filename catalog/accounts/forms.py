"""Forms for passwords that several pages use."""

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog.accounts.models import SignIn, User
from catalog.accounts.sign_in_log import note_sign_in
from catalog.accounts.tries import Try


def too_many_tries_sentence(wait: int) -> str:
    """The message for a try that comes `wait` seconds too early."""
    if wait < 60:
        return ngettext(
            "Too many wrong tries. This one was not looked at; try again in %(n)s second.",
            "Too many wrong tries. This one was not looked at; try again in %(n)s seconds.",
            wait,
        ) % {"n": wait}
    minutes = -(-wait // 60)
    return ngettext(
        "Too many wrong tries. This one was not looked at; try again in %(n)s minute.",
        "Too many wrong tries. This one was not looked at; try again in %(n)s minutes.",
        minutes,
    ) % {"n": minutes}


class NewPasswordForm(forms.Form):
    """A new password, typed twice, since it is hidden while it is typed."""

    password = forms.CharField(
        label=gettext_lazy("New password"),
        max_length=1000,
        strip=False,
        help_text=gettext_lazy(
            "At least 8 characters, not only digits, nothing that many people use, nothing like your name. "
            "A sentence of four or five words is good and easily remembered."
        ),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": gettext_lazy("Type a new password.")},
    )
    again = forms.CharField(
        label=gettext_lazy("The same password again"),
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": gettext_lazy("Type the new password again.")},
    )

    def __init__(self, user: User, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        self.user = user

    def clean_password(self) -> str:
        """Check the password by the rules of AUTH_PASSWORD_VALIDATORS."""
        password: str = self.cleaned_data["password"]
        validate_password(password, self.user)
        return password

    def clean_again(self) -> str:
        """Check that both are equal."""
        again: str = self.cleaned_data["again"]
        if "password" in self.cleaned_data and again != self.cleaned_data["password"]:
            raise forms.ValidationError(_("This is not the same as above. Nothing was changed; type both again."))
        return again


class PasswordForm(forms.Form):
    """The user's own password again, before something that a stranger at an unlocked screen must not do.

    A wrong password is counted like a wrong try to sign in.
    """

    current = forms.CharField(
        label=gettext_lazy("Current password"),
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": gettext_lazy("Type your current password.")},
    )

    def __init__(self, request: HttpRequest, user: User) -> None:
        super().__init__(request.POST if request.method == "POST" else None)
        self.request = request
        self.user = user

    def clean_current(self) -> str:
        """Check the password, unless there were too many wrong tries."""
        sign_in_try = Try(self.request, self.user, self.user.username)
        if wait := sign_in_try.take():
            raise forms.ValidationError(too_many_tries_sentence(wait))
        current: str = self.cleaned_data["current"]
        if not self.user.check_password(current):
            note_sign_in(self.request, SignIn.Outcome.WRONG, user=self.user)
            raise forms.ValidationError(_("This is not your password. Nothing was changed."))
        sign_in_try.clear()
        return current
