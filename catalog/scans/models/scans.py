"""Images of pages."""

from collections.abc import Iterable

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
    delivered_sha256 = models.CharField(
        _("SHA-256 of the file it was delivered in"), max_length=64, blank=True, editable=False, db_index=True,
        help_text=_("A PDF or a TIFF of several pages, kept as it came; empty where that is this file itself."),
    )  # fmt: skip
    look = models.CharField(_("look"), max_length=16, blank=True, editable=False, db_index=True)
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
