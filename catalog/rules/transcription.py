"""The editorial marks of a transcription: parts of a text that are no words of the page; shown, but not searched.

    Phú[?]            the word before is uncertain
    […] or [...]      something that cannot be read; [illegible], [không đọc được] mean the same
    ~~chữ gạch~~      struck out on the page
    [dấu: chữ]        the words of a stamp; [stamp: …] means the same
    [chữ ký]          a signature that gives no name; [signature] means the same
    ^chữ^             inserted above the line
    [■]               covered for the public: put in by the program in place of withheld words, never typed

After the Leiden conventions and the marks of common transcription tools; square brackets because typists know them.
"""

import re
from dataclasses import dataclass

COVERED = "[■]"
# Every alternative matches one mark. Words of the page inside a mark are in one of the groups named in INSIDE.
MARK = re.compile(
    r"(?P<uncertain>\[\?\])"
    r"|(?P<illegible>\[(?:…|\.{2,4}|illegible|không đọc được|mờ)\])"
    r"|(?P<covered>\[■\])"
    r"|(?P<stamp>\[(?:dấu|stamp):[ ]*(?P<stamped>[^\[\]\n]*)\])"
    r"|(?P<signature>\[(?:chữ ký|signature)\])"
    r"|(?P<struck>~~(?P<striken>[^~\n]+)~~)"
    r"|(?P<added>\^(?P<put>[^\^\n]+)\^)",
    re.IGNORECASE,
)
INSIDE = ("stamped", "striken", "put")
WORD_BEFORE = re.compile(r"\S+\Z")


@dataclass(frozen=True)
class Piece:
    """A piece of a text as readers see it. kind: '' for plain text, uncertain, illegible, covered, stamp, signature,
    struck, added; start: offset of its words in the text as typed.
    """

    text: str
    kind: str
    start: int


def without_marks(text: str) -> str:
    """The text with marks replaced by spaces, so that every word keeps its offset."""
    if not any(sign in text for sign in "[~^"):
        return text

    def blank(match: re.Match[str]) -> str:
        for group in INSIDE:
            if match[group] is not None:
                before, behind = match.start(group) - match.start(), match.end() - match.end(group)
                return " " * before + match[group] + " " * behind
        return " " * (match.end() - match.start())

    return MARK.sub(blank, text)


def pieces(text: str) -> list[Piece]:
    """The text split at its marks, for display; an uncertain word gets the kind "uncertain" and loses its sign."""
    result: list[Piece] = []
    position = 0
    for match in MARK.finditer(text):
        plain = text[position : match.start()]
        kind = next(
            name
            for name in ("uncertain", "illegible", "covered", "stamp", "signature", "struck", "added")
            if match[name]
        )
        plain_start, position = position, match.end()
        if kind == "uncertain":
            word = WORD_BEFORE.search(plain)
            if word is None:
                result += [Piece(plain, "", plain_start), Piece("?", "uncertain", match.start())]
                continue
            result.append(Piece(plain[: word.start()], "", plain_start))
            result.append(Piece(word[0], "uncertain", plain_start + word.start()))
            continue
        result.append(Piece(plain, "", plain_start))
        inside = next((group for group in INSIDE if match[group] is not None), None)
        words, start = (match[inside], match.start(inside)) if inside else ("", match.start())
        result.append(Piece(words, kind, start))
    result.append(Piece(text[position:], "", position))
    return [piece for piece in result if piece.text or piece.kind]
