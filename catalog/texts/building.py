"""What the readers of every form share: a parser shut against hostile files, and the building of a page's text."""

import math
import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

MOST_BYTES = 40 * 1024 * 1024
MOST_WORDS = 60_000
MOST_PAGES = 5_000
# Also where every letter has two bytes.
ENTITY = re.compile(rb"\x00?".join(re.escape(bytes([letter])) for letter in b"<!ENTITY"))
Box = tuple[float, float, float, float]


class UnreadableText(ValueError):
    """The file cannot be taken as a page's text. `code` says why: empty, large, damaged, entities, kind, encoding,
    no_pages, no_scan, pages, unit."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class ReadPage:
    """A page as a file gives it. rows: [start, end, x, y, width, height] in the file's own units, of a page of `width`
    by
    `height` of them (0: it does not say). pixels: whether the units are pixels of some image."""

    text: str
    rows: list[list[float]]
    width: float = 0
    height: float = 0
    pixels: bool = True
    confidence: float | None = None
    language: str = ""


@dataclass
class Builder:
    """Words and lines, as they come, into a ReadPage."""

    text: str = ""
    rows: list[list[float]] = field(default_factory=list)
    confidences: list[float] = field(default_factory=list)
    words: int = 0

    def word(self, content: str, *boxes: Box | None, joined: bool = False) -> None:
        """A word with its boxes (two where it is broken at the end of a line). joined: no space before it."""
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
        self.rows += [[start, len(self.text), *box] for box in boxes if box is not None and usable(box)]

    def line(self, content: str, box: Box | None) -> None:
        """A line whose words have no boxes: they share the line's by their lengths."""
        words = content.split()
        letters = sum(len(word) + 1 for word in words)
        at = 0
        for word in words:
            part: Box | None = None
            if box is not None and usable(box):
                x, y, w, h = box
                part = (x + w * at / letters, y, max(1.0, w * len(word) / letters), h)
            at += len(word) + 1
            self.word(word, part)
        self.end_line()

    def end_line(self) -> None:
        """The next word begins a line."""
        if self.text and not self.text.endswith("\n"):
            self.text += "\n"

    def end_block(self) -> None:
        """The next word stands behind a blank line."""
        self.end_line()
        if self.text and not self.text.endswith("\n\n"):
            self.text += "\n"

    def sure(self, value: str | None) -> None:
        """How sure the file is of a word, 0 to 1, if it says so."""
        number = figure(value)
        if number is not None and 0 <= number <= 1:
            self.confidences.append(number)

    def page(self, width: float = 0, height: float = 0, *, pixels: bool = True, language: str = "") -> ReadPage:
        """What was built."""
        sure = sum(self.confidences) / len(self.confidences) if self.confidences else None
        return ReadPage(self.text.rstrip("\n"), self.rows, width, height, pixels, sure, language)


def usable(box: Box) -> bool:
    """Whether a box has finite sides and some area."""
    return all(math.isfinite(side) and abs(side) < 10_000_000 for side in box) and box[2] > 0 and box[3] > 0


def figure(value: str | None) -> float | None:
    """A number as a file writes it; None for anything else."""
    try:
        number = float(value) if value else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def around(points: list[tuple[float, float]]) -> Box | None:
    """The upright box around a polygon."""
    if len(points) < 2:
        return None
    left, top = min(x for x, _ in points), min(y for _, y in points)
    return left, top, max(x for x, _ in points) - left, max(y for _, y in points) - top


def parse_xml(data: bytes) -> Any:
    """The root of an XML file. No entity is expanded, nothing is fetched, nothing huge is built. Raises
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
    """The root of an HTML file, as browsers would mend it. Raises UnreadableText."""
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
    """An element's name without its namespace; '' for what is no element."""
    return str(element.tag).rpartition("}")[2] if isinstance(element.tag, str) else ""


def children(element: Any, *names: str) -> list[Any]:
    """The direct children of these names."""
    return [child for child in element if name_of(child) in names]


def below(element: Any, *names: str) -> list[Any]:
    """Everything of these names below the element, in the order of the file."""
    return [one for one in element.iter() if name_of(one) in names]
