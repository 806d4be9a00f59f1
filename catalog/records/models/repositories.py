"""Institutions and persons that keep or lend records."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from catalog.changes.writing import RevisionedModel
from catalog.sources.models import Source


class Repository(RevisionedModel):
    """An archive, museum, agency or family that keeps records (kho / lưu trữ lịch sử), or lends to an exhibition."""

    code = models.CharField(_("code"), max_length=40, unique=True, help_text="VN-TTLTQG3")
    slug = models.SlugField(_("short name"), max_length=80, unique=True)
    name_vi = models.CharField(_("name (Vietnamese)"), max_length=200)
    name_en = models.CharField(_("name (English)"), max_length=200, blank=True)
    short_vi = models.CharField(_("abbreviation (Vietnamese)"), max_length=60, blank=True)
    short_en = models.CharField(_("abbreviation (English)"), max_length=60, blank=True)
    country = models.CharField(_("country (ISO 3166)"), max_length=2, default="VN")
    address = models.TextField(_("address"), blank=True)
    contact = models.TextField(_("contact for families"), blank=True)
    url = models.URLField(_("web address"), max_length=500, blank=True)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, verbose_name=_("source"))
    history = HistoricalRecords(app="catalog")

    class Meta:
        app_label = "catalog"
        ordering = ["name_vi"]
        verbose_name = _("repository")
        verbose_name_plural = _("repositories")

    def __str__(self) -> str:
        return self.name_vi
