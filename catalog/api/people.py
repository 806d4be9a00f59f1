"""`/api/v1/people/search`: the same question and the same answer as the page /find."""

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import override
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from catalog.accounts.limits import seconds_to_wait
from catalog.images.models import Scan
from catalog.images.queries import scans_of_pages
from catalog.images.strips import strip_around
from catalog.messages.search import reasons_in_words, why_in_a_sentence
from catalog.records.queries import address_code, may_see_staff_notes
from catalog.rules.text import whole_number
from catalog.search.people import FoundMention, FoundPerson, find_people, pages_of_people, read_person_query
from catalog.search.people.finding import SHOWN
from catalog.search.people.person_query import FIELDS

LANGUAGES = ("vi", "en")
MOST_SHOWN = 50


class ByAddress(BaseThrottle):
    """The limit of the page, for programs: 429 with Retry-After."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Count this question."""
        self.seconds = seconds_to_wait(request._request, "api")
        return self.seconds == 0

    def wait(self) -> float:
        """Seconds until the next question is answered."""
        return self.seconds


class PeopleSearch(APIView):
    """Who may be meant by a name and what else is known; match and possible apart, each with its reasons."""

    throttle_classes = [ByAddress]

    @extend_schema(
        parameters=[
            *(OpenApiParameter(field, OpenApiTypes.STR, description="free text, as on the page") for field in FIELDS),
            OpenApiParameter("page", OpenApiTypes.INT),
            OpenApiParameter("limit", OpenApiTypes.INT, description=f"entries a page, at most {MOST_SHOWN}"),
            OpenApiParameter("lang", OpenApiTypes.STR, enum=list(LANGUAGES), description="language of the words"),
        ],
        responses={200: OpenApiTypes.OBJECT, 429: OpenApiTypes.OBJECT},
    )
    def get(self, request: Request) -> Response:
        """Answer as the asker may see."""
        query = read_person_query(request.query_params)
        limit = _limit(request.query_params.get("limit", ""))
        language = request.query_params.get("lang", "vi")
        with override(language if language in LANGUAGES else "vi"):
            results = find_people(query, request.user, limit)
            scans = scans_of_pages(pages_of_people(results), request.user)
            entries = [_entry(entry, request._request, scans) for entry in (*results.matches, *results.possible)]
        return Response(
            {
                "query": {field: value for field in FIELDS if (value := getattr(query, field))},
                "page": query.page,
                "match_total": results.match_total,
                "possible_total": results.possible_total,
                "more": results.more,
                "ask_more": results.ask_more,
                "refinements": [{"name": name, "count": count} for name, count in results.refinements],
                "results": entries,
            }
        )


def _limit(text: str) -> int:
    limit = whole_number(text, 3)
    return SHOWN if limit is None else min(max(limit, 1), MOST_SHOWN)


def _entry(entry: FoundPerson, request: HttpRequest, scans: dict[int, Scan]) -> dict[str, Any]:
    person = entry.person
    return {
        "band": entry.band,
        "score": entry.score,
        "person": {
            "id": person.pk,
            "name": person.name_vi,
            "url": request.build_absolute_uri(reverse("person", args=[person.pk])),
        }
        if person
        else None,
        "mentions": [_mention(mention, request, scans) for mention in entry.mentions],
    }


def _mention(hit: FoundMention, request: HttpRequest, scans: dict[int, Scan]) -> dict[str, Any]:
    mention = hit.mention
    code = address_code(mention.record)
    page = mention.page
    path = reverse("page", args=[code, page.address]) if page else reverse("record", args=[code])
    scan = scans.get(page.pk) if page else None
    strip = strip_around(scan, mention.box) if scan and mention.box else None
    fields = {
        "id": mention.pk,
        "name": mention.name,
        "found_as": hit.form,
        "kind": hit.kind,
        "band": hit.band,
        "score": hit.score,
        "reasons": [asdict(reason) for reason in hit.reasons],
        "words": reasons_in_words(hit),
        "why": why_in_a_sentence(hit),
        "rank": mention.rank,
        "post": mention.post,
        "unit": mention.unit_text,
        "unit_normal": mention.unit.normal_form if mention.unit else "",
        "home": mention.home_text,
        "born": mention.born_text,
        "enlisted": mention.enlisted_text,
        "died": mention.died_text,
        "number": mention.number,
        "record": code,
        "page": page.number if page else None,
        "invented": mention.invented,
        "url": request.build_absolute_uri(f"{path}?mention={mention.pk}"),
        "image": request.build_absolute_uri(reverse("image-part", args=[scan.image_id, strip.region, strip.size]))
        if scan and strip
        else None,
    }
    if may_see_staff_notes(request.user):
        fields["kin"] = mention.kin
    return fields
