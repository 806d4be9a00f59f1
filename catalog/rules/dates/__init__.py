"""Dates as papers and people write them, converted to EDTF (ISO 8601-2:2019) and to their first and last day.

Sources: docs/field/dates.md; EDTF levels 0 to 2. The dry season of the south and the central highlands runs
from November to April, the rainy season from May to October. Vietnamese order is day before month.
"""

from catalog.rules.dates.reading import LONGEST_SPAN, DateReading, decades_of, read_date, read_edtf, years_of

__all__ = [
    "LONGEST_SPAN",
    "DateReading",
    "decades_of",
    "read_date",
    "read_edtf",
    "years_of",
]
