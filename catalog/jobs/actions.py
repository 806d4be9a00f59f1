"""Asking for work, stopping it, having it tried again, clearing what ended long ago."""

import datetime
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from catalog.jobs.models import Job
from catalog.jobs.queries import visible_jobs
from catalog.jobs.registry import kinds

SUPERSEDED = gettext_noop("The same work waits once more, so this turn of it was dropped.")


def enqueue(
    kind: str,
    *,
    key: str = "",
    payload: dict[str, Any] | None = None,
    by: AbstractBaseUser | None = None,
    at: datetime.datetime | None = None,
) -> Job:
    """Ask for work; call inside the transaction of what asks for it, as its last act. Returns the job that waits.

    key: of a kind and key one waits at most; one that waits already is not doubled, and is due at the earlier of the
    two times. at: not before then. Raises KeyError for a kind that no room has.
    """
    known = kinds()[kind]
    due = at or timezone.now()
    made = Job(kind=known.name, key=key, payload=payload or {}, asked_by=cast(Any, by), due_at=due)
    if not key:
        made.save()
    else:
        Job.objects.bulk_create([made], ignore_conflicts=True)
        waiting = Job.objects.filter(kind=kind, key=key, state=Job.State.WAITING)
        waiting.filter(due_at__gt=due).update(due_at=due)
        # Taken up in this very moment, it is the one that runs.
        made = waiting.first() or Job.objects.filter(kind=kind, key=key).latest("pk")
    if settings.JOBS_AT_ONCE:
        from catalog.jobs.running import run_now

        run_now(made)
    return made


def stop_job(*, job: Job, actor: Any) -> bool:
    """Have a job stop: one that waits ends now, one that runs at its next step. False where it had ended already.

    Raises PermissionDenied.
    """
    _check(job, actor)
    waiting = Job.objects.filter(pk=job.pk, state=Job.State.WAITING)
    if waiting.update(state=Job.State.STOPPED, ended_at=timezone.now(), stop_asked=True):
        job.refresh_from_db()
        call_given_up(job)
        return True
    return Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(stop_asked=True) > 0


def try_again(*, job: Job, actor: Any) -> bool:
    """Have a failed or stopped job, or one that waits for a later try, tried now. False where there is nothing to do:
    it runs, it ended well, or the same work waits already. Raises PermissionDenied."""
    _check(job, actor)
    known = kinds().get(job.kind)
    if known is None or not known.again:
        return False
    if Job.objects.filter(pk=job.pk, state=Job.State.WAITING).update(due_at=timezone.now()):
        return True
    ended = Job.objects.filter(pk=job.pk, state__in=[Job.State.FAILED, Job.State.STOPPED])
    try:
        with transaction.atomic():
            again = ended.update(
                state=Job.State.WAITING, due_at=timezone.now(), attempts=0, reason="", stop_asked=False, ended_at=None
            )
    except IntegrityError:
        return False
    if again and settings.JOBS_AT_ONCE:
        from catalog.jobs.running import run_now

        run_now(job)
    return again > 0


def call_given_up(job: Job) -> None:
    """Have the room of a job that failed or was stopped say so on its own pages."""
    known = kinds().get(job.kind)
    if known is not None and known.given_up is not None:
        known.given_up(job)


def clear_finished_jobs(*, days: int) -> int:
    """Delete jobs that ended more than `days` days ago; failed ones stay three times as long. Returns how many."""
    now = timezone.now()
    ended = Job.objects.filter(state__in=[Job.State.DONE, Job.State.STOPPED])
    gone = ended.filter(ended_at__lt=now - datetime.timedelta(days=days)).delete()[0]
    failed = Job.objects.filter(state=Job.State.FAILED, ended_at__lt=now - datetime.timedelta(days=3 * days))
    return gone + failed.delete()[0]


def _check(job: Job, actor: Any) -> None:
    if not visible_jobs(actor).filter(pk=job.pk).exists():
        raise PermissionDenied
