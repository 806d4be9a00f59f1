"""`/api/v1/search` and `/api/v1/records`: the search page and the list of records, with the same filters."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import override
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.people import LANGUAGES, ByAddress
from catalog.records.models import Record
from catalog.records.queries import address_code, records_page, visible_to
from catalog.search.filters import FACETS, CatalogueFilters
from catalog.search.hits import ExhibitionHit, Hit, PageHit
from catalog.search.params import SORTS, TABS, read_params
from catalog.search.queries import search

FILTERS = [
    *(
        OpenApiParameter(name, OpenApiTypes.STR, many=True, description="codes; a minus before a code leaves it out")
        for name in FACETS
    ),
    OpenApiParameter("from", OpenApiTypes.STR, description="a date as people write it"),
    OpenApiParameter("to", OpenApiTypes.STR, description="a date as people write it"),
]


class CatalogueSearch(APIView):
    """Records, pages and exhibitions by words, with facets; people are at /api/v1/people/search."""

    throttle_classes = [ByAddress]

    @extend_schema(
        parameters=[
            OpenApiParameter("q", OpenApiTypes.STR, description="as typed into the one box"),
            OpenApiParameter("tab", OpenApiTypes.STR, enum=[tab for tab in TABS if tab != "people"]),
            OpenApiParameter("sort", OpenApiTypes.STR, enum=list(SORTS)),
            OpenApiParameter("dates", OpenApiTypes.STR, enum=["certain"]),
            OpenApiParameter("page", OpenApiTypes.INT),
            OpenApiParameter("lang", OpenApiTypes.STR, enum=list(LANGUAGES)),
            *FILTERS,
        ],
        responses={200: OpenApiTypes.OBJECT, 429: OpenApiTypes.OBJECT},
    )
    def get(self, request: Request) -> Response:
        """Answer as the asker may see."""
        params = read_params(request.query_params)
        language = request.query_params.get("lang", "vi")
        with override(language if language in LANGUAGES else "vi"):
            results = search(params, request.user)
            return Response(
                {
                    "query": params.q,
                    "page": params.page,
                    "pages": results.pages,
                    "total": results.total,
                    "certain": results.certain,
                    "counts": {name: n for name, n in results.counts.items() if name != "people"},
                    "notes": list(results.notes),
                    "searched": not results.is_engine_unavailable,
                    "facets": {
                        name: [{"value": value.value, "label": value.label, "count": value.count} for value in values]
                        for name, values in results.facets.items()
                    },
                    "results": [_hit(hit, request._request) for hit in results.hits],
                }
            )


class RecordList(APIView):
    """Visible records in order of their reference codes, narrowed by the same filters as everywhere."""

    throttle_classes = [ByAddress]

    @extend_schema(
        parameters=[
            *FILTERS,
            OpenApiParameter("parent", OpenApiTypes.STR),
            OpenApiParameter("after", OpenApiTypes.STR),
        ],
        responses={200: OpenApiTypes.OBJECT, 429: OpenApiTypes.OBJECT},
    )
    def get(self, request: Request) -> Response:
        """A page of the list, and what to give as `after` for the next."""
        catalogue = CatalogueFilters(request.query_params, visible_to(request.user))
        records, after = records_page(catalogue.qs, request.query_params.get("after", "")[:200])
        return Response({"results": [_record(record, request._request) for record in records], "next": after or None})


def _record(record: Record, request: HttpRequest) -> dict[str, Any]:
    code = address_code(record)
    return {
        "code": code,
        "reference_code": record.reference_code,
        "title_vi": record.title_vi,
        "title_en": record.title_en,
        "level": record.level,
        "kind": record.kind,
        "date": record.date_text,
        "repository": record.repository.slug,
        "invented": record.invented,
        "url": request.build_absolute_uri(reverse("record", args=[code])),
    }


def _hit(hit: Hit, request: HttpRequest) -> dict[str, Any]:
    highlight = {"text": hit.excerpt.text, "slices": hit.excerpt.slices} if hit.excerpt else None
    if isinstance(hit, ExhibitionHit):
        path = reverse("exhibition", args=[hit.exhibition.slug])
        fields: dict[str, Any] = {"title_vi": hit.exhibition.title_vi, "url": request.build_absolute_uri(path)}
    elif isinstance(hit, PageHit):
        path = reverse("page", args=[address_code(hit.page.record), hit.page.address])
        fields = {
            **_record(hit.page.record, request),
            "page": hit.page.number,
            "boxes": hit.boxes,
            "url": request.build_absolute_uri(path),
        }
    else:
        fields = _record(hit.record, request)
    return {"type": hit.kind, **fields, "highlight": highlight}
