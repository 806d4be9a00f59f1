"""Enqueueing jobs, stopping them, trying them again, and deleting those that ended long ago."""

import datetime
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog.jobs.models import Job
from catalog.jobs.queries import visible_jobs
from catalog.jobs.registry import call_given_up, kinds
from catalog.jobs.running import run_now


def enqueue(
    kind: str,
    *,
    key: str = "",
    payload: dict[str, Any] | None = None,
    by: AbstractBaseUser | None = None,
    at: datetime.datetime | None = None,
) -> Job:
    """Enqueue a job; call it at the end of the transaction that makes the work necessary. Returns the waiting job.

    key: at most one job of a kind and key waits; a second one is not added, and the first is due at the earlier of the
    two times. at: not before this time. Raises KeyError for an unknown kind.
    """
    job_kind = kinds()[kind]
    due = at or timezone.now()
    job = Job(kind=job_kind.name, key=key, payload=payload or {}, asked_by=cast(Any, by), due_at=due)
    if not key:
        job.save()
    else:
        Job.objects.bulk_create([job], ignore_conflicts=True)
        waiting = Job.objects.filter(kind=kind, key=key, state=Job.State.WAITING)
        waiting.filter(due_at__gt=due).update(due_at=due)
        # If it has been claimed at this very moment, it is the running one.
        job = waiting.first() or Job.objects.filter(kind=kind, key=key).latest("pk")
    if settings.JOBS_AT_ONCE:
        run_now(job)
    return job


def stop_job(*, job: Job, actor: Any) -> bool:
    """Stop a job: a waiting one ends now, a running one at its next step. Returns False if it has already ended.

    Raises PermissionDenied.
    """
    _require_visible(job, actor)
    waiting = Job.objects.filter(pk=job.pk, state=Job.State.WAITING)
    if waiting.update(state=Job.State.STOPPED, ended_at=timezone.now(), stop_asked=True):
        job.refresh_from_db()
        call_given_up(job)
        return True
    return Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(stop_asked=True) > 0


def try_again(*, job: Job, actor: Any) -> bool:
    """Try a failed or stopped job, or one that waits for a later try, now. Returns False if there is nothing to do: it
    runs, it has succeeded, or the same work is waiting. Raises PermissionDenied."""
    _require_visible(job, actor)
    job_kind = kinds().get(job.kind)
    if job_kind is None or not job_kind.again:
        return False
    if Job.objects.filter(pk=job.pk, state=Job.State.WAITING).update(due_at=timezone.now()):
        return True
    ended = Job.objects.filter(pk=job.pk, state__in=[Job.State.FAILED, Job.State.STOPPED])
    try:
        with transaction.atomic():
            changed = ended.update(
                state=Job.State.WAITING, due_at=timezone.now(), attempts=0, reason="", stop_asked=False, ended_at=None
            )
    except IntegrityError:
        return False
    if changed and settings.JOBS_AT_ONCE:
        run_now(job)
    return changed > 0


def clear_finished_jobs(*, days: int) -> int:
    """Delete jobs that ended more than `days` days ago; failed ones stay three times as long. Returns how many."""
    now = timezone.now()
    ended = Job.objects.filter(state__in=[Job.State.DONE, Job.State.STOPPED])
    deleted = ended.filter(ended_at__lt=now - datetime.timedelta(days=days)).delete()[0]
    failed = Job.objects.filter(state=Job.State.FAILED, ended_at__lt=now - datetime.timedelta(days=3 * days))
    return deleted + failed.delete()[0]


def _require_visible(job: Job, actor: Any) -> None:
    if not visible_jobs(actor).filter(pk=job.pk).exists():
        raise PermissionDenied
