"""A page's text given out beside the page: ALTO, hOCR, plain text, and its words for the viewer. What is not public is
not there."""

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


def _found(request: HttpRequest, code: str, address: int, name: str, **more: str) -> tuple[Record, Page] | HttpResponse:
    record = found_record(request, code, name, address=address, **more)
    if isinstance(record, HttpResponse):
        return record
    page = visible_pages(request.user).filter(record=record, address=address).first()
    if page is None:
        raise Http404
    return record, page


def _named(name: str) -> str:
    """The header that names a file; a number may hold what no file's name can."""
    return str(content_disposition_header(False, name.replace("/", "-").replace("\\", "-")))


@require_safe
@limited("record")
def text(request: HttpRequest, code: str, address: int, form: str) -> HttpResponse:
    """The page's text as `alto.xml`, `hocr` or `txt`; not there where the page was never read."""
    if form not in MEDIA_TYPES:
        raise Http404
    found = _found(request, code, address, "page-text", form=form)
    if isinstance(found, HttpResponse):
        return found
    record, page = found
    words = shown_text(page, request.user)
    if words is None:
        raise Http404
    scan = current_scan(page)
    image = request.build_absolute_uri(reverse("image", args=[scan.image_id])) if scan else ""
    given = TextExport(
        text=words.text,
        boxes=words.boxes,
        width=scan.width if scan else 0,
        height=scan.height if scan else 0,
        image=image,
        language=words.language,
        origin=words.origin,
        confidence=words.confidence,
    )
    response = HttpResponse(write_text(given, form), content_type=MEDIA_TYPES[form])
    response["Content-Disposition"] = _named(f"{code}-{address}.{form}")
    response["Access-Control-Allow-Origin"] = "*"
    # hOCR is HTML that came from a file: whatever it says, it does nothing here.
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return _kept(response, record)


@require_safe
@limited("record")
def whole(request: HttpRequest, code: str) -> HttpResponse:
    """The words of all pages of a record that were read, one page behind another, as plain text; not there where none
    was."""
    record = found_record(request, code, "record-text")
    if isinstance(record, HttpResponse):
        return record
    texts = texts_of_record(record, request.user)
    if not texts:
        raise Http404
    said = [f"[{page_label(page)['vi'][0]}]\n\n{without_marks(text.text).strip()}\n" for page, text in texts]
    response = HttpResponse("\n".join(said), content_type=MEDIA_TYPES["txt"])
    response["Content-Disposition"] = _named(f"{code}.txt")
    response["Access-Control-Allow-Origin"] = "*"
    return _kept(response, record)


@require_safe
@limited("record")
def words(request: HttpRequest, code: str, address: int) -> HttpResponse:
    """The page's words with their places, for the layer of text over the image: [word, x, y, width, height, line]."""
    found = _found(request, code, address, "page-words")
    if isinstance(found, HttpResponse):
        return found
    record, page = found
    shown = shown_text(page, request.user)
    rows = word_rows(shown) if shown else []
    return _kept(JsonResponse({"language": shown.language if shown else "", "words": rows}), record)


def word_rows(shown: ShownText) -> list[list[object]]:
    """Each word of a text with its box and the number of its line."""
    plain = without_marks(shown.text)
    rows: list[list[object]] = []
    line, at = 0, 0
    done: set[int] = set()
    row: Row
    for row in shown.boxes:
        if row[0] in done:
            continue
        done.add(row[0])
        line += plain.count("\n", at, row[0]) if row[0] > at else 0
        at = max(at, row[0])
        if word := plain[row[0] : row[1]].strip():
            rows.append([word, *row[2:6], line])
    return rows


def _kept(response: HttpResponse, record: Record) -> HttpResponse:
    # Texts change with every check; closing a record must take hold at once.
    response["Cache-Control"] = "no-cache" if audience_of(record) == "public" else "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    patch_vary_headers(response, ["Cookie"])
    return response
