"""Exhibitions: parts, panels, placements with their own captions, milestones, a guest book."""

from collections.abc import Iterable
from typing import ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from catalog.changes.models import DocumentKey, IndexedModel, TrashableManager, TrashableModel
from catalog.changes.writing import RevisionedModel
from catalog.dating.models import DatedModel
from catalog.records.models import Page, Record, Repository
from catalog.sources.models import Source


class Exhibition(IndexedModel, TrashableModel, DatedModel):
    """An exhibition; its date is the time when it is or was open."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")
        WITHDRAWN = "withdrawn", _("withdrawn")

    slug = models.SlugField(_("address"), max_length=100, unique=True)
    title_vi = models.CharField(_("title (Vietnamese)"), max_length=300)
    title_en = models.CharField(_("title (English)"), max_length=300, blank=True)
    organiser = models.ForeignKey(
        Repository, models.PROTECT, null=True, blank=True, related_name="exhibitions", verbose_name=_("organiser")
    )
    with_whom_vi = models.CharField(_("together with (Vietnamese)"), max_length=500, blank=True)
    with_whom_en = models.CharField(_("together with (English)"), max_length=500, blank=True)
    venue_vi = models.CharField(_("venue (Vietnamese)"), max_length=300, blank=True)
    venue_en = models.CharField(_("venue (English)"), max_length=300, blank=True)
    opening_vi = models.TextField(_("opening text (Vietnamese)"), blank=True)
    opening_en = models.TextField(_("opening text (English)"), blank=True)
    cover = models.ForeignKey(
        Page, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("cover image")
    )
    guest_book_open = models.BooleanField(_("guest book open"), default=True)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, verbose_name=_("source"))
    objects: ClassVar[TrashableManager[Self]] = TrashableManager()
    history = HistoricalRecords(app="catalog")

    class Meta:
        app_label = "catalog"
        ordering = ["position", "pk"]
        verbose_name = _("exhibition")
        verbose_name_plural = _("exhibitions")

    def __str__(self) -> str:
        return self.title_vi

    def withholds(self) -> bool:
        """Whether it is not public: not published, or in the trash."""
        return self.trashed_at is not None or self.status != self.Status.PUBLISHED

    def stale_documents(self) -> Iterable[DocumentKey]:
        """Itself."""
        return [("exhibition", self.pk)]


class Part(IndexedModel):
    """A part (phần) of an exhibition."""

    exhibition = models.ForeignKey(Exhibition, models.CASCADE, related_name="parts", verbose_name=_("exhibition"))
    number = models.PositiveSmallIntegerField(_("number"))
    title_vi = models.CharField(_("title (Vietnamese)"), max_length=300)
    title_en = models.CharField(_("title (English)"), max_length=300, blank=True)
    text_vi = models.TextField(_("text (Vietnamese)"), blank=True)
    text_en = models.TextField(_("text (English)"), blank=True)
    history = HistoricalRecords(app="catalog")

    class Meta:
        app_label = "catalog"
        ordering = ["exhibition", "number"]
        verbose_name = _("part")
        verbose_name_plural = _("parts")
        constraints = [models.UniqueConstraint(fields=["exhibition", "number"], name="part_number_once")]

    def __str__(self) -> str:
        return f"{self.number}. {self.title_vi}"

    def stale_documents(self) -> Iterable[DocumentKey]:
        """Its exhibition."""
        return [("exhibition", self.exhibition_id)]


class Panel(IndexedModel):
    """A panel of a part: one topic, with the records placed on it."""

    part = models.ForeignKey(Part, models.CASCADE, related_name="panels", verbose_name=_("part"))
    number = models.PositiveSmallIntegerField(_("number"))
    title_vi = models.CharField(_("title (Vietnamese)"), max_length=300, blank=True)
    title_en = models.CharField(_("title (English)"), max_length=300, blank=True)
    text_vi = models.TextField(_("text (Vietnamese)"), blank=True)
    text_en = models.TextField(_("text (English)"), blank=True)
    history = HistoricalRecords(app="catalog")

    class Meta:
        app_label = "catalog"
        ordering = ["part", "number"]
        verbose_name = _("panel")
        verbose_name_plural = _("panels")
        constraints = [models.UniqueConstraint(fields=["part", "number"], name="panel_number_once")]

    def __str__(self) -> str:
        return f"{self.part_id}.{self.number} {self.title_vi}"

    def stale_documents(self) -> Iterable[DocumentKey]:
        """Its exhibition."""
        return [("exhibition", self.part.exhibition_id)]


class Placement(IndexedModel):
    """A record or page placed on a panel, with a caption for this place only."""

    panel = models.ForeignKey(Panel, models.CASCADE, related_name="placements", verbose_name=_("panel"))
    position = models.PositiveSmallIntegerField(_("order"))
    record = models.ForeignKey(Record, models.PROTECT, related_name="placements", verbose_name=_("record"))
    page = models.ForeignKey(
        Page, models.PROTECT, null=True, blank=True, related_name="placements", verbose_name=_("page")
    )
    caption_vi = models.TextField(_("caption (Vietnamese)"))
    caption_en = models.TextField(_("caption (English)"), blank=True)
    lender = models.ForeignKey(
        Repository, models.PROTECT, null=True, blank=True, related_name="loans", verbose_name=_("lender")
    )
    source_line_vi = models.CharField(_("source line (Vietnamese)"), max_length=300, blank=True)
    source_line_en = models.CharField(_("source line (English)"), max_length=300, blank=True)
    credit = models.CharField(_("credit"), max_length=200, blank=True)
    first_published = models.BooleanField(_("published for the first time"), default=False)
    history = HistoricalRecords(app="catalog")

    class Meta:
        app_label = "catalog"
        ordering = ["panel", "position"]
        verbose_name = _("placement")
        verbose_name_plural = _("placements")
        constraints = [models.UniqueConstraint(fields=["panel", "position"], name="placement_position_once")]

    def __str__(self) -> str:
        return self.caption_vi[:80]

    def clean(self) -> None:
        """Refuse a page of another record."""
        super().clean()
        if self.page_id and self.page and self.page.record_id != self.record_id:
            raise ValidationError({"page": _("This page belongs to another record. Choose a page of the same record.")})

    def stale_documents(self) -> Iterable[DocumentKey]:
        """Its exhibition, and its record, which can be searched by lender."""
        return [("exhibition", self.panel.part.exhibition_id), ("record", self.record_id)]


class Milestone(IndexedModel, DatedModel):
    """A point on an exhibition's timeline."""

    exhibition = models.ForeignKey(Exhibition, models.CASCADE, related_name="milestones", verbose_name=_("exhibition"))
    part = models.ForeignKey(
        Part, models.SET_NULL, null=True, blank=True, related_name="milestones", verbose_name=_("part")
    )
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    date_text_en = models.CharField(_("date in English"), max_length=200, blank=True)
    title_vi = models.CharField(_("title (Vietnamese)"), max_length=300)
    title_en = models.CharField(_("title (English)"), max_length=300, blank=True)
    text_vi = models.TextField(_("text (Vietnamese)"), blank=True)
    text_en = models.TextField(_("text (English)"), blank=True)
    records = models.ManyToManyField(Record, blank=True, related_name="milestones", verbose_name=_("records"))
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, verbose_name=_("source"))
    history = HistoricalRecords(app="catalog", m2m_fields=[records])

    class Meta:
        app_label = "catalog"
        ordering = ["exhibition", "date_earliest", "position", "pk"]
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")

    def __str__(self) -> str:
        return f"{self.date_text} {self.title_vi}"

    def stale_documents(self) -> Iterable[DocumentKey]:
        """Its exhibition."""
        return [("exhibition", self.exhibition_id)]


class GuestbookEntry(RevisionedModel):
    """A visitor's entry. It is shown only after a member of staff has read it, and the name only if the visitor allowed
    it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting to be read")
        SHOWN = "shown", _("shown")
        NOT_SHOWN = "not_shown", _("not shown")

    exhibition = models.ForeignKey(
        Exhibition, models.CASCADE, related_name="guestbook_entries", verbose_name=_("exhibition")
    )
    message = models.TextField(_("message"), max_length=2000)
    name = models.CharField(_("name"), max_length=120, blank=True)
    show_name = models.BooleanField(_("name may be shown"), default=False)
    country = models.CharField(_("country"), max_length=80, blank=True)
    language = models.CharField(_("language"), max_length=2, blank=True)
    written_at = models.DateTimeField(_("written"), auto_now_add=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    history = HistoricalRecords(app="catalog")

    class Meta:
        app_label = "catalog"
        ordering = ["-written_at"]
        verbose_name = _("guest book entry")
        verbose_name_plural = _("guest book entries")
        constraints = [models.CheckConstraint(name="guestbook_entry_has_words", condition=~models.Q(message=""))]

    def __str__(self) -> str:
        return self.message[:60]
