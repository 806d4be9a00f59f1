"""How 0.4.2 packed the boxes of words."""

import zlib
from collections.abc import Sequence

Row = list[int]
FORM = b"\x01"
MOST_BYTES = 32 * 1024 * 1024


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
