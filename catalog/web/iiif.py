"""Records, collections, exhibitions and their texts for IIIF viewers of other sites. Every view reads through
`visible_to`; what is closed is answered like what does not exist."""

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
LONGEST_QUERY = 500
KNOWN_PARAMETERS = {"q"}
View = Callable[..., HttpResponse]


def _json_for_viewers(media_type: str) -> Callable[[Callable[..., dict[str, Any]]], View]:
    """A decorator: sends the dictionary that the view returns as JSON to any site (CORS), with an ETag, so that an
    unchanged body is not sent twice."""

    def decorate(body_of: Callable[..., dict[str, Any]]) -> View:
        @csrf_exempt
        @wraps(body_of)
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
                body = json.dumps(body_of(request, *args, **kwargs), ensure_ascii=False).encode()
            except Http404:
                words = "There is nothing of that name."
                return _open_to_all(HttpResponse(words, status=404, content_type="text/plain; charset=utf-8"))
            tag = f'W/"{hashlib.sha256(body).hexdigest()[:24]}"'
            if tag in request.headers.get("If-None-Match", ""):
                return _open_to_all(HttpResponseNotModified(headers={"ETag": tag}))
            as_linked_data = "application/ld+json" in request.headers.get("Accept", "")
            response = HttpResponse(body, content_type=media_type if as_linked_data else PLAIN)
            response["ETag"] = tag
            # What is public may be closed later: a viewer has to ask each time whether its copy is still valid.
            response["Cache-Control"] = "no-cache" if request.user.is_anonymous else "private, no-cache"
            response["Vary"] = "Accept, Cookie"
            return _open_to_all(response)

        return view

    return decorate


def _open_to_all(response: HttpResponse) -> HttpResponse:
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = "ETag, Link"
    return response


def _addresses(request: HttpRequest) -> Addresses:
    return Addresses(request.build_absolute_uri("/").rstrip("/"))


def _visible_record(asker: Asker, code: str) -> Record:
    record = visible_record(code, asker)
    if record is None:
        raise Http404
    return record


def _visible_ancestors(record: Record, asker: Asker) -> list[Record]:
    above = ancestors(record)
    visible = set(visible_to(asker).filter(pk__in=[ancestor.pk for ancestor in above]).values_list("pk", flat=True))
    return [ancestor for ancestor in above if ancestor.pk in visible]


@_json_for_viewers(PRESENTATION)
def manifest(request: HttpRequest, code: str) -> dict[str, Any]:
    """The manifest of a record with its pages (IIIF Presentation 3.0)."""
    record, addresses = _visible_record(request.user, code), _addresses(request)
    above = _visible_ancestors(record, request.user)
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
        addresses,
    )


@_json_for_viewers(PRESENTATION)
def collection(request: HttpRequest, code: str) -> dict[str, Any]:
    """The collection of a record: what is directly below it."""
    record, addresses = _visible_record(request.user, code), _addresses(request)
    children = visible_to(request.user).filter(parent=record).prefetch_related("identifiers")[:MOST_CHILDREN]
    has_pages = visible_pages(request.user).filter(record=record).exists()
    return collection_of_record(
        record,
        _visible_ancestors(record, request.user),
        _references(list(children), request.user, addresses),
        has_pages,
        addresses,
    )


@_json_for_viewers(PRESENTATION)
def repository(request: HttpRequest, slug: str) -> dict[str, Any]:
    """The collection of a repository: its topmost records."""
    keeper = visible_repositories(request.user).filter(slug=slug).first()
    if keeper is None:
        raise Http404
    addresses = _addresses(request)
    tops = (
        visible_to(request.user).filter(repository=keeper, parent=None).prefetch_related("identifiers")[:MOST_CHILDREN]
    )
    return collection_of_repository(keeper, _references(list(tops), request.user, addresses), addresses)


@_json_for_viewers(PRESENTATION)
def top(request: HttpRequest) -> dict[str, Any]:
    """The collection of all repositories and current exhibitions."""
    repositories: list[Repository] = list(visible_repositories(request.user))
    return top_collection(repositories, current_exhibitions(request.user), _addresses(request))


@_json_for_viewers(PRESENTATION)
def exhibition(request: HttpRequest, slug: str) -> dict[str, Any]:
    """The collection of an exhibition: its parts, each with the records shown in it."""
    exhibition = exhibition_by_slug(slug, request.user)
    if exhibition is None or not visible_exhibitions(request.user).filter(pk=exhibition.pk).exists():
        raise Http404
    addresses = _addresses(request)
    view = view_exhibition(exhibition, request.user)
    parts = []
    for part in view.parts:
        placed_records = {placement.record_id: placement.record for panel in part.panels for placement in panel.shown}  # type: ignore[attr-defined]
        parts.append(
            (part.part, _references(list(placed_records.values()), request.user, addresses, as_collections=False))
        )
    return collection_of_exhibition(exhibition, parts, addresses)


@_json_for_viewers(PRESENTATION)
def text(request: HttpRequest, pk: int) -> dict[str, Any]:
    """The text of a page as annotations."""
    page = visible_pages(request.user).filter(pk=pk).first()
    words = current_text(page, request.user) if page else None
    if page is None or words is None:
        raise Http404
    return text_annotations(page, words, _addresses(request))


@_json_for_viewers(PRESENTATION)
def names(request: HttpRequest, pk: int) -> dict[str, Any]:
    """The names on a page as annotations."""
    page = visible_pages(request.user).filter(pk=pk).first()
    if page is None:
        raise Http404
    mentions = visible_mentions(request.user).filter(page=page, box_x__isnull=False).order_by("position", "pk")
    return name_annotations(page, mentions, _addresses(request))


@_json_for_viewers(SEARCH)
def search(request: HttpRequest, code: str, version: int) -> dict[str, Any]:
    """Words within a record, with their boxes (IIIF Content Search)."""
    record, addresses = _visible_record(request.user, code), _addresses(request)
    node = parse_query(request.GET.get("q", "")[:LONGEST_QUERY]).node
    hits = hits_in(texts_of_record(record, request.user), node) if node else []
    own_address = request.build_absolute_uri()
    ignored = sorted(set(request.GET) - KNOWN_PARAMETERS)
    return (
        answer_2(own_address, hits, ignored, addresses)
        if version == 2
        else answer_1(own_address, hits, ignored, addresses)
    )


@_json_for_viewers(SEARCH)
def autocomplete(request: HttpRequest, code: str, version: int) -> dict[str, Any]:
    """Words of a record that begin with `?q=` (IIIF Content Search)."""
    record, addresses = _visible_record(request.user, code), _addresses(request)
    terms = terms_in(texts_of_record(record, request.user), request.GET.get("q", "")[:40])
    own_address = request.build_absolute_uri()
    return (
        terms_2(own_address, record, terms, addresses)
        if version == 2
        else terms_1(own_address, record, terms, addresses)
    )


def _references(
    records: list[Record], asker: Asker, addresses: Addresses, *, as_collections: bool = True
) -> list[dict[str, Any]]:
    """References to records. as_collections: a record with others below it is a collection, not a manifest."""
    keys = [record.pk for record in records]
    parents = (
        set(visible_to(asker).filter(parent__in=keys).values_list("parent", flat=True)) if as_collections else set()
    )
    scans = first_scans(keys, asker)
    return [reference(record, scans.get(record.pk), record.pk in parents, addresses) for record in records]
