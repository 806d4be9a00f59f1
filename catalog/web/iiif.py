"""Records, collections, exhibitions and the words in them for viewers elsewhere. Every door goes through `visible_to`;
what is closed answers as what never was."""

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from catalog.accounts.limits import seconds_to_wait
from catalog.exhibitions.queries import current_exhibitions, exhibition_by_slug, view_exhibition, visible_exhibitions
from catalog.images.queries import first_scans, pages_with_images
from catalog.interchange.citations import cite
from catalog.interchange.iiif.addresses import Addresses
from catalog.interchange.iiif.annotations import name_annotations, text_annotations
from catalog.interchange.iiif.collections import (
    collection_of_exhibition,
    collection_of_record,
    collection_of_repository,
    reference,
    top_collection,
)
from catalog.interchange.iiif.manifests import ManifestPage, ManifestRecord, manifest_of
from catalog.interchange.iiif.searching import answer_1, answer_2, hits_in, terms_1, terms_2, terms_in
from catalog.records.models import Record, Repository
from catalog.records.queries import (
    Asker,
    address_code,
    ancestors,
    visible_mentions,
    visible_pages,
    visible_record,
    visible_repositories,
    visible_to,
)
from catalog.search.parsed_query import parse_query
from catalog.texts.queries import current_text, page_keys_with_text, texts_of_record

PRESENTATION = 'application/ld+json;profile="http://iiif.io/api/presentation/3/context.json"'
SEARCH = 'application/ld+json;profile="http://iiif.io/api/search/2/context.json"'
PLAIN = "application/json"
MOST_CHILDREN = 1000
MOST_ASKED = 500
KNOWN = {"q"}
View = Callable[..., HttpResponse]


