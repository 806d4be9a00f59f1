"""The sources of claims."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from catalog.changes.writing import RevisionedModel


class Source(RevisionedModel):
    """An article, a file, a law, what a person said: cited by every name, alias, statement and place that is based on
    it."""

    slug = models.SlugField(_("short name"), max_length=80, unique=True)
    citation_vi = models.CharField(_("citation (Vietnamese)"), max_length=400)
    citation_en = models.CharField(_("citation (English)"), max_length=400, blank=True)
    url = models.URLField(_("address"), max_length=500, blank=True)
    published_text = models.CharField(_("published"), max_length=100, blank=True)
    press = models.BooleanField(
        _("a claim of the press"), default=False, help_text=_("Shown with “According to …” before the claim.")
    )
    note = models.TextField(_("note"), blank=True)
    history = HistoricalRecords(app="catalog")

    class Meta:
        app_label = "catalog"
        ordering = ["slug"]
        verbose_name = _("source")
        verbose_name_plural = _("sources")

    def __str__(self) -> str:
        return self.citation_vi
