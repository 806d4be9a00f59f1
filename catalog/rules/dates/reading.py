"""Reading a phrase as a date. Any text gives a result; one that was not understood has no days."""

import re
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

from edtf import EDTFParseException, parse_edtf

from catalog.rules.dates.lunar import read_lunar
from catalog.rules.dates.spelled import ENGLISH_MONTHS as MONTHS
from catalog.rules.dates.spelled import spell_out
from catalog.rules.text import fold

LONGEST = 200
# A span of more years between its first and its last decade belongs to no decade.
LONGEST_SPAN = 50
MONTH = "|".join([*MONTHS, *(name[:3] for name in MONTHS), "sept"])
UNKNOWN = re.compile(r"\b(khong ro|chua ro|khong in|khong ghi|unknown|not known|undated|n\.?d\.?)\b")
ABOUT = re.compile(
    r"\b(vao khoang|khoang chung|khoang|uoc chung|chung|do khoang|(?:vao )?do(?= (?:nam|thang|ngay|dau|giua|cuoi|mua|"
    r"\d))|circa|"
    r"about|around|approximately|approx\.?|ca?\.)\s*"
)
# Words that a sentence has before its date; they are removed.
LEAD = re.compile(
    r"^(?:(?:hy sinh|hi sinh|mat|chet|bi thuong|mat tich|nhap ngu|tai ngu|sinh|xuat ngu|phuc vien|bi bat|viet|lap|ky|"
    r"born|died|killed|"
    r"enlisted|captured|written|signed|dated)\s+)?(?:(?:vao|hoi|on|in)\s+)?(?:(?:thu (?:hai|ba|tu|nam|sau|bay|\d)|"
    r"chu nhat|(?:mon|tues|"
    r"wednes|thurs|fri|satur|sun)day),?\s+)?(?=(?:ngay|thang|nam|dau|giua|cuoi|khoang|truoc|sau|\d)\b|\d|"
    + MONTH
    + r")"
)
PERHAPS = re.compile(r"\b(co le|co the|perhaps|probably|possibly)\s+|\s*\?$")
BEFORE = re.compile(r"^(truoc|before|prior to|not after|until|den het|den)\s+")
AFTER = re.compile(r"^(sau|after|since|from|ke tu|tu)\s+")
BETWEEN = re.compile(r"^(?:tu|from|between|giua)\s+(.+?)\s+(?:den|toi|to|and|va|until)\s+(.+)$")
SPAN = re.compile(
    r"^((?:dau|giua|cuoi) (?:nam )?\d{4}) ((?:dau|giua|cuoi) (?:nam )?\d{4})$|^(.+?)\s*[–—]\s*(.+)$|"
    r"^(\d{4})\s*-\s*(\d{4})$|^((?:nam )?\d{4})\s*(?:hoac|hay|or)\s*((?:nam )?\d{4})$|^(.+?)\s+(?:den|to)\s+(.+)$"
)
EDTF_SHAPE = re.compile(r"(?:\.\.|[0-9X]{4})[0-9X.~?%/\-]*", re.ASCII)


@dataclass(frozen=True)
class DateReading:
    """A date as read. text: the words; edtf: '' if there is none; earliest, latest: days, None if open or not known.

    flags: day_month_ambiguous, two_digit_year, approximate, uncertain, season, part_of_year, lunar, no_year,
    no_such_day, unknown, not_read. others: EDTF of other meanings of the same words.
    """

    text: str
    edtf: str
    earliest: date | None
    latest: date | None
    flags: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def readings(self) -> tuple[str, ...]:
        """Every reading as EDTF, the most likely first."""
        return (self.edtf, *self.others) if self.edtf else self.others


