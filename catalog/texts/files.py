"""A file with a page's text, whatever its form: ALTO, hOCR, PAGE XML or plain text, told by what is in it."""

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
from catalog.texts.packing import Row, scaled
from catalog.texts.page_xml import read_page_xml

# Longest first: `a.alto.xml` is beside `a.tif`.
SUFFIXES = (".alto.xml", ".page.xml", ".hocr.html", ".hocr", ".xml", ".html", ".htm", ".txt")
MOST_LETTERS = 2_000_000
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class TextFile:
    """What a file holds. form: alto, hocr, page, plain."""

    form: str
    pages: list[ReadPage]


def stem_of(name: str) -> str:
    """A file name without the suffix of a text file; '' where it has none."""
    low = name.lower()
    suffix = next((one for one in SUFFIXES if low.endswith(one)), "")
    return name[: -len(suffix)] if suffix else ""


def read_text_file(data: bytes) -> TextFile:
    """Read a file by its content. Raises UnreadableText."""
    if not data.strip():
        raise UnreadableText("empty")
    if len(data) > MOST_BYTES:
        raise UnreadableText("large", f"{len(data)} bytes")
    found = _read(data)
    if not found.pages:
        raise UnreadableText("no_pages")
    if len(found.pages) > MOST_PAGES:
        raise UnreadableText("large", f"{len(found.pages)} pages")
    return found


def _read(data: bytes) -> TextFile:
    head = _head(data)
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
    return TextFile("plain", [ReadPage(text, []) for text in _plain(data).split("\f")])


def fitted(page: ReadPage, width: int, height: int) -> list[Row]:
    """The page's boxes in pixels of an upright image of `width` by `height`; none where it cannot be said where they
    are."""
    if not page.rows:
        return []
    if page.width > 0 and page.height > 0:
        across, down = width / page.width, height / page.height
    elif page.pixels:
        across = down = 1.0
    else:
        return []
    return scaled([[int(row[0]), int(row[1]), *row[2:]] for row in page.rows], across, down, width, height)  # type: ignore[list-item]


def _head(data: bytes) -> str:
    encoding = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}.get(data[:2], "utf-8")
    return data[:4000].decode(encoding, errors="ignore").lstrip("\ufeff \t\r\n")


def _plain(data: bytes) -> str:
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
