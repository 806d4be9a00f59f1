"""Uploads in pieces, batches of files taken in, and the outcome of each file."""

import uuid
from pathlib import Path

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.images.models.scans import Scan
from catalog.records.models import Record


class IntakeBatch(models.Model):
    """One delivery: its source, owner and progress. Its report is kept."""

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting for its turn")
        WORKING = "working", _("being taken in")
        DONE = "done", _("finished")
        STOPPED = "stopped", _("broken off")

    source = models.CharField(_("from where"), max_length=300)
    record = models.ForeignKey(
        Record,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("record"),
        help_text=_("Empty where the files' names say which record they belong to."),
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WORKING)
    total = models.PositiveIntegerField(_("files"), default=0)
    began_at = models.DateTimeField(_("begun"), auto_now_add=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        app_label = "catalog"
        ordering = ["-pk"]
        verbose_name = _("batch of files")
        verbose_name_plural = _("batches of files")
        permissions = [("take_in_files", "Can take files in and see batches")]

    def __str__(self) -> str:
        return f"{self.pk}: {self.source}"

    @property
    def under_way(self) -> bool:
        """Whether it is not finished yet."""
        return self.state in (self.State.QUEUED, self.State.WORKING)


class Upload(models.Model):
    """A file that a browser sends in pieces (tus 1.0). The received bytes are kept in `path` when the connection
    breaks."""

    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    record = models.ForeignKey(Record, models.CASCADE, related_name="+", verbose_name=_("record"))
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("by"))
    name = models.CharField(_("name"), max_length=300)
    size = models.PositiveBigIntegerField(_("bytes"))
    batch = models.ForeignKey(
        IntakeBatch, models.SET_NULL, null=True, blank=True, related_name="uploads", verbose_name=_("batch")
    )
    began_at = models.DateTimeField(_("begun"), auto_now_add=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        app_label = "catalog"
        ordering = ["pk"]
        verbose_name = _("file on its way in")
        verbose_name_plural = _("files on their way in")
        constraints = [
            models.CheckConstraint(
                name="upload_whole_before_batch", condition=models.Q(batch=None) | models.Q(ended_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> Path:
        """The file with the received bytes."""
        return Path(settings.STAGING_DIR) / "uploads" / str(self.token)

    @property
    def received(self) -> int:
        """How many bytes were received."""
        return self.path.stat().st_size if self.path.exists() else 0


class IntakeFile(models.Model):
    """One line of a report: a delivered file that was accepted, refused with a reason, or a duplicate. `quarantine` is
    the path of a refused file in the quarantine folder."""

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", _("taken in")
        REFUSED = "refused", _("refused")
        DUPLICATE = "duplicate", _("here already")

    batch = models.ForeignKey(IntakeBatch, models.CASCADE, related_name="files", verbose_name=_("batch"))
    name = models.CharField(_("name"), max_length=1000)
    size = models.PositiveBigIntegerField(_("bytes"), default=0)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True, db_index=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    reason = models.CharField(_("reason"), max_length=30, blank=True)
    detail = models.CharField(_("detail"), max_length=400, blank=True)
    warnings = models.JSONField(_("warnings"), default=list, blank=True)
    quarantine = models.CharField(_("put aside as"), max_length=200, blank=True)
    scans = models.ManyToManyField(Scan, blank=True, related_name="+", verbose_name=_("pages"))
    like = models.ForeignKey(
        Scan, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("looks like")
    )
    settled = models.CharField(
        _("what a person did with it"),
        max_length=10,
        blank=True,
        choices=[("retried", _("tried again")), ("discarded", _("discarded"))],
    )
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        app_label = "catalog"
        ordering = ["pk"]
        verbose_name = _("delivered file")
        verbose_name_plural = _("delivered files")
        constraints = [
            models.CheckConstraint(
                name="intake_refused_for_a_reason",
                condition=~models.Q(outcome="refused") | ~models.Q(reason=""),
            )
        ]

    def __str__(self) -> str:
        return self.name
