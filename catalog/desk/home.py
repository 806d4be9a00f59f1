"""The start page of staff: notices about what needs attention, and links to all staff pages."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog.accounts.models import User
from catalog.desk.access import for_staff
from catalog.desk.notices import notices


@require_safe
@for_staff()
def home(request: HttpRequest) -> HttpResponse:
    """Notices and links."""
    return render(request, "catalog/desk/home.html", {"notices": notices(cast(User, request.user))})
