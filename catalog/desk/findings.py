"""Findings of the catalogue check (derived values that differ from the rules), and the decision about each."""

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
from catalog.messages.findings import finding_in_words
from catalog.people.models import PersonName
from catalog.records.checking.actions import GIVEN_BY_HAND, NEVER_KEPT, apply_rules, keep_as_is, row_of
from catalog.records.checking.queries import is_settled, open_findings
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

PAGE_SIZE = 50
What = CatalogueFinding.What


@dataclass(frozen=True)
class FindingLine:
    """A finding as it is shown. stored, expected: the values in words; url: the admin page of the row, '' if there is
    none; revision: of the row as it is now; may_be_given: the stored value may have been entered by hand."""

    finding: CatalogueFinding
    kind: str
    stored: str
    expected: str
    url: str
    revision: int | None
    may_decide: bool
    may_keep: bool
    may_be_given: bool


def visible_findings(person: User) -> QuerySet[CatalogueFinding]:
    """Open findings about rows that exist for `person`."""
    about_visible_rows = Q(pk__in=[])
    for label, rows in _visible_rows(person).items():
        if person.has_perm(f"catalog.view_{label.partition('.')[2]}"):
            about_visible_rows |= Q(model=label, key__in=rows.values("pk")) & ~Q(what=What.COUNTS)
    if person.has_perm("catalog.view_page"):
        about_visible_rows |= Q(what=What.COUNTS)
    return open_findings(about_visible_rows)


def _visible_rows(person: User) -> dict[str, QuerySet[Any]]:
    """The rows that exist for `person`, by the model's label, of every model that the check looks at."""
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
    """The list. By POST one finding (`id`) is decided: `do` is "take" (write what the rules say) or "keep"."""
    person = cast(User, request.user)
    if request.method == "POST":
        _decide(request, person)
        return redirect("desk-findings")
    page = Paginator(visible_findings(person).order_by("pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    lines = [_finding_line(finding, person) for finding in page]
    return render(request, "catalog/desk/findings.html", {"page": page, "lines": lines})


# Models without a form of their own: who may change the other model decides about their findings.
DECIDED_AS = {"nameform": "mention"}
KINDS = {
    "catalog.nameform": gettext_lazy("name form"),
    "catalog.record": Record._meta.verbose_name,
    "catalog.mention": Mention._meta.verbose_name,
    "catalog.page": gettext_lazy("pages"),
}


def _finding_line(finding: CatalogueFinding, person: User) -> FindingLine:
    row = row_of(finding)
    name = finding.model.partition(".")[2]
    may_decide = person.has_perm(f"catalog.change_{DECIDED_AS.get(name, name)}")
    return FindingLine(
        finding=finding,
        kind=str(KINDS.get(finding.model, row._meta.verbose_name if row is not None else "")),
        stored=finding_in_words(finding.what, finding.stored) or "–",
        expected=finding_in_words(finding.what, finding.expected) or "–",
        url=_row_address(row, person),
        revision=getattr(row, "revision", None),
        may_decide=may_decide,
        may_keep=may_decide and finding.what not in NEVER_KEPT,
        may_be_given=finding.what in GIVEN_BY_HAND,
    )


def _row_address(row: Any, person: User) -> str:
    """The admin page of the row or of what it belongs to; '' if there is none or `person` may not see it."""
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
    key, decision = whole_number(request.POST.get("id", "")), request.POST.get("do", "")
    if key is None or decision not in ("take", "keep"):
        raise Http404
    finding = visible_findings(person).filter(pk=key).first()
    if finding is None:
        if not is_settled(key):
            raise Http404
        messages.error(request, _("This was settled meanwhile; nothing was changed."))
        return
    try:
        if decision == "keep":
            if finding.what in NEVER_KEPT:
                raise Http404
            keep_as_is(actor=person, finding=finding)
            messages.success(request, _("It stays as it is, and is not asked again."))
            return
        revision = whole_number(request.POST.get("revision", ""), 9)
        apply_rules(actor=person, finding=finding, revision=revision)
    except StaleChange:
        messages.error(
            request,
            _("A colleague changed this meanwhile, so nothing was changed. Look at what is there now, then decide."),
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("It is now what the rules say."))
