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
from catalog.search.hits import neighbours_with, words_on_page
from catalog.search.related import related_records
from catalog.texts.queries import shown_text, shown_translations
from catalog.web.errors import gone
from catalog.web.limits import limited

Mark = dict[str, Any]
# Marked places on a page that are shown as strips; the text below shows them all.
STRIPS = 12
# Names shown at once.
NAMES = 50


@require_safe
def browse(request: HttpRequest) -> HttpResponse:
    """The holdings from the top: repositories with their fonds and collections; or a list of records, narrowed."""
    narrowed = CatalogueFilters(request.GET, visible_to(request.user))
    if not any(request.GET.get(name) for name in narrowed.filters):
        return render(
            request, "catalog/records/browse.html", {"top": top_records(request.user), "active_nav": "records"}
        )
    records, after = records_page(narrowed.qs, request.GET.get("after", "")[:200])
    asked = request.GET.copy()
    asked["after"] = after
    context = {
        "records": records,
        "next_url": f"?{asked.urlencode()}" if after else None,
        "first_page": not request.GET.get("after"),
        "parent": _parent(request),
        "active_nav": "records",
    }
    return render(request, "catalog/records/list.html", context)


def _parent(request: HttpRequest) -> Record | None:
    return visible_record(request.GET.get("parent", "")[:300], request.user)


def found_record(request: HttpRequest, code: str, name: str, **more: object) -> Record | HttpResponse:
    """The record, or the answer to give instead: 410 for the withdrawn, 301 to its address, 404 for all else."""
    if code.endswith("/") and code.strip("/") and name == "record":
        # Whatever else stands before it, an address with a slash behind is the same without.
        path, mark, query = request.get_full_path().partition("?")
        return HttpResponsePermanentRedirect(f"{path.rstrip('/')}{mark}{query}")
    record = record_by_identifier(code)
    if record is None:
        raise Http404
    if not visible_to(request.user).filter(pk=record.pk).exists():
        # Only what once was public may be called gone; anything else was never here.
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
    """The record's page, showing the page of it that `?page=` or `?mention=` asks for, else the first."""
    found = found_record(request, code, "record")
    return found if isinstance(found, HttpResponse) else _show(request, found, code, None)


@require_safe
@limited("record")
def page(request: HttpRequest, code: str, address: int) -> HttpResponse:
    """One page of the record, with the boxes that `?q=` or `?mention=` asks for."""
    found = found_record(request, code, "page", address=address)
    return found if isinstance(found, HttpResponse) else _show(request, found, code, address)


def _show(request: HttpRequest, found: Record, code: str, page_address: int | None) -> HttpResponse:
    view = view_record(found, request.user)
    pages = list(pages_with_images(found, request.user))
    mention = _mention(view, request.GET.get("mention", ""))
    shown = _page_to_show(pages, page_address, mention)
    if page_address is not None and shown is None:
        raise Http404
    text = shown_text(shown, request.user) if shown else None
    q = request.GET.get("q", "")[:1000]
    boxes = (
        [{"x": x, "y": y, "w": w, "h": h, "label": q} for x, y, w, h in words_on_page(text, q)] if text and q else []
    )
    marks = _mark(mention, shown) or boxes
    at = pages.index(shown) if shown else 0
    before, behind = _hits_around(code, mention, q, pages, at, request.user) if shown else (None, None)
    address = request.build_absolute_uri(reverse("record", args=[code]))
    named = view.mentions if page_address is None else view.mentions.filter(page=shown)
    context = {
        "view": view,
        "related": _related(found, view, request.user) if page_address is None else [],
        "record": found,
        "code": code,
        "pages": pages,
        "page": shown,
        "single_page": page_address is not None,
        "scan": _shown_scan(shown),
        "page_text": text,
        "translations": list(shown_translations(shown, request.user)) if shown else [],
        "hit_before": before,
        "hit_behind": behind,
        "strips": _strips(_shown_scan(shown), marks),
        "previous_page": pages[at - 1] if shown and at > 0 else None,
        "next_page": pages[at + 1] if shown and at + 1 < len(pages) else None,
        "named": paged_mentions(named, request.GET.get("names"), NAMES),
        "mention": mention,
        "marks": marks,
        "q": q,
        "citation": cite(found, view.above, code, address),
        "placements": placements_of_record(found, request.user),
        "topics": by_topic(view.statements),
        "linked_data_value": record_as_linked_data(view, code, address),
        "for_staff": may_see_staff_notes(request.user),
        "part_covered": shown is not None and may_see_staff_notes(request.user) and bool(covers_of(shown.pk)),
        "active_nav": "records",
    }
    return render(request, "catalog/records/record.html", context)


