"""Images of pages and the words read from them."""

from collections.abc import Iterable
from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from catalog.changes.models import Followed, FollowedModel
from catalog.records.models import Page


class Scan(FollowedModel):
    """One image of one page: the file byte for byte as it came, and what is known of it.

    `width` and `height` are pixels of the image as a person sees it upright. `public_id` stands in addresses; it is
    the beginning of the SHA-256 and so changes with the content.
    """

    page = models.ForeignKey(Page, models.PROTECT, related_name="scans", verbose_name=_("page"))
    sha256 = models.CharField(
        _("SHA-256"), max_length=64, editable=False, validators=[RegexValidator(r"\A[0-9a-f]{64}\Z")], db_index=True
    )
    public_id = models.CharField(_("identifier in addresses"), max_length=40, unique=True, editable=False)
    original = models.FileField(_("original"), upload_to="", max_length=200, editable=False)
    original_name = models.CharField(_("name of the file as it came"), max_length=300, blank=True, editable=False)
    media_type = models.CharField(_("media type"), max_length=40, editable=False)
    bytes = models.PositiveBigIntegerField(_("bytes"), editable=False)
    width = models.PositiveIntegerField(_("width"), editable=False)
    height = models.PositiveIntegerField(_("height"), editable=False)
    warnings = models.JSONField(_("warnings"), default=list, blank=True, editable=False)
    illustration = models.BooleanField(
        _("illustration, not the original"),
        default=False,
        help_text=_("Drawn for this catalogue; said beside the image."),
    )
    current = models.BooleanField(_("shown"), default=True)
    added_at = models.DateTimeField(_("added"), auto_now_add=True)
    history = HistoricalRecords(app="catalog")

    class Meta:
        app_label = "catalog"
        ordering = ["-current", "-added_at"]
        verbose_name = _("scan")
        verbose_name_plural = _("scans")
        constraints = [
            models.UniqueConstraint(fields=["page"], condition=models.Q(current=True), name="scan_one_current"),
            models.CheckConstraint(
                name="scan_has_pixels", condition=models.Q(width__gte=1, height__gte=1, bytes__gte=1)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.original_name or self.public_id} ({self.width} × {self.height})"

    def followed(self) -> Iterable[Followed]:
        """Its page and record, which show whether there are scans."""
        return self.page.followed()


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
