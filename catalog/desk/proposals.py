"""Names found in texts, decided one key each. Nothing enters by itself."""

from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.accounts.models import User
from catalog.desk.access import for_staff
from catalog.images.models import Scan
from catalog.images.queries import current_scan, scans_of_pages
from catalog.images.strips import Strip, strip_around
from catalog.reading.models import MentionProposal
from catalog.reading.proposals.actions import (
    AlreadyDecided,
    NoName,
    accept_proposal,
    propose_mentions,
    refuse_proposal,
    undo_decision,
)
from catalog.reading.proposals.queries import open_proposals, proposals_on, visible_proposals
from catalog.records.queries import address_code, uncovered_pages, visible_pages

AT_ONCE = 30


def _with_strips(proposals: list[MentionProposal]) -> list[tuple[MentionProposal, Scan | None, Strip | None]]:
    scans = scans_of_pages(list({one.page_id for one in proposals}))
    return [
        (one, scan, strip_around(scan, one.box) if scan and one.box else None)
        for one in proposals
        for scan in [scans.get(one.page_id)]
    ]


@require_safe
@for_staff("change_mention")
def queue(request: HttpRequest) -> HttpResponse:
    """What waits for a decision, from every page."""
    waiting = open_proposals(cast(User, request.user))
    context = {"rows": _with_strips(list(waiting[:AT_ONCE])), "total": waiting.count(), "at_once": AT_ONCE}
    return render(request, "catalog/desk/proposals/queue.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("change_mention")
def of_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The names found on one page; POST looks for them anew."""
    page = get_object_or_404(visible_pages(request.user).select_related("record__repository"), pk=pk)
    if not uncovered_pages(request.user).filter(pk=pk).exists():
        # A name found under a cover is as covered as the words it was read from.
        raise PermissionDenied
    if request.method == "POST":
        fresh = propose_mentions(page=page)
        messages.success(request, _("Looked through the text: %(n)s new.") % {"n": fresh})
        return HttpResponseRedirect(reverse("desk-page-proposals", args=[page.pk]))
    proposals = list(proposals_on(page))
    context = {
        "page": page,
        "code": address_code(page.record),
        "scan": current_scan(page),
        "rows": _with_strips([one for one in proposals if one.state == "proposed"]),
        "decided": [one for one in proposals if one.state != "proposed"],
        "marks": [
            {"x": one.box[0], "y": one.box[1], "w": one.box[2], "h": one.box[3], "label": one.name}
            for one in proposals
            if one.box and one.state == "proposed"
        ],
    }
    return render(request, "catalog/desk/proposals/page.html", context)


@require_POST
@for_staff("change_mention", "add_mention")
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept, correct, refuse, or take a decision back. Answers with JSON where that is asked for."""
    proposal = get_object_or_404(visible_proposals(cast(User, request.user)), pk=pk)
    person = cast(User, request.user)
    said, wrong = "", False
    try:
        match request.POST.get("do", ""):
            case "accept":
                proposal = accept_proposal(proposal=proposal, person=person)
                said = _("%(name)s is now among the names of the page.") % {"name": proposal.name}
            case "correct":
                fields = ("name", *MentionProposal.FACTS)
                corrected = {field: request.POST[field] for field in fields if field in request.POST}
                proposal = accept_proposal(proposal=proposal, person=person, corrected=corrected)
                said = _("Entered as corrected: %(name)s.") % {
                    "name": proposal.mention.name if proposal.mention else proposal.name
                }
            case "refuse":
                proposal = refuse_proposal(proposal=proposal, person=person)
                said = _("%(name)s was refused and will not be proposed again.") % {"name": proposal.name}
            case "undo":
                proposal = undo_decision(proposal=proposal, person=person)
                said = _("Taken back: %(name)s waits for a decision again.") % {"name": proposal.name}
            case _:
                raise Http404
    except AlreadyDecided:
        said, wrong = _("Somebody decided on %(name)s before. Nothing was changed.") % {"name": proposal.name}, True
    except NoName:
        said, wrong = _("A mention needs a name. Write it, or refuse the proposal."), True
    if request.headers.get("Accept", "").startswith("application/json"):
        proposal.refresh_from_db()
        return JsonResponse({"state": proposal.state, "said": said}, status=409 if wrong else 200)
    (messages.error if wrong else messages.success)(request, said)
    back = request.POST.get("back", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = reverse("desk-proposals")
    return HttpResponseRedirect(back)
