"""The search slip: one printed page to take along, saying what was asked, what was found and why, and what is not
known."""

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
    MOST_FOUND,
    Found,
    Sheet,
    SlipRow,
    asked_rows,
    fitted,
    found_person,
    named_in_file,
    of_person,
    qr_code,
)

# Lines of one person that are read for a sheet.
MOST_READ = 200


@require_safe
@limited("find")
def asked(request: HttpRequest) -> HttpResponse:
    """The slip of a question: the same parameters as the people search."""
    question = read_person_query(request.GET)
    if question.is_empty:
        return render(request, "catalog/slips/nothing.html")
    people = find_people(question, request.user, MOST_FOUND)
    for_staff = may_see_staff_notes(request.user)
    entries = [*people.matches, *people.possible]
    named, pages = readable_by_name(request.user)
    unknown = []
    if not entries:
        unknown.append(_("This name was not found so far."))
    if people.ask_more:
        unknown.append(_("The name is too common to be looked for alone; add a unit, a home or a year."))
    if people.family:
        unknown.append(_("Counted in, as one family of divisions: %(names)s.") % {"names": ", ".join(people.family)})
    if question.unread:
        unknown.append(_("A year in the question could not be read."))
    if question.kin and not for_staff:
        unknown.append(_("Kin were not compared: they are read by the archive's staff only."))
    unknown += _read_so_far(named, pages)
    address = f"{reverse('slip')}?{question.query_string(page=1)}"
    sheet = fitted(
        asked_rows(question),
        [found_person(one, for_staff) for one in entries],
        people.total,
        unknown,
        more_than=people.more,
    )
    records = [one.mention.record for entry in entries for one in entry.mentions]
    return _printed(request, sheet, address, _office(request, records))


@require_safe
@limited("person")
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """The slip of one person: where the name is written."""
    found = visible_persons(request.user).filter(pk=pk).first()
    if found is None:
        raise Http404
    every = person_mentions(found, request.user)
    # A sheet has room for a few files; of those, for a few lines.
    records = list(every.order_by("record").values_list("record", flat=True).distinct())
    mentions = list(every.filter(record__in=records[:MOST_FOUND])[:MOST_READ])
    unknown = [_("That these lines mean one person is thought, not proved.")] if len(mentions) > 1 else []
    if not mentions:
        unknown.append(_("No line with this name can be shown."))
    sheet = fitted(
        [SlipRow(_("name"), found.name_vi)],
        of_person(mentions, found, may_see_staff_notes(request.user)),
        len(records),
        unknown,
    )
    return _printed(
        request, sheet, reverse("person-slip", args=[pk]), _office(request, [one.record for one in mentions])
    )


@require_safe
@limited("record")
def record(request: HttpRequest, code: str) -> HttpResponse:
    """The slip of one file: what it is, and who is named in it."""
    found = visible_record(code, request.user)
    if found is None:
        raise Http404
    if code != address_code(found):
        return HttpResponsePermanentRedirect(reverse("record-slip", args=[address_code(found)]))
    view = view_record(found, request.user)
    pages = visible_pages(request.user).filter(record=found)
    # Names that are withheld are not counted: the number must not tell of them.
    named = pages.filter(pk__in=shown_mentions().filter(record=found).values("page")).count()
    unknown = _read_so_far(named, pages.count()) if pages.exists() else []
    total = view.mentions.count()
    if not total:
        unknown.insert(0, _("Nobody has been found named in this file so far."))
    files: list[Found] = named_in_file(list(view.mentions[:MOST_FOUND]), may_see_staff_notes(request.user))
    sheet = fitted(
        [SlipRow(_("file"), f"{code} · {found.reference_code}"), SlipRow(_("title"), _title(found))],
        files,
        total,
        unknown,
    )
    return _printed(request, sheet, reverse("record-slip", args=[code]), _office(request, [found]))


def _printed(request: HttpRequest, sheet: Sheet, path: str, office: Repository | None) -> HttpResponse:
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


def _read_so_far(named: int, pages: int) -> list[str]:
    if named >= pages:
        return []
    return [
        _("Names have been read from %(named)s of %(pages)s pages; the others are not read yet.")
        % {"named": named, "pages": pages}
    ]


def _office(request: HttpRequest, records: list[Record]) -> Repository | None:
    """Whom to ask: the keeper of what was found, if it gives a contact; else the first that does."""
    shown = [one for one in visible_repositories(request.user) if one.contact]
    keepers = {one.repository_id for one in records}
    return next((one for one in shown if one.pk in keepers), shown[0] if shown else None)


def _in_language(contact: str) -> str:
    """The lines of a contact in the page's language; all of them where they cannot be told apart."""
    lines = [line for line in contact.splitlines() if line.strip()]
    own = [line for line in lines if has_marks(line) == (get_language() != "en")]
    return " ".join(own or lines)


def _title(record: Record) -> str:
    return (record.title_en or record.title_vi) if get_language() == "en" else record.title_vi or record.title_en
