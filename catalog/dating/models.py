"""A date as the paper writes it, as EDTF, and as its first and last day."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.changes.writing import Actor, RevisionedModel
from catalog.rules.dates import read_date, read_edtf


class DatedModel(RevisionedModel):
    """A row with a date: the words as written, the EDTF (ISO 8601-2:2019), and the earliest and latest day for search.

    `date_edtf` is read from `date_text` whenever the row is saved, unless a person gave it (`edtf_by_hand`);
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
        """Refuse an invalid EDTF, with an error at its field."""
        super().clean()
        if self.date_edtf and read_edtf(self.date_edtf) is None:
            raise ValidationError({"date_edtf": not_edtf(self.date_edtf)})

    def before_write(self, actor: Actor, changed: frozenset[str]) -> frozenset[str]:
        """Mark an EDTF that was typed as given by hand; one that was emptied is read from the words again."""
        filled_in = super().before_write(actor, changed)
        if "date_edtf" in changed:
            if self.date_edtf and read_edtf(self.date_edtf) is None:
                raise ValidationError({"date_edtf": not_edtf(self.date_edtf)})
            self.edtf_by_hand = bool(self.date_edtf) and self.date_edtf != read_date(self.date_text).edtf
            filled_in |= {"edtf_by_hand"}
        return filled_in

    def derive(self) -> None:
        """Read the EDTF from the words, unless it was given by hand; the days follow from the EDTF."""
        super().derive()
        reading = read_date(self.date_text)
        if self._state.adding and self.date_edtf and self.date_edtf != reading.edtf:
            self.edtf_by_hand = True
        if not self.edtf_by_hand:
            self.date_edtf = reading.edtf
        date = read_edtf(self.date_edtf) if self.edtf_by_hand else reading
        # An EDTF that was stored before there was a check may be invalid: it is kept, but has no days.
        self.date_earliest, self.date_latest = (date.earliest, date.latest) if date else (None, None)


def not_edtf(text: str) -> str:
    """The message for an invalid EDTF."""
    return gettext(
        "“%(text)s” is not a date in EDTF. Write it like 1968, 1968-02, 1968-02-12, 1967~ or 1967/1969, or leave it "
        "empty."
    ) % {"text": text}
