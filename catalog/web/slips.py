"""The search slip: one printed page with the query, what was found and why, and what is not known."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog.records.models import Record, Repository
from catalog.records.queries import (
    address_code,
    may_see_staff_notes,
    person_mentions,
    readable_by_name,
    shown_mentions,
    view_record,
    visible_pages,
    visible_persons,
    visible_record,
    visible_repositories,
)
from catalog.rules.text import has_marks
from catalog.search.people import find_people, read_person_query
from catalog.web.limits import limited
from catalog.web.slip_sheet import (
    MOST_ANSWERS,
    Sheet,
    SlipAnswer,
    SlipRow,
    answer_of_person_search,
    answers_of_file,
    answers_of_person,
    fit_sheet,
    qr_code,
    query_rows,
)

# Mentions of one person that are read for a slip.
MOST_MENTIONS = 200


@require_safe
@limited("find")
def search_slip(request: HttpRequest) -> HttpResponse:
    """The slip of a search for people; takes the parameters of that search."""
    query = read_person_query(request.GET)
    if query.is_empty:
        return render(request, "catalog/slips/nothing.html")
    people = find_people(query, request.user, MOST_ANSWERS)
    for_staff = may_see_staff_notes(request.user)
    people_found = [*people.matches, *people.possible]
    named, pages = readable_by_name(request.user)
    unknown = []
    if not people_found:
        unknown.append(_("This name was not found so far."))
    if people.ask_more:
        unknown.append(_("The name is too common to be looked for alone; add a unit, a home or a year."))
    if people.family:
        unknown.append(_("Counted in, as one family of divisions: %(names)s.") % {"names": ", ".join(people.family)})
    if query.unread:
        unknown.append(_("A year in the question could not be read."))
    if query.kin and not for_staff:
        unknown.append(_("Kin were not compared: they are read by the archive's staff only."))
    unknown += _unread_pages_in_words(named, pages)
    address = f"{reverse('slip')}?{query.query_string(page=1)}"
    sheet = fit_sheet(
        query_rows(query),
        [answer_of_person_search(hit, for_staff) for hit in people_found],
        people.total,
        unknown,
        total_is_minimum=people.more,
    )
    records = [hit.mention.record for entry in people_found for hit in entry.mentions]
    return _render_sheet(request, sheet, address, _office_to_ask(request, records))


@require_safe
@limited("person")
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """The slip of one person: where the person is named."""
    person = visible_persons(request.user).filter(pk=pk).first()
    if person is None:
        raise Http404
    mentions_of_person = person_mentions(person, request.user)
    # A slip has room for a few files, and for a few mentions of each.
    records = list(mentions_of_person.order_by("record").values_list("record", flat=True).distinct())
    mentions = list(mentions_of_person.filter(record__in=records[:MOST_ANSWERS])[:MOST_MENTIONS])
    unknown = [_("That these lines mean one person is thought, not proved.")] if len(mentions) > 1 else []
    if not mentions:
        unknown.append(_("No line with this name can be shown."))
    sheet = fit_sheet(
        [SlipRow(_("name"), person.name_vi)],
        answers_of_person(mentions, person, may_see_staff_notes(request.user)),
        len(records),
        unknown,
    )
    return _render_sheet(
        request,
        sheet,
        reverse("person-slip", args=[pk]),
        _office_to_ask(request, [mention.record for mention in mentions]),
    )


@require_safe
@limited("record")
def record(request: HttpRequest, code: str) -> HttpResponse:
    """The slip of one file: what it is, and who is named in it."""
    record = visible_record(code, request.user)
    if record is None:
        raise Http404
    if code != address_code(record):
        return HttpResponsePermanentRedirect(reverse("record-slip", args=[address_code(record)]))
    view = view_record(record, request.user)
    pages = visible_pages(request.user).filter(record=record)
    # Withheld names are not counted: the number must not reveal them.
    named = pages.filter(pk__in=shown_mentions().filter(record=record).values("page")).count()
    unknown = _unread_pages_in_words(named, pages.count()) if pages.exists() else []
    total = view.mentions.count()
    if not total:
        unknown.insert(0, _("Nobody has been found named in this file so far."))
    answers: list[SlipAnswer] = answers_of_file(list(view.mentions[:MOST_ANSWERS]), may_see_staff_notes(request.user))
    sheet = fit_sheet(
        [SlipRow(_("file"), f"{code} · {record.reference_code}"), SlipRow(_("title"), _title(record))],
        answers,
        total,
        unknown,
    )
    return _render_sheet(request, sheet, reverse("record-slip", args=[code]), _office_to_ask(request, [record]))


def _render_sheet(request: HttpRequest, sheet: Sheet, path: str, office: Repository | None) -> HttpResponse:
    address = request.build_absolute_uri(path)
    context = {
        "sheet": sheet,
        "address": address,
        "qr": qr_code(address),
        "office": office,
        "contact": _in_language(office.contact) if office else "",
        "printed": timezone.localdate(),
    }
    return render(request, "catalog/slips/slip.html", context)


def _unread_pages_in_words(named: int, pages: int) -> list[str]:
    if named >= pages:
        return []
    return [
        _("Names have been read from %(named)s of %(pages)s pages; the others are not read yet.")
        % {"named": named, "pages": pages}
    ]


def _office_to_ask(request: HttpRequest, records: list[Record]) -> Repository | None:
    """The repository to ask: the one that keeps the records found, if it states a contact; else the first that does."""
    with_contact = [repository for repository in visible_repositories(request.user) if repository.contact]
    keepers = {record.repository_id for record in records}
    return next(
        (repository for repository in with_contact if repository.pk in keepers),
        with_contact[0] if with_contact else None,
    )


def _in_language(contact: str) -> str:
    """The lines of a contact in the page's language; all of them if none is in that language."""
    lines = [line for line in contact.splitlines() if line.strip()]
    lines_in_language = [line for line in lines if has_marks(line) == (get_language() != "en")]
    return " ".join(lines_in_language or lines)


def _title(record: Record) -> str:
    return (record.title_en or record.title_vi) if get_language() == "en" else record.title_vi or record.title_en
