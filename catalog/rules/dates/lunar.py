"""Lunar dates (âm lịch), in which families keep days of death (ngày giỗ), converted to the solar calendar.

The `lunardate` library does the conversion; it follows the Chinese calendar (120° E). North Vietnam used 105° E from
1968 on, so a day near a new moon may be off by one: Tết Mậu Thân was 29 January 1968 in the North and 30 January in the
South. Every such date has the flag `lunar`.
"""

import re
from datetime import date, timedelta

from lunardate import LunarDate

MARK = re.compile(r"am lich|lunar|\bal\b")
DAY = re.compile(r"(\d{1,2})\s*(?:/|-|\s+thang\s+)\s*(\d{1,2})(?!\d)(?:\s*(nhuan))?(?:\D*?(\d{4}))?")
MONTH = re.compile(r"thang (\d{1,2})(?:\s*(nhuan))?\D*?(\d{4})")
YEAR = re.compile(r"^(?:nam )?(\d{4})\b")


def read_lunar(words: str) -> tuple[date | None, date | None] | None:
    """The first and last solar day of a lunar phrase (folded); (None, None) without a year; None if it is not lunar.

    Raises ValueError for a day that does not exist in the lunar calendar.
    """
    if not MARK.search(words):
        return None
    words = MARK.sub(" ", words).replace("(", " ").replace(")", " ")
    words = re.sub(r"\b(ngay gio|gio|ngay)\b", " ", words)
    words = " ".join(words.split())
    if match := DAY.search(words):
        if not match[4]:
            return None, None
        day = LunarDate(int(match[4]), int(match[2]), int(match[1]), bool(match[3])).to_solar_date()
        return day, day
    if match := MONTH.search(words):
        year, month, leap = int(match[3]), int(match[1]), bool(match[2])
        first = LunarDate(year, month, 1, leap).to_solar_date()
        last = first + timedelta(days=28)
        while (after := LunarDate.from_solar_date(*(last + timedelta(days=1)).timetuple()[:3])).month == month and (
            after.leap_month if hasattr(after, "leap_month") else after.isLeapMonth
        ) == leap:
            last += timedelta(days=1)
        return first, last
    if match := YEAR.search(words):
        year = int(match[1])
        first = LunarDate(year, 1, 1).to_solar_date()
        return first, LunarDate(year + 1, 1, 1).to_solar_date() - timedelta(days=1)
    return None, None