@lru_cache(maxsize=20_000)
def read_date(text: str) -> DateReading:
    """Read a phrase in Vietnamese or English, or EDTF. Never raises."""
    words = " ".join(text[:LONGEST].split())
    if not words:
        return DateReading(text, "", None, None)
    if EDTF_SHAPE.fullmatch(words) and (reading := _read_plain_edtf(words)):
        return replace(reading, text=text)
    folded, spelled = spell_out(fold(words).strip(" .;,"))
    flags: tuple[str, ...] = ()
    try:
        reading = _read_phrase(LEAD.sub("", folded))
    except (ValueError, OverflowError):
        reading, flags = None, ("no_such_day",)
    if reading is None:
        unknown = "unknown" if UNKNOWN.search(folded) else "not_read"
        return DateReading(text, "", None, None, (*flags, unknown))
    return replace(reading, text=text, flags=tuple(dict.fromkeys((*reading.flags, *spelled))))


@lru_cache(maxsize=20_000)
def years_of(text: str) -> tuple[int | None, int | None]:
    """The first and the last year that a phrase allows; None if open or not known."""
    reading = read_date(text)
    return reading.earliest.year if reading.earliest else None, reading.latest.year if reading.latest else None


@lru_cache(maxsize=20_000)
def read_edtf(text: str) -> DateReading | None:
    """Read a text that is meant to be EDTF (ISO 8601-2:2019, levels 0 to 2); None if it is not. Never raises.

    Days that the database cannot hold (outside the years 1 to 9999) are None.
    """
    words = text.strip()
    if not words or len(words) > LONGEST:
        return None
    if EDTF_SHAPE.fullmatch(words) and (reading := _read_plain_edtf(words)):
        return replace(reading, text=text)
    try:
        parsed = parse_edtf(words)
        first, last = (_calendar_day(getattr(parsed, method)()) for method in ("lower_strict", "upper_strict"))
    except (EDTFParseException, ValueError, AttributeError, TypeError, OverflowError):
        return None
    return None if first and last and first > last else DateReading(text, words, first, last)


def _calendar_day(moment: Any) -> date | None:
    try:
        return date(moment.tm_year, moment.tm_mon, moment.tm_mday)
    except (ValueError, AttributeError):
        return None


def _read_plain_edtf(words: str) -> DateReading | None:
    start, slash, end = words.partition("/")
    try:
        first = None if start == ".." else _edge_day(start, "lower_strict")
        last = None if end == ".." else _edge_day(end if slash else start, "upper_strict")
    except (EDTFParseException, ValueError, AttributeError, TypeError, OverflowError):
        return None
    if first and last and first > last:
        return None
    flags = ("approximate",) * ("~" in words or "%" in words) + ("uncertain",) * ("?" in words)
    return DateReading(words, words, first, last, flags)


