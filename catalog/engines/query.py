"""Our own small query grammar. Reading never fails: what could not be read as typed is reported in `notes`.

word                every word must occur; marks count if they are typed, and are ignored if not
"some words"        next to each other, in this order
begin*   near~      words with this beginning, from two letters on; words one letter away, from four letters on
a b   a AND b       both (VÀ); AND binds closer than OR
a OR b              either (HOẶC)
-a   NOT a          must not occur (KHÔNG); before a word, a phrase, a parenthesis or a field
(a OR b) c          parentheses
field:value         title, text, name, unit, place, number, date;
                    kind, level, repository, lender, decade, language, scans.
                    Also in Vietnamese: tiêu đề, nội dung, tên, đơn vị, nơi, số, loại, cấp, kho, … (FIELDS)
date:1966..1968     ranges, of dates; also date:1967, date:..1968, date:7/1967..

Operators are in capitals, so that "và" and "or" stay words. Addresses and saved searches contain only this grammar.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from catalog.engines.tree import (
    FACET_FIELDS,
    TEXT_FIELDS,
    All,
    Dates,
    Either,
    Facet,
    Near,
    Node,
    Not,
    Phrase,
    Prefix,
    Within,
    Word,
    words_asked_for,
)
from catalog.rules.dates import read_date
from catalog.rules.text import canonical, fold, has_marks, tokens

MOST_LETTERS = 4000
MOST_WORDS = 40
MOST_DEPTH = 8
MIN_PREFIX = 2
MIN_NEAR = 4

AND, OR, NOT = {"AND", "VÀ", "VA", "&&"}, {"OR", "HOẶC", "HOAC", "||"}, {"NOT", "KHÔNG", "KHONG"}
FIELDS = {
    "title": ("title", "tiêu đề", "tên hồ sơ", "tit"),
    "text": ("text", "body", "nội dung", "toàn văn"),
    "name": ("name", "person", "tên", "họ tên", "người"),
    "unit": ("unit", "đơn vị", "phiên hiệu"),
    "place": ("place", "nơi", "địa danh", "quê", "quê quán", "địa điểm"),
    "number": ("number", "code", "số", "mã", "số hiệu", "ký hiệu"),
    "kind": ("kind", "type", "loại", "loại hình"),
    "level": ("level", "cấp", "cấp mô tả"),
    "repository": ("repository", "archive", "kho", "nơi giữ", "nơi lưu trữ"),
    "lender": ("lender", "bên cho mượn", "nơi cho mượn"),
    "decade": ("decade", "thập kỷ", "thập niên"),
    "language": ("language", "lang", "ngôn ngữ", "tiếng"),
    "scans": ("scans", "images", "ảnh", "bản quét"),
    "date": ("date", "year", "dated", "ngày", "năm", "thời gian"),
}
FIELD_OF = {fold(word).replace(" ", ""): name for name, words in FIELDS.items() for word in words}
LONG_NAMES = sorted((word for words in FIELDS.values() for word in words if " " in word), key=len, reverse=True)
# The name of a field may be typed with spaces; in the code below it is one word.
LONG_NAME = re.compile(
    r"(?<!\w)(" + "|".join(sorted({*LONG_NAMES, *map(fold, LONG_NAMES)}, key=len, reverse=True)) + r")\s*:",
    re.IGNORECASE,
)
PIECE = re.compile(
    r'\(|\)|(?P<minus>-(?=["(\w]))|(?P<field>[^\W\d_][\w-]*):(?=\S)|"(?P<quoted>[^"]*)"|(?P<bare>[^\s()"]+)'
)
QUOTES = str.maketrans(dict.fromkeys("“”„«»", '"'))
RANGE = re.compile(r"(?P<first>[^.]*)\.\.(?P<last>[^.]*)")


@dataclass(frozen=True)
class ReadQuery:
    """The tree (None if nothing searchable was typed) and codes of what could not be read as typed."""

    node: Node | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Piece:
    """kind: ( ) - field quoted bare; text: its content."""

    kind: str
    text: str


def read_query(text: str) -> ReadQuery:
    """Read what a person typed.

    Notes: text_cut, unclosed_quote, unclosed_parenthesis, too_many_words, too_deep, prefix_too_short, near_too_short,
    unknown_field, date_unread, range_of_dates_only, field_without_value, only_excluded, nothing.
    """
    notes: list[str] = []
    if len(text) > MOST_LETTERS:
        text = text[:MOST_LETTERS]
        notes.append("text_cut")
    text = canonical(text.replace("\0", " ").translate(QUOTES))
    if text.count('"') % 2:
        notes.append("unclosed_quote")
        position = text.rindex('"')
        text = text[:position] + " " + text[position + 1 :]
    text = LONG_NAME.sub(lambda match: fold(match[1]).replace(" ", "") + ":", text)
    reader = _Reader(list(_pieces(text)), notes)
    node = reader.read_either(0)
    while reader.current():
        # A closing parenthesis without an opening one: what follows belongs to the same query.
        reader.note("unclosed_parenthesis")
        reader.position += 1
        node = _combine(All, [node for node in (node, reader.read_either(0)) if node is not None])
    if node is None and text.strip():
        reader.note("nothing")
    if node is not None and _has_only_exclusions(node):
        reader.note("only_excluded")
    return ReadQuery(node, tuple(dict.fromkeys(notes)))


def _pieces(text: str) -> Iterator[_Piece]:
    for match in PIECE.finditer(text):
        if match["minus"]:
            yield _Piece("-", "-")
        elif match["field"] is not None:
            yield _Piece("field", match["field"])
        elif match["quoted"] is not None:
            yield _Piece("quoted", match["quoted"])
        elif match["bare"] is not None:
            yield _Piece("bare", match["bare"])
        else:
            yield _Piece(match[0], match[0])


class _Reader:
    """Recursive descent over the pieces. Every step moves forward, so that reading ends whatever was typed."""

    def __init__(self, pieces: list[_Piece], notes: list[str]) -> None:
        self.pieces = pieces
        self.notes = notes
        self.position = 0
        self.words = 0

    def current(self) -> _Piece | None:
        return self.pieces[self.position] if self.position < len(self.pieces) else None

    def note(self, code: str) -> None:
        self.notes.append(code)

    def read_either(self, depth: int) -> Node | None:
        alternatives = [node for node in [self.read_all(depth)] if node is not None]
        while (piece := self.current()) and piece.kind == "bare" and piece.text in OR:
            self.position += 1
            if (node := self.read_all(depth)) is not None:
                alternatives.append(node)
        return _combine(Either, alternatives)

    def read_all(self, depth: int) -> Node | None:
        nodes: list[Node] = []
        while (piece := self.current()) and piece.kind != ")":
            if piece.kind == "bare" and piece.text in OR:
                break
            if piece.kind == "bare" and piece.text in AND:
                self.position += 1
                continue
            before = self.position
            node = self.read_one(depth)
            if node is not None:
                nodes.append(node)
            self.position = max(self.position, before + 1)
        return _combine(All, nodes)

    def read_one(self, depth: int) -> Node | None:
        excluded = False
        while (piece := self.current()) and (piece.kind == "-" or (piece.kind == "bare" and piece.text in NOT)):
            excluded = not excluded
            self.position += 1
        if piece is None or piece.kind == ")":
            return None
        self.position += 1
        node = self.read_plain(piece, depth)
        return Not(node) if excluded and node is not None else node

    def read_plain(self, piece: _Piece, depth: int) -> Node | None:
        if piece.kind == "(":
            if depth >= MOST_DEPTH:
                # Deeper levels are read as if the parenthesis were not there.
                self.note("too_deep")
                return None
            inner = self.read_either(depth + 1)
            if (closing := self.current()) and closing.kind == ")":
                self.position += 1
            else:
                self.note("unclosed_parenthesis")
            return inner
        if piece.kind == "field":
            return self.read_field(piece.text)
        return self.text(piece)

    def read_field(self, typed: str) -> Node | None:
        value = self.current()
        name = FIELD_OF.get(fold(typed).replace("_", "").replace("-", ""))
        if value is None or value.kind not in ("bare", "quoted"):
            self.note("field_without_value")
            return self.text(_Piece("bare", typed))
        self.position += 1
        if name is None:
            # 12:30 and http://… are words that contain a colon.
            self.note("unknown_field")
            return self.text(_Piece("bare", f"{typed} {value.text}"))
        if name == "date":
            return self.read_dates(value.text)
        if ".." in value.text and value.kind == "bare":
            self.note("range_of_dates_only")
        if name in FACET_FIELDS:
            return Facet(name, value.text)
        node = self.text(value)
        return None if node is None else Within(name, node)

    def read_dates(self, typed: str) -> Node | None:
        match = RANGE.fullmatch(typed)
        first_text, last_text = (match["first"], match["last"]) if match else (typed, typed)
        first, last = (
            read_date(first_text).earliest if first_text else None,
            read_date(last_text).latest if last_text else None,
        )
        if (first_text and first is None) or (last_text and last is None) or not (first or last):
            self.note("date_unread")
            return self.text(_Piece("bare", typed))
        return Dates(first, last)

    def text(self, piece: _Piece) -> Node | None:
        words = query_words(piece.text)
        if not words:
            return None
        if self.words >= MOST_WORDS:
            self.note("too_many_words")
            return None
        words = words[: MOST_WORDS - self.words]
        self.words += len(words)
        if len(words) == 1 and piece.kind == "bare":
            folded = words[0].folded
            if piece.text.endswith("*"):
                if len(folded) >= MIN_PREFIX:
                    return Prefix(folded)
                self.note("prefix_too_short")
            elif piece.text.endswith("~"):
                if len(folded) >= MIN_NEAR:
                    return Near(folded)
                self.note("near_too_short")
        # "c3/d9" or "hoà-bình", typed without spaces: the words belong together.
        return words[0] if len(words) == 1 else Phrase(words)


def _combine(kind: type[All] | type[Either], nodes: list[Node]) -> Node | None:
    if len(nodes) <= 1:
        return nodes[0] if nodes else None
    return kind(tuple(nodes))


def _has_only_exclusions(node: Node) -> bool:
    match node:
        case Not():
            return True
        case All(nodes) | Either(nodes):
            return all(_has_only_exclusions(child) for child in nodes)
        case _:
            return False


def query_words(text: str) -> tuple[Word, ...]:
    """The words of `text` as nodes of a query; marks count where the text has them."""
    return tuple(Word(token.exact, token.folded, has_marks(token.exact)) for token in tokens(text))


__all__ = [
    "FACET_FIELDS",
    "FIELDS",
    "MOST_WORDS",
    "TEXT_FIELDS",
    "All",
    "Dates",
    "Either",
    "Facet",
    "Near",
    "Node",
    "Not",
    "Phrase",
    "Prefix",
    "ReadQuery",
    "Within",
    "Word",
    "query_words",
    "read_query",
    "words_asked_for",
]
