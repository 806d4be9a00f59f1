"""Packing word boxes into about nine bytes a word.

A row is [start, end, x, y, width, height]: a slice of the text, and pixels of the upright full-size image. Rows are
written column by column as differences from the row before, each number as a varint, and compressed with zlib.

`msgpack` over the same columns is as small (4.8 against 4.9 bytes a word of drawn pages) and saves 0.7 µs a word in
reading, a quarter of a millisecond a page: not worth a second format beside that of the stored rows.
"""

import difflib
import re
import zlib
from collections.abc import Iterable, Sequence

Row = list[int]
VERSION = b"\x01"
# Limit for decompression. A page has hundreds of words, a newspaper thousands; 32 MB are far more than any page needs.
MOST_UNPACKED_BYTES = 32 * 1024 * 1024
WORD = re.compile(r"\S+")


def pack(rows: Sequence[Sequence[int]]) -> bytes:
    """Rows as bytes; b"" for no rows."""
    if not rows:
        return b""
    columns: list[list[int]] = [[], [], [], [], [], []]
    last_end = last_x = last_y = 0
    for start, stop, left, top, width, height in rows:
        for column, value in zip(
            columns, (start - last_end, stop - start, left - last_x, top - last_y, width, height), strict=True
        ):
            column.append(value)
        last_end, last_x, last_y = stop, left, top
    data = bytearray()
    for column in columns:
        for value in column:
            number = value << 1 if value >= 0 else (-value << 1) - 1
            while number > 0x7F:
                data.append(number & 0x7F | 0x80)
                number >>= 7
            data.append(number)
    return VERSION + zlib.compress(bytes(data), 9)


def unpack(packed: bytes) -> list[Row]:
    """The rows from the bytes that `pack` returned. Raises ValueError for other bytes."""
    if not packed:
        return []
    if packed[:1] != VERSION:
        raise ValueError("these are no word boxes")
    decompressor = zlib.decompressobj()
    try:
        data = decompressor.decompress(packed[1:], MOST_UNPACKED_BYTES)
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
    count, remainder = divmod(len(numbers), 6)
    if remainder:
        raise ValueError("these word boxes are damaged")
    rows: list[Row] = []
    end = x = y = 0
    for index in range(count):
        gap, length, right, down, width, height = (numbers[index + count * column] for column in range(6))
        start, x, y = end + gap, x + right, y + down
        end = start + length
        rows.append([start, end, x, y, width, height])
    return rows


def scale_boxes(rows: Iterable[Sequence[int]], across: float, down: float, width: int, height: int) -> list[Row]:
    """Rows multiplied by `across` and `down` and clipped to an image of `width` by `height`; rows outside it are left
    out."""
    scaled_rows: list[Row] = []
    for start, end, x, y, w, h in rows:
        left, top = max(0, round(x * across)), max(0, round(y * down))
        right, bottom = min(width, round((x + w) * across)), min(height, round((y + h) * down))
        if right > left and bottom > top:
            scaled_rows.append([start, end, left, top, right - left, bottom - top])
    return scaled_rows


def carry_boxes(before: str, rows: Sequence[Row], after: str) -> list[Row]:
    """The boxes of the text `before`, moved to the words of the text `after`.

    Unchanged words keep their boxes. If as many words were replaced as were put in, each takes the box of its
    predecessor; otherwise the new words divide the space of the old ones. Inserted words get no box.
    """
    if not rows or before == after:
        return [list(row) for row in rows]
    old, new = list(WORD.finditer(before)), list(WORD.finditer(after))
    boxes = [_rows_within(rows, word.start(), word.end()) for word in old]
    # Beyond 24,000 words (no page has them) compare approximately: exactly would take minutes.
    rough = len(old) + len(new) > 24_000
    matcher = difflib.SequenceMatcher(None, [word[0] for word in old], [word[0] for word in new], autojunk=rough)
    carried: list[Row] = []
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal" or (kind == "replace" and i2 - i1 == j2 - j1):
            for i, j in zip(range(i1, i2), range(j1, j2), strict=True):
                carried += [[new[j].start(), new[j].end(), *row[2:]] for row in boxes[i]]
        elif kind == "replace":
            carried += _divide_boxes([row for row_group in boxes[i1:i2] for row in row_group], new[j1:j2])
    return carried


def _rows_within(rows: Sequence[Row], start: int, end: int) -> list[Row]:
    # Binary search: rows are in the order of the text; a word that is hyphenated at the end of a line has two.
    low, high = 0, len(rows)
    while low < high:
        middle = (low + high) // 2
        if rows[middle][1] <= start:
            low = middle + 1
        else:
            high = middle
    rows_within = []
    while low < len(rows) and rows[low][0] < end:
        rows_within.append(rows[low])
        low += 1
    return rows_within


def _divide_boxes(rows: list[Row], words: list[re.Match[str]]) -> list[Row]:
    """Divide the space of old boxes among words by their lengths; only the boxes on the first line are used."""
    if not rows or not words:
        return []
    first = rows[0]
    line = [row for row in rows if abs(row[3] - first[3]) < max(first[5], row[5])]
    left, top = min(row[2] for row in line), min(row[3] for row in line)
    right, bottom = max(row[2] + row[4] for row in line), max(row[3] + row[5] for row in line)
    letters = sum(len(word[0]) + 1 for word in words)
    divided, offset = [], 0
    for word in words:
        x = left + (right - left) * offset // letters
        offset += len(word[0]) + 1
        divided.append(
            [word.start(), word.end(), x, top, max(1, left + (right - left) * offset // letters - x), bottom - top]
        )
    return divided


def line_boxes(text: str, rows: Sequence[Row]) -> list[tuple[int, int, int, int] | None]:
    """The box (x, y, width, height) of each line of `text`; None if no word of it has one."""
    boxes: list[tuple[int, int, int, int] | None] = []
    start = 0
    for line in text.split("\n"):
        line_rows = _rows_within(rows, start, start + len(line)) if line.strip() else []
        start += len(line) + 1
        if not line_rows:
            boxes.append(None)
            continue
        left, top = min(row[2] for row in line_rows), min(row[3] for row in line_rows)
        right, bottom = max(row[2] + row[4] for row in line_rows), max(row[3] + row[5] for row in line_rows)
        boxes.append((left, top, right - left, bottom - top))
    return boxes


def box_around(rows: Sequence[Row], start: int, end: int) -> tuple[int, int, int, int] | None:
    """The box around a slice of the text, limited to its first line; None if no word in it has a box."""
    rows_within = [row for row in rows if row[0] < end and row[1] > start]
    if not rows_within:
        return None
    first_line = [row for row in rows_within if abs(row[3] - rows_within[0][3]) < max(rows_within[0][5], row[5])]
    left, top = min(row[2] for row in first_line), min(row[3] for row in first_line)
    right, bottom = max(row[2] + row[4] for row in first_line), max(row[3] + row[5] for row in first_line)
    return left, top, right - left, bottom - top
