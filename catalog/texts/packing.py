"""Word boxes kept small: about nine bytes a word.

Rows are [start, end, x, y, width, height]: a slice of the text, pixels of the upright full-size image. They are written
column by column as differences from the row before, in as few bytes as each needs, and compressed.
"""

import difflib
import re
import zlib
from collections.abc import Iterable, Sequence

Row = list[int]
FORM = b"\x01"
# What a packed field may unpack to: a page has some hundreds of words, a newspaper some thousands.
MOST_BYTES = 32 * 1024 * 1024
WORD = re.compile(r"\S+")


def pack(rows: Sequence[Sequence[int]]) -> bytes:
    """Rows as bytes; b"" for none."""
    if not rows:
        return b""
    columns: list[list[int]] = [[], [], [], [], [], []]
    end = x = y = 0
    for start, stop, left, top, width, height in rows:
        for column, value in zip(columns, (start - end, stop - start, left - x, top - y, width, height), strict=True):
            column.append(value)
        end, x, y = stop, left, top
    out = bytearray()
    for column in columns:
        for value in column:
            number = value << 1 if value >= 0 else (-value << 1) - 1
            while number > 0x7F:
                out.append(number & 0x7F | 0x80)
                number >>= 7
            out.append(number)
    return FORM + zlib.compress(bytes(out), 9)


def unpack(packed: bytes) -> list[Row]:
    """The rows that `pack` was given. Raises ValueError for bytes that are not of its making."""
    if not packed:
        return []
    if packed[:1] != FORM:
        raise ValueError("these are no word boxes")
    opened = zlib.decompressobj()
    try:
        data = opened.decompress(packed[1:], MOST_BYTES)
    except zlib.error as error:
        raise ValueError("these word boxes are damaged") from error
    numbers: list[int] = []
    number = shift = 0
    for byte in data:
        number |= (byte & 0x7F) << shift
        if byte & 0x80:
            shift += 7
            continue
        numbers.append(number >> 1 if not number & 1 else -(number + 1 >> 1))
        number = shift = 0
    count, over = divmod(len(numbers), 6)
    if over:
        raise ValueError("these word boxes are damaged")
    rows: list[Row] = []
    end = x = y = 0
    for at in range(count):
        gap, length, right, down, width, height = (numbers[at + count * column] for column in range(6))
        start, x, y = end + gap, x + right, y + down
        end = start + length
        rows.append([start, end, x, y, width, height])
    return rows


def scaled(rows: Iterable[Sequence[int]], across: float, down: float, width: int, height: int) -> list[Row]:
    """Rows multiplied by `across` and `down`, cut at an image of `width` by `height`; what lies outside it is left
    out."""
    found: list[Row] = []
    for start, end, x, y, w, h in rows:
        left, top = max(0, round(x * across)), max(0, round(y * down))
        right, bottom = min(width, round((x + w) * across)), min(height, round((y + h) * down))
        if right > left and bottom > top:
            found.append([start, end, left, top, right - left, bottom - top])
    return found


def carried_over(before: str, rows: Sequence[Row], after: str) -> list[Row]:
    """Boxes of `before` given to the words of `after`.

    Words that stayed keep theirs; so many words put in the place of as many take theirs one by one; a piece that grew
    or shrank shares the room of its line. Words added where there was nothing have none.
    """
    if not rows or before == after:
        return [list(row) for row in rows]
    old, new = list(WORD.finditer(before)), list(WORD.finditer(after))
    boxes = [_near(rows, word.start(), word.end()) for word in old]
    # Beyond so many words (no page has them) it is done roughly: exactly would take minutes.
    rough = len(old) + len(new) > 24_000
    matcher = difflib.SequenceMatcher(None, [word[0] for word in old], [word[0] for word in new], autojunk=rough)
    made: list[Row] = []
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal" or (kind == "replace" and i2 - i1 == j2 - j1):
            for i, j in zip(range(i1, i2), range(j1, j2), strict=True):
                made += [[new[j].start(), new[j].end(), *row[2:]] for row in boxes[i]]
        elif kind == "replace":
            made += _shared([row for some in boxes[i1:i2] for row in some], new[j1:j2])
    return made


def _near(rows: Sequence[Row], start: int, end: int) -> list[Row]:
    # Rows stand in the order of the text; a word broken at the end of a line has two of them.
    low, high = 0, len(rows)
    while low < high:
        middle = (low + high) // 2
        if rows[middle][1] <= start:
            low = middle + 1
        else:
            high = middle
    found = []
    while low < len(rows) and rows[low][0] < end:
        found.append(rows[low])
        low += 1
    return found


def _shared(rows: list[Row], words: list[re.Match[str]]) -> list[Row]:
    """The room of some words of one line given to other words by their lengths; of several lines: to the first ones."""
    if not rows or not words:
        return []
    first = rows[0]
    line = [row for row in rows if abs(row[3] - first[3]) < max(first[5], row[5])]
    left, top = min(row[2] for row in line), min(row[3] for row in line)
    right, bottom = max(row[2] + row[4] for row in line), max(row[3] + row[5] for row in line)
    letters = sum(len(word[0]) + 1 for word in words)
    made, at = [], 0
    for word in words:
        x = left + (right - left) * at // letters
        at += len(word[0]) + 1
        made.append([word.start(), word.end(), x, top, max(1, left + (right - left) * at // letters - x), bottom - top])
    return made


def line_boxes(text: str, rows: Sequence[Row]) -> list[tuple[int, int, int, int] | None]:
    """The box (x, y, width, height) of each line of `text`; None where no word of it has one."""
    found: list[tuple[int, int, int, int] | None] = []
    start = 0
    for line in text.split("\n"):
        own = _near(rows, start, start + len(line)) if line.strip() else []
        start += len(line) + 1
        if not own:
            found.append(None)
            continue
        left, top = min(row[2] for row in own), min(row[3] for row in own)
        right, bottom = max(row[2] + row[4] for row in own), max(row[3] + row[5] for row in own)
        found.append((left, top, right - left, bottom - top))
    return found


def box_around(rows: Sequence[Row], start: int, end: int) -> tuple[int, int, int, int] | None:
    """The box around a slice of the text, as far as it stands on its first line; None where it has none."""
    own = [row for row in rows if row[0] < end and row[1] > start]
    if not own:
        return None
    line = [row for row in own if abs(row[3] - own[0][3]) < max(own[0][5], row[5])]
    left, top = min(row[2] for row in line), min(row[3] for row in line)
    right, bottom = max(row[2] + row[4] for row in line), max(row[3] + row[5] for row in line)
    return left, top, right - left, bottom - top
