"""Comparing two dates as read: how near, and why, as data."""

from dataclasses import dataclass

from catalog.migrations.rules_0_4_2.dates.reading import DateReading

NEAR_DAYS = 366


@dataclass(frozen=True)
class DateComparison:
    """band: same, overlap, near, apart or unknown. reason: the code a sentence is made from."""

    band: str
    reason: str


def compare_dates(one: DateReading, other: DateReading) -> DateComparison:
    """How `one` and `other` agree. Absence of a date says nothing against it."""
    if one.earliest is None or one.latest is None or other.earliest is None or other.latest is None:
        return DateComparison("unknown", "date_not_known")
    if (one.earliest, one.latest) == (other.earliest, other.latest):
        return DateComparison("same", "dates_equal")
    if one.earliest <= other.latest and other.earliest <= one.latest:
        return DateComparison("overlap", "dates_overlap")
    gap = max((other.earliest - one.latest).days, (one.earliest - other.latest).days)
    if gap <= NEAR_DAYS:
        return DateComparison("near", "dates_within_a_year")
    return DateComparison("apart", "dates_apart")
