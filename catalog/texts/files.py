"""Reading a file with the text of pages: ALTO, hOCR, PAGE XML or plain text, recognised by its content."""

import re
import unicodedata
from dataclasses import dataclass

from catalog.texts.alto import read_alto
from catalog.texts.building import (
    MOST_BYTES,
    MOST_PAGES,
    ReadPage,
    UnreadableText,
    name_of,
    parse_html,
    parse_xml,
)
from catalog.texts.hocr import read_hocr
from catalog.texts.packing import Row, scale_boxes
from catalog.texts.page_xml import read_page_xml

# Longest first, so that the stem of `a.alto.xml` is `a`, like that of its image `a.tif`.
SUFFIXES = (".alto.xml", ".page.xml", ".hocr.html", ".hocr", ".xml", ".html", ".htm", ".txt")
MOST_LETTERS = 2_000_000
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class TextFile:
    """The content of a text file. form: alto, hocr, page, plain."""

    form: str
    pages: list[ReadPage]


def stem_of(name: str) -> str:
    """A file name without the suffix of a text file; '' if it has none of them."""
    lower_name = name.lower()
    suffix = next((ending for ending in SUFFIXES if lower_name.endswith(ending)), "")
    return name[: -len(suffix)] if suffix else ""


def read_text_file(data: bytes) -> TextFile:
    """Read a text file; its format is recognised by its content. Raises UnreadableText."""
    if not data.strip():
        raise UnreadableText("empty")
    if len(data) > MOST_BYTES:
        raise UnreadableText("large", f"{len(data)} bytes")
    text_file = _read_by_content(data)
    if not text_file.pages:
        raise UnreadableText("no_pages")
    if len(text_file.pages) > MOST_PAGES:
        raise UnreadableText("large", f"{len(text_file.pages)} pages")
    return text_file


def _read_by_content(data: bytes) -> TextFile:
    head = _decode_head(data)
    if head.startswith("<"):
        if "ocr_page" in head or re.match(r"<!doctype\s+html|<html", head, re.IGNORECASE):
            return TextFile("hocr", read_hocr(parse_html(data)))
        root = parse_xml(data)
        name = name_of(root)
        if name == "alto":
            return TextFile("alto", read_alto(root))
        if name == "PcGts":
            return TextFile("page", read_page_xml(root))
        if name == "html":
            return TextFile("hocr", read_hocr(root))
        raise UnreadableText("kind", f"<{name}>"[:60])
    return TextFile("plain", [ReadPage(text, []) for text in _decode_plain(data).split("\f")])


def fit_boxes(page: ReadPage, width: int, height: int) -> list[Row]:
    """The page's boxes in pixels of an upright image of `width` by `height`; an empty list if the page does not say in
    what units they are."""
    if not page.rows:
        return []
    if page.width > 0 and page.height > 0:
        across, down = width / page.width, height / page.height
    elif page.pixels:
        across = down = 1.0
    else:
        return []
    return scale_boxes([[int(row[0]), int(row[1]), *row[2:]] for row in page.rows], across, down, width, height)  # type: ignore[list-item]


def _decode_head(data: bytes) -> str:
    encoding = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}.get(data[:2], "utf-8")
    return data[:4000].decode(encoding, errors="ignore").lstrip("\ufeff \t\r\n")


def _decode_plain(data: bytes) -> str:
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableText("encoding") from error
    if CONTROL.search(text):
        raise UnreadableText("kind", "bytes that are no text")
    if len(text) > MOST_LETTERS:
        raise UnreadableText("large", f"{len(text)} letters")
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")
