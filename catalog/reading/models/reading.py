"""The queue of pages for machine reading, their priorities, and the switch that pauses it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.images.models.scans import Scan
from catalog.jobs.models import Claimable
from catalog.records.models import Page, Record


class PageReading(Claimable):
    """One page in the queue of machine reading, with the result after it was read.

    A page that is being read is claimed as every background job is (`jobs.claims`): if its process is killed, it is
    read again, at most MOST_ATTEMPTS times in all.
    """

    MOST_ATTEMPTS = 3
    CLAIMED = "working"

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        WORKING = "working", _("being read")
        READ = "read", _("read")
        EMPTY = "empty", _("no text recognised")
        FAILED = "failed", _("failed")
        PASSED = "passed", _("has its text from elsewhere")

    page = models.OneToOneField(Page, models.CASCADE, related_name="reading", verbose_name=_("page"))
    scan = models.ForeignKey(Scan, models.CASCADE, related_name="+", verbose_name=_("image"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    priority = models.SmallIntegerField(_("priority"), default=0)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    prepared = models.BooleanField(_("read after cleaning"), default=False)
    seconds = models.FloatField(_("seconds it took"), null=True, blank=True)
    queued_at = models.DateTimeField(_("queued"), auto_now_add=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True, db_index=True)

    class Meta:
        app_label = "catalog"
        ordering = ["-priority", "pk"]
        verbose_name = _("machine reading of a page")
        verbose_name_plural = _("machine readings of pages")
        indexes = [
            models.Index(
                fields=["-priority", "id"], name="reading_next", condition=models.Q(state__in=["waiting", "working"])
            ),
            models.Index(fields=["state"], name="reading_state"),
        ]
        constraints = [
            models.CheckConstraint(
                name="reading_working_is_claimed",
                condition=~models.Q(state="working") | models.Q(claimed_until__isnull=False),
            ),
            models.CheckConstraint(
                name="reading_failed_for_a_reason", condition=~models.Q(state="failed") | ~models.Q(reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.page}: {self.get_state_display()}"


class ReadingPriority(models.Model):
    """The priority of the pages of a record and everything below it: higher is read earlier. Of several priorities that
    of the nearest record counts."""

    record = models.OneToOneField(Record, models.CASCADE, related_name="reading_priority", verbose_name=_("record"))
    priority = models.SmallIntegerField(_("priority"))

    class Meta:
        app_label = "catalog"
        verbose_name = _("priority of machine reading")
        verbose_name_plural = _("priorities of machine reading")
        constraints = [
            models.CheckConstraint(
                name="reading_priority_in_range", condition=models.Q(priority__gte=-100, priority__lte=100)
            )
        ]

    def __str__(self) -> str:
        return f"{self.record}: {self.priority}"


class ReadingSwitch(models.Model):
    """A table with one row: whether machine reading is paused and by whom, and the last image whose page was queued."""

    paused = models.BooleanField(_("paused"), default=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"), auto_now=True)
    seen_scan = models.PositiveBigIntegerField(_("images queued up to"), default=0)

    class Meta:
        app_label = "catalog"
        verbose_name = _("switch of machine reading")
        verbose_name_plural = _("switch of machine reading")
        constraints = [models.CheckConstraint(name="reading_switch_one_row", condition=models.Q(id=1))]

    def __str__(self) -> str:
        return "paused" if self.paused else "running"
