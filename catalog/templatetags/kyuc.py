"""Filters and tags of all templates: fields in the page's language, addresses, strips of images, reasons in words."""

import datetime
import json
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from catalog.engines.highlights import Highlight
from catalog.images.models import Scan
from catalog.images.strips import Strip, strip_around
from catalog.messages.search import facet_value_in_words, left_out_in_words, reasons_in_words, why_in_a_sentence
from catalog.people.models import Person
from catalog.records.elements import SHOWN
from catalog.records.models import Mention, Page, Record
from catalog.records.queries import address_code
from catalog.search.filters import CatalogueFilters
from catalog.search.params import SearchParams
from catalog.search.people import FoundMention, PersonQuery
from catalog.search.queries import FacetValue

register = template.Library()


@register.filter
def tr(row: Any, name: str) -> str:
    """The field `name` in the page's language, else in the other: `{{ record|tr:"title" }}`."""
    vi, en = getattr(row, f"{name}_vi", ""), getattr(row, f"{name}_en", "")
    return (en or vi) if get_language() == "en" else (vi or en)


@register.filter
def shown_elements(record: Record, for_staff: bool) -> list[dict[str, Any]]:
    """The filled elements of a description in the order of the public page: label, isad, value in the page's language,
    paragraphs (whether it is long text), and the template for an element that is more than its text."""
    shown = []
    for element in SHOWN:
        value = tr(record, element.name) if element.bilingual else getattr(record, element.name)
        if (value or element.template) and (for_staff or not element.staff_only):
            template = f"catalog/records/facts/{element.template}" if element.template else ""
            shown.append(
                {
                    "label": element.label,
                    "isad": element.isad,
                    "value": value,
                    "paragraphs": element.paragraphs,
                    "template": template,
                }
            )
    return shown


@register.filter
def tr_lang(row: Any, name: str) -> str:
    """The language of what `tr` returns, for a `lang` attribute."""
    vi, en = getattr(row, f"{name}_vi", ""), getattr(row, f"{name}_en", "")
    if get_language() == "en":
        return "en" if en else "vi"
    return "vi" if vi else "en"


@register.filter
def web_address(address: str) -> str:
    """The address if it is an HTTP or HTTPS address, else ''. Forms accept no other, but imported files may hold
    anything."""
    try:
        # Browsers ignore unprintable characters before they read the scheme.
        scheme = urlsplit("".join(letter for letter in address if letter.isprintable()).strip()).scheme
    except ValueError:
        return ""
    return address.strip() if scheme in ("http", "https") else ""


@register.filter
def shown_date(row: Any) -> str:
    """A date as written; on English pages in English words if it is a year, a month or a day."""
    if get_language() == "en":
        if getattr(row, "date_text_en", ""):
            return str(row.date_text_en)
        if row.date_earliest and row.date_earliest == row.date_latest:
            return date_format(row.date_earliest, "j F Y")
        if row.date_edtf and row.date_edtf.replace("/", "").replace("-", "").isdigit():
            return " – ".join(_in_english(part) for part in str(row.date_edtf).split("/"))
    return str(row.date_text or row.date_edtf)


def _in_english(edtf: str) -> str:
    """A month or day in EDTF in English words; other values as they are."""
    try:
        match [int(part) for part in edtf.split("-")]:
            case [year, month]:
                return date_format(datetime.date(year, month, 1), "F Y")
            case [year, month, day]:
                return date_format(datetime.date(year, month, day), "j F Y")
    except ValueError:
        pass  # a season, such as 1968-21, stays as it is
    return edtf


@register.filter
def code(record: Record) -> str:
    """The number in the record's address."""
    return address_code(record)


@register.filter
def record_url(record: Record) -> str:
    """The record's address in the page's language."""
    return reverse("record", args=[address_code(record)])


@register.filter
def page_url(page: Page) -> str:
    """The page's address."""
    return reverse("page", args=[address_code(page.record), page.address])


@register.filter
def mention_url(mention: Mention) -> str:
    """The address of the page with the mention, which marks its box; of the record if the page is not known."""
    if mention.page is None:
        return f"{reverse('record', args=[address_code(mention.record)])}?mention={mention.pk}"
    return f"{reverse('page', args=[address_code(mention.record), mention.page.address])}?mention={mention.pk}"


@register.filter
def mention_place(mention: Mention) -> str:
    """The same with the anchor of the mark: with script the viewer opens there, without it the strip is there."""
    return mention_url(mention) + ("#place-1" if mention.page and mention.box else "")


@register.filter
def person_url(person: Person) -> str:
    """The person's address."""
    return reverse("person", args=[person.pk])


@register.filter
def unit_url(normal_form: str) -> str:
    """The unit's address."""
    return reverse("unit", args=[normal_form])


@register.filter
def thumbnail_url(scan: Scan) -> str:
    """The address of the thumbnail (400 px)."""
    return reverse("thumbnail", args=[scan.image_id])


@register.filter
def tiny_url(scan: Scan) -> str:
    """The address of an image 150 pixels wide, for strips of pages and lists."""
    return reverse("image-part", args=[scan.image_id, "full", _size_of_width(scan, 150)])


