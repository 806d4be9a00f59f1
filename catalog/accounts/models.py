"""Users, the log of sign-ins, and open sessions."""

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A member of staff, or of an association that looks for many names. Visitors and families need no account."""

    display_name = models.CharField(_("name shown"), max_length=120, blank=True)
    language = models.CharField(
        _("language"),
        max_length=2,
        blank=True,
        default="",
        choices=[("", _("as the page I sign in on")), ("vi", "Tiếng Việt"), ("en", "English")],
        help_text=_("In which one goes on after signing in, and in which mails are written."),
    )

    class Meta:
        app_label = "catalog"
        verbose_name = _("user")
        verbose_name_plural = _("users")
        permissions = [("no_harvest_limit", "Can ask without the limits that keep names from being copied")]

    def __str__(self) -> str:
        return self.display_name or self.username


class SignIn(models.Model):
    """The result of one try to sign in, or one change of how an account is secured. Kept for SIGN_IN_LOG_DAYS.

    Of an address only the network is stored. An unknown name is stored as a keyed hash, since people type their
    password into the wrong field; a known name is stored as that user.
    """

    class Outcome(models.TextChoices):
        """The result."""

        IN = "in", _("signed in")
        RECOVERY = "recovery", _("signed in with a recovery code")
        WRONG = "wrong", _("wrong name or password")
        WRONG_CODE = "wrong_code", _("right password, wrong code")
        SLOWED = "slowed", _("refused: too many tries")
        OUT = "out", _("signed out")
        IDLE = "idle", _("ended: not used for long, or too old")
        ENDED = "ended", _("other sign-ins ended")
        RESET_ASKED = "reset_asked", _("a link for a new password was asked for")
        RESET = "reset", _("new password set by a link from the mail")
        PASSWORD = "password", _("password changed")
        FACTOR_ON = "factor_on", _("second factor set up")
        FACTOR_OFF = "factor_off", _("second factor removed")
        FACTOR_RESET = "factor_reset", _("second factor reset by an administrator")
        CODES = "codes", _("new recovery codes made")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="sign_ins",
        verbose_name=_("user"),
    )
    name_hash = models.CharField(max_length=32, blank=True)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome.choices)
    at = models.DateTimeField(_("when"), db_index=True)
    address = models.CharField(_("from where"), max_length=45, blank=True)
    device = models.CharField(_("device"), max_length=60, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )

    class Meta:
        app_label = "catalog"
        verbose_name = _("sign-in")
        verbose_name_plural = _("sign-ins")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["user", "-at"], name="sign_in_of_user")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.outcome}"


class OpenSession(models.Model):
    """A session in which a user is signed in, so that the user can see and end it. Its data is in Django's table."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="open_sessions")
    key = models.CharField(max_length=40, unique=True)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    address = models.CharField(max_length=45, blank=True)
    device = models.CharField(max_length=60, blank=True)

    class Meta:
        app_label = "catalog"
        verbose_name = _("open session")
        verbose_name_plural = _("open sessions")
        ordering = ["-seen_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.device} {self.began_at:%Y-%m-%d %H:%M}"
