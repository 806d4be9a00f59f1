"""Jobs that wait, run or have ended; and leases for what only one process may do at a time."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Claimable(models.Model):
    """A row on which one process at a time works, under a claim that must be renewed. See `claims`."""

    # The values of `state` of the table that mean "to be claimed" and "claimed".
    WAITING, CLAIMED = "waiting", "running"

    state: Any
    claim = models.CharField(_("claimed by"), max_length=140, blank=True)
    claimed_until = models.DateTimeField(_("claimed until"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)

    class Meta:
        abstract = True


class Job(Claimable):
    """One piece of background work, from its request to its end.

    `key` names what it works on; at most one job of a kind and key waits. `attempts` counts how often in a row it was
    started without progress. `reason` is an English sentence that is translated when shown, and never contains what a
    person typed.
    """

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("job", "waiting")
        RUNNING = "running", pgettext_lazy("job", "running")
        DONE = "done", pgettext_lazy("job", "finished")
        FAILED = "failed", pgettext_lazy("job", "failed")
        STOPPED = "stopped", pgettext_lazy("job", "stopped")

    kind = models.CharField(_("kind"), max_length=40)
    key = models.CharField(_("key"), max_length=100, blank=True)
    payload = models.JSONField(_("payload"), default=dict, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    due_at = models.DateTimeField(_("to be tried at"), default=timezone.now)
    done = models.PositiveBigIntegerField(_("done so far"), default=0)
    total = models.PositiveBigIntegerField(_("of so many"), default=0)
    done_before = models.PositiveBigIntegerField(_("done when it was last begun"), default=0)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    stop_asked = models.BooleanField(_("is to stop"), default=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    asked_at = models.DateTimeField(_("asked for"), default=timezone.now)
    started_at = models.DateTimeField(_("begun"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        app_label = "catalog"
        ordering = ["-pk"]
        verbose_name = pgettext_lazy("background work", "job")
        verbose_name_plural = pgettext_lazy("background work", "jobs")
        permissions = [("run_jobs", "Can see, stop and try again all background work")]
        indexes = [
            models.Index(
                fields=["due_at", "id"], name="job_next", condition=models.Q(state__in=["waiting", "running"])
            ),
            models.Index(fields=["kind", "key"], name="job_kind_key"),
            models.Index(fields=["state", "ended_at"], name="job_ended"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"], name="job_one_waits", condition=models.Q(state="waiting") & ~models.Q(key="")
            ),
            models.CheckConstraint(
                name="job_running_is_claimed",
                condition=~models.Q(state="running") | (models.Q(claimed_until__isnull=False) & ~models.Q(claim="")),
            ),
            models.CheckConstraint(
                name="job_failed_for_a_reason", condition=~models.Q(state="failed") | ~models.Q(reason="")
            ),
            models.CheckConstraint(
                name="job_ended_has_its_time",
                condition=models.Q(state__in=["waiting", "running"]) | models.Q(ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}".strip()


class Lease(models.Model):
    """Something that only one process may do at a time, with the process that does it, and until when unless renewed.
    See `leases`."""

    name = models.CharField(_("name"), max_length=40, primary_key=True)
    claim = models.CharField(_("claimed by"), max_length=140, blank=True)
    claimed_until = models.DateTimeField(_("claimed until"))

    class Meta:
        app_label = "catalog"
        verbose_name = _("lease")
        verbose_name_plural = _("leases")

    def __str__(self) -> str:
        return f"{self.name}: {self.claim}"
