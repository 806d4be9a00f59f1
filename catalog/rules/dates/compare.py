"""Comparing two dates as read: how close they are, and why, as data."""

from dataclasses import dataclass

from catalog.rules.dates.reading import DateReading

NEAR_DAYS = 366


@dataclass(frozen=True)
class DateComparison:
    """band: same, overlap, near, apart or unknown. reason: a code that `messages` turns into a sentence."""

    band: str
    reason: str


def compare_dates(first: DateReading, second: DateReading) -> DateComparison:
    """How two dates agree. A missing date is no contradiction."""
    if first.earliest is None or first.latest is None or second.earliest is None or second.latest is None:
        return DateComparison("unknown", "date_not_known")
    if (first.earliest, first.latest) == (second.earliest, second.latest):
        return DateComparison("same", "dates_equal")
    if first.earliest <= second.latest and second.earliest <= first.latest:
        return DateComparison("overlap", "dates_overlap")
    gap = max((second.earliest - first.latest).days, (first.earliest - second.latest).days)
    if gap <= NEAR_DAYS:
        return DateComparison("near", "dates_within_a_year")
    return DateComparison("apart", "dates_apart")
