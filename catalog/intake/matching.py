"""From a file's name to the record it belongs to and its place in it.

`F034602421337_0003v.tif` is sheet 3, verso, of F034602421337. A pattern of one's own is written with the parts in
braces, as in `{record}-{sheet}{side}` or `scan_{record}_{page}`; everything else in it stands for itself, `*` for
anything.
"""

import re
from dataclasses import dataclass

USUAL = "{record}_{sheet}{side}"
PARTS = {
    "record": r"(?P<record>[^/\\]+?)",
    "sheet": r"(?P<sheet>\d{1,6})",
    "page": r"(?P<sheet>\d{1,6})",
    "side": r"(?P<side>[rRvVabAB]?)",
}
SIDES = {"r": "r", "a": "r", "v": "v", "b": "v"}
PART = re.compile(r"\{(\w+)\}|(\*)|([^{*]+|\{)")


class BadPattern(ValueError):
    """The pattern cannot be used; the message says why."""


@dataclass(frozen=True)
class Place:
    """Where a file belongs: the record's number as it stands in the name, the sheet, its side (r, v or '')."""

    record: str
    sheet: int | None = None
    side: str = ""


class Pattern:
    """A pattern of file names. Raises BadPattern."""

    def __init__(self, text: str = USUAL) -> None:
        pieces: list[str] = []
        seen: set[str] = set()
        for part, star, plain in PART.findall(text):
            if part:
                if part not in PARTS:
                    raise BadPattern(f"{{{part}}} is none of {{record}}, {{sheet}}, {{page}}, {{side}}.")
                if part in seen or (part in ("sheet", "page") and seen & {"sheet", "page"}):
                    raise BadPattern(f"{{{part}}} stands in the pattern twice.")
                seen.add(part)
                pieces.append(PARTS[part])
            else:
                pieces.append(".*" if star else re.escape(plain))
        if "record" not in seen:
            raise BadPattern("The pattern needs {record}: without it nobody knows where a file belongs.")
        self.text = text
        self._pattern = re.compile("".join(pieces), re.ASCII)
        # A file of one picture may be named by its number alone.
        self._alone = re.compile(PARTS["record"], re.ASCII) if text == USUAL else None

    def place(self, name: str) -> Place | None:
        """The place that a file name (without folder) says; None where it is not of this pattern."""
        stem = name.rpartition(".")[0] or name
        found = self._pattern.fullmatch(stem) or (self._alone.fullmatch(stem) if self._alone else None)
        if found is None:
            return None
        parts = found.groupdict()
        sheet = parts.get("sheet")
        return Place(parts["record"], int(sheet) if sheet else None, SIDES.get((parts.get("side") or "").lower(), ""))
