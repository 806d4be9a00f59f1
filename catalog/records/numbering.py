"""Which numbers a record may be given, and the message for one that it may not.

Used wherever numbers enter: forms, tables of names, deliveries of scans, archive files.
"""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from catalog.rules.identifiers import LONGEST, number_fault


def refusal_of_number(text: str) -> str:
    """Why a record cannot be given this number, as a sentence that says how to correct it; '' if it can."""
    sentences = {
        "empty": _("A number cannot be empty."),
        "long": _("The number is longer than %(most)s letters. Shorten it.") % {"most": LONGEST},
        "slashes": _(
            "“%(number)s” cannot stand in an address: leave out a slash at its beginning or end, two slashes "
            "together, and dots that stand alone between slashes."
        )
        % {"number": text},
        "by_key": _(
            "“%(number)s” looks like the address of a record without a number. Write it in another way, for example "
            "with a hyphen after the R."
        )
        % {"number": text},
    }
    return sentences.get(number_fault(text), "")


def require_number(text: str) -> None:
    """Raise ValidationError, beside the field `value`, for a number that cannot be given."""
    if refusal := refusal_of_number(text):
        raise ValidationError({"value": refusal})
