"""Places as dated authorities: their names, the years of each, and their successors."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from catalog.changes.writing import RevisionedModel
from catalog.sources.models import Source


class Place(RevisionedModel):
    """A place as it was in one period. A province that was merged and later split again is several places."""

    class Kind(models.TextChoices):
        COUNTRY = "country", _("country")
        PROVINCE = "province", _("province or city")
        DISTRICT = "district", _("district")
        COMMUNE = "commune", _("commune or ward")
        HAMLET = "hamlet", _("hamlet or village")
        SITE = "site", _("site or building")
        FEATURE = "feature", _("hill, river or other feature")
        THEATRE = "theatre", _("wartime theatre")

    slug = models.SlugField(_("short name"), max_length=80, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    name_vi = models.CharField(_("name (Vietnamese)"), max_length=150)
    name_en = models.CharField(_("name (English)"), max_length=150, blank=True)
    within = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="parts", verbose_name=_("lies within")
    )
    from_year = models.SmallIntegerField(_("from year"), null=True, blank=True)
    to_year = models.SmallIntegerField(_("to year"), null=True, blank=True)
    latitude = models.DecimalField(_("latitude"), max_digits=8, decimal_places=5, null=True, blank=True)
    longitude = models.DecimalField(_("longitude"), max_digits=8, decimal_places=5, null=True, blank=True)
    radius_m = models.PositiveIntegerField(_("uncertainty (m)"), null=True, blank=True)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, verbose_name=_("source"))
    note_vi = models.TextField(_("note (Vietnamese)"), blank=True)
    note_en = models.TextField(_("note (English)"), blank=True)
    history = HistoricalRecords(app="catalog")

    class Meta:
        app_label = "catalog"
        ordering = ["name_vi", "pk"]
        verbose_name = _("place")
        verbose_name_plural = _("places")
        constraints = [
            models.CheckConstraint(
                name="place_years_in_order",
                condition=models.Q(from_year=None)
                | models.Q(to_year=None)
                | models.Q(from_year__lte=models.F("to_year")),
            ),
            models.CheckConstraint(name="place_not_within_itself", condition=~models.Q(within=models.F("pk"))),
        ]

    def __str__(self) -> str:
        return self.name_vi


class PlaceName(RevisionedModel):
    """Another name of a place, dated, with its source."""

    place = models.ForeignKey(Place, models.CASCADE, related_name="names", verbose_name=_("place"))
    value = models.CharField(_("name"), max_length=150)
    language = models.CharField(_("language"), max_length=8, blank=True)
    from_year = models.SmallIntegerField(_("from year"), null=True, blank=True)
    to_year = models.SmallIntegerField(_("to year"), null=True, blank=True)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, verbose_name=_("source"))
    history = HistoricalRecords(app="catalog")

    class Meta:
        app_label = "catalog"
        ordering = ["from_year", "pk"]
        verbose_name = _("other name of a place")
        verbose_name_plural = _("other names of places")
        constraints = [models.UniqueConstraint(fields=["place", "value", "from_year"], name="place_name_once")]

    def __str__(self) -> str:
        return self.value


class PlaceSuccession(RevisionedModel):
    """One place became another, completely or in part."""

    predecessor = models.ForeignKey(Place, models.CASCADE, related_name="became", verbose_name=_("before"))
    successor = models.ForeignKey(Place, models.CASCADE, related_name="came_from", verbose_name=_("after"))
    year = models.SmallIntegerField(_("year"), null=True, blank=True)
    partial = models.BooleanField(_("only a part"), default=False)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, verbose_name=_("source"))
    history = HistoricalRecords(app="catalog")

    class Meta:
        app_label = "catalog"
        verbose_name = _("succession of places")
        verbose_name_plural = _("successions of places")
        constraints = [
            models.UniqueConstraint(fields=["predecessor", "successor"], name="place_succession_once"),
            models.CheckConstraint(
                name="place_not_its_own_successor", condition=~models.Q(predecessor=models.F("successor"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor} → {self.successor}"
