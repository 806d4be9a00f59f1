"""A record, its pages, and its other forms."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from catalog.exhibitions.queries import placements_of_record
from catalog.images.models import Scan
from catalog.images.queries import pages_with_images
from catalog.images.strips import Strip, strip_around
from catalog.interchange.citations import Citation, cite
from catalog.interchange.linked_data import record_as_json, record_as_linked_data
from catalog.records.models import Mention, Page, Record
from catalog.records.queries import (
    Asker,
    RecordView,
    address_code,
    by_topic,
    covers_of,
    may_see_staff_notes,
    mentions_named_alike,
    paged_mentions,
    record_by_identifier,
    records_page,
    top_records,
    view_record,
    visible_record,
    visible_to,
)
from catalog.rules.text import whole_number
from catalog.search.filters import CatalogueFilters
from catalog.search.hits import nearest_matching_pages, word_boxes
from catalog.search.related import related_records
from catalog.texts.queries import shown_text, shown_translations
from catalog.web.errors import gone
from catalog.web.limits import limited

Mark = dict[str, Any]
# Marks on a page that are shown as strips of the image; the text below shows all of them.
STRIPS_SHOWN = 12
# Names on one page of the list of names.
NAMES_SHOWN = 50


@require_safe
def browse(request: HttpRequest) -> HttpResponse:
    """Repositories with their topmost records; or, if there are filters, the list of records that match them."""
    catalogue = CatalogueFilters(request.GET, visible_to(request.user))
    if not any(request.GET.get(name) for name in catalogue.filters):
        return render(
            request, "catalog/records/browse.html", {"top": top_records(request.user), "active_nav": "records"}
        )
    records, after = records_page(catalogue.qs, request.GET.get("after", "")[:200])
    next_query = request.GET.copy()
    next_query["after"] = after
    context = {
        "records": records,
        "next_url": f"?{next_query.urlencode()}" if after else None,
        "first_page": not request.GET.get("after"),
        "parent": _parent(request),
        "active_nav": "records",
    }
    return render(request, "catalog/records/list.html", context)


def _parent(request: HttpRequest) -> Record | None:
    return visible_record(request.GET.get("parent", "")[:300], request.user)


def found_record(request: HttpRequest, code: str, name: str, **more: object) -> Record | HttpResponse:
    """The visible record of `code`, or the response to send instead: 410 for a withdrawn record, a redirect to the
    record's own address.

    name, more: the name of the requested address and its other arguments. Raises Http404.
    """
    if code.endswith("/") and code.strip("/") and name == "record":
        # An address with a slash at the end leads to the same without it.
        path, mark, query = request.get_full_path().partition("?")
        return HttpResponsePermanentRedirect(f"{path.rstrip('/')}{mark}{query}")
    record = record_by_identifier(code)
    if record is None:
        raise Http404
    if not visible_to(request.user).filter(pk=record.pk).exists():
        # Only of a record that once was public may be said that it is gone.
        if record.status == Record.Status.WITHDRAWN and record.published_at and record.trashed_at is None:
            return gone(request)
        raise Http404
    address = address_code(record)
    if code != address:
        target = reverse(name, kwargs={"code": address, **more})
        query = request.META.get("QUERY_STRING", "")
        return HttpResponsePermanentRedirect(f"{target}?{query}" if query else target)
    return record


@require_safe
@limited("record")
def record(request: HttpRequest, code: str) -> HttpResponse:
    """The record's page. It shows the image with the mention `?mention=`, else the first image."""
    record = found_record(request, code, "record")
    return record if isinstance(record, HttpResponse) else _record_page(request, record, code, None)


@require_safe
@limited("record")
def page(request: HttpRequest, code: str, address: int) -> HttpResponse:
    """One page of the record, with marks for the words `?q=` or the mention `?mention=`."""
    record = found_record(request, code, "page", address=address)
    return record if isinstance(record, HttpResponse) else _record_page(request, record, code, address)


def _record_page(request: HttpRequest, record: Record, code: str, page_address: int | None) -> HttpResponse:
    view = view_record(record, request.user)
    pages = list(pages_with_images(record, request.user))
    mention = _mention_by_key(view, request.GET.get("mention", ""))
    page = _page_to_show(pages, page_address, mention)
    if page_address is not None and page is None:
        raise Http404
    text = shown_text(page, request.user) if page else None
    q = request.GET.get("q", "")[:1000]
    boxes = [{"x": x, "y": y, "w": w, "h": h, "label": q} for x, y, w, h in word_boxes(text, q)] if text and q else []
    marks = _mark_of_mention(mention, page) or boxes
    index = pages.index(page) if page else 0
    hit_before, hit_after = _hits_around(code, mention, q, pages, index, request.user) if page else (None, None)
    address = request.build_absolute_uri(reverse("record", args=[code]))
    named = view.mentions if page_address is None else view.mentions.filter(page=page)
    context = {
        "view": view,
        "related": _related_records(record, view, request.user) if page_address is None else [],
        "record": record,
        "code": code,
        "pages": pages,
        "page": page,
        "single_page": page_address is not None,
        "scan": _shown_scan(page),
        "page_text": text,
        "translations": list(shown_translations(page, request.user)) if page else [],
        "hit_before": hit_before,
        "hit_after": hit_after,
        "strips": _strips(_shown_scan(page), marks),
        "previous_page": pages[index - 1] if page and index > 0 else None,
        "next_page": pages[index + 1] if page and index + 1 < len(pages) else None,
        "named": paged_mentions(named, request.GET.get("names"), NAMES_SHOWN),
        "mention": mention,
        "marks": marks,
        "q": q,
        "citation": cite(record, view.above, code, address),
        "placements": placements_of_record(record, request.user),
        "topics": by_topic(view.statements),
        "linked_data_value": record_as_linked_data(view, code, address),
        "for_staff": may_see_staff_notes(request.user),
        "part_covered": page is not None and may_see_staff_notes(request.user) and bool(covers_of(page.pk)),
        "active_nav": "records",
    }
    return render(request, "catalog/records/record.html", context)


