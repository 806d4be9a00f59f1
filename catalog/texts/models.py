"""Versions of the texts of pages and of their translations, one of them shown; drafts of texts."""

from collections.abc import Iterable, Sequence

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from catalog.changes.models import DocumentKey, IndexedModel
from catalog.changes.writing import Actor
from catalog.records.models import Page
from catalog.texts.packing import Row, pack, unpack


class TextState(models.TextChoices):
    """How far people have worked on a text; unfinished work is a `TextDraft`."""

    NONE = "", _("not worked on by a person")
    FINISHED = "finished", _("finished, to be checked")
    CHECKED = "checked", _("checked by a second person")


class TextVersion(IndexedModel):
    """A version of a text of a page: its words, by whom and when it was made, and its state."""

    language = models.CharField(_("language"), max_length=8, default="vi")
    text = models.TextField(_("text"), blank=True)
    current = models.BooleanField(_("shown"), default=True)
    state = models.CharField(_("state"), max_length=10, choices=TextState, blank=True, default=TextState.NONE)
    made_at = models.DateTimeField(_("made"), auto_now_add=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    checked_at = models.DateTimeField(_("checked"), null=True, blank=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("checked by")
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(class)s_checked_by_another",
                condition=models.Q(checked_by=None)
                | models.Q(made_by=None)
                | ~models.Q(checked_by=models.F("made_by")),
            ),
            models.CheckConstraint(
                name="%(class)s_checked_at_some_time",
                condition=~models.Q(state="checked") | models.Q(checked_at__isnull=False),
            ),
        ]

    def before_write(self, actor: Actor, changed: frozenset[str]) -> frozenset[str]:
        """Reset a checked text to finished if its words change."""
        filled = super().before_write(actor, changed)
        if "text" in changed and "state" not in changed and self.state == TextState.CHECKED:
            self.state, self.checked_by, self.checked_at = TextState.FINISHED, None, None
            filled |= {"state", "checked_by", "checked_at"}
        return filled

    @property
    def words(self) -> int:
        """How many words it has; 0 means that nothing was recognised."""
        return len(self.text.split())


class PageText(TextVersion):
    """A version of a page's text with its origin; one version is current.

    `boxes` has a row [start, end, x, y, width, height] for each word: a slice of `text`, pixels of the upright
    full-size image. A word that is hyphenated at the end of a line has two rows.
    """

    DERIVED: Sequence[str] = ("packed_boxes",)

    class Origin(models.TextChoices):
        OCR = "ocr", _("read by machine (OCR)")
        IMPORTED = "imported", _("imported")
        PERSON = "person", _("transcribed by a person")
        SET = "set", _("known from drawing the illustration")

    page = models.ForeignKey(Page, models.CASCADE, related_name="texts", verbose_name=_("page"))
    origin = models.CharField(_("origin"), max_length=10, choices=Origin)
    packed_boxes = models.BinaryField(_("word boxes"), default=bytes, blank=True)
    confidence = models.FloatField(_("confidence (0 to 1)"), null=True, blank=True)
    file_name = models.CharField(_("file it came from"), max_length=300, blank=True)
    history = HistoricalRecords(app="catalog", excluded_fields=["packed_boxes"])

    class Meta:
        app_label = "catalog"
        ordering = ["-current", "-made_at"]
        verbose_name = _("text of a page")
        verbose_name_plural = _("texts of pages")
        permissions = [("run_reading", "Can pause machine reading and say what is read first")]
        constraints = [
            *TextVersion.Meta.constraints,
            models.UniqueConstraint(fields=["page"], condition=models.Q(current=True), name="page_text_one_current"),
            models.CheckConstraint(
                name="page_text_confidence_in_range",
                condition=models.Q(confidence=None) | models.Q(confidence__gte=0, confidence__lte=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.page}: {self.get_origin_display()}"

    @property
    def boxes(self) -> list[Row]:
        """[start, end, x, y, width, height] for each word. A new list at each call: assign it to change the boxes."""
        return unpack(bytes(self.packed_boxes or b""))

    @boxes.setter
    def boxes(self, rows: list[Row]) -> None:
        self.packed_boxes = pack(rows)

    def derive(self) -> None:
        """Remove boxes that reach beyond the end of the text, after its words were changed by hand."""
        super().derive()
        rows = self.boxes
        fitting = [row for row in rows if row[1] <= len(self.text)]
        if len(fitting) != len(rows):
            self.boxes = fitting

    def stale_documents(self) -> Iterable[DocumentKey]:
        """Its page."""
        return [("page", self.page_id)]


class PageTranslation(TextVersion):
    """A translation of a page's text; for each language one is current, and at most one is shown to the public."""

    page = models.ForeignKey(Page, models.CASCADE, related_name="translations", verbose_name=_("page"))
    published = models.BooleanField(_("shown to the public"), default=False)
    history = HistoricalRecords(app="catalog")

    class Meta:
        app_label = "catalog"
        ordering = ["language", "-current", "-made_at"]
        verbose_name = _("translation of a page")
        verbose_name_plural = _("translations of pages")
        constraints = [
            *TextVersion.Meta.constraints,
            models.UniqueConstraint(
                fields=["page", "language"], condition=models.Q(current=True), name="translation_one_current"
            ),
            models.UniqueConstraint(
                fields=["page", "language"], condition=models.Q(published=True), name="translation_one_published"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.page}: {self.language}"

    def stale_documents(self) -> Iterable[DocumentKey]:
        """Its page."""
        return [("page", self.page_id)]


class TextDraft(models.Model):
    """An unfinished text that a person is typing, saved while typing, so that closing the window loses nothing.

    `language` is '' for the transcription. `revision` counts how often it was saved; a window that would overwrite what
    another window saved stores its text in `other_text`. `base` is the key of the version that was shown when the draft
    was begun, 0 for none, None if not known.
    """

    page = models.ForeignKey(Page, models.CASCADE, related_name="text_drafts", verbose_name=_("page"))
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("by"))
    language = models.CharField(_("language"), max_length=8, blank=True)
    text = models.TextField(_("text"), blank=True)
    other_text = models.TextField(_("text from another window"), blank=True)
    base = models.BigIntegerField(null=True, blank=True, editable=False)
    revision = models.PositiveIntegerField(_("savings"), default=1)
    saved_at = models.DateTimeField(_("saved"), auto_now=True)

    class Meta:
        app_label = "catalog"
        ordering = ["-saved_at"]
        verbose_name = _("draft of a text")
        verbose_name_plural = _("drafts of texts")
        constraints = [models.UniqueConstraint(fields=["page", "person", "language"], name="text_draft_once")]

    def __str__(self) -> str:
        return f"{self.page}: {self.person}"
