"""Statements with their sources. Those that contradict each other are kept side by side."""

from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from catalog.changes.models import DocumentKey, IndexedModel
from catalog.dating.models import DatedModel
from catalog.people.models import Person
from catalog.records.models.records import Record
from catalog.sources.models import Source


class Statement(IndexedModel, DatedModel):
    """What one source says on one topic about a person or a record; exactly one of the two."""

    class Topic(models.TextChoices):
        UNIT = "unit", _("unit")
        POST = "post", _("post")
        BIRTH = "birth", _("birth")
        HOME = "home", _("home")
        ENLISTED = "enlisted", _("enlisted")
        DEATH = "death", _("death")
        BURIAL = "burial", _("burial")
        CAPTURE = "capture", _("capture of the papers")
        CONTENTS = "contents", _("what the file holds")
        EXTENT = "extent", _("how many pages")
        COMPANIONS = "companions", _("others named in it")
        RETURN = "return", _("return")
        RECIPIENT = "recipient", _("recipient")
        DATE = "date", _("date")
        CALLED = "called", _("how the press calls them")
        OTHER = "other", _("other")

    person = models.ForeignKey(
        Person, models.CASCADE, null=True, blank=True, related_name="statements", verbose_name=_("person")
    )
    record = models.ForeignKey(
        Record, models.CASCADE, null=True, blank=True, related_name="statements", verbose_name=_("record")
    )
    topic = models.CharField(_("topic"), max_length=12, choices=Topic)
    value_vi = models.CharField(_("what it says (Vietnamese)"), max_length=500)
    value_en = models.CharField(_("what it says (English)"), max_length=500, blank=True)
    source = models.ForeignKey(Source, models.PROTECT, related_name="statements", verbose_name=_("source"))
    preferred = models.BooleanField(_("shown first"), default=False)
    staff_only = models.BooleanField(
        _("for staff only"), default=False, help_text=_("Names or describes living relatives.")
    )
    note_vi = models.CharField(_("note (Vietnamese)"), max_length=400, blank=True)
    note_en = models.CharField(_("note (English)"), max_length=400, blank=True)
    history = HistoricalRecords(app="catalog")

    class Meta:
        app_label = "catalog"
        ordering = ["topic", "-preferred", "pk"]
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        constraints = [
            models.CheckConstraint(
                name="statement_of_one_subject",
                condition=models.Q(person__isnull=False, record=None) | models.Q(person=None, record__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["person", "topic"], condition=models.Q(preferred=True), name="statement_one_preferred_of_person"
            ),
            models.UniqueConstraint(
                fields=["record", "topic"], condition=models.Q(preferred=True), name="statement_one_preferred_of_record"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_topic_display()}: {self.value_vi}"

    def stale_documents(self) -> Iterable[DocumentKey]:
        """Its subject."""
        if self.record_id:
            return [("record", self.record_id)]
        return [("person", self.person_id or 0)]
