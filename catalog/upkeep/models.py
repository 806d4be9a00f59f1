"""Failures, for the desk: limited in number, and without anything that a person typed."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ErrorNote(models.Model):
    """One failure: the id that the visitor was shown and that is in the log, when, where and of what kind."""

    reference = models.CharField(_("error number"), max_length=20, db_index=True)
    made_at = models.DateTimeField(_("when"), default=timezone.now, db_index=True)
    event = models.CharField(_("event"), max_length=40)
    route = models.CharField(_("address pattern or work"), max_length=200, blank=True)
    kind = models.CharField(_("kind"), max_length=200)
    place = models.CharField(_("place in the program"), max_length=200, blank=True)
    release = models.CharField(_("release"), max_length=40, blank=True)

    class Meta:
        app_label = "catalog"
        ordering = ["-made_at", "-pk"]
        verbose_name = _("error")
        verbose_name_plural = _("errors")

    def __str__(self) -> str:
        return f"{self.reference} {self.kind}"


class Alarm(models.Model):
    """A cause of failures about which ALARM_MAIL gets a mail: at most one per hour, however often it occurs.

    mailed_at: the last mail; tried_at: the last attempt; unsent_since: since when a mail about it cannot be sent."""

    cause = models.CharField(_("cause"), max_length=300, unique=True)
    event = models.CharField(_("event"), max_length=40)
    kind = models.CharField(_("kind"), max_length=200, blank=True)
    route = models.CharField(_("address pattern or work"), max_length=200, blank=True)
    reference = models.CharField(_("error number"), max_length=20, blank=True)
    first_at = models.DateTimeField(_("first"), default=timezone.now)
    last_at = models.DateTimeField(_("last"), default=timezone.now)
    count = models.PositiveIntegerField(_("times"), default=0)
    mailed_at = models.DateTimeField(_("mailed"), null=True, blank=True)
    tried_at = models.DateTimeField(_("last attempt to mail"), null=True, blank=True)
    unsent_since = models.DateTimeField(_("not mailed since"), null=True, blank=True)

    class Meta:
        app_label = "catalog"
        ordering = ["-last_at"]
        verbose_name = _("alarm")
        verbose_name_plural = _("alarms")

    def __str__(self) -> str:
        return self.cause