def _for_viewers(media_type: str) -> Callable[[Callable[..., dict[str, Any]]], View]:
    """Answers a dictionary as JSON for any site (CORS), with a tag by which an unchanged answer is not sent twice."""

    def made(ask: Callable[..., dict[str, Any]]) -> View:
        @csrf_exempt
        @wraps(ask)
        def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "OPTIONS":
                response = HttpResponse(status=204)
                response["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
                response["Access-Control-Allow-Headers"] = request.headers.get(
                    "Access-Control-Request-Headers", "Accept"
                )
                return _open_to_all(response)
            if request.method not in ("GET", "HEAD"):
                response = HttpResponse("Only GET is answered here.", status=405, content_type="text/plain")
                response["Allow"] = "GET, HEAD, OPTIONS"
                return _open_to_all(response)
            if wait := seconds_to_wait(request, "iiif"):
                words = "Too many questions from this address. Ask again later."
                response = HttpResponse(words, status=429, content_type="text/plain; charset=utf-8")
                response["Retry-After"] = str(wait)
                return _open_to_all(response)
            try:
                body = json.dumps(ask(request, *args, **kwargs), ensure_ascii=False).encode()
            except Http404:
                words = "There is nothing of that name."
                return _open_to_all(HttpResponse(words, status=404, content_type="text/plain; charset=utf-8"))
            tag = f'W/"{hashlib.sha256(body).hexdigest()[:24]}"'
            if tag in request.headers.get("If-None-Match", ""):
                return _open_to_all(HttpResponseNotModified(headers={"ETag": tag}))
            wanted = "application/ld+json" in request.headers.get("Accept", "")
            response = HttpResponse(body, content_type=media_type if wanted else PLAIN)
            response["ETag"] = tag
            # What is public may stop being so: a viewer asks each time whether its copy still holds.
            response["Cache-Control"] = "no-cache" if request.user.is_anonymous else "private, no-cache"
            response["Vary"] = "Accept, Cookie"
            return _open_to_all(response)

        return view

    return made


def _open_to_all(response: HttpResponse) -> HttpResponse:
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = "ETag, Link"
    return response


def _at(request: HttpRequest) -> Addresses:
    return Addresses(request.build_absolute_uri("/").rstrip("/"))


def _record(asker: Asker, code: str) -> Record:
    record = visible_record(code, asker)
    if record is None:
        raise Http404
    return record


def _above(record: Record, asker: Asker) -> list[Record]:
    above = ancestors(record)
    visible = set(visible_to(asker).filter(pk__in=[one.pk for one in above]).values_list("pk", flat=True))
    return [one for one in above if one.pk in visible]


@_for_viewers(PRESENTATION)
def manifest(request: HttpRequest, code: str) -> dict[str, Any]:
    """A record with its pages."""
    record, at = _record(request.user, code), _at(request)
    above = _above(record, request.user)
    pages = [page for page in pages_with_images(record, request.user) if page.shown]  # type: ignore[attr-defined]
    texts = page_keys_with_text(record)
    named = set(
        visible_mentions(request.user).filter(record=record, box_x__isnull=False).values_list("page", flat=True)
    )
    address = request.build_absolute_uri(reverse("record", args=[address_code(record)]))
    return manifest_of(
        ManifestRecord(
            record,
            above,
            [ManifestPage(page, page.shown[0], page.pk in texts, page.pk in named) for page in pages],  # type: ignore[attr-defined]
            cite(record, above, address_code(record), address),
        ),
        at,
    )


@_for_viewers(PRESENTATION)
def collection(request: HttpRequest, code: str) -> dict[str, Any]:
    """What stands in a record."""
    record, at = _record(request.user, code), _at(request)
    children = visible_to(request.user).filter(parent=record).prefetch_related("identifiers")[:MOST_CHILDREN]
    own = visible_pages(request.user).filter(record=record).exists()
    return collection_of_record(
        record, _above(record, request.user), _references(list(children), request.user, at), own, at
    )


@_for_viewers(PRESENTATION)
def repository(request: HttpRequest, slug: str) -> dict[str, Any]:
    """What a repository keeps, from the top."""
    found = visible_repositories(request.user).filter(slug=slug).first()
    if found is None:
        raise Http404
    at = _at(request)
    tops = (
        visible_to(request.user).filter(repository=found, parent=None).prefetch_related("identifiers")[:MOST_CHILDREN]
    )
    return collection_of_repository(found, _references(list(tops), request.user, at), at)


@_for_viewers(PRESENTATION)
def top(request: HttpRequest) -> dict[str, Any]:
    """Everything there is."""
    repositories: list[Repository] = list(visible_repositories(request.user))
    return top_collection(repositories, current_exhibitions(request.user), _at(request))


@_for_viewers(PRESENTATION)
def exhibition(request: HttpRequest, slug: str) -> dict[str, Any]:
    """An exhibition: its parts, each with the records that hang in it."""
    found = exhibition_by_slug(slug, request.user)
    if found is None or not visible_exhibitions(request.user).filter(pk=found.pk).exists():
        raise Http404
    at = _at(request)
    view = view_exhibition(found, request.user)
    parts = []
    for part in view.parts:
        hung = {placement.record_id: placement.record for panel in part.panels for placement in panel.shown}  # type: ignore[attr-defined]
        parts.append((part.part, _references(list(hung.values()), request.user, at, whole=False)))
    return collection_of_exhibition(found, parts, at)


@_for_viewers(PRESENTATION)
def text(request: HttpRequest, pk: int) -> dict[str, Any]:
    """The words on a page."""
    page = visible_pages(request.user).filter(pk=pk).first()
    found = current_text(page, request.user) if page else None
    if page is None or found is None:
        raise Http404
    return text_annotations(page, found, _at(request))


@_for_viewers(PRESENTATION)
def names(request: HttpRequest, pk: int) -> dict[str, Any]:
    """The names on a page."""
    page = visible_pages(request.user).filter(pk=pk).first()
    if page is None:
        raise Http404
    mentions = visible_mentions(request.user).filter(page=page, box_x__isnull=False).order_by("position", "pk")
    return name_annotations(page, mentions, _at(request))


@_for_viewers(SEARCH)
def search(request: HttpRequest, code: str, version: int) -> dict[str, Any]:
    """Words within a record, with the boxes where they stand."""
    record, at = _record(request.user, code), _at(request)
    node = parse_query(request.GET.get("q", "")[:MOST_ASKED]).node
    hits = hits_in(texts_of_record(record, request.user), node) if node else []
    own = request.build_absolute_uri()
    ignored = sorted(set(request.GET) - KNOWN)
    return answer_2(own, hits, ignored, at) if version == 2 else answer_1(own, hits, ignored, at)


@_for_viewers(SEARCH)
def autocomplete(request: HttpRequest, code: str, version: int) -> dict[str, Any]:
    """Words of a record that begin as typed."""
    record, at = _record(request.user, code), _at(request)
    terms = terms_in(texts_of_record(record, request.user), request.GET.get("q", "")[:40])
    own = request.build_absolute_uri()
    return terms_2(own, record, terms, at) if version == 2 else terms_1(own, record, terms, at)


def _references(records: list[Record], asker: Asker, at: Addresses, *, whole: bool = True) -> list[dict[str, Any]]:
    """whole: a record that others stand in is given as the collection of them, not as its own pages."""
    keys = [record.pk for record in records]
    holding = set(visible_to(asker).filter(parent__in=keys).values_list("parent", flat=True)) if whole else set()
    scans = first_scans(keys, asker)
    return [reference(record, scans.get(record.pk), record.pk in holding, at) for record in records]
