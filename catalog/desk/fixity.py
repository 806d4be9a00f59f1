"""Fixity of the originals: when they were checked, and which are damaged or missing."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog.desk.access import for_staff
from catalog.images.fixity import originals_in_numbers, unchecked_in, visible_fixity_findings, walk_under_way, walks
from catalog.images.models import Scan
from catalog.images.queries import visible_scans

PAGE_SIZE = 50
WALKS_SHOWN = 12


@require_safe
@for_staff("view_scan")
def fixity(request: HttpRequest) -> HttpResponse:
    """The report."""
    page = Paginator(visible_fixity_findings(request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    checksums = [finding.original.sha256 for finding in page]
    scans: dict[str, list[Scan]] = {}
    for field in ("sha256", "delivered_sha256"):
        for scan in visible_scans(request.user).filter(**{f"{field}__in": checksums}).select_related("page__record"):
            scans.setdefault(getattr(scan, field), []).append(scan)
    walk = walk_under_way()
    context = {
        "page": page,
        "findings": [(finding, scans.get(finding.original.sha256, [])[:5]) for finding in page],
        "originals": originals_in_numbers(),
        "walk": walk,
        "left": unchecked_in(walk).count() if walk else 0,
        "walks": walks()[:WALKS_SHOWN],
        "settled": visible_fixity_findings(request.user, settled=True)[:WALKS_SHOWN],
    }
    return render(request, "catalog/desk/fixity.html", context)
