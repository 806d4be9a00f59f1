"""Reading a phrase. Whatever is typed, an answer comes back; what was not understood has no days."""

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
# Years between the first and the last decade of a span that still tells its decades.
LONGEST_SPAN = 50
MONTH = "|".join([*MONTHS, *(name[:3] for name in MONTHS), "sept"])
UNKNOWN = re.compile(r"\b(khong ro|chua ro|khong in|khong ghi|unknown|not known|undated|n\.?d\.?)\b")
ABOUT = re.compile(
    r"\b(vao khoang|khoang chung|khoang|uoc chung|chung|do khoang|(?:vao )?do(?= (?:nam|thang|ngay|dau|giua|cuoi|mua|"
    r"\d))|circa|"
    r"about|around|approximately|approx\.?|ca?\.)\s*"
)
# What a sentence says before its date; the date is what is read.
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
    """A date as read. text: the words; edtf: '' where none; earliest, latest: days, None where open or not known.

    flags: day_month_ambiguous, two_digit_year, approximate, uncertain, season, part_of_year, lunar, no_year,
    no_such_day, unknown, not_read. others: EDTF of what else the same words may mean.
    """

    text: str
    edtf: str
    earliest: date | None
    latest: date | None
    flags: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def readings(self) -> tuple[str, ...]:
        """Every reading as EDTF, the likeliest first."""
        return (self.edtf, *self.others) if self.edtf else self.others


@lru_cache(maxsize=20_000)
def read_date(text: str) -> DateReading:
    """Read a phrase in Vietnamese or English, or EDTF as it stands. Never raises."""
    words = " ".join(text[:LONGEST].split())
    if not words:
        return DateReading(text, "", None, None)
    if EDTF_SHAPE.fullmatch(words) and (given := _given_edtf(words)):
        return replace(given, text=text)
    folded, spelled = spell_out(fold(words).strip(" .;,"))
    flags: tuple[str, ...] = ()
    try:
        found = _phrase(LEAD.sub("", folded))
    except (ValueError, OverflowError):
        found, flags = None, ("no_such_day",)
    if found is None:
        unknown = "unknown" if UNKNOWN.search(folded) else "not_read"
        return DateReading(text, "", None, None, (*flags, unknown))
    return replace(found, text=text, flags=tuple(dict.fromkeys((*found.flags, *spelled))))


@lru_cache(maxsize=20_000)
def years_of(text: str) -> tuple[int | None, int | None]:
    """The first and the last year a phrase allows; None where open or not known."""
    found = read_date(text)
    return found.earliest.year if found.earliest else None, found.latest.year if found.latest else None


@lru_cache(maxsize=20_000)
def read_edtf(text: str) -> DateReading | None:
    """Read EDTF (ISO 8601-2:2019, levels 0 to 2) that a person gave as such; None where it is none. Never raises.

    Days beyond the calendar of the database (years 1 to 9999) are left out.
    """
    words = text.strip()
    if not words or len(words) > LONGEST:
        return None
    if EDTF_SHAPE.fullmatch(words) and (given := _given_edtf(words)):
        return replace(given, text=text)
    try:
        parsed = parse_edtf(words)
        first, last = (_calendar_day(getattr(parsed, which)()) for which in ("lower_strict", "upper_strict"))
    except (EDTFParseException, ValueError, AttributeError, TypeError, OverflowError):
        return None
    return None if first and last and first > last else DateReading(text, words, first, last)


def _calendar_day(moment: Any) -> date | None:
    try:
        return date(moment.tm_year, moment.tm_mon, moment.tm_mday)
    except (ValueError, AttributeError):
        return None


def _given_edtf(words: str) -> DateReading | None:
    start, slash, end = words.partition("/")
    try:
        first = None if start == ".." else _edge(start, "lower_strict")
        last = None if end == ".." else _edge(end if slash else start, "upper_strict")
    except (EDTFParseException, ValueError, AttributeError, TypeError, OverflowError):
        return None
    if first and last and first > last:
        return None
    flags = ("approximate",) * ("~" in words or "%" in words) + ("uncertain",) * ("?" in words)
    return DateReading(words, words, first, last, flags)


