"""The log of sign-ins, for administrators."""

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog.accounts.models import SignIn
from catalog.accounts.sign_in_log import all_sign_ins
from catalog.desk.access import for_staff

PAGE_SIZE = 100


@require_safe
@for_staff("view_signin")
def sign_ins(request: HttpRequest) -> HttpResponse:
    """All tries to sign in, the newest first; optionally of one outcome or user name."""
    lines = all_sign_ins()
    outcome = request.GET.get("outcome", "")
    if outcome in SignIn.Outcome.values:
        lines = lines.filter(outcome=outcome)
    name = request.GET.get("name", "").strip()[:150].replace("\0", "")
    if name:
        lines = lines.filter(user__username__icontains=name)
    page = Paginator(lines, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "outcomes": SignIn.Outcome.choices,
        "outcome": outcome,
        "name": name,
        "days": settings.SIGN_IN_LOG_DAYS,
    }
    return render(request, "catalog/desk/sign_ins.html", context)
