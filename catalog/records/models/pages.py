"""Pages of records: each is one side of a sheet, in reading order."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import ClassVar, Self

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from catalog.changes.models import DocumentKey, IndexedModel, TrashableManager, TrashableModel
from catalog.records.models.records import Record


class Page(IndexedModel, TrashableModel):
    """One page of a record. `number` is its position in the order; `address` does not change when pages are reordered,
    so that a citation always leads to the same page."""

    DERIVED: Sequence[str] = ("address",)

    class Side(models.TextChoices):
        NONE = "", _("not given")
        RECTO = "r", _("recto")
        VERSO = "v", _("verso")

    record = models.ForeignKey(Record, models.CASCADE, related_name="pages", verbose_name=_("record"))
    number = models.PositiveIntegerField(_("page"), validators=[MinValueValidator(1)])
    # Given once, never again to another page of the record.
    address = models.PositiveIntegerField(_("number in its address"), editable=False)
    label = models.CharField(_("label"), max_length=40, blank=True, help_text=_("As printed on it, if not the number."))
    sheet = models.PositiveIntegerField(_("sheet (tờ số)"), null=True, blank=True)
    side = models.CharField(_("side"), max_length=1, choices=Side, blank=True, default=Side.NONE)
    title_vi = models.CharField(_("what it is (Vietnamese)"), max_length=200, blank=True)
    title_en = models.CharField(_("what it is (English)"), max_length=200, blank=True)
    objects: ClassVar[TrashableManager[Self]] = TrashableManager()
    history = HistoricalRecords(app="catalog")

    class Meta:
        app_label = "catalog"
        ordering = ["number"]
        verbose_name = _("page")
        verbose_name_plural = _("pages")
        indexes = [
            models.Index(fields=["trashed_at"], name="page_in_trash", condition=models.Q(trashed_at__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["record", "number"], name="page_number_once"),
            models.UniqueConstraint(fields=["record", "address"], name="page_address_once"),
            models.CheckConstraint(name="page_number_from_one", condition=models.Q(number__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.record.reference_code}, {self.label or self.number}"

    def derive(self) -> None:
        """Give a new page its address; it is never changed later."""
        super().derive()
        if self.address is None:
            taken = set(Page.objects.filter(record=self.record_id).values_list("address", flat=True))
            self.address = free_address(self.number, taken)

    def withholds(self) -> bool:
        """Whether it is in the trash, and so no longer public."""
        return self.trashed_at is not None

    def stale_documents(self) -> Iterable[DocumentKey]:
        """Itself and its record, which shows how many pages it has."""
        return [("page", self.pk), ("record", self.record_id)]


def free_address(number: int, taken: AbstractSet[int]) -> int:
    """The address of a new page: its number if no page of the record has that address, else the highest plus one."""
    return number if number not in taken else max(taken) + 1
