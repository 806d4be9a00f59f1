"""Proposals of names found in texts. A person accepts or refuses each; none is entered without."""

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

PROPOSALS_SHOWN = 30


def _with_strips(proposals: list[MentionProposal]) -> list[tuple[MentionProposal, Scan | None, Strip | None]]:
    scans = scans_of_pages(list({proposal.page_id for proposal in proposals}))
    return [
        (proposal, scan, strip_around(scan, proposal.box) if scan and proposal.box else None)
        for proposal in proposals
        for scan in [scans.get(proposal.page_id)]
    ]


@require_safe
@for_staff("change_mention")
def queue(request: HttpRequest) -> HttpResponse:
    """Proposals of all pages that wait for a decision."""
    waiting = open_proposals(cast(User, request.user))
    context = {
        "rows": _with_strips(list(waiting[:PROPOSALS_SHOWN])),
        "total": waiting.count(),
        "shown_at_once": PROPOSALS_SHOWN,
    }
    return render(request, "catalog/desk/proposals/queue.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("change_mention")
def of_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The proposals of one page. By POST: search its text for names again."""
    page = get_object_or_404(visible_pages(request.user).select_related("record__repository"), pk=pk)
    if not uncovered_pages(request.user).filter(pk=pk).exists():
        # A name under a cover is withheld like the words it was read from.
        raise PermissionDenied
    if request.method == "POST":
        count = propose_mentions(page=page)
        messages.success(request, _("Looked through the text: %(n)s new.") % {"n": count})
        return HttpResponseRedirect(reverse("desk-page-proposals", args=[page.pk]))
    proposals = list(proposals_on(page))
    context = {
        "page": page,
        "code": address_code(page.record),
        "scan": current_scan(page),
        "rows": _with_strips([proposal for proposal in proposals if proposal.state == "proposed"]),
        "decided": [proposal for proposal in proposals if proposal.state != "proposed"],
        "marks": [
            {
                "x": proposal.box[0],
                "y": proposal.box[1],
                "w": proposal.box[2],
                "h": proposal.box[3],
                "label": proposal.name,
            }
            for proposal in proposals
            if proposal.box and proposal.state == "proposed"
        ],
    }
    return render(request, "catalog/desk/proposals/page.html", context)


@require_POST
@for_staff("change_mention", "add_mention")
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept, correct or refuse a proposal, or undo a decision. Answers with JSON if the request asks for it."""
    proposal = get_object_or_404(visible_proposals(cast(User, request.user)), pk=pk)
    person = cast(User, request.user)
    message, is_refused = "", False
    try:
        match request.POST.get("do", ""):
            case "accept":
                proposal = accept_proposal(proposal=proposal, person=person)
                message = _("%(name)s is now among the names of the page.") % {"name": proposal.name}
            case "correct":
                fields = ("name", *MentionProposal.FACTS)
                corrected = {field: request.POST[field] for field in fields if field in request.POST}
                proposal = accept_proposal(proposal=proposal, person=person, corrected=corrected)
                message = _("Entered as corrected: %(name)s.") % {
                    "name": proposal.mention.name if proposal.mention else proposal.name
                }
            case "refuse":
                proposal = refuse_proposal(proposal=proposal, person=person)
                message = _("%(name)s was refused and will not be proposed again.") % {"name": proposal.name}
            case "undo":
                proposal = undo_decision(proposal=proposal, person=person)
                message = _("Undone: %(name)s waits for a decision again.") % {"name": proposal.name}
            case _:
                raise Http404
    except AlreadyDecided:
        message, is_refused = (
            _("Somebody decided on %(name)s before. Nothing was changed.") % {"name": proposal.name},
            True,
        )
    except NoName:
        message, is_refused = _("A mention needs a name. Write it, or refuse the proposal."), True
    if request.headers.get("Accept", "").startswith("application/json"):
        proposal.refresh_from_db()
        return JsonResponse({"state": proposal.state, "said": message}, status=409 if is_refused else 200)
    (messages.error if is_refused else messages.success)(request, message)
    next_address = request.POST.get("back", "")
    if not url_has_allowed_host_and_scheme(next_address, allowed_hosts={request.get_host()}):
        next_address = reverse("desk-proposals")
    return HttpResponseRedirect(next_address)