def _edge(part: str, which: str) -> date:
    # The parser of EDTF takes some ten milliseconds; most of what is typed needs none of it.
    if found := re.fullmatch(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", part):
        year, last = int(found[1]), which == "upper_strict"
        month = int(found[2] or (12 if last else 1))
        return date(year, month, int(found[3] or (monthrange(year, month)[1] if last else 1)))
    found = getattr(parse_edtf(part), which)()
    return date(found.tm_year, found.tm_mon, found.tm_mday)


def _phrase(words: str) -> DateReading | None:
    if lunar := _lunar(words):
        return lunar
    flags: tuple[str, ...] = ()
    mark = ""
    if PERHAPS.search(words):
        words, mark, flags = PERHAPS.sub(" ", words).strip(), "?", ("uncertain",)
    if ABOUT.search(words):
        words = ABOUT.sub("", words, count=1).strip()
        mark, flags = ("%" if mark else "~"), (*flags, "approximate")
    found = _span(words) or _open(words) or _single(words)
    if found is None:
        return None
    edtf = found.edtf + mark if mark and "/" not in found.edtf else found.edtf
    if mark and "/" in found.edtf:
        edtf = "/".join(part if part == ".." else part + mark for part in found.edtf.split("/"))
    return replace(found, edtf=edtf, flags=(*flags, *found.flags))


def _span(words: str) -> DateReading | None:
    # 1965–67; not 1965-07, which is a month.
    if short := re.fullmatch(r"(\d\d)(\d\d)\s*(?:[–—/]|-(?!0|1[0-2]))\s*(\d\d)", words):
        words = f"{short[1]}{short[2]}-{short[1]}{short[3]}"
    if months := re.fullmatch(
        rf"(?:thang (\d{{1,2}})|({MONTH})) ?[-–] ?(?:thang )?(\d{{1,2}}|{MONTH})(?: nam |/| )(\d{{4}})", words
    ):
        start, end, year = _month_number(months[1] or months[2]), _month_number(months[3]), int(months[4])
        if start < end:
            return replace(_between(words, (year, start), (year, end), ""), flags=())
    found = BETWEEN.match(words) or SPAN.match(words)
    if not found:
        return None
    parts = [part for part in found.groups() if part]
    if words.startswith(("mua", "vu ", "dry", "rainy", "wet")) or len(parts) != 2:
        return None
    last = _single(parts[1])
    first = _single(parts[0])
    if first is None and last is not None and last.earliest and parts[0].isdigit() and len(parts[0]) <= 2:
        # "11–20 tháng 5 năm 1967"
        first = _single(f"{parts[0]}/{last.earliest.month}/{last.earliest.year}")
    if first is None or last is None or first.earliest is None or last.latest is None or first.earliest > last.latest:
        return None
    edtf = f"{first.edtf.split('/')[0]}/{last.edtf.split('/')[-1]}"
    return DateReading(words, edtf, first.earliest, last.latest, (*first.flags, *last.flags))


def _open(words: str) -> DateReading | None:
    if (found := BEFORE.match(words)) and (end := _single(words[found.end() :])):
        return DateReading(words, f"../{end.edtf.split('/')[-1]}", None, end.latest, end.flags)
    if (found := AFTER.match(words)) and (start := _single(words[found.end() :])):
        return DateReading(words, f"{start.edtf.split('/')[0]}/..", start.earliest, None, start.flags)
    return None


def _single(words: str) -> DateReading | None:
    words = words.strip(" ,.")
    for form in (_season, _part_of_year, _quarter, _decade, _day, _month, _year):
        if found := form(words):
            return found
    return None


def _season(words: str) -> DateReading | None:
    if found := re.search(
        r"(?:(?:mua|vu) (kho|mua|dong xuan)|(dry|rainy|wet) season)(?: (?:nam|of))? ?(\d{4})(?:\s*[-–/]\s*(\d{2,4}))?",
        words,
    ):
        year = int(found[3])
        if (found[1] or found[2]) in ("kho", "dong xuan", "dry"):
            return _between(words, (year, 11), (year + 1, 4), "season")
        return _between(words, (year, 5), (year, 10), "season")
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
    if found := re.fullmatch(
        r"(?:mua )?(xuan|ha|he|thu|dong|spring|summer|autumn|fall|winter)(?: (?:nam|of))? (\d{4})", words
    ):
        code, year = seasons[found[1]], int(found[2])
        months = {21: (1, 3), 22: (4, 6), 23: (7, 9), 24: (10, 12)}[code]
        reading = _between(words, (year, months[0]), (year, months[1]), "season")
        return replace(reading, edtf=f"{year}-{code}")
    return None


def _part_of_year(words: str) -> DateReading | None:
    found = re.fullmatch(r"(dau|giua|cuoi|early|mid|late)[ -](?:nam |in )?(\d{4})", words)
    if found:
        first, last = {"dau": (1, 4), "early": (1, 4), "giua": (5, 8), "mid": (5, 8)}.get(found[1], (9, 12))
        return _between(words, (int(found[2]), first), (int(found[2]), last), "part_of_year")
    found = re.fullmatch(
        r"(dau|giua|cuoi|early|mid|late)[ -](?:thang )?(\d{1,2}|" + MONTH + r")(?: nam |/|-| )(\d{4})", words
    )
    if found:
        year, month = int(found[3]), _month_number(found[2])
        days = {"dau": (1, 10), "early": (1, 10), "giua": (11, 20), "mid": (11, 20)}.get(
            found[1], (21, monthrange(year, month)[1])
        )
        first_day, last_day = date(year, month, days[0]), date(year, month, days[1])
        return DateReading(words, f"{first_day}/{last_day}", first_day, last_day, ("part_of_year",))
    return None


def _quarter(words: str) -> DateReading | None:
    found = re.fullmatch(r"(?:quy|q|quarter) ?([1-4]|iv|i{1,3})(?:[ /-](?:nam |of )?)(\d{4})", words)
    if not found:
        return None
    at = {"i": 1, "ii": 2, "iii": 3, "iv": 4}.get(found[1]) or int(found[1])
    reading = _between(words, (int(found[2]), 3 * at - 2), (int(found[2]), 3 * at), "part_of_year")
    return replace(reading, edtf=f"{found[2]}-{32 + at}")


def _decade(words: str) -> DateReading | None:
    found = re.fullmatch(r"(?:(?:thap nien|nhung nam|the)\s+)?(\d{3})0s?|(?:thap nien|nhung nam)\s+(\d)0", words)
    if not found or not (words.endswith("s") or words.startswith(("thap", "nhung", "the"))):
        return None
    tens = found[1] or "19" + found[2]
    return DateReading(words, f"{tens}X", date(int(tens + "0"), 1, 1), date(int(tens + "9"), 12, 31))


def _day(words: str) -> DateReading | None:
    if found := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", words):
        return _on(words, int(found[1]), int(found[2]), int(found[3]))
    numbers = (
        r"(?:ngay )?(?:mung )?(\d{1,2})\s*(?:[/.\-]|\s+thang\s+)\s*(\d{1,2})\s*(?:[/.\-]|,?\s+nam\s+|"
        r"\s+(?=\d{4}))\s*(\d{4}|\d{2})"
    )
    if found := re.fullmatch(numbers, words):
        day, month = int(found[1]), int(found[2])
        year, flags = _full_year(found[3])
        spelled = "thang" in words
        if month > 12 >= day:
            # Only an American month-day can be meant.
            return _on(words, year, day, month, *flags)
        if not spelled and day <= 12 and day != month:
            found_day = _on(words, year, month, day, *flags, "day_month_ambiguous")
            return replace(found_day, others=(date(year, day, month).isoformat(),))
        return _on(words, year, month, day, *flags)
    if found := re.fullmatch(rf"(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({MONTH})\.?,? (\d{{4}}|\d{{2}})", words):
        year, flags = _full_year(found[3])
        return _on(words, year, _month_number(found[2]), int(found[1]), *flags)
    if found := re.fullmatch(
        r"(?:dem )?(?:ngay )?(\d{1,2}) (?:va|rang(?: sang)?(?: ngay)?|-) (\d{1,2}) thang (\d{1,2})(?: nam |/|-)(\d{4})",
        words,
    ) or re.fullmatch(r"(?:dem )?(?:ngay )?(\d{1,2})\s*[-–]\s*(\d{1,2})\s*[/.]\s*(\d{1,2})\s*[/.]\s*(\d{4})", words):
        first, last = (date(int(found[4]), int(found[3]), int(found[at])) for at in (1, 2))
        return DateReading(words, f"{first}/{last}", first, last)
    if found := re.fullmatch(r"(?:ngay )?(\d{1,2})(?:/| thang )(\d{1,2})", words):
        date(2000, int(found[2]), int(found[1]))
        return DateReading(words, f"XXXX-{int(found[2]):02}-{int(found[1]):02}", None, None, ("no_year",))
    if found := re.fullmatch(rf"({MONTH})\.? (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}})", words):
        return _on(words, int(found[3]), _month_number(found[1]), int(found[2]))
    return None


def _month(words: str) -> DateReading | None:
    found = re.fullmatch(r"(?:thang\s+)?(\d{1,2})\s*(?:[/.\-]|,?\s+nam\s+|\s+)\s*(\d{4})", words)
    if found and 1 <= int(found[1]) <= 12:
        return _in_month(words, int(found[2]), int(found[1]))
    if found := re.fullmatch(rf"({MONTH})\.?,? (\d{{4}})", words):
        return _in_month(words, int(found[2]), _month_number(found[1]))
    if (found := re.fullmatch(r"(\d{4})-(\d{2})", words)) and 1 <= int(found[2]) <= 12:
        return _in_month(words, int(found[1]), int(found[2]))
    return None


def _year(words: str) -> DateReading | None:
    found = re.fullmatch(r"(?:nam |year )?(1[0-9]{3}|20[0-9]{2})", words)
    if not found:
        # A year among other words still says when: "dự án 2021", "(Hà Nội) 1967".
        years = re.findall(r"(?<!\d)(1[89]\d\d|20\d\d)(?!\d)", words)
        if len(set(years)) != 1 or len(words) > 60:
            return None
        found = re.match(r"(.*)", years[0])
    year = int(found[1]) if found else 0
    return DateReading(words, f"{year:04}", date(year, 1, 1), date(year, 12, 31))


def _lunar(words: str) -> DateReading | None:
    found = read_lunar(words)
    if found is None:
        return None
    first, last = found
    if first is None or last is None:
        return DateReading(words, "", None, None, ("lunar", "no_year"))
    edtf = first.isoformat() if first == last else f"{first}/{last}"
    return DateReading(words, edtf, first, last, ("lunar",))


def _full_year(written: str) -> tuple[int, tuple[str, ...]]:
    # Two digits in these papers mean the twentieth century.
    return (int(written), ()) if len(written) == 4 else (1900 + int(written), ("two_digit_year",))


def _month_number(name: str) -> int:
    return int(name) if name.isdigit() else next(at for at, one in enumerate(MONTHS, 1) if one.startswith(name[:3]))


def _on(words: str, year: int, month: int, day: int, *flags: str) -> DateReading:
    found = date(year, month, day)
    return DateReading(words, found.isoformat(), found, found, flags)


def _in_month(words: str, year: int, month: int) -> DateReading:
    last = date(year, month, monthrange(year, month)[1])
    return DateReading(words, f"{year:04}-{month:02}", date(year, month, 1), last)


def _between(words: str, first: tuple[int, int], last: tuple[int, int], flag: str) -> DateReading:
    end = date(*last, monthrange(*last)[1])
    return DateReading(words, f"{first[0]}-{first[1]:02}/{last[0]}-{last[1]:02}", date(*first, 1), end, (flag,))


def decades_of(first: date | None, last: date | None) -> tuple[int, ...]:
    """The decades, each as its first year, that a span of days touches; none where a day is not known, or where the
    span tells none because its decades lie more than LONGEST_SPAN years apart."""
    if first is None or last is None:
        return ()
    begin, end = first.year // 10 * 10, last.year // 10 * 10
    return tuple(range(begin, end + 1, 10)) if end - begin <= LONGEST_SPAN else ()
