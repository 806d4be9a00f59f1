"""What templates need beyond Django's own: the right language's field, addresses, strips, words for reasons."""

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
from catalog.search.params import SearchParams
from catalog.search.people import FoundMention, PersonQuery
from catalog.search.queries import FacetValue

register = template.Library()


@register.filter
def tr(thing: Any, name: str) -> str:
    """The field `name` in the page's language, else in the other: `{{ record|tr:"title" }}`."""
    vi, en = getattr(thing, f"{name}_vi", ""), getattr(thing, f"{name}_en", "")
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
def tr_lang(thing: Any, name: str) -> str:
    """The language that `tr` gave, for a `lang` attribute."""
    vi, en = getattr(thing, f"{name}_vi", ""), getattr(thing, f"{name}_en", "")
    if get_language() == "en":
        return "en" if en else "vi"
    return "vi" if vi else "en"


@register.filter
def web_address(address: str) -> str:
    """The address if it is one of the web (http, https), else ''. Forms ask for one; files taken in may hold
    anything."""
    try:
        # Browsers drop such letters before they read the scheme.
        scheme = urlsplit("".join(letter for letter in address if letter.isprintable()).strip()).scheme
    except ValueError:
        return ""
    return address.strip() if scheme in ("http", "https") else ""


@register.filter
def shown_date(thing: Any) -> str:
    """A date as written; in English, an exact day in English words."""
    if get_language() == "en":
        if getattr(thing, "date_text_en", ""):
            return str(thing.date_text_en)
        if thing.date_earliest and thing.date_earliest == thing.date_latest:
            return date_format(thing.date_earliest, "j F Y")
        if thing.date_edtf and thing.date_edtf.replace("/", "").replace("-", "").isdigit():
            return " – ".join(_in_english(part) for part in str(thing.date_edtf).split("/"))
    return str(thing.date_text or thing.date_edtf)


def _in_english(edtf: str) -> str:
    """A year, month or day in EDTF, in English words."""
    try:
        match [int(part) for part in edtf.split("-")]:
            case [year, month]:
                return date_format(datetime.date(year, month, 1), "F Y")
            case [year, month, day]:
                return date_format(datetime.date(year, month, day), "j F Y")
    except ValueError:
        pass  # a season, as 1968-21, stays as it stands
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
    """The page where the name stands, at its box; the record where no page is known."""
    if mention.page is None:
        return f"{reverse('record', args=[address_code(mention.record)])}?mention={mention.pk}"
    return f"{reverse('page', args=[address_code(mention.record), mention.page.address])}?mention={mention.pk}"


@register.filter
def mention_place(mention: Mention) -> str:
    """The same, at the marked place itself: with script the viewer opens there, without it the strip stands there."""
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
    return reverse("image-part", args=[scan.image_id, "full", _wide(scan, 150)])


@register.filter
def small_url(scan: Scan) -> str:
    """The address of an image 240 pixels wide, for a hall's cover."""
    return reverse("image-part", args=[scan.image_id, "full", _wide(scan, 240)])


def _wide(scan: Scan, pixels: int) -> str:
    """The size to ask for: so wide, or as it is where it is narrower, since nothing is enlarged."""
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
    """The strip of the scan around the mention's name, or None where the box or the scan is not known."""
    return strip_around(scan, mention.box) if scan is not None and mention.box else None


@register.simple_tag
def box_strip(scan: Scan | None, boxes: list[tuple[int, int, int, int]]) -> Strip | None:
    """The strip of the scan around the first of `boxes`, or None."""
    return strip_around(scan, boxes[0]) if scan is not None and boxes else None


@register.simple_tag
def strip_url(scan: Scan, strip: Strip) -> str:
    """The address of a strip's picture."""
    return reverse("image-part", args=[scan.image_id, strip.region, strip.size])


@register.filter
def marked(highlight: Highlight | None) -> SafeString:
    """A highlight as HTML with <mark>; nothing is trusted."""
    if highlight is None:
        return SafeString("")
    inside = "".join(f"<mark>{escape(piece)}</mark>" if hit else str(escape(piece)) for piece, hit in highlight.pieces)
    return mark_safe(("… " if highlight.before else "") + inside + (" …" if highlight.after else ""))  # noqa: S308


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
    """A JSON-LD script element; `<`, `>` and `&` are escaped, so that no text can close it."""
    safe = json.dumps(value, ensure_ascii=False, default=str)
    for letter, escaped in (("<", "\\u003C"), (">", "\\u003E"), ("&", "\\u0026")):
        safe = safe.replace(letter, escaped)
    return mark_safe(f'<script type="application/ld+json">{safe}</script>')  # noqa: S308


@register.simple_tag(takes_context=True)
def absolute(context: template.Context, path: str) -> str:
    """The address with its host."""
    request: HttpRequest = context["request"]
    return request.build_absolute_uri(path)


@register.filter
def paragraphs(text: str) -> SafeString:
    """Blank lines part paragraphs; nothing else is markup."""
    parts = [part.strip() for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()]
    return mark_safe("".join(f"<p>{conditional_escape(part)}</p>" for part in parts))  # noqa: S308


@register.filter
def counted(number: int) -> str:
    """A number with the thousands mark of the page's language."""
    return f"{number:,}" if get_language() == "en" else f"{number:,}".replace(",", ".")


@register.simple_tag
def why(found: FoundMention) -> list[str]:
    """Why a mention was found, in words."""
    return reasons_in_words(found)


@register.filter
def left_out(names: tuple[str, ...]) -> str:
    """What a looser question leaves out, in words."""
    return left_out_in_words(names)


@register.filter
def known_facts(asked: PersonQuery) -> list[str]:
    """Everything a question says beside the name."""
    return [value for field in ("unit", "home") if (value := getattr(asked, field))] + other_facts(asked)


@register.filter
def other_facts(asked: PersonQuery) -> list[str]:
    """What a question says beside name, unit and home."""
    return [value for field in ("born", "enlisted", "died", "number", "kin") if (value := getattr(asked, field))]


@register.filter
def why_sentence(found: FoundMention) -> str:
    """The same in one sentence."""
    return why_in_a_sentence(found)


@register.simple_tag
def facet_label(name: str, value: FacetValue) -> str:
    """A facet's value in words."""
    return facet_value_in_words(name, value.value, value.label)


@register.filter
def dated_wholly(record: Record, params: SearchParams) -> bool:
    """Whether a record is dated wholly within the dates asked for."""
    first, last = params.first_day, params.last_day
    if record.date_earliest is None or record.date_latest is None:
        return False
    return (first is None or record.date_earliest >= first) and (last is None or record.date_latest <= last)


@register.filter
def within_record(params: SearchParams, record: Record) -> str:
    """The address of the same search in the pages of one record."""
    return params.query_string(record=address_code(record), tab="pages", page=1)


@register.filter
def full_url(scan: Scan) -> str:
    """The address of the whole image in full size."""
    return reverse("image-part", args=[scan.image_id, "full", "max"])
