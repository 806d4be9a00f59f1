"""Stored originals, when their checksums were last checked, and what was found."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Original(models.Model):
    """A file that is kept permanently: a scan, or the PDF or TIFF from which scans were extracted. Named by its
    SHA-256."""

    sha256 = models.CharField("SHA-256", max_length=64, unique=True, validators=[RegexValidator(r"\A[0-9a-f]{64}\Z")])
    name = models.CharField(_("name in the store"), max_length=200)
    bytes = models.PositiveBigIntegerField(_("bytes"))
    added_at = models.DateTimeField(_("added"), auto_now_add=True)
    checked_at = models.DateTimeField(_("last checked"), null=True, blank=True, db_index=True)

    class Meta:
        app_label = "catalog"
        ordering = ["pk"]
        verbose_name = _("original")
        verbose_name_plural = _("originals")

    def __str__(self) -> str:
        return self.name


class FixityPass(models.Model):
    """One walk over all originals. If `ended_at` is empty, it is continued."""

    began_at = models.DateTimeField(_("begun"), auto_now_add=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    checked = models.PositiveBigIntegerField(_("files checked"), default=0)
    bytes = models.PositiveBigIntegerField(_("bytes read"), default=0)
    faults = models.PositiveIntegerField(_("faults"), default=0)

    class Meta:
        app_label = "catalog"
        ordering = ["-pk"]
        verbose_name = _("check of the originals")
        verbose_name_plural = _("checks of the originals")

    def __str__(self) -> str:
        return f"{self.began_at:%Y-%m-%d}"


class FixityFinding(models.Model):
    """An original that is not as it was delivered. The service never repairs it: a person must restore the file."""

    class Kind(models.TextChoices):
        MISSING = "missing", _("missing")
        DAMAGED = "damaged", pgettext_lazy("a file", "changed")
        UNREADABLE = "unreadable", _("cannot be read")

    original = models.ForeignKey(Original, models.CASCADE, related_name="findings", verbose_name=_("original"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    detail = models.CharField(_("detail"), max_length=400, blank=True)
    found_at = models.DateTimeField(_("found"), auto_now_add=True)
    mailed_at = models.DateTimeField(_("mailed"), null=True, blank=True)
    settled_at = models.DateTimeField(_("whole again"), null=True, blank=True)

    class Meta:
        app_label = "catalog"
        ordering = ["-pk"]
        verbose_name = _("damaged or missing original")
        verbose_name_plural = _("damaged or missing originals")
        constraints = [
            models.UniqueConstraint(
                fields=["original"], condition=models.Q(settled_at=None), name="fixity_one_open_finding"
            )
        ]

    def __str__(self) -> str:
        return f"{self.original}: {self.get_kind_display()}"
