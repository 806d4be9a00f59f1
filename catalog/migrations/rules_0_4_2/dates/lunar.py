"""Lunar dates (âm lịch), as days of death (ngày giỗ) are kept, converted to the solar calendar.

The conversion is that of the `lunardate` library, which is the Chinese calendar (120° E). North Vietnam reckoned by
105° E from 1968 on, so that a day near a new moon may lie one day off: Tết Mậu Thân was 29 January in the North and 30
January 1968 in the South. The flag `lunar` stands beside every such date.
"""

import re
from datetime import date, timedelta

from lunardate import LunarDate

MARK = re.compile(r"am lich|lunar|\bal\b")
DAY = re.compile(r"(\d{1,2})\s*(?:/|-|\s+thang\s+)\s*(\d{1,2})(?!\d)(?:\s*(nhuan))?(?:\D*?(\d{4}))?")
MONTH = re.compile(r"thang (\d{1,2})(?:\s*(nhuan))?\D*?(\d{4})")
YEAR = re.compile(r"^(?:nam )?(\d{4})\b")


def read_lunar(words: str) -> tuple[date | None, date | None] | None:
    """First and last solar day of a lunar phrase (folded); (None, None) without a year; None where it is not lunar.

    Raises ValueError for a day that the lunar calendar does not have.
    """
    if not MARK.search(words):
        return None
    words = MARK.sub(" ", words).replace("(", " ").replace(")", " ")
    words = re.sub(r"\b(ngay gio|gio|ngay)\b", " ", words)
    words = " ".join(words.split())
    if found := DAY.search(words):
        if not found[4]:
            return None, None
        day = LunarDate(int(found[4]), int(found[2]), int(found[1]), bool(found[3])).to_solar_date()
        return day, day
    if found := MONTH.search(words):
        year, month, leap = int(found[3]), int(found[1]), bool(found[2])
        first = LunarDate(year, month, 1, leap).to_solar_date()
        last = first + timedelta(days=28)
        while (after := LunarDate.from_solar_date(*(last + timedelta(days=1)).timetuple()[:3])).month == month and (
            after.leap_month if hasattr(after, "leap_month") else after.isLeapMonth
        ) == leap:
            last += timedelta(days=1)
        return first, last
    if found := YEAR.search(words):
        year = int(found[1])
        first = LunarDate(year, 1, 1).to_solar_date()
        return first, LunarDate(year + 1, 1, 1).to_solar_date() - timedelta(days=1)
    return None, None
