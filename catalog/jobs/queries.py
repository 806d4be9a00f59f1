"""Reading the table of jobs."""

import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from catalog.changes.models import Change
from catalog.jobs.models import Job
from catalog.jobs.registry import lanes

# Jobs that have been due for longer than this, or changes not indexed after this time, wait too long.
TOO_LONG = datetime.timedelta(minutes=15)


def visible_jobs(asker: Any) -> QuerySet[Job]:
    """Jobs that `asker` may see, stop and try again: all with the permission `run_jobs`, otherwise their own."""
    if not getattr(asker, "is_authenticated", False):
        return Job.objects.none()
    return Job.objects.all() if asker.has_perm("catalog.run_jobs") else Job.objects.filter(asked_by=asker.pk)


def waiting_too_long(limit: datetime.timedelta = TOO_LONG) -> dict[str, int]:
    """How many jobs of each kind wait longer than `limit`; `index`: changes that are not indexed yet.

    Empty if all is well. For probes and notices: it shows that no worker is running.
    """
    before = timezone.now() - limit
    counts: dict[str, int] = {}
    late = Q(state=Job.State.WAITING, due_at__lt=before) | Q(state=Job.State.RUNNING, claimed_until__lt=before)
    for kind in Job.objects.filter(late).exclude(kind__in=_busy_kinds()).order_by().values_list("kind", flat=True):
        counts[kind] = counts.get(kind, 0) + 1
    changes = Change.objects.filter(made_at__lt=before).count()
    return counts | ({"index": changes} if changes else {})


def oldest_due() -> datetime.datetime | None:
    """Since when the longest waiting job is due, or the claim of the longest abandoned one has ended; None if none
    waits. A job that waits because its lane is busy does not count."""
    now = timezone.now()
    late = Q(state=Job.State.WAITING, due_at__lt=now) | Q(state=Job.State.RUNNING, claimed_until__lt=now)
    rows = list(
        Job.objects.filter(late).order_by("due_at").values_list("kind", "state", "due_at", "claimed_until")[:100]
    )
    busy = _busy_kinds() if rows else []
    since = (
        claimed_until if state == Job.State.RUNNING else due_at
        for kind, state, due_at, claimed_until in rows
        if kind not in busy
    )
    return min((time for time in since if time is not None), default=None)


def _busy_kinds() -> list[str]:
    """Kinds whose lane is busy at this moment."""
    running = set(
        Job.objects.filter(state=Job.State.RUNNING, claimed_until__gte=timezone.now()).values_list("kind", flat=True)
    )
    return [name for names in lanes().values() if running & set(names) for name in names]


def failed_jobs() -> QuerySet[Job]:
    """Jobs that failed and were not started again."""
    return Job.objects.filter(state=Job.State.FAILED)


def seconds_left(job: Job, now: datetime.datetime) -> float | None:
    """How many seconds a running job will still take, estimated from its speed since it was started; None if
    unknown."""
    done_since_start = job.done - job.done_before
    if job.state != Job.State.RUNNING or not job.started_at or done_since_start <= 0 or job.total <= job.done:
        return None
    return (now - job.started_at).total_seconds() / done_since_start * (job.total - job.done)