def _edge_day(part: str, method: str) -> date:
    # The EDTF parser takes some ten milliseconds; most dates don't need it.
    if match := re.fullmatch(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", part):
        year, last = int(match[1]), method == "upper_strict"
        month = int(match[2] or (12 if last else 1))
        return date(year, month, int(match[3] or (monthrange(year, month)[1] if last else 1)))
    moment = getattr(parse_edtf(part), method)()
    return date(moment.tm_year, moment.tm_mon, moment.tm_mday)


def _read_phrase(words: str) -> DateReading | None:
    if lunar := _read_lunar_phrase(words):
        return lunar
    flags: tuple[str, ...] = ()
    sign = ""
    if PERHAPS.search(words):
        words, sign, flags = PERHAPS.sub(" ", words).strip(), "?", ("uncertain",)
    if ABOUT.search(words):
        words = ABOUT.sub("", words, count=1).strip()
        sign, flags = ("%" if sign else "~"), (*flags, "approximate")
    reading = _read_span(words) or _read_open(words) or _read_single(words)
    if reading is None:
        return None
    edtf = reading.edtf + sign if sign and "/" not in reading.edtf else reading.edtf
    if sign and "/" in reading.edtf:
        edtf = "/".join(part if part == ".." else part + sign for part in reading.edtf.split("/"))
    return replace(reading, edtf=edtf, flags=(*flags, *reading.flags))


def _read_span(words: str) -> DateReading | None:
    # 1965–67 is a span; 1965-07 is a month.
    if short_years := re.fullmatch(r"(\d\d)(\d\d)\s*(?:[–—/]|-(?!0|1[0-2]))\s*(\d\d)", words):
        words = f"{short_years[1]}{short_years[2]}-{short_years[1]}{short_years[3]}"
    if months := re.fullmatch(
        rf"(?:thang (\d{{1,2}})|({MONTH})) ?[-–] ?(?:thang )?(\d{{1,2}}|{MONTH})(?: nam |/| )(\d{{4}})", words
    ):
        start, end, year = _month_number(months[1] or months[2]), _month_number(months[3]), int(months[4])
        if start < end:
            return replace(_from_month_to_month(words, (year, start), (year, end), ""), flags=())
    match = BETWEEN.match(words) or SPAN.match(words)
    if not match:
        return None
    parts = [part for part in match.groups() if part]
    if words.startswith(("mua", "vu ", "dry", "rainy", "wet")) or len(parts) != 2:
        return None
    last = _read_single(parts[1])
    first = _read_single(parts[0])
    if first is None and last is not None and last.earliest and parts[0].isdigit() and len(parts[0]) <= 2:
        # "11–20 tháng 5 năm 1967"
        first = _read_single(f"{parts[0]}/{last.earliest.month}/{last.earliest.year}")
    if first is None or last is None or first.earliest is None or last.latest is None or first.earliest > last.latest:
        return None
    edtf = f"{first.edtf.split('/')[0]}/{last.edtf.split('/')[-1]}"
    return DateReading(words, edtf, first.earliest, last.latest, (*first.flags, *last.flags))


def _read_open(words: str) -> DateReading | None:
    if (match := BEFORE.match(words)) and (end := _read_single(words[match.end() :])):
        return DateReading(words, f"../{end.edtf.split('/')[-1]}", None, end.latest, end.flags)
    if (match := AFTER.match(words)) and (start := _read_single(words[match.end() :])):
        return DateReading(words, f"{start.edtf.split('/')[0]}/..", start.earliest, None, start.flags)
    return None


def _read_single(words: str) -> DateReading | None:
    words = words.strip(" ,.")
    for form in (_read_season, _read_part_of_year, _read_quarter, _read_decade, _read_day, _read_month, _read_year):
        if reading := form(words):
            return reading
    return None


def _read_season(words: str) -> DateReading | None:
    if match := re.search(
        r"(?:(?:mua|vu) (kho|mua|dong xuan)|(dry|rainy|wet) season)(?: (?:nam|of))? ?(\d{4})(?:\s*[-–/]\s*(\d{2,4}))?",
        words,
    ):
        year = int(match[3])
        if (match[1] or match[2]) in ("kho", "dong xuan", "dry"):
            return _from_month_to_month(words, (year, 11), (year + 1, 4), "season")
        return _from_month_to_month(words, (year, 5), (year, 10), "season")
    seasons = {
        "xuan": 21,
        "ha": 22,
        "he": 22,
        "thu": 23,
        "dong": 24,
        "spring": 21,
        "summer": 22,
        "autumn": 23,
        "fall": 23,
        "winter": 24,
    }
    if match := re.fullmatch(
        r"(?:mua )?(xuan|ha|he|thu|dong|spring|summer|autumn|fall|winter)(?: (?:nam|of))? (\d{4})", words
    ):
        code, year = seasons[match[1]], int(match[2])
        months = {21: (1, 3), 22: (4, 6), 23: (7, 9), 24: (10, 12)}[code]
        reading = _from_month_to_month(words, (year, months[0]), (year, months[1]), "season")
        return replace(reading, edtf=f"{year}-{code}")
    return None


def _read_part_of_year(words: str) -> DateReading | None:
    match = re.fullmatch(r"(dau|giua|cuoi|early|mid|late)[ -](?:nam |in )?(\d{4})", words)
    if match:
        first, last = {"dau": (1, 4), "early": (1, 4), "giua": (5, 8), "mid": (5, 8)}.get(match[1], (9, 12))
        return _from_month_to_month(words, (int(match[2]), first), (int(match[2]), last), "part_of_year")
    match = re.fullmatch(
        r"(dau|giua|cuoi|early|mid|late)[ -](?:thang )?(\d{1,2}|" + MONTH + r")(?: nam |/|-| )(\d{4})", words
    )
    if match:
        year, month = int(match[3]), _month_number(match[2])
        days = {"dau": (1, 10), "early": (1, 10), "giua": (11, 20), "mid": (11, 20)}.get(
            match[1], (21, monthrange(year, month)[1])
        )
        first_day, last_day = date(year, month, days[0]), date(year, month, days[1])
        return DateReading(words, f"{first_day}/{last_day}", first_day, last_day, ("part_of_year",))
    return None


def _read_quarter(words: str) -> DateReading | None:
    match = re.fullmatch(r"(?:quy|q|quarter) ?([1-4]|iv|i{1,3})(?:[ /-](?:nam |of )?)(\d{4})", words)
    if not match:
        return None
    number = {"i": 1, "ii": 2, "iii": 3, "iv": 4}.get(match[1]) or int(match[1])
    reading = _from_month_to_month(words, (int(match[2]), 3 * number - 2), (int(match[2]), 3 * number), "part_of_year")
    return replace(reading, edtf=f"{match[2]}-{32 + number}")


def _read_decade(words: str) -> DateReading | None:
    match = re.fullmatch(r"(?:(?:thap nien|nhung nam|the)\s+)?(\d{3})0s?|(?:thap nien|nhung nam)\s+(\d)0", words)
    if not match or not (words.endswith("s") or words.startswith(("thap", "nhung", "the"))):
        return None
    tens = match[1] or "19" + match[2]
    return DateReading(words, f"{tens}X", date(int(tens + "0"), 1, 1), date(int(tens + "9"), 12, 31))


def _read_day(words: str) -> DateReading | None:
    if match := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", words):
        return _single_day(words, int(match[1]), int(match[2]), int(match[3]))
    numbers = (
        r"(?:ngay )?(?:mung )?(\d{1,2})\s*(?:[/.\-]|\s+thang\s+)\s*(\d{1,2})\s*(?:[/.\-]|,?\s+nam\s+|"
        r"\s+(?=\d{4}))\s*(\d{4}|\d{2})"
    )
    if match := re.fullmatch(numbers, words):
        day, month = int(match[1]), int(match[2])
        year, flags = _full_year(match[3])
        spelled = "thang" in words
        if month > 12 >= day:
            # Can only be an American date, month before day.
            return _single_day(words, year, day, month, *flags)
        if not spelled and day <= 12 and day != month:
            reading = _single_day(words, year, month, day, *flags, "day_month_ambiguous")
            return replace(reading, others=(date(year, day, month).isoformat(),))
        return _single_day(words, year, month, day, *flags)
    if match := re.fullmatch(rf"(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({MONTH})\.?,? (\d{{4}}|\d{{2}})", words):
        year, flags = _full_year(match[3])
        return _single_day(words, year, _month_number(match[2]), int(match[1]), *flags)
    if match := re.fullmatch(
        r"(?:dem )?(?:ngay )?(\d{1,2}) (?:va|rang(?: sang)?(?: ngay)?|-) (\d{1,2}) thang (\d{1,2})(?: nam |/|-)(\d{4})",
        words,
    ) or re.fullmatch(r"(?:dem )?(?:ngay )?(\d{1,2})\s*[-–]\s*(\d{1,2})\s*[/.]\s*(\d{1,2})\s*[/.]\s*(\d{4})", words):
        first, last = (date(int(match[4]), int(match[3]), int(match[group])) for group in (1, 2))
        return DateReading(words, f"{first}/{last}", first, last)
    if match := re.fullmatch(r"(?:ngay )?(\d{1,2})(?:/| thang )(\d{1,2})", words):
        date(2000, int(match[2]), int(match[1]))
        return DateReading(words, f"XXXX-{int(match[2]):02}-{int(match[1]):02}", None, None, ("no_year",))
    if match := re.fullmatch(rf"({MONTH})\.? (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}})", words):
        return _single_day(words, int(match[3]), _month_number(match[1]), int(match[2]))
    return None


def _read_month(words: str) -> DateReading | None:
    match = re.fullmatch(r"(?:thang\s+)?(\d{1,2})\s*(?:[/.\-]|,?\s+nam\s+|\s+)\s*(\d{4})", words)
    if match and 1 <= int(match[1]) <= 12:
        return _whole_month(words, int(match[2]), int(match[1]))
    if match := re.fullmatch(rf"({MONTH})\.?,? (\d{{4}})", words):
        return _whole_month(words, int(match[2]), _month_number(match[1]))
    if (match := re.fullmatch(r"(\d{4})-(\d{2})", words)) and 1 <= int(match[2]) <= 12:
        return _whole_month(words, int(match[1]), int(match[2]))
    return None


def _read_year(words: str) -> DateReading | None:
    match = re.fullmatch(r"(?:nam |year )?(1[0-9]{3}|20[0-9]{2})", words)
    if not match:
        # A single year among other words is taken: "dự án 2021", "(Hà Nội) 1967".
        years = re.findall(r"(?<!\d)(1[89]\d\d|20\d\d)(?!\d)", words)
        if len(set(years)) != 1 or len(words) > 60:
            return None
        match = re.match(r"(.*)", years[0])
    year = int(match[1]) if match else 0
    return DateReading(words, f"{year:04}", date(year, 1, 1), date(year, 12, 31))


def _read_lunar_phrase(words: str) -> DateReading | None:
    span = read_lunar(words)
    if span is None:
        return None
    first, last = span
    if first is None or last is None:
        return DateReading(words, "", None, None, ("lunar", "no_year"))
    edtf = first.isoformat() if first == last else f"{first}/{last}"
    return DateReading(words, edtf, first, last, ("lunar",))


def _full_year(written: str) -> tuple[int, tuple[str, ...]]:
    # Two digits in these papers mean the twentieth century.
    return (int(written), ()) if len(written) == 4 else (1900 + int(written), ("two_digit_year",))


def _month_number(name: str) -> int:
    return (
        int(name)
        if name.isdigit()
        else next(number for number, month in enumerate(MONTHS, 1) if month.startswith(name[:3]))
    )


def _single_day(words: str, year: int, month: int, day: int, *flags: str) -> DateReading:
    value = date(year, month, day)
    return DateReading(words, value.isoformat(), value, value, flags)


def _whole_month(words: str, year: int, month: int) -> DateReading:
    last = date(year, month, monthrange(year, month)[1])
    return DateReading(words, f"{year:04}-{month:02}", date(year, month, 1), last)


def _from_month_to_month(words: str, first: tuple[int, int], last: tuple[int, int], flag: str) -> DateReading:
    end = date(*last, monthrange(*last)[1])
    return DateReading(words, f"{first[0]}-{first[1]:02}/{last[0]}-{last[1]:02}", date(*first, 1), end, (flag,))


def decades_of(first: date | None, last: date | None) -> tuple[int, ...]:
    """The decades that a span of days touches, each as its first year; none if a day is not known, or if the first and
    last decade are more than LONGEST_SPAN years apart."""
    if first is None or last is None:
        return ()
    first_decade, last_decade = first.year // 10 * 10, last.year // 10 * 10
    return tuple(range(first_decade, last_decade + 1, 10)) if last_decade - first_decade <= LONGEST_SPAN else ()
