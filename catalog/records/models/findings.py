"""Differences that a check of the catalogue found between stored values and the rules."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class CatalogueFinding(models.Model):
    """One difference that a person must look at; it stays open until it is settled.

    model, key: the row; what: which derived value; stored, expected: the stored value and what the rules say now. kept:
    a person decided to keep the value; it is not reported again while stored and expected stay the same.
    """

    class What(models.TextChoices):
        STANDING = "standing", _("who may see it")
        REFERENCE_CODE = "reference_code", _("reference code")
        DATES = "dates", _("days of a date")
        KEYS = "keys", _("years and keys of a name")
        UNIT = "unit", _("unit")
        FORMS = "forms", _("forms under which a name is found")
        NAME_KEYS = "name_keys", _("keys of a form of a name")
        COUNTS = "counts", _("counts")
        EDTF_GIVEN = "edtf_given", _("a date (EDTF) that its words do not say")
        UNIT_GIVEN = "unit_given", _("a unit that its words do not name")

    model = models.CharField(_("kind of thing"), max_length=60)
    key = models.BigIntegerField(_("key"))
    what = models.CharField(_("what differs"), max_length=20, choices=What)
    name = models.CharField(_("name"), max_length=300, blank=True)
    stored = models.CharField(_("stored"), max_length=300, blank=True)
    expected = models.CharField(_("by the rules"), max_length=300, blank=True)
    record = models.BigIntegerField(_("record"), null=True, blank=True)
    found_at = models.DateTimeField(_("found"), auto_now_add=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    kept = models.BooleanField(_("kept as it is"), default=False)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("settled by")
    )

    class Meta:
        app_label = "catalog"
        ordering = ["-pk"]
        verbose_name = _("finding of a check")
        verbose_name_plural = _("findings of checks")
        constraints = [
            models.UniqueConstraint(
                fields=["model", "key", "what"], condition=models.Q(settled_at=None), name="catalogue_finding_once_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_what_display()}: {self.name}"


class CheckPlace(models.Model):
    """How far the nightly check of one kind of row has come, so that the next night continues there.

    check_name: which check (see `records.checking.queries.checks`); after: the last primary key looked at; through_at:
    when it was last completed.
    """

    check_name = models.CharField(max_length=60, unique=True)
    after = models.BigIntegerField(default=0)
    through_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        app_label = "catalog"
        verbose_name = _("place of a check")
        verbose_name_plural = _("places of checks")

    def __str__(self) -> str:
        return f"{self.check_name}: {self.after}"
