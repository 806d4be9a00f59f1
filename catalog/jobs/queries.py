"""Reading the table of work."""

import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from catalog.changes.models import Change
from catalog.jobs.models import Job
from catalog.jobs.registry import lanes

# Work that was due so long ago, or changes that the index does not hold after so long, wait too long.
TOO_LONG = datetime.timedelta(minutes=15)


def visible_jobs(asker: Any) -> QuerySet[Job]:
    """Jobs that `asker` may see, stop and have tried again: all with the permission `run_jobs`, else those asked for by
    themselves."""
    if not getattr(asker, "is_authenticated", False):
        return Job.objects.none()
    return Job.objects.all() if asker.has_perm("catalog.run_jobs") else Job.objects.filter(asked_by=asker.pk)


def waiting_too_long(than: datetime.timedelta = TOO_LONG) -> dict[str, int]:
    """What waits longer than it may, by kind of work, how many; `index` for changes that the search does not show yet.

    Empty while all is well. For probes and notices: a worker that is not running shows here.
    """
    before = timezone.now() - than
    found: dict[str, int] = {}
    late = Q(state=Job.State.WAITING, due_at__lt=before) | Q(state=Job.State.RUNNING, claimed_until__lt=before)
    for kind in Job.objects.filter(late).exclude(kind__in=_kept_busy()).order_by().values_list("kind", flat=True):
        found[kind] = found.get(kind, 0) + 1
    changes = Change.objects.filter(made_at__lt=before).count()
    return found | ({"index": changes} if changes else {})


def oldest_due() -> datetime.datetime | None:
    """Since when the longest waiting job is due, or the longest abandoned one was to be renewed; None where none waits.
    What waits its turn behind one that runs does not count."""
    now = timezone.now()
    late = Q(state=Job.State.WAITING, due_at__lt=now) | Q(state=Job.State.RUNNING, claimed_until__lt=now)
    rows = list(
        Job.objects.filter(late).order_by("due_at").values_list("kind", "state", "due_at", "claimed_until")[:100]
    )
    busy = _kept_busy() if rows else []
    since = (until if state == Job.State.RUNNING else due for kind, state, due, until in rows if kind not in busy)
    return min((at for at in since if at is not None), default=None)


def _kept_busy() -> list[str]:
    """Kinds whose lane is at work this moment: what waits there waits its turn."""
    running = set(
        Job.objects.filter(state=Job.State.RUNNING, claimed_until__gte=timezone.now()).values_list("kind", flat=True)
    )
    return [name for names in lanes().values() if running & set(names) for name in names]


def failed_jobs() -> QuerySet[Job]:
    """Jobs that failed, and were not taken up again."""
    return Job.objects.filter(state=Job.State.FAILED)


def seconds_left(job: Job, now: datetime.datetime) -> float | None:
    """How long a running job will still take, judged by how long it took since it was begun; None while nobody can
    say."""
    made = job.done - job.done_before
    if job.state != Job.State.RUNNING or not job.started_at or made <= 0 or job.total <= job.done:
        return None
    return (now - job.started_at).total_seconds() / made * (job.total - job.done)
