"""ALTO 2 to 4 (loc.gov/standards/alto): pages with positions in pixels, tenths of a millimetre or 1/1200 inch."""

from typing import Any

from catalog.texts.building import Box, Builder, ReadPage, UnreadableText, below, children, figure, name_of

UNITS = {"pixel", "mm10", "inch1200"}


def read_alto(root: Any) -> list[ReadPage]:
    """The pages of an ALTO file. Raises UnreadableText."""
    unit = next((str(one.text or "").strip().lower() for one in below(root, "MeasurementUnit")), "pixel") or "pixel"
    if unit not in UNITS:
        raise UnreadableText("unit", unit[:40])
    return [_page(page, unit) for page in below(root, "Page")]


def _page(page: Any, unit: str) -> ReadPage:
    built = Builder()
    for block in below(page, "TextBlock"):
        for line in children(block, "TextLine"):
            _line(line, built)
        built.end_block()
    width, height = figure(page.get("WIDTH")), figure(page.get("HEIGHT"))
    if not (width and height):
        space = next(iter(below(page, "PrintSpace")), None)
        box = _box(space) if space is not None and unit != "pixel" else None
        width, height = (box[0] + box[2], box[1] + box[3]) if box else (0, 0)
    return built.page(width, height, pixels=unit == "pixel", language=page.get("LANG") or "")


def _line(line: Any, built: Builder) -> None:
    pieces = [one for one in line if name_of(one) in ("String", "SP", "HYP")]
    words = [one for one in pieces if name_of(one) == "String"]
    for at, string in enumerate(pieces):
        if name_of(string) != "String":
            continue
        content, part = string.get("CONTENT") or "", string.get("SUBS_TYPE") or ""
        box = _box(string)
        built.sure(string.get("WC"))
        if part == "HypPart1" and string.get("SUBS_CONTENT"):
            # The word stands whole where it begins; its second part gives it a second box.
            built.word(string.get("SUBS_CONTENT"), box)
            continue
        if part == "HypPart2" and string.get("SUBS_CONTENT"):
            _second_box(built, string.get("SUBS_CONTENT"), box)
            continue
        after = pieces[at + 1] if at + 1 < len(pieces) else None
        if after is not None and name_of(after) == "HYP" and not part:
            content += after.get("CONTENT") or "-"
        built.word(content, box)
    if not words and (content := line.get("CONTENT")):
        built.line(content, _box(line))
    built.end_line()


def _second_box(built: Builder, whole: str, box: Box | None) -> None:
    standing = " ".join(whole.split())
    at = built.text.rstrip("\n").rfind(standing)
    if at < 0 or built.text[at:].strip("\n") != standing:
        # Its first part is not there: the word is kept here.
        built.word(whole, box)
    elif box is not None:
        built.rows.append([at, at + len(standing), *box])


def _box(element: Any) -> Box | None:
    sides = [figure(element.get(name)) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT")]
    if any(side is None for side in sides):
        return None
    x, y, w, h = (side or 0.0 for side in sides)
    return x, y, w, h
