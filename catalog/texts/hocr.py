"""hOCR 1.2 (kba.github.io/hocr-spec): HTML whose `title` attributes hold boxes and confidences."""

import re
from typing import Any

from catalog.texts.building import Box, Builder, ReadPage, figure

LINES = {"ocr_line", "ocr_header", "ocr_caption", "ocr_textfloat", "ocrx_line"}
BLOCKS = {"ocr_par", "ocr_carea"}
BBOX = re.compile(r"(?:^|;)\s*bbox\s+(-?[\d.]+)\s+(-?[\d.]+)\s+(-?[\d.]+)\s+(-?[\d.]+)", re.ASCII)
SURE = re.compile(r"(?:^|;)\s*x_wconf\s+([\d.]+)", re.ASCII)


def read_hocr(root: Any) -> list[ReadPage]:
    """The pages of an hOCR file; none where it has none."""
    return [_page(one) for one in root.iter() if "ocr_page" in _classes(one)]


def _page(page: Any) -> ReadPage:
    built = Builder()
    box = _box(page)
    for one in page.iter():
        classes = _classes(one)
        if classes & BLOCKS:
            built.end_block()
        if classes & LINES:
            _line(one, built)
    if not built.text:
        # Words without lines, as some programs write them.
        for one in page.iter():
            if "ocrx_word" in _classes(one):
                _word(one, built)
    if not box:
        return built.page(language=_language(page))
    return built.page(box[0] + box[2], box[1] + box[3], language=_language(page))


def _line(line: Any, built: Builder) -> None:
    words = [one for one in line.iter() if "ocrx_word" in _classes(one)]
    for word in words:
        _word(word, built)
    if not words:
        built.line(_text(line), _box(line))
    built.end_line()


def _word(word: Any, built: Builder) -> None:
    built.word(_text(word), _box(word))
    if found := SURE.search(word.get("title") or ""):
        built.sure(str((figure(found[1]) or 0) / 100))


def _text(element: Any) -> str:
    return "".join(element.itertext())


def _classes(element: Any) -> set[str]:
    return set((element.get("class") or "").split()) if isinstance(element.tag, str) else set()


def _box(element: Any) -> Box | None:
    found = BBOX.search(element.get("title") or "")
    sides = [figure(side) for side in found.groups()] if found else []
    if len(sides) != 4 or any(side is None for side in sides):
        return None
    left, top, right, bottom = (side or 0.0 for side in sides)
    return left, top, right - left, bottom - top


def _language(element: Any) -> str:
    return str(element.get("lang") or element.get("{http://www.w3.org/XML/1998/namespace}lang") or "")
