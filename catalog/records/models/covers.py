"""Parts of a page's image that the public does not see."""

from collections.abc import Iterable
from typing import ClassVar, Self

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from catalog.changes.models import DocumentKey, IndexedModel, TrashableManager, TrashableModel
from catalog.records.models.pages import Page


class Cover(IndexedModel, TrashableModel):
    """A rectangle painted over a page's image for the public; the words and names under it are withheld too.

    `x`, `y`, `w`, `h` are pixels of the image as shown, like every box. `full_*` are the same rectangle in the upright
    original, so that a cover stays right when the image is turned or cropped. Added and removed by the actions of the
    images room, which make the public image again. Removing moves it to the trash: who covered what, and when, is kept.
    """

    page = models.ForeignKey(Page, models.CASCADE, related_name="covers", verbose_name=_("page"))
    x = models.PositiveIntegerField(_("left"))
    y = models.PositiveIntegerField(_("top"))
    w = models.PositiveIntegerField(_("width"), validators=[MinValueValidator(1)])
    h = models.PositiveIntegerField(_("height"), validators=[MinValueValidator(1)])
    full_x = models.IntegerField(editable=False)
    full_y = models.IntegerField(editable=False)
    full_w = models.PositiveIntegerField(editable=False)
    full_h = models.PositiveIntegerField(editable=False)
    reason_vi = models.CharField(_("reason (Vietnamese)"), max_length=300, blank=True)
    reason_en = models.CharField(_("reason (English)"), max_length=300, blank=True)
    provisional = models.BooleanField(
        _("put there by the service until a person looks"),
        default=False,
        editable=False,
        help_text=_("The image was replaced by one of another shape."),
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made"), auto_now_add=True)
    objects: ClassVar[TrashableManager[Self]] = TrashableManager()
    history = HistoricalRecords(app="catalog")

    class Meta:
        app_label = "catalog"
        ordering = ["y", "x", "pk"]
        verbose_name = _("covered part")
        verbose_name_plural = _("covered parts")
        constraints = [
            models.CheckConstraint(
                name="cover_has_a_size",
                condition=models.Q(x__gte=0, y__gte=0, w__gte=1, h__gte=1, full_w__gte=1, full_h__gte=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.page}: {self.x}, {self.y}, {self.w} × {self.h}"

    @property
    def box(self) -> tuple[int, int, int, int]:
        """x, y, width, height in pixels of the image as shown."""
        return self.x, self.y, self.w, self.h

    def withholds(self) -> bool:
        """Always true: a cover withholds something."""
        return True

    def stale_documents(self) -> Iterable[DocumentKey]:
        """Its page, whose words it withholds, and the record, whose names it withholds."""
        return self.page.stale_documents()
