"""Custody: what happened to a record, and the forms in which it exists or existed."""

from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from catalog.changes.models import DocumentKey, IndexedModel
from catalog.dating.models import DatedModel
from catalog.people.models import Unit
from catalog.places.models import Place
from catalog.records.models.records import Record
from catalog.sources.models import Source


class CustodyEvent(IndexedModel, DatedModel):
    """One event in the history of a record: captured, exploited, filmed, destroyed, given, returned (RiC Activity)."""

    class Kind(models.TextChoices):
        CREATED = "created", _("written or issued")
        CAPTURED = "captured", _("captured")
        EXPLOITED = "exploited", _("read and reported on")
        FILMED = "filmed", _("filmed")
        DESTROYED = "destroyed", _("original destroyed")
        DIGITISED = "digitised", _("digitised")
        GIVEN = "given", _("given")
        RETURNED = "returned", _("returned")
        EXHIBITED = "exhibited", _("exhibited")

    record = models.ForeignKey(Record, models.CASCADE, related_name="custody_events", verbose_name=_("record"))
    kind = models.CharField(_("what happened"), max_length=10, choices=Kind)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, verbose_name=_("place"))
    place_text = models.CharField(_("place as written"), max_length=200, blank=True)
    grid = models.CharField(_("grid reference as written"), max_length=40, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, verbose_name=_("unit"))
    unit_text = models.CharField(_("unit as written"), max_length=200, blank=True)
    operation = models.CharField(_("operation"), max_length=120, blank=True)
    report_number = models.CharField(_("log or bulletin number"), max_length=60, blank=True)
    from_whom = models.CharField(_("from whom"), max_length=300, blank=True)
    to_whom = models.CharField(
        _("to whom"), max_length=300, blank=True, help_text=_("An institution. Persons go into the note for staff.")
    )
    description_vi = models.TextField(_("in words (Vietnamese)"), blank=True)
    description_en = models.TextField(_("in words (English)"), blank=True)
    staff_note = models.TextField(
        _("note for staff"), blank=True, help_text=_("Recipients, relatives, documents seen.")
    )
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, verbose_name=_("source"))
    history = HistoricalRecords(app="catalog")

    class Meta:
        app_label = "catalog"
        ordering = ["position", "date_earliest", "pk"]
        verbose_name = _("custody event")
        verbose_name_plural = _("custody events")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.date_text}".strip()

    def stale_documents(self) -> Iterable[DocumentKey]:
        """Its record."""
        return [("record", self.record_id)]


class Instantiation(IndexedModel):
    """A form in which the record exists or existed (RiC Instantiation): original, film, digital copy, print."""

    class Kind(models.TextChoices):
        ORIGINAL = "original", _("original")
        FILM = "film", _("microfilm")
        SCAN = "scan", _("digital copy")
        PRINT = "print", _("printed copy")

    class State(models.TextChoices):
        HELD = "held", _("held")
        DESTROYED = "destroyed", _("destroyed")
        LOST = "lost", _("lost")
        HANDED_OVER = "handed_over", _("handed over")
        UNKNOWN = "unknown", _("not known")

    record = models.ForeignKey(Record, models.CASCADE, related_name="instantiations", verbose_name=_("record"))
    kind = models.CharField(_("form"), max_length=10, choices=Kind)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.UNKNOWN)
    holder = models.CharField(_("holder"), max_length=200, blank=True)
    reel = models.CharField(_("film reel"), max_length=20, blank=True)
    frame = models.CharField(_("first frame"), max_length=20, blank=True)
    inferred = models.BooleanField(_("reel and frame inferred from the number"), default=False)
    extent = models.CharField(_("extent"), max_length=100, blank=True)
    condition = models.CharField(_("condition"), max_length=200, blank=True)
    note_vi = models.TextField(_("note (Vietnamese)"), blank=True)
    note_en = models.TextField(_("note (English)"), blank=True)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, verbose_name=_("source"))
    history = HistoricalRecords(app="catalog")

    class Meta:
        app_label = "catalog"
        ordering = ["pk"]
        verbose_name = _("form of the record")
        verbose_name_plural = _("forms of the record")

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.get_state_display()}"

    def stale_documents(self) -> Iterable[DocumentKey]:
        """Its record."""
        return [("record", self.record_id)]
