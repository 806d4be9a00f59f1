"""The marks of a transcription: what stands in a text beside the words of the page, shown to readers, not searched.

    Phú[?]            the word before is uncertain
    […] or [...]      something that cannot be read; [illegible], [không đọc được] mean the same
    ~~chữ gạch~~      struck out on the page
    [dấu: chữ]        the words of a stamp; [stamp: …] means the same
    [chữ ký]          a signature that gives no name; [signature] means the same
    ^chữ^             put in above the line
    [■]               covered for the public; written by nobody, it stands for words that are withheld

After the Leiden conventions and the marks of common transcription tools; the square brackets are what typists know.
"""

import re
from dataclasses import dataclass

UNCERTAIN = "[?]"
ILLEGIBLE = "[…]"
COVERED = "[■]"
# Every pattern takes the marks alone; what is the page's own stays outside of them or in group "words".
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
    """A piece of a text as readers see it. kind: '' plain, uncertain, illegible, covered, stamp, signature, struck,
    added.

    start: where its words begin in the text as typed.
    """

    text: str
    kind: str
    start: int


def without_marks(text: str) -> str:
    """The words alone, each where it stood: marks become spaces, so that slices of the one are slices of the other."""
    if not any(sign in text for sign in "[~^"):
        return text

    def blank(found: re.Match[str]) -> str:
        for group in INSIDE:
            if found[group] is not None:
                before, behind = found.start(group) - found.start(), found.end() - found.end(group)
                return " " * before + found[group] + " " * behind
        return " " * (found.end() - found.start())

    return MARK.sub(blank, text)


def pieces(text: str) -> list[Piece]:
    """The text cut at its marks, for showing: an uncertain word with its kind and without its sign."""
    cut: list[Piece] = []
    at = 0
    for found in MARK.finditer(text):
        plain = text[at : found.start()]
        kind = next(
            name
            for name in ("uncertain", "illegible", "covered", "stamp", "signature", "struck", "added")
            if found[name]
        )
        at_plain, at = at, found.end()
        if kind == "uncertain":
            word = WORD_BEFORE.search(plain)
            if word is None:
                cut += [Piece(plain, "", at_plain), Piece("?", "uncertain", found.start())]
                continue
            cut.append(Piece(plain[: word.start()], "", at_plain))
            cut.append(Piece(word[0], "uncertain", at_plain + word.start()))
            continue
        cut.append(Piece(plain, "", at_plain))
        inside = next((group for group in INSIDE if found[group] is not None), None)
        words, start = (found[inside], found.start(inside)) if inside else ("", found.start())
        cut.append(Piece(words, kind, start))
    cut.append(Piece(text[at:], "", at))
    return [piece for piece in cut if piece.text or piece.kind]
