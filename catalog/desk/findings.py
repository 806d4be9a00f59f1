"""What the check of the catalogue found to differ from what the rules say, and what a person decides about each."""

from dataclasses import dataclass
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from catalog.accounts.models import User
from catalog.changes.writing import StaleChange
from catalog.desk.access import for_staff
from catalog.exhibitions.queries import staff_exhibitions, staff_milestones
from catalog.people.models import PersonName
from catalog.records.checking.actions import GIVEN_BY_HAND, NEVER_KEPT, apply_rules, keep_as_is, row_of
from catalog.records.checking.queries import finding_in_words, is_settled, open_findings
from catalog.records.models import CatalogueFinding, Mention, Record, Statement
from catalog.records.queries import (
    staff_custody,
    staff_mentions,
    staff_name_forms,
    staff_person_names,
    staff_records,
    staff_statements,
)
from catalog.rules.text import whole_number

A_PAGE = 50
What = CatalogueFinding.What


@dataclass(frozen=True)
class Line:
    """A finding as a person sees it. revision: of the row as it stands; url: where the row is seen; may: whether they
    may decide; given: a person may have given it."""

    finding: CatalogueFinding
    kind: str
    stored: str
    expected: str
    url: str
    revision: int | None
    may: bool
    may_keep: bool
    given: bool


def visible_findings(person: User) -> QuerySet[CatalogueFinding]:
    """Open findings about rows that exist for `person`."""
    seen = Q(pk__in=[])
    for label, rows in _rows(person).items():
        if person.has_perm(f"catalog.view_{label.partition('.')[2]}"):
            seen |= Q(model=label, key__in=rows.values("pk")) & ~Q(what=What.COUNTS)
    if person.has_perm("catalog.view_page"):
        seen |= Q(what=What.COUNTS)
    return open_findings(seen)


def _rows(person: User) -> dict[str, QuerySet[Any]]:
    """The rows that exist for `person`, of each kind that can be found to differ."""
    return {
        "catalog.record": staff_records(person),
        "catalog.mention": staff_mentions(person),
        "catalog.custodyevent": staff_custody(person),
        "catalog.statement": staff_statements(person),
        "catalog.personname": staff_person_names(person),
        "catalog.exhibition": staff_exhibitions(person),
        "catalog.milestone": staff_milestones(person),
        "catalog.nameform": staff_name_forms(person),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff()
def findings(request: HttpRequest) -> HttpResponse:
    """The list; by POST one of them (`id`) is decided: `do` is "take" (what the rules say) or "keep" (as it is)."""
    person = cast(User, request.user)
    if request.method == "POST":
        _decide(request, person)
        return redirect("desk-findings")
    page = Paginator(visible_findings(person).order_by("pk"), A_PAGE).get_page(request.GET.get("page"))
    lines = [_line(finding, person) for finding in page]
    return render(request, "catalog/desk/findings.html", {"page": page, "lines": lines})


# Who decides about a row without a form of its own.
DECIDED_AS = {"nameform": "mention"}
KINDS = {
    "catalog.nameform": gettext_lazy("name form"),
    "catalog.record": Record._meta.verbose_name,
    "catalog.mention": Mention._meta.verbose_name,
    "catalog.page": gettext_lazy("pages"),
}


def _line(finding: CatalogueFinding, person: User) -> Line:
    row = row_of(finding)
    name = finding.model.partition(".")[2]
    may = person.has_perm(f"catalog.change_{DECIDED_AS.get(name, name)}")
    return Line(
        finding=finding,
        kind=str(KINDS.get(finding.model, row._meta.verbose_name if row is not None else "")),
        stored=finding_in_words(finding.what, finding.stored) or "–",
        expected=finding_in_words(finding.what, finding.expected) or "–",
        url=_address(row, person),
        revision=getattr(row, "revision", None),
        may=may,
        may_keep=may and finding.what not in NEVER_KEPT,
        given=finding.what in GIVEN_BY_HAND,
    )


def _address(row: Any, person: User) -> str:
    """Where a person sees the row or what it belongs to; '' for nowhere."""
    if isinstance(row, PersonName):
        row = row.person
    if isinstance(row, Statement):
        row = row.record or row.person
    if row is None or not person.has_perm(f"catalog.view_{row._meta.model_name}"):
        return ""
    try:
        return reverse(f"admin:catalog_{row._meta.model_name}_change", args=[row.pk])
    except NoReverseMatch:
        return ""


def _decide(request: HttpRequest, person: User) -> None:
    key, do = whole_number(request.POST.get("id", "")), request.POST.get("do", "")
    if key is None or do not in ("take", "keep"):
        raise Http404
    finding = visible_findings(person).filter(pk=key).first()
    if finding is None:
        if not is_settled(key):
            raise Http404
        messages.error(request, _("This was settled meanwhile; nothing was changed."))
        return
    try:
        if do == "keep":
            if finding.what in NEVER_KEPT:
                raise Http404
            keep_as_is(actor=person, finding=finding)
            messages.success(request, _("It stays as it is, and is not asked again."))
            return
        began = whole_number(request.POST.get("revision", ""), 9)
        apply_rules(actor=person, finding=finding, revision=began)
    except StaleChange:
        messages.error(
            request,
            _("A colleague changed this meanwhile, so nothing was changed. Look at what stands now, then decide."),
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("It is now what the rules say."))