@register.filter
def small_url(scan: Scan) -> str:
    """The address of an image 240 pixels wide, for the cover of an exhibition."""
    return reverse("image-part", args=[scan.image_id, "full", _size_of_width(scan, 240)])


def _size_of_width(scan: Scan, pixels: int) -> str:
    """The size for an image request: `pixels` wide, or the full size of a narrower image, since none is enlarged."""
    return f"{pixels}," if scan.width >= pixels else "max"


@register.filter
def reading_url(scan: Scan) -> str:
    """The address of the reading image (half size)."""
    return reverse("reading", args=[scan.image_id])


@register.filter
def info_url(scan: Scan) -> str:
    """The address of the image's info.json, for the viewer."""
    return reverse("image-info", args=[scan.image_id])


@register.simple_tag
def mention_strip(mention: Mention, scan: Scan | None) -> Strip | None:
    """The strip of the scan around the mention's name; None if the box or the scan is not known."""
    return strip_around(scan, mention.box) if scan is not None and mention.box else None


@register.simple_tag
def box_strip(scan: Scan | None, boxes: list[tuple[int, int, int, int]]) -> Strip | None:
    """The strip of the scan around the first of `boxes`; None if there is none."""
    return strip_around(scan, boxes[0]) if scan is not None and boxes else None


@register.simple_tag
def strip_url(scan: Scan, strip: Strip) -> str:
    """The address of the image of a strip."""
    return reverse("image-part", args=[scan.image_id, strip.region, strip.size])


@register.filter
def marked(highlight: Highlight | None) -> SafeString:
    """A highlight as HTML with <mark>; the text is escaped."""
    if highlight is None:
        return SafeString("")
    html = "".join(f"<mark>{escape(piece)}</mark>" if hit else str(escape(piece)) for piece, hit in highlight.pieces)
    return mark_safe(("… " if highlight.before else "") + html + (" …" if highlight.after else ""))  # noqa: S308


@register.filter
def get(mapping: dict[Any, Any], key: Any) -> Any:
    """`{{ mapping|get:key }}`."""
    return mapping.get(key)


@register.filter
def as_json(value: Any) -> str:
    """JSON for a data attribute (escaped by the template as usual)."""
    return json.dumps(value, ensure_ascii=False, default=str)


@register.simple_tag
def linked_data(value: dict[str, Any]) -> SafeString:
    """A JSON-LD script element. `<`, `>` and `&` are escaped, so that no text can close the element."""
    safe = json.dumps(value, ensure_ascii=False, default=str)
    for letter, escaped in (("<", "\\u003C"), (">", "\\u003E"), ("&", "\\u0026")):
        safe = safe.replace(letter, escaped)
    return mark_safe(f'<script type="application/ld+json">{safe}</script>')  # noqa: S308


@register.simple_tag(takes_context=True)
def absolute(context: template.Context, path: str) -> str:
    """The address with scheme and host."""
    request: HttpRequest = context["request"]
    return request.build_absolute_uri(path)


@register.filter
def paragraphs(text: str) -> SafeString:
    """The text as HTML paragraphs, separated at blank lines; everything else is escaped."""
    parts = [part.strip() for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()]
    return mark_safe("".join(f"<p>{conditional_escape(part)}</p>" for part in parts))  # noqa: S308


@register.filter
def counted(number: int) -> str:
    """A number with the thousands separator of the page's language."""
    return f"{number:,}" if get_language() == "en" else f"{number:,}".replace(",", ".")


@register.simple_tag
def why(hit: FoundMention) -> list[str]:
    """Why a mention was found, in words."""
    return reasons_in_words(hit)


@register.filter
def left_out(names: tuple[str, ...]) -> str:
    """What a relaxed query leaves out, in words."""
    return left_out_in_words(names)


@register.filter
def known_facts(query: PersonQuery) -> list[str]:
    """All facts of a query except the name."""
    return [value for field in ("unit", "home") if (value := getattr(query, field))] + other_facts(query)


@register.filter
def other_facts(query: PersonQuery) -> list[str]:
    """The facts of a query except name, unit and home."""
    return [value for field in ("born", "enlisted", "died", "number", "kin") if (value := getattr(query, field))]


@register.filter
def why_sentence(hit: FoundMention) -> str:
    """Why a mention was found, in one sentence."""
    return why_in_a_sentence(hit)


@register.filter
def facet_title(name: str) -> str:
    """The title of a facet, as it is declared."""
    return str(CatalogueFilters.base_filters[name].label)


@register.simple_tag
def facet_label(name: str, value: FacetValue) -> str:
    """A facet's value in words."""
    return facet_value_in_words(name, value.value, value.label)


@register.filter
def dated_wholly(record: Record, params: SearchParams) -> bool:
    """Whether the record's date is completely within the dates of the search."""
    first, last = params.first_day, params.last_day
    if record.date_earliest is None or record.date_latest is None:
        return False
    return (first is None or record.date_earliest >= first) and (last is None or record.date_latest <= last)


@register.filter
def within_record(params: SearchParams, record: Record) -> str:
    """The query string of the same search in the pages of one record."""
    return params.query_string(record=address_code(record), tab="pages", page=1)


@register.filter
def full_url(scan: Scan) -> str:
    """The address of the complete image in full size."""
    return reverse("image-part", args=[scan.image_id, "full", "max"])