def _mention_by_key(view: RecordView, key: str) -> Mention | None:
    """The mention of the record with this primary key, as written in an address."""
    pk = whole_number(key)
    return None if pk is None else view.mentions.filter(pk=pk).first()


def _related_records(record: Record, view: RecordView, asker: Asker) -> list[Record]:
    names = view.mentions.order_by("pk").values_list("name", flat=True)[:NAMES_SHOWN]
    return related_records(record, list(names), asker)


def _shown_scan(page: Page | None) -> Scan | None:
    return next(iter(getattr(page, "shown", [])), None)


def _page_to_show(pages: list[Page], address: int | None, mention: Mention | None) -> Page | None:
    if address is not None:
        return next((page for page in pages if page.address == address), None)
    if mention and mention.page_id:
        return next((page for page in pages if page.pk == mention.page_id), None)
    return pages[0] if pages else None


def _mark_of_mention(mention: Mention | None, page: Page | None) -> list[Mark]:
    if mention is None or page is None or mention.page_id != page.pk or mention.box is None:
        return []
    x, y, w, h = mention.box
    return [{"x": x, "y": y, "w": w, "h": h, "label": mention.name}]


def _strips(scan: Scan | None, marks: list[Mark]) -> list[tuple[int, Strip]]:
    """Numbered strips of the image around the marks, for browsers without script."""
    if scan is None:
        return []
    return [
        (number, strip_around(scan, (mark["x"], mark["y"], mark["w"], mark["h"])))
        for number, mark in enumerate(marks[:STRIPS_SHOWN], start=1)
    ]


def _hits_around(
    code: str, mention: Mention | None, q: str, pages: list[Page], index: int, asker: Asker
) -> tuple[str | None, str | None]:
    """The addresses of the previous and the next page with the same name, or with the words, at their first hit."""
    if mention is not None:
        mentions = mentions_named_alike(mention, asker)
        position = next((position for position, (key, _page) in enumerate(mentions) if key == mention.pk), None)
        if position is None:
            return None, None
        neighbours = (
            mentions[position - 1] if position else None,
            mentions[position + 1] if position + 1 < len(mentions) else None,
        )
        by_key = {page.pk: page for page in pages}
        first, second = (
            _hit_address(code, by_key[neighbour[1]], f"mention={neighbour[0]}#place-1")
            if neighbour and neighbour[1] in by_key
            else None
            for neighbour in neighbours
        )
        return first, second
    if not q:
        return None, None
    before, after = nearest_matching_pages(q, pages, index, asker)
    words = urlencode({"q": q})
    return (
        _hit_address(code, before, words) + "#place-last" if before else None,
        _hit_address(code, after, words) + "#place-1" if after else None,
    )


def _hit_address(code: str, page: Page, query: str) -> str:
    return f"{reverse('page', args=[code, page.address])}?{query}"


def _citation(request: HttpRequest, code: str, name: str) -> Citation | HttpResponse:
    record = found_record(request, code, name)
    if isinstance(record, HttpResponse):
        return record
    view = view_record(record, request.user)
    return cite(record, view.above, code, request.build_absolute_uri(reverse("record", args=[code])))


def _download(words: str, media_type: str, file_name: str) -> HttpResponse:
    response = HttpResponse(words, content_type=f"{media_type}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response


@require_safe
@limited("record")
def as_ris(request: HttpRequest, code: str) -> HttpResponse:
    """The citation as RIS."""
    citation = _citation(request, code, "record-ris")
    if isinstance(citation, HttpResponse):
        return citation
    return _download(citation.ris, "application/x-research-info-systems", "record.ris")


@require_safe
@limited("record")
def as_bibtex(request: HttpRequest, code: str) -> HttpResponse:
    """The citation as BibTeX."""
    citation = _citation(request, code, "record-bibtex")
    return (
        citation
        if isinstance(citation, HttpResponse)
        else _download(citation.bibtex, "application/x-bibtex", "record.bib")
    )


@require_safe
@limited("record")
def as_json(request: HttpRequest, code: str) -> HttpResponse:
    """The record for programs."""
    record = found_record(request, code, "record-json")
    if isinstance(record, HttpResponse):
        return record
    pages = [
        {
            "number": page.number,
            "label": page.label,
            "url": request.build_absolute_uri(reverse("page", args=[code, page.address])),
            "image": request.build_absolute_uri(reverse("image-info", args=[scan.image_id])) if scan else None,
        }
        for page in pages_with_images(record, request.user)
        for scan in [_shown_scan(page)]
    ]
    address = request.build_absolute_uri(reverse("record", args=[code]))
    response = JsonResponse(record_as_json(view_record(record, request.user), code, address, pages))
    response["Access-Control-Allow-Origin"] = "*"
    return response
