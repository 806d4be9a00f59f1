"""Our own small query grammar. Reading never fails: what could not be read as typed is said in `notes`.

word                every word must be there; marks are respected where typed, ignored where not
"some words"        next to one another, in this order
begin*   near~      words beginning so, from two letters on; words one letter away, from four letters on
a b   a AND b       both (VÀ); AND binds closer than OR
a OR b              either (HOẶC)
-a   NOT a          not there (KHÔNG); before a word, a phrase, a parenthesis or a field
(a OR b) c          parentheses
field:value         title, text, name, unit, place, number; kind, level, repository, lender, decade, language, scans;
date.
                    Also in Vietnamese: tiêu đề, nội dung, tên, đơn vị, nơi, số, loại, cấp, kho, … (FIELDS)
date:1966..1968     ranges, of dates; also date:1967, date:..1968, date:7/1967..

Operators are in capitals, so that "và" and "or" stay words. Addresses and saved searches hold this and nothing else.
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
LEAST_PREFIX = 2
LEAST_NEAR = 4

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
# A field of several words may be typed as it is said; everywhere below it is one word.
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
    """The tree (None where nothing searchable was typed) and codes of what could not be read as typed."""

    node: Node | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Piece:
    """kind: ( ) - field quoted bare; text: what stands in it."""

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
        at = text.rindex('"')
        text = text[:at] + " " + text[at + 1 :]
    text = LONG_NAME.sub(lambda found: fold(found[1]).replace(" ", "") + ":", text)
    reader = _Reader(list(_pieces(text)), notes)
    node = reader.either(0)
    while reader.left():
        # A parenthesis closed that was never opened: what follows it belongs to the same question.
        reader.note("unclosed_parenthesis")
        reader.at += 1
        node = _joined(All, [one for one in (node, reader.either(0)) if one is not None])
    if node is None and text.strip():
        reader.note("nothing")
    if node is not None and _only_excludes(node):
        reader.note("only_excluded")
    return ReadQuery(node, tuple(dict.fromkeys(notes)))


def _pieces(text: str) -> Iterator[_Piece]:
    for found in PIECE.finditer(text):
        if found["minus"]:
            yield _Piece("-", "-")
        elif found["field"] is not None:
            yield _Piece("field", found["field"])
        elif found["quoted"] is not None:
            yield _Piece("quoted", found["quoted"])
        elif found["bare"] is not None:
            yield _Piece("bare", found["bare"])
        else:
            yield _Piece(found[0], found[0])


class _Reader:
    """Recursive descent over the pieces. Every step moves on, so that reading ends whatever was typed."""

    def __init__(self, pieces: list[_Piece], notes: list[str]) -> None:
        self.pieces = pieces
        self.notes = notes
        self.at = 0
        self.words = 0

    def left(self) -> _Piece | None:
        return self.pieces[self.at] if self.at < len(self.pieces) else None

    def note(self, code: str) -> None:
        self.notes.append(code)

    def either(self, depth: int) -> Node | None:
        alternatives = [one for one in [self.every(depth)] if one is not None]
        while (piece := self.left()) and piece.kind == "bare" and piece.text in OR:
            self.at += 1
            if (one := self.every(depth)) is not None:
                alternatives.append(one)
        return _joined(Either, alternatives)

    def every(self, depth: int) -> Node | None:
        nodes: list[Node] = []
        while (piece := self.left()) and piece.kind != ")":
            if piece.kind == "bare" and piece.text in OR:
                break
            if piece.kind == "bare" and piece.text in AND:
                self.at += 1
                continue
            before = self.at
            node = self.one(depth)
            if node is not None:
                nodes.append(node)
            self.at = max(self.at, before + 1)
        return _joined(All, nodes)

    def one(self, depth: int) -> Node | None:
        excluded = False
        while (piece := self.left()) and (piece.kind == "-" or (piece.kind == "bare" and piece.text in NOT)):
            excluded = not excluded
            self.at += 1
        if piece is None or piece.kind == ")":
            return None
        self.at += 1
        node = self.plain(piece, depth)
        return Not(node) if excluded and node is not None else node

    def plain(self, piece: _Piece, depth: int) -> Node | None:
        if piece.kind == "(":
            if depth >= MOST_DEPTH:
                # What lies deeper is read as if the parenthesis were not there.
                self.note("too_deep")
                return None
            inner = self.either(depth + 1)
            if (closing := self.left()) and closing.kind == ")":
                self.at += 1
            else:
                self.note("unclosed_parenthesis")
            return inner
        if piece.kind == "field":
            return self.fielded(piece.text)
        return self.text(piece)

    def fielded(self, typed: str) -> Node | None:
        value = self.left()
        name = FIELD_OF.get(fold(typed).replace("_", "").replace("-", ""))
        if value is None or value.kind not in ("bare", "quoted"):
            self.note("field_without_value")
            return self.text(_Piece("bare", typed))
        self.at += 1
        if name is None:
            # 12:30 and http://… are words that happen to hold a colon.
            self.note("unknown_field")
            return self.text(_Piece("bare", f"{typed} {value.text}"))
        if name == "date":
            return self.dates(value.text)
        if ".." in value.text and value.kind == "bare":
            self.note("range_of_dates_only")
        if name in FACET_FIELDS:
            return Facet(name, value.text)
        node = self.text(value)
        return None if node is None else Within(name, node)

    def dates(self, typed: str) -> Node | None:
        found = RANGE.fullmatch(typed)
        one, other = (found["first"], found["last"]) if found else (typed, typed)
        first, last = read_date(one).earliest if one else None, read_date(other).latest if other else None
        if (one and first is None) or (other and last is None) or not (first or last):
            self.note("date_unread")
            return self.text(_Piece("bare", typed))
        return Dates(first, last)

    def text(self, piece: _Piece) -> Node | None:
        words = _words(piece.text)
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
                if len(folded) >= LEAST_PREFIX:
                    return Prefix(folded)
                self.note("prefix_too_short")
            elif piece.text.endswith("~"):
                if len(folded) >= LEAST_NEAR:
                    return Near(folded)
                self.note("near_too_short")
        # "c3/d9" or "hoà-bình" typed in one piece: its words belong together.
        return words[0] if len(words) == 1 else Phrase(tuple(words))


def _joined(kind: type[All] | type[Either], nodes: list[Node]) -> Node | None:
    if len(nodes) <= 1:
        return nodes[0] if nodes else None
    return kind(tuple(nodes))


def _only_excludes(node: Node) -> bool:
    match node:
        case Not():
            return True
        case All(nodes) | Either(nodes):
            return all(_only_excludes(one) for one in nodes)
        case _:
            return False


def _words(text: str) -> list[Word]:
    return [Word(token.exact, token.folded, has_marks(token.exact)) for token in tokens(text)]


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
    "read_query",
    "words_asked_for",
]
