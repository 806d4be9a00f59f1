"""What the nightly check found, in words."""

import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from catalog.records.models import CatalogueFinding
from catalog.rules.standing import ALWAYS


def finding_in_words(what: str, stored: str) -> str:
    """The stored or expected value of a finding, in the current language."""
    if what != CatalogueFinding.What.STANDING:
        return stored
    shown, _semicolon, day = stored.partition(";")
    status = _("published") if shown else _("not published")
    if not day:
        access = _("closed")
    elif day == str(ALWAYS):
        access = _("open")
    else:
        access = _("open from %(day)s") % {"day": date_format(datetime.date.fromisoformat(day), "d/m/Y")}
    return f"{status}, {access}"
