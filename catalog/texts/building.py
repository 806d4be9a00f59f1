"""Shared by the readers of all formats: parsers that are safe with hostile files, and building the text of a page."""

import math
import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

MOST_BYTES = 40 * 1024 * 1024
MOST_WORDS = 60_000
MOST_PAGES = 5_000
# Also matches UTF-16, where every letter has two bytes.
ENTITY = re.compile(rb"\x00?".join(re.escape(bytes([letter])) for letter in b"<!ENTITY"))
FloatBox = tuple[float, float, float, float]


class UnreadableText(ValueError):
    """The file cannot be used as the text of a page. `code` says why: empty, large, damaged, entities, kind, encoding,
    no_pages, no_scan, pages, unit."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class ReadPage:
    """A page as read from a file. rows: [start, end, x, y, width, height] a word, in the file's own units, on a page of
    `width` by `height` units (0: not given). pixels: whether the units are pixels of an image."""

    text: str
    rows: list[list[float]]
    width: float = 0
    height: float = 0
    pixels: bool = True
    confidence: float | None = None
    language: str = ""


@dataclass
class Builder:
    """Builds a ReadPage from words and lines in reading order."""

    text: str = ""
    rows: list[list[float]] = field(default_factory=list)
    confidences: list[float] = field(default_factory=list)
    words: int = 0

    def add_word(self, content: str, *boxes: FloatBox | None, joined: bool = False) -> None:
        """Add a word with its boxes (two if it is hyphenated at the end of a line). joined: no space before it."""
        content = " ".join(unicodedata.normalize("NFC", content).split())
        if not content:
            return
        self.words += 1
        if self.words > MOST_WORDS:
            raise UnreadableText("large", f"more than {MOST_WORDS} words on a page")
        if self.text and not self.text.endswith("\n") and not joined:
            self.text += " "
        start = len(self.text)
        self.text += content
        self.rows += [[start, len(self.text), *box] for box in boxes if box is not None and is_usable(box)]

    def add_line(self, content: str, box: FloatBox | None) -> None:
        """Add a line whose words have no boxes; the line's box is divided among them by their lengths."""
        words = content.split()
        letters = sum(len(word) + 1 for word in words)
        offset = 0
        for word in words:
            word_box: FloatBox | None = None
            if box is not None and is_usable(box):
                x, y, w, h = box
                word_box = (x + w * offset / letters, y, max(1.0, w * len(word) / letters), h)
            offset += len(word) + 1
            self.add_word(word, word_box)
        self.end_line()

    def end_line(self) -> None:
        """End the line: the next word begins a new one."""
        if self.text and not self.text.endswith("\n"):
            self.text += "\n"

    def end_block(self) -> None:
        """End the block: the next word follows after a blank line."""
        self.end_line()
        if self.text and not self.text.endswith("\n\n"):
            self.text += "\n"

    def add_confidence(self, value: str | None) -> None:
        """Record the confidence of a word if it is a number from 0 to 1."""
        number = read_number(value)
        if number is not None and 0 <= number <= 1:
            self.confidences.append(number)

    def page(self, width: float = 0, height: float = 0, *, pixels: bool = True, language: str = "") -> ReadPage:
        """The finished page; its confidence is the mean of those recorded."""
        confidence = sum(self.confidences) / len(self.confidences) if self.confidences else None
        return ReadPage(self.text.rstrip("\n"), self.rows, width, height, pixels, confidence, language)


def is_usable(box: FloatBox) -> bool:
    """Whether a box has finite sides and some area."""
    return all(math.isfinite(side) and abs(side) < 10_000_000 for side in box) and box[2] > 0 and box[3] > 0


def read_number(value: str | None) -> float | None:
    """Parse a finite number; None for anything else."""
    try:
        number = float(value) if value else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def box_around_points(points: list[tuple[float, float]]) -> FloatBox | None:
    """The bounding box of a polygon; None for fewer than two points."""
    if len(points) < 2:
        return None
    left, top = min(x for x, _ in points), min(y for _, y in points)
    return left, top, max(x for x, _ in points) - left, max(y for _, y in points) - top


def parse_xml(data: bytes) -> Any:
    """The root of an XML file. Entities are not expanded, nothing is fetched, and huge trees are refused. Raises
    UnreadableText."""
    if ENTITY.search(data):
        raise UnreadableText("entities")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    root = _root(data, parser)
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and any(True for _ in declared.iterentities()):
        raise UnreadableText("entities")
    return root


def parse_html(data: bytes) -> Any:
    """The root of an HTML file; invalid markup is repaired as browsers do. Raises UnreadableText."""
    encoding = None if data[:2] in (b"\xff\xfe", b"\xfe\xff") or re.search(rb"charset=", data[:2000]) else "utf-8"
    parser = etree.HTMLParser(
        no_network=True, huge_tree=False, remove_comments=True, remove_pis=True, encoding=encoding
    )
    return _root(data, parser)


def _root(data: bytes, parser: Any) -> Any:
    try:
        root = etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise UnreadableText("damaged", str(error).splitlines()[0][:150] if str(error) else "") from error
    if root is None:
        raise UnreadableText("damaged", "there is no element in it")
    return root


def name_of(element: Any) -> str:
    """An element's name without its namespace; '' for comments and the like."""
    return str(element.tag).rpartition("}")[2] if isinstance(element.tag, str) else ""


def children(element: Any, *names: str) -> list[Any]:
    """The direct children of these names."""
    return [child for child in element if name_of(child) in names]


def descendants(element: Any, *names: str) -> list[Any]:
    """The element and its descendants that have these names, in document order."""
    return [descendant for descendant in element.iter() if name_of(descendant) in names]
