"""Words read from pages."""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from catalog.changes.models import Followed, FollowedModel
from catalog.records.models import Page


class PageText(FollowedModel):
    """One reading of a page's words, kept with its origin; one is current.

    `boxes` holds [start, end, x, y, width, height] a word: slices of `text`, pixels of the upright full-size image.
    """

    class Origin(models.TextChoices):
        OCR = "ocr", _("read by machine (OCR)")
        IMPORTED = "imported", _("imported")
        PERSON = "person", _("transcribed by a person")
        SET = "set", _("known from drawing the illustration")

    page = models.ForeignKey(Page, models.CASCADE, related_name="texts", verbose_name=_("page"))
    origin = models.CharField(_("origin"), max_length=10, choices=Origin)
    language = models.CharField(_("language"), max_length=8, default="vi")
    text = models.TextField(_("text"), blank=True)
    boxes = models.JSONField(_("word boxes"), default=list, blank=True)
    confidence = models.FloatField(_("confidence (0 to 1)"), null=True, blank=True)
    current = models.BooleanField(_("shown"), default=True)
    made_at = models.DateTimeField(_("made"), auto_now_add=True)
    history = HistoricalRecords(app="catalog", excluded_fields=["boxes"])

    class Meta:
        app_label = "catalog"
        ordering = ["-current", "-made_at"]
        verbose_name = _("text of a page")
        verbose_name_plural = _("texts of pages")
        constraints = [
            models.UniqueConstraint(fields=["page"], condition=models.Q(current=True), name="page_text_one_current"),
            models.CheckConstraint(
                name="page_text_confidence_in_range",
                condition=models.Q(confidence=None) | models.Q(confidence__gte=0, confidence__lte=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.page}: {self.get_origin_display()}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; a text whose words were changed by hand loses boxes that no longer fit it."""
        self.boxes = [box for box in self.boxes if box[1] <= len(self.text)]
        super().save(*args, **kwargs)

    def followed(self) -> Iterable[Followed]:
        """Its page."""
        return [("page", self.page_id)]
