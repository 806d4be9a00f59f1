"""Dates (first thin version)."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class DateReading:
    """A date as read."""

    text: str
    edtf: str
    earliest: date | None
    latest: date | None
    flags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_date(text: str) -> DateReading:
    """Read a date."""
    if found := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", text.strip()):
        day = date(*map(int, found.groups()))
        return DateReading(text, day.isoformat(), day, day)
    if found := re.search(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", text):
        day = date(int(found[3]), int(found[2]), int(found[1]))
        return DateReading(text, day.isoformat(), day, day)
    if found := re.search(r"\b(\d{4})-(\d\d)\b", text):
        year, month = int(found[1]), int(found[2])
        return DateReading(text, found[0], date(year, month, 1), date(year, month, monthrange(year, month)[1]))
    years = [int(year) for year in re.findall(r"\b(1[89]\d\d|20\d\d)\b", text)]
    if years:
        edtf = str(years[0]) if len(years) == 1 else f"{years[0]}/{years[-1]}"
        return DateReading(text, edtf, date(min(years), 1, 1), date(max(years), 12, 31))
    return DateReading(text, "", None, None)
