"""A page's text given out: ALTO 4.4, hOCR 1.2, plain text. Made when asked for, never stored."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

from catalog.rules.transcription import without_marks
from catalog.texts.packing import Row, line_boxes

ALTO = "http://www.loc.gov/standards/alto/ns-v4#"
SCHEMA = "http://www.loc.gov/standards/alto/v4/alto-4-4.xsd"
NAMES: Any = {None: ALTO, "xsi": "http://www.w3.org/2001/XMLSchema-instance"}
XHTML_NAMES: Any = {None: "http://www.w3.org/1999/xhtml"}
MEDIA_TYPES = {
    "alto.xml": "application/xml; charset=utf-8",
    "hocr": "text/html; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True)
class GivenText:
    """What is written: text and boxes, the image's size in pixels and name, language, origin in a word, confidence."""

    text: str
    boxes: list[Row]
    width: int
    height: int
    image: str
    language: str
    origin: str
    confidence: float | None = None


def write_text(given: GivenText, form: str) -> bytes:
    """The text as `alto.xml`, `hocr` or `txt`. Raises KeyError for another form."""
    made: bytes = {"alto.xml": _alto, "hocr": _hocr, "txt": _plain}[form](given)
    return made


def _plain(given: GivenText) -> bytes:
    return (given.text.rstrip("\n") + "\n").encode() if given.text else b""


def _lines(given: GivenText) -> Iterator[tuple[tuple[int, int, int, int] | None, list[tuple[str, Row | None]]]]:
    """Each line that has words: its box, and its words with theirs."""
    words = without_marks(given.text)
    by_start: dict[int, Row] = {}
    for row in given.boxes:
        by_start.setdefault(row[0], row)
    at = 0
    for line, box in zip(words.split("\n"), line_boxes(words, given.boxes), strict=True):
        found: list[tuple[str, Row | None]] = []
        column = 0
        for word in line.split():
            column = line.index(word, column)
            found.append((word, by_start.get(at + column)))
            column += len(word)
        at += len(line) + 1
        if found:
            yield box, found


def _alto(given: GivenText) -> bytes:
    root = etree.Element(f"{{{ALTO}}}alto", nsmap=NAMES)
    root.set("{http://www.w3.org/2001/XMLSchema-instance}schemaLocation", f"{ALTO} {SCHEMA}")
    root.set("SCHEMAVERSION", "4.4")
    description = _sub(root, "Description")
    _sub(description, "MeasurementUnit").text = "pixel"
    _sub(_sub(description, "sourceImageInformation"), "fileName").text = _clean(given.image)
    processing = _sub(description, "Processing", ID="origin")
    _sub(processing, "processingStepDescription").text = given.origin
    size = {"WIDTH": str(given.width), "HEIGHT": str(given.height)}
    page = _sub(_sub(root, "Layout"), "Page", ID="page1", PHYSICAL_IMG_NR="1", **size)
    if given.language:
        page.set("LANG", given.language)
    if given.confidence is not None:
        page.set("PC", f"{given.confidence:.3f}")
    whole = {"HPOS": "0", "VPOS": "0", **size}
    block = None
    for number, (box, words) in enumerate(_lines(given), start=1):
        if block is None:
            block = _sub(_sub(page, "PrintSpace", **whole), "TextBlock", ID="block1", **whole)
        line = _sub(block, "TextLine", ID=f"line{number}", **_sides(box))
        for at, (word, row) in enumerate(words):
            if at:
                _sub(line, "SP")
            _sub(
                line, "String", ID=f"line{number}word{at + 1}", CONTENT=_clean(word), **_sides(row[2:] if row else None)
            )
    if block is None:
        _sub(page, "PrintSpace", **whole)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _hocr(given: GivenText) -> bytes:
    root = etree.Element("html", nsmap=XHTML_NAMES)
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = _clean(given.image)
    etree.SubElement(head, "meta", {"charset": "utf-8"})
    etree.SubElement(head, "meta", {"name": "ocr-system", "content": f"Ký Ức ({given.origin})"})
    etree.SubElement(head, "meta", {"name": "ocr-capabilities", "content": "ocr_page ocr_line ocrx_word"})
    page = etree.SubElement(etree.SubElement(root, "body"), "div", {"class": "ocr_page", "id": "page_1"})
    page.set("title", f'image "{_clean(given.image)}"; bbox 0 0 {given.width} {given.height}')
    if given.language:
        page.set("lang", given.language)
    for number, (box, words) in enumerate(_lines(given), start=1):
        line = etree.SubElement(page, "span", {"class": "ocr_line", "id": f"line_{number}"})
        if box:
            line.set("title", _bbox(box))
        line.tail = "\n"
        for at, (word, row) in enumerate(words, start=1):
            made = etree.SubElement(line, "span", {"class": "ocrx_word", "id": f"word_{number}_{at}"})
            if row:
                made.set("title", _bbox(row[2:]))
            made.text, made.tail = _clean(word), " "
    return etree.tostring(root, doctype="<!DOCTYPE html>", encoding="UTF-8", method="xml")


def _sub(parent: Any, name: str, **attributes: str) -> Any:
    return etree.SubElement(parent, f"{{{ALTO}}}{name}", attributes)


def _sides(box: Any) -> dict[str, str]:
    return dict(zip(("HPOS", "VPOS", "WIDTH", "HEIGHT"), map(str, box), strict=True)) if box else {}


def _bbox(box: Any) -> str:
    x, y, w, h = box
    return f"bbox {x} {y} {x + w} {y + h}"


def _clean(words: str) -> str:
    """What XML may hold."""
    return "".join(
        letter
        for letter in words
        if letter >= " " and letter not in "\ufffe\uffff" and not "\ud800" <= letter <= "\udfff"
    )
