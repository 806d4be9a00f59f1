"""A date as the paper writes it, as EDTF, and as the days between which it lies."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.rules.dates import read_date


class DatedModel(models.Model):
    """Words kept, EDTF (ISO 8601-2:2019) beside them, earliest and latest day for searching.

    `date_edtf`, `date_earliest` and `date_latest` are read from `date_text` on saving, unless EDTF was given by hand.
    """

    date_text = models.CharField(_("date as written"), max_length=200, blank=True)
    date_edtf = models.CharField(
        _("date (EDTF)"), max_length=100, blank=True, help_text=_("Filled in from the words when left empty.")
    )
    date_earliest = models.DateField(_("earliest day"), null=True, blank=True, editable=False, db_index=True)
    date_latest = models.DateField(_("latest day"), null=True, blank=True, editable=False, db_index=True)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save with the days that the words or the EDTF name."""
        reading = read_date(self.date_edtf or self.date_text)
        if not self.date_edtf:
            self.date_edtf = reading.edtf or ""
        self.date_earliest, self.date_latest = reading.earliest, reading.latest
        super().save(*args, **kwargs)
