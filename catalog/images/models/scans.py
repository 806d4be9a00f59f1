"""Images of pages."""

from collections.abc import Iterable, Sequence

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from catalog.changes.models import DocumentKey, IndexedModel
from catalog.images.renditions.identifiers import watermark_part
from catalog.records.models import Page


class Scan(IndexedModel):
    """One image of one page: the file as it was delivered, byte for byte, and what is known about it.

    `width` and `height` are pixels of the image as shown: upright, then turned, straightened and cropped according to
    `turn`, `skew` and `crop_*`; the file itself is never changed. `full_width` and `full_height` are those of the
    upright original. `public_id` is used in addresses and changes with the pixels shown: it is the beginning of the
    SHA-256, the page, and a part for the rendition if instructions or covers change the image. `uncovered_id` is the
    same without covers, for those who may see under them.
    """

    DERIVED: Sequence[str] = ("uncovered_id", "full_width", "full_height")

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
    uncovered_id = models.CharField(
        _("identifier with nothing covered"), max_length=40, editable=False, db_index=True, blank=True
    )
    full_width = models.PositiveIntegerField(_("width of the original"), editable=False, default=0)
    full_height = models.PositiveIntegerField(_("height of the original"), editable=False, default=0)
    turn = models.PositiveSmallIntegerField(
        _("turned by"), choices=[(0, "0°"), (90, "90°"), (180, "180°"), (270, "270°")], default=0, editable=False
    )
    skew = models.FloatField(_("straightened by (degrees clockwise)"), default=0.0, editable=False)
    crop_x = models.PositiveIntegerField(_("crop: left"), null=True, blank=True, editable=False)
    crop_y = models.PositiveIntegerField(_("crop: top"), null=True, blank=True, editable=False)
    crop_w = models.PositiveIntegerField(_("crop: width"), null=True, blank=True, editable=False)
    crop_h = models.PositiveIntegerField(_("crop: height"), null=True, blank=True, editable=False)
    delivered_sha256 = models.CharField(
        _("SHA-256 of the file it was delivered in"),
        max_length=64,
        blank=True,
        editable=False,
        db_index=True,
        help_text=_("A PDF or a TIFF of several pages, kept as it came; empty where that is this file itself."),
    )
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
    # Set by queries for somebody who may see under covers; never stored.
    shows_uncovered = False

    class Meta:
        app_label = "catalog"
        ordering = ["-current", "-added_at"]
        verbose_name = _("scan")
        verbose_name_plural = _("scans")
        constraints = [
            models.UniqueConstraint(fields=["page"], condition=models.Q(current=True), name="scan_one_current"),
            models.CheckConstraint(
                name="scan_has_pixels",
                condition=models.Q(width__gte=1, height__gte=1, full_width__gte=1, full_height__gte=1, bytes__gte=1),
            ),
            models.CheckConstraint(name="scan_turned_by_quarters", condition=models.Q(turn__in=[0, 90, 180, 270])),
            models.CheckConstraint(name="scan_straightened_a_little", condition=models.Q(skew__gte=-45, skew__lte=45)),
            models.CheckConstraint(
                name="scan_crop_whole_or_none",
                condition=models.Q(crop_x=None, crop_y=None, crop_w=None, crop_h=None)
                | models.Q(crop_x__gte=0, crop_y__gte=0, crop_w__gte=1, crop_h__gte=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.original_name or self.public_id} ({self.width} × {self.height})"

    @property
    def crop(self) -> tuple[int, int, int, int] | None:
        """x, y, width, height of what is shown, in pixels of the turned and straightened image; None for all of it."""
        if self.crop_x is None or self.crop_y is None or self.crop_w is None or self.crop_h is None:
            return None
        return self.crop_x, self.crop_y, self.crop_w, self.crop_h

    @property
    def image_id(self) -> str:
        """The identifier for addresses, for the person whose query loaded this scan."""
        return self.uncovered_id if self.shows_uncovered else self.public_id + watermark_part()

    def derive(self) -> None:
        """Fill in the identifier and size of a new scan, which is shown as it was delivered."""
        super().derive()
        self.uncovered_id = self.uncovered_id or self.public_id
        if not self.full_width:
            self.full_width, self.full_height = self.width, self.height

    def stale_documents(self) -> Iterable[DocumentKey]:
        """Its page and record, which show whether there are scans."""
        return self.page.stale_documents()
