"""From a file's name to its record and its place in the record.

`F034602421337_0003v.tif` is sheet 3, verso, of F034602421337. Other patterns are written with parts in braces, as in
`{record}-{sheet}{side}` or `scan_{record}_{page}`; other characters stand for themselves, and `*` for any text.
"""

import re
from dataclasses import dataclass

DEFAULT = "{record}_{sheet}{side}"
PARTS = {
    "record": r"(?P<record>[^/\\]+?)",
    "sheet": r"(?P<sheet>\d{1,6})",
    "page": r"(?P<sheet>\d{1,6})",
    "side": r"(?P<side>[rRvVabAB]?)",
}
SIDES = {"r": "r", "a": "r", "v": "v", "b": "v"}
TOKEN = re.compile(r"\{(\w+)\}|(\*)|([^{*]+|\{)")


class BadPattern(ValueError):
    """The pattern cannot be used; the message says why."""


@dataclass(frozen=True)
class Place:
    """Where a file belongs: the record's number as written in the name, the sheet, its side (r, v or '')."""

    record: str
    sheet: int | None = None
    side: str = ""


class Pattern:
    """A compiled pattern of file names. Raises BadPattern."""

    def __init__(self, text: str = DEFAULT) -> None:
        expressions: list[str] = []
        used: set[str] = set()
        for part, star, literal in TOKEN.findall(text):
            if part:
                if part not in PARTS:
                    raise BadPattern(f"{{{part}}} is none of {{record}}, {{sheet}}, {{page}}, {{side}}.")
                if part in used or (part in ("sheet", "page") and used & {"sheet", "page"}):
                    raise BadPattern(f"{{{part}}} stands in the pattern twice.")
                used.add(part)
                expressions.append(PARTS[part])
            else:
                expressions.append(".*" if star else re.escape(literal))
        if "record" not in used:
            raise BadPattern("The pattern needs {record}: without it nobody knows where a file belongs.")
        self.text = text
        self._pattern = re.compile("".join(expressions), re.ASCII)
        # With the default pattern a name may also be only the record's number.
        self._number_only = re.compile(PARTS["record"], re.ASCII) if text == DEFAULT else None

    def place(self, name: str) -> Place | None:
        """The place from a file name without folder; None if the name does not match."""
        stem = name.rpartition(".")[0] or name
        match = self._pattern.fullmatch(stem) or (self._number_only.fullmatch(stem) if self._number_only else None)
        if match is None:
            return None
        parts = match.groupdict()
        sheet = parts.get("sheet")
        return Place(parts["record"], int(sheet) if sheet else None, SIDES.get((parts.get("side") or "").lower(), ""))
