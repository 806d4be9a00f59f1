"""ALTO 2 to 4 (loc.gov/standards/alto): pages with positions in pixels, tenths of a millimetre or 1/1200 inch."""

from typing import Any

from catalog.texts.building import (
    Builder,
    FloatBox,
    ReadPage,
    UnreadableText,
    children,
    descendants,
    name_of,
    read_number,
)

UNITS = {"pixel", "mm10", "inch1200"}


def read_alto(root: Any) -> list[ReadPage]:
    """The pages of an ALTO file. Raises UnreadableText."""
    unit = (
        next((str(element.text or "").strip().lower() for element in descendants(root, "MeasurementUnit")), "pixel")
        or "pixel"
    )
    if unit not in UNITS:
        raise UnreadableText("unit", unit[:40])
    return [_read_page(page, unit) for page in descendants(root, "Page")]


def _read_page(page: Any, unit: str) -> ReadPage:
    builder = Builder()
    for block in descendants(page, "TextBlock"):
        for line in children(block, "TextLine"):
            _read_line(line, builder)
        builder.end_block()
    width, height = read_number(page.get("WIDTH")), read_number(page.get("HEIGHT"))
    if not (width and height):
        space = next(iter(descendants(page, "PrintSpace")), None)
        box = _read_box(space) if space is not None and unit != "pixel" else None
        width, height = (box[0] + box[2], box[1] + box[3]) if box else (0, 0)
    return builder.page(width, height, pixels=unit == "pixel", language=page.get("LANG") or "")


def _read_line(line: Any, builder: Builder) -> None:
    pieces = [piece for piece in line if name_of(piece) in ("String", "SP", "HYP")]
    words = [piece for piece in pieces if name_of(piece) == "String"]
    for index, string in enumerate(pieces):
        if name_of(string) != "String":
            continue
        content, hyphen_part = string.get("CONTENT") or "", string.get("SUBS_TYPE") or ""
        box = _read_box(string)
        builder.add_confidence(string.get("WC"))
        if hyphen_part == "HypPart1" and string.get("SUBS_CONTENT"):
            # The full word is added at its first part; the second part only adds a second box.
            builder.add_word(string.get("SUBS_CONTENT"), box)
            continue
        if hyphen_part == "HypPart2" and string.get("SUBS_CONTENT"):
            _add_second_box(builder, string.get("SUBS_CONTENT"), box)
            continue
        next_piece = pieces[index + 1] if index + 1 < len(pieces) else None
        if next_piece is not None and name_of(next_piece) == "HYP" and not hyphen_part:
            content += next_piece.get("CONTENT") or "-"
        builder.add_word(content, box)
    if not words and (content := line.get("CONTENT")):
        builder.add_line(content, _read_box(line))
    builder.end_line()


def _add_second_box(builder: Builder, word: str, box: FloatBox | None) -> None:
    normalized = " ".join(word.split())
    start = builder.text.rstrip("\n").rfind(normalized)
    if start < 0 or builder.text[start:].strip("\n") != normalized:
        # The first part is missing: add the word here.
        builder.add_word(word, box)
    elif box is not None:
        builder.rows.append([start, start + len(normalized), *box])


def _read_box(element: Any) -> FloatBox | None:
    sides = [read_number(element.get(name)) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT")]
    if any(side is None for side in sides):
        return None
    x, y, w, h = (side or 0.0 for side in sides)
    return x, y, w, h
