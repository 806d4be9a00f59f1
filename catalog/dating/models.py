"""A date as the paper writes it, as EDTF, and as the days between which it lies."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.changes.writing import Actor, RevisionedModel
from catalog.rules.dates import read_date, read_edtf


class DatedModel(RevisionedModel):
    """Words kept, EDTF (ISO 8601-2:2019) beside them, earliest and latest day for searching.

    `date_edtf` is read from `date_text` whenever the row is saved, unless `edtf_by_hand` says that a person gave it;
    `date_earliest` and `date_latest` follow from `date_edtf`.
    """

    DERIVED: Sequence[str] = ("date_edtf", "edtf_by_hand", "date_earliest", "date_latest")

    date_text = models.CharField(_("date as written"), max_length=200, blank=True)
    date_edtf = models.CharField(
        _("date (EDTF)"), max_length=100, blank=True, help_text=_("Filled in from the words when left empty.")
    )
    edtf_by_hand = models.BooleanField(_("date (EDTF) given by hand"), default=False, editable=False)
    date_earliest = models.DateField(_("earliest day"), null=True, blank=True, editable=False, db_index=True)
    date_latest = models.DateField(_("latest day"), null=True, blank=True, editable=False, db_index=True)

    class Meta:
        abstract = True

    def clean(self) -> None:
        """Refuse an EDTF that is none, beside its field."""
        super().clean()
        if self.date_edtf and read_edtf(self.date_edtf) is None:
            raise ValidationError({"date_edtf": not_edtf(self.date_edtf)})

    def before_write(self, actor: Actor, changed: frozenset[str]) -> frozenset[str]:
        """An EDTF that was typed counts as given by hand, and one that was emptied as read from the words again."""
        filled = super().before_write(actor, changed)
        if "date_edtf" in changed:
            if self.date_edtf and read_edtf(self.date_edtf) is None:
                raise ValidationError({"date_edtf": not_edtf(self.date_edtf)})
            self.edtf_by_hand = bool(self.date_edtf) and self.date_edtf != read_date(self.date_text).edtf
            filled |= {"edtf_by_hand"}
        return filled

    def derive(self) -> None:
        """Read the words again, unless the EDTF was given by hand; the days follow from the EDTF."""
        super().derive()
        reading = read_date(self.date_text)
        if self._state.adding and self.date_edtf and self.date_edtf != reading.edtf:
            self.edtf_by_hand = True
        if not self.edtf_by_hand:
            self.date_edtf = reading.edtf
        given = read_edtf(self.date_edtf) if self.edtf_by_hand else reading
        # What was stored as EDTF before it was checked may be none: it is kept, and names no day.
        self.date_earliest, self.date_latest = (given.earliest, given.latest) if given else (None, None)


def not_edtf(text: str) -> str:
    """The sentence for an EDTF that is none."""
    return gettext(
        "“%(text)s” is not a date in EDTF. Write it like 1968, 1968-02, 1968-02-12, 1967~ or 1967/1969, or leave it "
        "empty."
    ) % {"text": text}
