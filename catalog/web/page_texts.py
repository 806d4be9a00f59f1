"""Texts of pages as files (ALTO, hOCR, plain text), and words with their boxes for the viewer. Only visible pages are
answered."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from catalog.images.queries import current_scan
from catalog.interchange.iiif.manifests import page_label
from catalog.records.models import Page, Record
from catalog.records.queries import audience_of, visible_pages
from catalog.rules.transcription import without_marks
from catalog.texts.packing import Row
from catalog.texts.queries import ShownText, shown_text, texts_of_record
from catalog.texts.writing import MEDIA_TYPES, TextExport, write_text
from catalog.web.limits import limited
from catalog.web.records import found_record


def _visible_page(
    request: HttpRequest, code: str, address: int, name: str, **more: str
) -> tuple[Record, Page] | HttpResponse:
    record = found_record(request, code, name, address=address, **more)
    if isinstance(record, HttpResponse):
        return record
    page = visible_pages(request.user).filter(record=record, address=address).first()
    if page is None:
        raise Http404
    return record, page


def _disposition(name: str) -> str:
    """The Content-Disposition header for a file name; slashes, which a number may have, become hyphens."""
    return str(content_disposition_header(False, name.replace("/", "-").replace("\\", "-")))


@require_safe
@limited("record")
def page_text(request: HttpRequest, code: str, address: int, form: str) -> HttpResponse:
    """The page's text as `alto.xml`, `hocr` or `txt`; 404 if the page has no text."""
    if form not in MEDIA_TYPES:
        raise Http404
    target = _visible_page(request, code, address, "page-text", form=form)
    if isinstance(target, HttpResponse):
        return target
    record, page = target
    text = shown_text(page, request.user)
    if text is None:
        raise Http404
    scan = current_scan(page)
    image = request.build_absolute_uri(reverse("image", args=[scan.image_id])) if scan else ""
    document = TextExport(
        text=text.text,
        boxes=text.boxes,
        width=scan.width if scan else 0,
        height=scan.height if scan else 0,
        image=image,
        language=text.language,
        origin=text.origin,
        confidence=text.confidence,
    )
    response = HttpResponse(write_text(document, form), content_type=MEDIA_TYPES[form])
    response["Content-Disposition"] = _disposition(f"{code}-{address}.{form}")
    response["Access-Control-Allow-Origin"] = "*"
    # hOCR is HTML with text from files of others: a browser must not run anything in it.
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return _with_cache_headers(response, record)


@require_safe
@limited("record")
def record_text(request: HttpRequest, code: str) -> HttpResponse:
    """The texts of all pages of a record, one after the other, as plain text; 404 if no page has one."""
    record = found_record(request, code, "record-text")
    if isinstance(record, HttpResponse):
        return record
    texts = texts_of_record(record, request.user)
    if not texts:
        raise Http404
    parts = [f"[{page_label(page)['vi'][0]}]\n\n{without_marks(page_text.text).strip()}\n" for page, page_text in texts]
    response = HttpResponse("\n".join(parts), content_type=MEDIA_TYPES["txt"])
    response["Content-Disposition"] = _disposition(f"{code}.txt")
    response["Access-Control-Allow-Origin"] = "*"
    return _with_cache_headers(response, record)


@require_safe
@limited("record")
def page_words(request: HttpRequest, code: str, address: int) -> HttpResponse:
    """The page's words with their boxes, for the layer of text over the image: [word, x, y, width, height, line]."""
    target = _visible_page(request, code, address, "page-words")
    if isinstance(target, HttpResponse):
        return target
    record, page = target
    text = shown_text(page, request.user)
    rows = word_rows(text) if text else []
    return _with_cache_headers(JsonResponse({"language": text.language if text else "", "words": rows}), record)


def word_rows(shown: ShownText) -> list[list[object]]:
    """Each word of a text with its box and the number of its line: [word, x, y, width, height, line]."""
    plain_text = without_marks(shown.text)
    rows: list[list[object]] = []
    line, position = 0, 0
    starts: set[int] = set()
    box: Row
    for box in shown.boxes:
        if box[0] in starts:
            continue
        starts.add(box[0])
        line += plain_text.count("\n", position, box[0]) if box[0] > position else 0
        position = max(position, box[0])
        if word := plain_text[box[0] : box[1]].strip():
            rows.append([word, *box[2:6], line])
    return rows


def _with_cache_headers(response: HttpResponse, record: Record) -> HttpResponse:
    # Texts change often, and closing a record must take effect at once.
    response["Cache-Control"] = "no-cache" if audience_of(record) == "public" else "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    patch_vary_headers(response, ["Cookie"])
    return response
