"""Texts of pages in templates: transcription marks shown as what they mean, words of a search marked."""

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
    """A page's text as HTML: uncertain and illegible words, stamps and struck words are shown as such, words of the
    query `q` are in <mark>."""
    slices = hit_slices(without_marks(text), parse_query(q).node) if q else []
    return mark_safe("".join(_piece_as_html(piece, slices) for piece in pieces(text)))  # noqa: S308 — each piece is escaped


def _piece_as_html(piece: Piece, slices: list[tuple[int, int]]) -> str:
    words = _with_marks(piece, slices)
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


def _with_marks(piece: Piece, slices: list[tuple[int, int]]) -> str:
    html, position, end = "", piece.start, piece.start + len(piece.text)
    for start, stop in slices:
        first, last = max(start, position), min(stop, end)
        if first >= last:
            continue
        html += escape(piece.text[position - piece.start : first - piece.start])
        html += f"<mark>{escape(piece.text[first - piece.start : last - piece.start])}</mark>"
        position = last
    return html + escape(piece.text[position - piece.start :])
