"""How the originals stand: when each was checked, and what is damaged or missing."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog.desk.access import for_staff
from catalog.images.fixity import originals_in_numbers, unchecked_in, visible_fixity_findings, walk_under_way, walks
from catalog.images.models import Scan
from catalog.images.queries import visible_scans

EACH_PAGE = 50
SHOWN_WALKS = 12


@require_safe
@for_staff("view_scan")
def fixity(request: HttpRequest) -> HttpResponse:
    """The report."""
    page = Paginator(visible_fixity_findings(request.user), EACH_PAGE).get_page(request.GET.get("page"))
    sums = [one.original.sha256 for one in page]
    scans: dict[str, list[Scan]] = {}
    for field in ("sha256", "delivered_sha256"):
        for scan in visible_scans(request.user).filter(**{f"{field}__in": sums}).select_related("page__record"):
            scans.setdefault(getattr(scan, field), []).append(scan)
    walk = walk_under_way()
    context = {
        "page": page,
        "findings": [(one, scans.get(one.original.sha256, [])[:5]) for one in page],
        "originals": originals_in_numbers(),
        "walk": walk,
        "left": unchecked_in(walk).count() if walk else 0,
        "walks": walks()[:SHOWN_WALKS],
        "settled": visible_fixity_findings(request.user, settled=True)[:SHOWN_WALKS],
    }
    return render(request, "catalog/desk/fixity.html", context)
