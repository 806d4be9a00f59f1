"""Month names, years of the sixty-year cycle and two-digit years, replaced by numbers before a phrase is read.

Source: general knowledge of Vietnamese dates (Giêng and Chạp are months 1 and 12; rằm is the 15th; mùng counts the
first ten days). A year of the cycle is placed between 1924 and 1983, the time of these papers.
"""

import re

MONTHS = {
    "gieng": 1, "mot": 1, "hai": 2, "ba": 3, "tu": 4, "nam": 5, "sau": 6, "bay": 7, "tam": 8, "chin": 9,
    "muoi mot": 11, "muoi hai": 12, "muoi": 10, "chap": 12,
}  # fmt: skip
ENGLISH_MONTHS = "january february march april may june july august september october november december".split()
STEMS = ["giap", "at", "binh", "dinh", "mau", "ky", "canh", "tan", "nham", "quy"]
BRANCHES = ["ty", "suu", "dan", "mao", "thin", "ti", "ngo", "mui", "than", "dau", "tuat", "hoi"]
CYCLE = {f"{STEMS[number % 10]} {BRANCHES[number % 12]}": 1924 + number for number in range(60)}
# Both rat (tý) and snake (tỵ) are "ty" without marks; only one of them occurs with each stem.
CYCLE |= {name.replace(" ti", " ty"): year for name, year in CYCLE.items() if name.endswith(" ti")}
MONTH_NAME = re.compile(
    r"\bthang (" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\b(?! \d{1,2}\b(?! ?thang))"
)
CYCLE_YEAR = re.compile(r"\b(?:nam )?(" + "|".join(CYCLE) + r")\b(?: (?:\()?(\d{4})\)?)?")


def spell_out(words: str) -> tuple[str, tuple[str, ...]]:
    """Folded words with month names as numbers, cycle years as lunar years, two-digit years with four digits.

    Returns the words and the flag two_digit_year if it applies.
    """
    flags: list[str] = []
    words = re.sub(r"\bram(?= thang)", "15", words)
    words = re.sub(r"^['\u2018\u2019](?=\d\d$)", "nam ", words)
    words = re.sub(r"\b(kho|mua|season|dong xuan) (\d\d)\s*([-–/])\s*(\d\d)$", r"\1 19\2\g<3>19\4", words)
    words = re.sub(r"^(?:chien dich )?(dong xuan)(?= (?:nam )?\d{4})", r"vu \1", words)
    words = re.sub(
        r"\b(mung|mong) (mot|hai|ba|tu|nam|sau|bay|tam|chin|muoi)\b", lambda match: str(MONTHS[match[2]]), words
    )
    words = re.sub(r"\b(?:mung|mong) (\d{1,2})\b", r"\1", words)
    if match := CYCLE_YEAR.search(words):
        year = match[2] or str(CYCLE[match[1]])
        words = f"{words[: match.start()]}nam {year}{words[match.end() :]} am lich".strip()
        words = words.replace("tet nam", "tet")
    if re.match(r"(?:ngay )?(\d{1,2} )?tet\b", words):
        words = re.sub(
            r"^(?:ngay )?(?:(\d{1,2}) )?tet(?: nguyen dan)?(?: nam)?",
            lambda match: f"{match[1] or 1} thang 1 nam",
            words,
        )
        words = words if "am lich" in words else f"{words} am lich"
    words = MONTH_NAME.sub(lambda match: f"thang {MONTHS[match[1]]}", words)
    completed = re.sub(
        r"(?<![\d/.\-])(nam|dau|giua|cuoi|thang \d{1,2}[/.\- ]|\b[a-z]{3,9}\.?) ?(\d{2})$", _with_full_year, words
    )
    completed = re.sub(r"^(\d{1,2})([/.\-])(\d{2})$", lambda match: _month_of_year(match), completed)
    if completed != words:
        flags.append("two_digit_year")
    return completed, tuple(flags)


def _with_full_year(match: re.Match[str]) -> str:
    before = match[1]
    word = before.rstrip(".")
    month = len(word) > 2 and any(
        name.startswith(word[:3]) and (name.startswith(word) or word == "sept") for name in ENGLISH_MONTHS
    )
    english = month or word in ("early", "mid", "late", "spring", "summer", "autumn", "winter")
    vietnamese = before in ("nam", "dau", "giua", "cuoi") or before.startswith("thang ")
    if not english and not vietnamese:
        return match[0]
    gap = "" if before[-1:] in "/.-" else " "
    return f"{before.rstrip()}{gap}19{match[2]}"


def _month_of_year(match: re.Match[str]) -> str:
    # 10/66 is a month of a year; 5/7 is a day without one.
    return f"{match[1]}{match[2]}19{match[3]}" if int(match[3]) > 31 and int(match[1]) <= 12 else match[0]
