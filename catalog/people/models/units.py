"""Units as dated authorities with aliases."""

from collections.abc import Iterable, Sequence

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from catalog.changes.actions import write_creation_history
from catalog.changes.models import DocumentKey, IndexedModel, enqueue_changes
from catalog.changes.writing import RevisionedModel
from catalog.rules.units import parse_unit
from catalog.rules.units.naming import unit_in_words
from catalog.sources.models import Source


class UnitManager(models.Manager["Unit"]):
    """Returns the unit that words name, and creates missing ones."""

    def of(self, words: str) -> "Unit | None":
        """The unit that `words` name; a new one is created. None if they name none, several, or only a code."""
        normal = self.normal(words)
        if not normal:
            return None
        unit = self.filter(normal_form=normal).first()
        if unit is None:
            unit = self._new_unit(normal)
            try:
                # Two mentions of the same new unit are saved at the same time: the other one may have created it.
                with transaction.atomic():
                    unit.save()
            except IntegrityError:
                unit = self.get(normal_form=normal)
        return unit

    @staticmethod
    def _new_unit(normal: str) -> "Unit":
        unit = Unit(
            normal_form=normal, name_vi=unit_in_words(normal, "vi")[:200], name_en=unit_in_words(normal, "en")[:200]
        )
        unit.derive()
        return unit

    def of_all(self, texts: Iterable[str]) -> dict[str, int]:
        """Primary keys, by text, of the units that `texts` name. As `of`, but for many."""
        normals = {text: normal for text in dict.fromkeys(texts) if text and (normal := self.normal(text))}
        wanted = list(dict.fromkeys(normals.values()))
        keys: dict[str, int] = {}
        for offset in range(0, len(wanted), 400):
            keys.update(self.filter(normal_form__in=wanted[offset : offset + 400]).values_list("normal_form", "pk"))
        # Always in the same order, so that two processes that create the same units cannot deadlock.
        new_units = [self._new_unit(normal) for normal in sorted(wanted) if normal not in keys]
        if new_units:
            try:
                with transaction.atomic():
                    self.bulk_create(new_units, batch_size=200)
                    write_creation_history(Unit, [unit.pk for unit in new_units])
                    enqueue_changes(("unit", unit.pk) for unit in new_units)
                keys |= {unit.normal_form: unit.pk for unit in new_units}
            except IntegrityError:
                # Another process has created one of them in the meantime.
                for unit in new_units:
                    existing = self.of(unit.normal_form)
                    if existing is not None:
                        keys[unit.normal_form] = existing.pk
        return {text: keys[normal] for text, normal in normals.items() if normal in keys}

    @staticmethod
    def normal(words: str) -> str:
        """The normal form of `words`; '' if they name no unit, several, or only a code."""
        reading = parse_unit(words)
        if not reading.levels or len(reading.readings) != 1 or len(reading.normal) > 120:
            return ""
        return reading.normal


class Unit(IndexedModel):
    """A unit in the normal form of `rules.units`, with a column for each level, so that "everything in e90/f324" is one
    query."""

    DERIVED: Sequence[str] = ("a", "b", "c", "d", "e", "f", "upper")

    normal_form = models.CharField(_("normal form"), max_length=120, unique=True, help_text="c3/d9/e90/f324")
    name_vi = models.CharField(_("name (Vietnamese)"), max_length=200)
    name_en = models.CharField(_("name (English)"), max_length=200, blank=True)
    a = models.CharField(_("squad"), max_length=20, blank=True, editable=False)
    b = models.CharField(_("platoon"), max_length=20, blank=True, editable=False)
    c = models.CharField(_("company"), max_length=20, blank=True, editable=False)
    d = models.CharField(_("battalion"), max_length=20, blank=True, editable=False)
    e = models.CharField(_("regiment"), max_length=20, blank=True, editable=False, db_index=True)
    f = models.CharField(_("division"), max_length=20, blank=True, editable=False, db_index=True)
    upper = models.CharField(_("above division"), max_length=40, blank=True, editable=False)
    foreign = models.BooleanField(_("foreign unit"), default=False)
    from_year = models.SmallIntegerField(_("from year"), null=True, blank=True)
    to_year = models.SmallIntegerField(_("to year"), null=True, blank=True)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, verbose_name=_("source"))
    note_vi = models.TextField(_("note (Vietnamese)"), blank=True)
    note_en = models.TextField(_("note (English)"), blank=True)
    objects = UnitManager()
    history = HistoricalRecords(app="catalog")

    class Meta:
        app_label = "catalog"
        ordering = ["normal_form"]
        verbose_name = _("unit")
        verbose_name_plural = _("units")

    def __str__(self) -> str:
        return f"{self.name_vi} ({self.normal_form})"

    def derive(self) -> None:
        """Fill in the level columns from the normal form."""
        super().derive()
        levels = parse_unit(self.normal_form).levels
        for level in ("a", "b", "c", "d", "e", "f", "upper"):
            setattr(self, level, levels.get(level) or "")

    def stale_documents(self) -> Iterable[DocumentKey]:
        """Only the unit; the search room knows which documents show a unit."""
        return [("unit", self.pk)]


class UnitAlias(RevisionedModel):
    """Another name of a unit, with its kind, years and source, because codes meant different things at different
    times."""

    class Kind(models.TextChoices):
        COVER = "cover", _("cover name")
        LETTERBOX = "letterbox", _("letter-box number")
        HONOUR = "honour", _("honorary name")
        EXTERNAL = "external", _("name given by others")

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="aliases", verbose_name=_("unit"))
    value = models.CharField(_("alias"), max_length=120)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    from_year = models.SmallIntegerField(_("from year"), null=True, blank=True)
    to_year = models.SmallIntegerField(_("to year"), null=True, blank=True)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, verbose_name=_("source"))
    history = HistoricalRecords(app="catalog")

    class Meta:
        app_label = "catalog"
        ordering = ["value", "pk"]
        verbose_name = _("alias of a unit")
        verbose_name_plural = _("aliases of units")
        constraints = [models.UniqueConstraint(fields=["unit", "value", "from_year"], name="unit_alias_once")]

    def __str__(self) -> str:
        return self.value
