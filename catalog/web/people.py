"""A person's page."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from catalog.images.queries import scans_of_pages
from catalog.people.queries import merged_person
from catalog.records.queries import (
    by_topic,
    comrades,
    may_see_staff_notes,
    paged_mentions,
    person_mentions,
    visible_persons,
    visible_statements,
)
from catalog.web.limits import limited

PAGE_SIZE = 50


@require_safe
@limited("person")
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """Names, mentions with their place on the scan, statements, and comrades (named in the same file or unit)."""
    person = visible_persons(request.user).filter(pk=pk).prefetch_related("names__source").first()
    if person is None:
        merged = merged_person(pk)
        if merged and merged.merged_into_id and visible_persons(request.user).filter(pk=merged.merged_into_id).exists():
            return HttpResponsePermanentRedirect(reverse("person", args=[merged.merged_into_id]))
        raise Http404
    mentions = paged_mentions(person_mentions(person, request.user), request.GET.get("page"), PAGE_SIZE)
    statements = visible_statements(request.user).filter(person=person).order_by("topic", "-preferred", "pk")
    in_file, in_unit = comrades(person, request.user)
    context = {
        "person": person,
        "mentions": mentions,
        "total": mentions.paginator.count,
        "scans": scans_of_pages([mention.page_id for mention in mentions if mention.page_id], request.user),
        "topics": by_topic(list(statements)),
        "in_file": in_file,
        "in_unit": in_unit,
        "for_staff": may_see_staff_notes(request.user),
    }
    return render(request, "catalog/people/person.html", context)
