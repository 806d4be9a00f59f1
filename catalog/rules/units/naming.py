"""The normal form of a unit written out in the words of an order of battle."""

import re

NAMES = {
    "vi": {
        "a": "Tiểu đội", "b": "Trung đội", "c": "Đại đội", "d": "Tiểu đoàn", "e": "Trung đoàn", "f": "Sư đoàn",
        "lu": "Lữ đoàn", "qd": "Quân đoàn", "qk": "Quân khu", "khu": "Khu", "lk": "Liên khu", "pk": "Phân khu",
        "front": "Mặt trận", "tinhdoi": "Tỉnh đội", "huyendoi": "Huyện đội", "doan": "Đoàn",
    },
    "en": {
        "a": "Squad", "b": "Platoon", "c": "Company", "d": "Battalion", "e": "Regiment", "f": "Division",
        "lu": "Brigade", "qd": "Corps", "qk": "Military Region", "khu": "Zone", "lk": "Interzone", "pk": "Sub-region",
        "front": "Front", "tinhdoi": "Provincial command", "huyendoi": "District command", "doan": "Group",
    },
}  # fmt: skip
LETTERED = re.compile(r"([a-f]|lu|qd|qk|khu|lk|pk)(\d+[a-z]*|[a-z]+)(?:\[(\w+)\])?")


def unit_in_words(normal: str, language: str) -> str:
    """`c3/d9/e90/f324` as "Đại đội 3, Tiểu đoàn 9, …" (vi) or "Company 3, Battalion 9, …" (en).

    Pieces that are no level (codes, aliases, foreign units) stay unchanged.
    """
    names = NAMES[language]
    phrases: list[str] = []
    for piece in normal.split("/"):
        head, colon, tail = piece.partition(":")
        if colon and head in names:
            phrases.append(f"{names[head]} {tail.upper() if len(tail) < 4 else tail.replace('-', ' ').title()}")
        elif match := LETTERED.fullmatch(piece):
            words = f"{names[match[1]]} {match[2].upper()}"
            phrases.append(f"{words} ({match[3]})" if match[3] else words)
        else:
            phrases.append(piece)
    return ", ".join(phrases)
