"""Recent errors by their numbers, for those who may read the log."""

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog.desk.access import for_staff
from catalog.upkeep.queries import alarms, errors, mail_fails_since

PAGE_SIZE = 50
ALARMS_SHOWN = 20


@require_safe
@for_staff("view_errornote")
def error_list(request: HttpRequest) -> HttpResponse:
    """The list of errors, and the alarms that were mailed."""
    context = {
        "page": Paginator(errors(), PAGE_SIZE).get_page(request.GET.get("page")),
        "alarms": alarms()[:ALARMS_SHOWN],
        "mail_fails_since": mail_fails_since(),
        "mail_is_set": bool(settings.ALARM_MAIL),
    }
    return render(request, "catalog/desk/errors.html", context)
