"""hOCR 1.2 (kba.github.io/hocr-spec): HTML whose `title` attributes hold boxes and confidences."""

import re
from typing import Any

from catalog.texts.building import Builder, FloatBox, ReadPage, read_number

LINES = {"ocr_line", "ocr_header", "ocr_caption", "ocr_textfloat", "ocrx_line"}
BLOCKS = {"ocr_par", "ocr_carea"}
BBOX = re.compile(r"(?:^|;)\s*bbox\s+(-?[\d.]+)\s+(-?[\d.]+)\s+(-?[\d.]+)\s+(-?[\d.]+)", re.ASCII)
CONFIDENCE = re.compile(r"(?:^|;)\s*x_wconf\s+([\d.]+)", re.ASCII)


def read_hocr(root: Any) -> list[ReadPage]:
    """The pages of an hOCR file; an empty list if it has none."""
    return [_read_page(element) for element in root.iter() if "ocr_page" in _classes_of(element)]


def _read_page(page: Any) -> ReadPage:
    builder = Builder()
    box = _read_box(page)
    for element in page.iter():
        classes = _classes_of(element)
        if classes & BLOCKS:
            builder.end_block()
        if classes & LINES:
            _read_line(element, builder)
    if not builder.text:
        # Words without lines, as some programs write them.
        for element in page.iter():
            if "ocrx_word" in _classes_of(element):
                _read_word(element, builder)
    if not box:
        return builder.page(language=_language_of(page))
    return builder.page(box[0] + box[2], box[1] + box[3], language=_language_of(page))


def _read_line(line: Any, builder: Builder) -> None:
    words = [element for element in line.iter() if "ocrx_word" in _classes_of(element)]
    for word in words:
        _read_word(word, builder)
    if not words:
        builder.add_line(_text_of(line), _read_box(line))
    builder.end_line()


def _read_word(word: Any, builder: Builder) -> None:
    builder.add_word(_text_of(word), _read_box(word))
    if match := CONFIDENCE.search(word.get("title") or ""):
        builder.add_confidence(str((read_number(match[1]) or 0) / 100))


def _text_of(element: Any) -> str:
    return "".join(element.itertext())


def _classes_of(element: Any) -> set[str]:
    return set((element.get("class") or "").split()) if isinstance(element.tag, str) else set()


def _read_box(element: Any) -> FloatBox | None:
    match = BBOX.search(element.get("title") or "")
    sides = [read_number(side) for side in match.groups()] if match else []
    if len(sides) != 4 or any(side is None for side in sides):
        return None
    left, top, right, bottom = (side or 0.0 for side in sides)
    return left, top, right - left, bottom - top


def _language_of(element: Any) -> str:
    return str(element.get("lang") or element.get("{http://www.w3.org/XML/1998/namespace}lang") or "")