def _mention(view: RecordView, key: str) -> Mention | None:
    """The mention of the record that an address names."""
    pk = whole_number(key)
    return None if pk is None else view.mentions.filter(pk=pk).first()


def _related(found: Record, view: RecordView, asker: Asker) -> list[Record]:
    names = view.mentions.order_by("pk").values_list("name", flat=True)[:NAMES]
    return related_records(found, list(names), asker)


def _shown_scan(page: Page | None) -> Scan | None:
    return next(iter(getattr(page, "shown", [])), None)


def _page_to_show(pages: list[Page], address: int | None, mention: Mention | None) -> Page | None:
    if address is not None:
        return next((one for one in pages if one.address == address), None)
    if mention and mention.page_id:
        return next((one for one in pages if one.pk == mention.page_id), None)
    return pages[0] if pages else None


def _mark(mention: Mention | None, shown: Page | None) -> list[Mark]:
    if mention is None or shown is None or mention.page_id != shown.pk or mention.box is None:
        return []
    x, y, w, h = mention.box
    return [{"x": x, "y": y, "w": w, "h": h, "label": mention.name}]


def _strips(scan: Scan | None, marks: list[Mark]) -> list[tuple[int, Strip]]:
    """The numbered strips of the marked places: what the viewer shows with script, without it."""
    if scan is None:
        return []
    return [
        (number, strip_around(scan, (mark["x"], mark["y"], mark["w"], mark["h"])))
        for number, mark in enumerate(marks[:STRIPS], start=1)
    ]


def _hits_around(
    code: str, mention: Mention | None, q: str, pages: list[Page], at: int, asker: Asker
) -> tuple[str | None, str | None]:
    """The addresses of the pages before and behind with the same name, or with the words, at their first hit."""
    if mention is not None:
        same = mentions_named_alike(mention, asker)
        index = next((place for place, (key, _page) in enumerate(same) if key == mention.pk), None)
        if index is None:
            return None, None
        around = (same[index - 1] if index else None, same[index + 1] if index + 1 < len(same) else None)
        by_key = {page.pk: page for page in pages}
        first, second = (
            _hit_address(code, by_key[one[1]], f"mention={one[0]}#place-1") if one and one[1] in by_key else None
            for one in around
        )
        return first, second
    if not q:
        return None, None
    before, behind = neighbours_with(q, pages, at, asker)
    words = urlencode({"q": q})
    return (
        _hit_address(code, before, words) + "#place-last" if before else None,
        _hit_address(code, behind, words) + "#place-1" if behind else None,
    )


def _hit_address(code: str, page: Page, query: str) -> str:
    return f"{reverse('page', args=[code, page.address])}?{query}"


def _citation(request: HttpRequest, code: str, name: str) -> Citation | HttpResponse:
    found = found_record(request, code, name)
    if isinstance(found, HttpResponse):
        return found
    view = view_record(found, request.user)
    return cite(found, view.above, code, request.build_absolute_uri(reverse("record", args=[code])))


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
    found = found_record(request, code, "record-json")
    if isinstance(found, HttpResponse):
        return found
    pages = [
        {
            "number": one.number,
            "label": one.label,
            "url": request.build_absolute_uri(reverse("page", args=[code, one.address])),
            "image": request.build_absolute_uri(reverse("image-info", args=[scan.image_id])) if scan else None,
        }
        for one in pages_with_images(found, request.user)
        for scan in [_shown_scan(one)]
    ]
    address = request.build_absolute_uri(reverse("record", args=[code]))
    response = JsonResponse(record_as_json(view_record(found, request.user), code, address, pages))
    response["Access-Control-Allow-Origin"] = "*"
    return response
