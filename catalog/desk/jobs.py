"""Background work: what runs, what waits, what failed and why, and what a person does about it."""

import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from catalog.desk.access import for_staff
from catalog.images.fixity import WALK
from catalog.intake.uploads import TAKE_IN
from catalog.jobs.actions import stop_job, try_again
from catalog.jobs.models import Job
from catalog.jobs.queries import seconds_left, visible_jobs, waiting_too_long
from catalog.jobs.registry import kinds
from catalog.messages.jobs import job_reason_in_words, kind_in_words
from catalog.rules.text import whole_number

EACH_PAGE, SHOWN = 50, 100
SOON = datetime.timedelta(minutes=2)
State = Job.State


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff()
def jobs(request: HttpRequest) -> HttpResponse:
    """The table of work, as far as one may see it; by POST, stop one or have it tried again."""
    mine = visible_jobs(request.user)
    kind = request.GET.get("kind", "")
    if request.method == "POST":
        _act(request, mine)
        return redirect(reverse("desk-jobs") + (f"?{urlencode({'kind': kind})}" if kind in kinds() else ""))
    found = mine.filter(kind=kind) if kind in kinds() else mine
    found = found.select_related("asked_by")
    now = timezone.now()
    running = list(found.filter(state=State.RUNNING).order_by("pk")[:SHOWN])
    waiting = found.filter(state=State.WAITING).order_by("due_at", "pk")
    ended = found.filter(state__in=[State.DONE, State.STOPPED]).order_by("-ended_at", "-pk")
    page = Paginator(ended, EACH_PAGE).get_page(request.GET.get("page"))
    failed = found.filter(state=State.FAILED).order_by("-ended_at", "-pk")
    sees_all = request.user.has_perm("catalog.run_jobs")
    context = {
        "sees_all": sees_all,
        "kind": kind if kind in kinds() else "",
        "chips": _chips(mine),
        "running": [_line(request, one, now) for one in running],
        "waiting": [_line(request, one, now) for one in waiting[:SHOWN]],
        "waiting_total": waiting.count(),
        "failed": [_line(request, one, now) for one in failed[:SHOWN]],
        "failed_total": failed.count(),
        "ended": [_line(request, one, now) for one in page],
        "page": page,
        "query": f"kind={kind}&" if kind in kinds() else "",
        "looks_again": bool(running) or waiting.filter(due_at__lte=now + SOON).exists(),
        "late": sum(waiting_too_long().values()) if sees_all else 0,
    }
    return render(request, "catalog/desk/jobs.html", context)


def _act(request: HttpRequest, mine: QuerySet[Job]) -> None:
    found = get_object_or_404(mine, pk=whole_number(request.POST.get("job", "")) or 0)
    match request.POST.get("do", ""):
        case "stop":
            if not stop_job(job=found, actor=request.user):
                messages.info(request, _("It had ended already; nothing was changed."))
            elif found.state == State.STOPPED:
                messages.success(request, _("Stopped. It had not begun."))
            else:
                messages.success(request, _("It stops at its next step. What was done stays."))
        case "again":
            if try_again(job=found, actor=request.user):
                messages.success(request, _("It is tried again as soon as its turn comes."))
            else:
                messages.info(request, _("There is nothing to try again: the same work runs, waits or is done."))
        case _:
            raise Http404


def _chips(mine: QuerySet[Job]) -> list[tuple[str, str, int]]:
    """Kinds of which there is anything, each with what is under way or failed; daily work only while there is such."""
    open_now = Q(state__in=[State.WAITING, State.RUNNING, State.FAILED])
    counted = mine.order_by().values_list("kind").annotate(open=Count("pk", filter=open_now))
    known = kinds()
    shown = [(kind, many) for kind, many in counted if kind in known and (many or known[kind].daily_at is None)]
    return sorted(((kind, kind_in_words(kind), many) for kind, many in shown), key=lambda one: one[1])


def _line(request: HttpRequest, job: Job, now: datetime.datetime) -> dict[str, Any]:
    known = kinds().get(job.kind)
    return {
        "job": job,
        "called": kind_in_words(job.kind),
        "url": _place(request, job),
        "reason": job_reason_in_words(job),
        "left": _left(seconds_left(job, now)),
        "later": job.due_at > now,
        "again": known is not None and known.again and job.state in (State.FAILED, State.STOPPED),
        "now": job.state == State.WAITING and job.due_at > now and known is not None,
    }


def _place(request: HttpRequest, job: Job) -> str:
    """The page that says more of what a job works on, for those who may open it; '' for none."""
    if job.kind == TAKE_IN and job.key.isdigit() and request.user.has_perm("catalog.add_scan"):
        return reverse("desk-batch", args=[job.key])
    if job.kind == WALK and request.user.has_perm("catalog.view_scan"):
        return reverse("desk-fixity")
    return ""


def _left(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds < 60:
        return _("less than a minute left")
    if seconds < 7200:
        minutes = max(1, round(seconds / 60))
        return ngettext("about %(n)s minute left", "about %(n)s minutes left", minutes) % {"n": minutes}
    hours = round(seconds / 3600)
    return ngettext("about %(n)s hour left", "about %(n)s hours left", hours) % {"n": hours}
