"""Background jobs: what runs, what waits, what failed and why; stopping and retrying them."""

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

PAGE_SIZE, JOBS_SHOWN = 50, 100
SOON = datetime.timedelta(minutes=2)
State = Job.State


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff()
def jobs(request: HttpRequest) -> HttpResponse:
    """The jobs that the user may see. By POST one of them is stopped or tried again."""
    visible = visible_jobs(request.user)
    kind = request.GET.get("kind", "")
    if request.method == "POST":
        _stop_or_retry(request, visible)
        return redirect(reverse("desk-jobs") + (f"?{urlencode({'kind': kind})}" if kind in kinds() else ""))
    chosen = visible.filter(kind=kind) if kind in kinds() else visible
    chosen = chosen.select_related("asked_by")
    now = timezone.now()
    running = list(chosen.filter(state=State.RUNNING).order_by("pk")[:JOBS_SHOWN])
    waiting = chosen.filter(state=State.WAITING).order_by("due_at", "pk")
    ended = chosen.filter(state__in=[State.DONE, State.STOPPED]).order_by("-ended_at", "-pk")
    page = Paginator(ended, PAGE_SIZE).get_page(request.GET.get("page"))
    failed = chosen.filter(state=State.FAILED).order_by("-ended_at", "-pk")
    sees_all = request.user.has_perm("catalog.run_jobs")
    context = {
        "sees_all": sees_all,
        "kind": kind if kind in kinds() else "",
        "kind_counts": _kind_counts(visible),
        "running": [_job_line(request, job, now) for job in running],
        "waiting": [_job_line(request, job, now) for job in waiting[:JOBS_SHOWN]],
        "waiting_total": waiting.count(),
        "failed": [_job_line(request, job, now) for job in failed[:JOBS_SHOWN]],
        "failed_total": failed.count(),
        "ended": [_job_line(request, job, now) for job in page],
        "page": page,
        "query": f"kind={kind}&" if kind in kinds() else "",
        "reloads": bool(running) or waiting.filter(due_at__lte=now + SOON).exists(),
        "overdue": sum(waiting_too_long().values()) if sees_all else 0,
    }
    return render(request, "catalog/desk/jobs.html", context)


def _stop_or_retry(request: HttpRequest, visible: QuerySet[Job]) -> None:
    job = get_object_or_404(visible, pk=whole_number(request.POST.get("job", "")) or 0)
    match request.POST.get("do", ""):
        case "stop":
            if not stop_job(job=job, actor=request.user):
                messages.info(request, _("It had ended already; nothing was changed."))
            elif job.state == State.STOPPED:
                messages.success(request, _("Stopped. It had not begun."))
            else:
                messages.success(request, _("It stops at its next step. What was done stays."))
        case "again":
            if try_again(job=job, actor=request.user):
                messages.success(request, _("It is tried again as soon as its turn comes."))
            else:
                messages.info(request, _("There is nothing to try again: the same work runs, waits or is done."))
        case _:
            raise Http404


def _kind_counts(visible: QuerySet[Job]) -> list[tuple[str, str, int]]:
    """Kinds of jobs with their titles and how many are waiting, running or failed. Daily jobs are left out if there are
    none of these."""
    open_now = Q(state__in=[State.WAITING, State.RUNNING, State.FAILED])
    counts = visible.order_by().values_list("kind").annotate(open=Count("pk", filter=open_now))
    known = kinds()
    open_kinds = [(kind, count) for kind, count in counts if kind in known and (count or known[kind].daily_at is None)]
    return sorted(((kind, kind_in_words(kind), count) for kind, count in open_kinds), key=lambda row: row[1])


def _job_line(request: HttpRequest, job: Job, now: datetime.datetime) -> dict[str, Any]:
    kind = kinds().get(job.kind)
    return {
        "job": job,
        "title": kind_in_words(job.kind),
        "url": _subject_address(request, job),
        "reason": job_reason_in_words(job),
        "time_left": _time_left(seconds_left(job, now)),
        "is_due_later": job.due_at > now,
        "may_retry": kind is not None and kind.again and job.state in (State.FAILED, State.STOPPED),
        "may_run_now": job.state == State.WAITING and job.due_at > now and kind is not None,
    }


def _subject_address(request: HttpRequest, job: Job) -> str:
    """The page about what a job works on; '' if there is none or the user may not open it."""
    if job.kind == TAKE_IN and job.key.isdigit() and request.user.has_perm("catalog.add_scan"):
        return reverse("desk-batch", args=[job.key])
    if job.kind == WALK and request.user.has_perm("catalog.view_scan"):
        return reverse("desk-fixity")
    return ""


def _time_left(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds < 60:
        return _("less than a minute left")
    if seconds < 7200:
        minutes = max(1, round(seconds / 60))
        return ngettext("about %(n)s minute left", "about %(n)s minutes left", minutes) % {"n": minutes}
    hours = round(seconds / 3600)
    return ngettext("about %(n)s hour left", "about %(n)s hours left", hours) % {"n": hours}
