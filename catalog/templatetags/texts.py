"""Texts of pages in templates: marks of a transcription shown as what they mean, words asked for marked."""

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from catalog.engines.highlights import hit_slices
from catalog.rules.transcription import Piece, pieces, without_marks
from catalog.search.parsed_query import parse_query

register = template.Library()


@register.simple_tag
def page_words(text: str, q: str = "") -> SafeString:
    """A page's text as HTML: uncertain and illegible words, stamps and struck words shown as such; those of `q` in
    <mark>."""
    slices = hit_slices(without_marks(text), parse_query(q).node) if q else []
    return mark_safe("".join(_shown(piece, slices) for piece in pieces(text)))  # noqa: S308 — each piece is escaped


def _shown(piece: Piece, slices: list[tuple[int, int]]) -> str:
    words = _marked(piece, slices)
    match piece.kind:
        case "uncertain":
            return f'<span class="unsure">{words}<span class="hidden"> ({_("uncertain")})</span></span>'
        case "illegible":
            return f'<span class="illegible">[{_("illegible")}]</span>'
        case "covered":
            return f'<span class="illegible">[{_("covered")}]</span>'
        case "stamp":
            return f'<span class="stamp"><span class="hidden">{_("stamp:")} </span>{words}</span>'
        case "signature":
            return f'<span class="illegible">[{_("signature")}]</span>'
        case "struck":
            return f"<del>{words}</del>"
        case "added":
            return f"<ins>{words}</ins>"
        case _:
            return words


def _marked(piece: Piece, slices: list[tuple[int, int]]) -> str:
    out, at, end = "", piece.start, piece.start + len(piece.text)
    for start, stop in slices:
        first, last = max(start, at), min(stop, end)
        if first >= last:
            continue
        out += escape(piece.text[at - piece.start : first - piece.start])
        out += f"<mark>{escape(piece.text[first - piece.start : last - piece.start])}</mark>"
        at = last
    return out + escape(piece.text[at - piece.start :])
