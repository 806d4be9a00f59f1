"""Machine reading of pages: its progress, pausing and resuming, priorities, failed pages."""

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from catalog.accounts.models import User
from catalog.desk.access import for_staff
from catalog.reading.models import PageReading
from catalog.reading.progress import failed_pages, failed_readings, priorities, progress
from catalog.reading.queue import pause_reading, queue_again, set_priority
from catalog.records.queries import visible_record


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("run_reading")
def reading(request: HttpRequest) -> HttpResponse:
    """The state of machine reading. By POST: one operation (`do`) on it."""
    person = cast(User, request.user)
    if request.method == "POST":
        match request.POST.get("do", ""):
            case "pause" | "resume" as operation:
                pause_reading(paused=operation == "pause", by=person)
                messages.success(
                    request, _("Machine reading is paused.") if operation == "pause" else _("Machine reading goes on.")
                )
            case "priority":
                _prioritise(request, person)
            case "retry":
                failed = failed_readings(person)
                if pk := request.POST.get("page", ""):
                    failed = failed.filter(page=int(pk)) if pk.isdecimal() and len(pk) < 18 else failed.none()
                count = queue_again(pages=list(failed.values_list("page_id", flat=True)))
                messages.success(request, _("Pages to be tried again: %(n)s.") % {"n": count})
            case _:
                raise Http404
        return HttpResponseRedirect(reverse("desk-reading"))
    state = progress()
    context = {
        "progress": state,
        "minutes_left": round(state.left / 60) if state.left is not None else None,
        "hours_left": round(state.left / 3600) if state.left is not None and state.left > 7200 else None,
        "states": [(PageReading.State(state).label, count) for state, count in state.counts.items()],
        "failed": failed_pages(asker=person),
        "priorities": priorities(person),
    }
    return render(request, "catalog/desk/reading.html", context)


def _prioritise(request: HttpRequest, person: User) -> None:
    code = request.POST.get("record", "").strip()
    record = visible_record(code, person)
    if record is None:
        messages.error(request, _("There is no record %(code)s. Look at its number.") % {"code": code or "–"})
        return
    try:
        priority = int(request.POST.get("priority", ""))
    except ValueError:
        priority = 1000
    if not -100 <= priority <= 100:
        messages.error(request, _("A priority is a whole number from -100 to 100; 0 removes it."))
        return
    moved = set_priority(record=record, priority=priority)
    messages.success(request, _("Saved. Waiting pages that moved: %(n)s.") % {"n": moved})
