"""Writing a page's text as ALTO 4.4, hOCR 1.2 or plain text. Made at each request, never stored."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

from catalog.rules.transcription import without_marks
from catalog.texts.packing import Row, line_boxes

ALTO = "http://www.loc.gov/standards/alto/ns-v4#"
SCHEMA = "http://www.loc.gov/standards/alto/v4/alto-4-4.xsd"
ALTO_NAMESPACES: Any = {None: ALTO, "xsi": "http://www.w3.org/2001/XMLSchema-instance"}
XHTML_NAMESPACES: Any = {None: "http://www.w3.org/1999/xhtml"}
MEDIA_TYPES = {
    "alto.xml": "application/xml; charset=utf-8",
    "hocr": "text/html; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True)
class TextExport:
    """The data to write: text and boxes, the image's size in pixels and its name, language, origin, confidence."""

    text: str
    boxes: list[Row]
    width: int
    height: int
    image: str
    language: str
    origin: str
    confidence: float | None = None


def write_text(source: TextExport, form: str) -> bytes:
    """The text as `alto.xml`, `hocr` or `txt`. Raises KeyError for another form."""
    data: bytes = {"alto.xml": _write_alto, "hocr": _write_hocr, "txt": _write_plain}[form](source)
    return data


def _write_plain(source: TextExport) -> bytes:
    return (source.text.rstrip("\n") + "\n").encode() if source.text else b""


def _lines_with_boxes(
    source: TextExport,
) -> Iterator[tuple[tuple[int, int, int, int] | None, list[tuple[str, Row | None]]]]:
    """Each line that has words: its box, and its words with their boxes."""
    words = without_marks(source.text)
    by_start: dict[int, Row] = {}
    for row in source.boxes:
        by_start.setdefault(row[0], row)
    line_start = 0
    for line, box in zip(words.split("\n"), line_boxes(words, source.boxes), strict=True):
        line_words: list[tuple[str, Row | None]] = []
        column = 0
        for word in line.split():
            column = line.index(word, column)
            line_words.append((word, by_start.get(line_start + column)))
            column += len(word)
        line_start += len(line) + 1
        if line_words:
            yield box, line_words


def _write_alto(source: TextExport) -> bytes:
    root = etree.Element(f"{{{ALTO}}}alto", nsmap=ALTO_NAMESPACES)
    root.set("{http://www.w3.org/2001/XMLSchema-instance}schemaLocation", f"{ALTO} {SCHEMA}")
    root.set("SCHEMAVERSION", "4.4")
    description = _add_element(root, "Description")
    _add_element(description, "MeasurementUnit").text = "pixel"
    _add_element(_add_element(description, "sourceImageInformation"), "fileName").text = _xml_safe(source.image)
    processing = _add_element(description, "Processing", ID="origin")
    _add_element(processing, "processingStepDescription").text = source.origin
    size = {"WIDTH": str(source.width), "HEIGHT": str(source.height)}
    page = _add_element(_add_element(root, "Layout"), "Page", ID="page1", PHYSICAL_IMG_NR="1", **size)
    if source.language:
        page.set("LANG", source.language)
    if source.confidence is not None:
        page.set("PC", f"{source.confidence:.3f}")
    full_page = {"HPOS": "0", "VPOS": "0", **size}
    block = None
    for number, (box, words) in enumerate(_lines_with_boxes(source), start=1):
        if block is None:
            block = _add_element(_add_element(page, "PrintSpace", **full_page), "TextBlock", ID="block1", **full_page)
        line = _add_element(block, "TextLine", ID=f"line{number}", **_alto_box(box))
        for index, (word, row) in enumerate(words):
            if index:
                _add_element(line, "SP")
            _add_element(
                line,
                "String",
                ID=f"line{number}word{index + 1}",
                CONTENT=_xml_safe(word),
                **_alto_box(row[2:] if row else None),
            )
    if block is None:
        _add_element(page, "PrintSpace", **full_page)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _write_hocr(source: TextExport) -> bytes:
    root = etree.Element("html", nsmap=XHTML_NAMESPACES)
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = _xml_safe(source.image)
    etree.SubElement(head, "meta", {"charset": "utf-8"})
    etree.SubElement(head, "meta", {"name": "ocr-system", "content": f"Ký Ức ({source.origin})"})
    etree.SubElement(head, "meta", {"name": "ocr-capabilities", "content": "ocr_page ocr_line ocrx_word"})
    page = etree.SubElement(etree.SubElement(root, "body"), "div", {"class": "ocr_page", "id": "page_1"})
    page.set("title", f'image "{_xml_safe(source.image)}"; bbox 0 0 {source.width} {source.height}')
    if source.language:
        page.set("lang", source.language)
    for number, (box, words) in enumerate(_lines_with_boxes(source), start=1):
        line = etree.SubElement(page, "span", {"class": "ocr_line", "id": f"line_{number}"})
        if box:
            line.set("title", _hocr_box(box))
        line.tail = "\n"
        for index, (word, row) in enumerate(words, start=1):
            span = etree.SubElement(line, "span", {"class": "ocrx_word", "id": f"word_{number}_{index}"})
            if row:
                span.set("title", _hocr_box(row[2:]))
            span.text, span.tail = _xml_safe(word), " "
    return etree.tostring(root, doctype="<!DOCTYPE html>", encoding="UTF-8", method="xml")


def _add_element(parent: Any, name: str, **attributes: str) -> Any:
    return etree.SubElement(parent, f"{{{ALTO}}}{name}", attributes)


def _alto_box(box: Any) -> dict[str, str]:
    return dict(zip(("HPOS", "VPOS", "WIDTH", "HEIGHT"), map(str, box), strict=True)) if box else {}


def _hocr_box(box: Any) -> str:
    x, y, w, h = box
    return f"bbox {x} {y} {x + w} {y + h}"


def _xml_safe(words: str) -> str:
    """The text without characters that XML does not allow."""
    return "".join(
        letter
        for letter in words
        if letter >= " " and letter not in "\ufffe\uffff" and not "\ud800" <= letter <= "\udfff"
    )
