"""Put jobs into states that otherwise take time."""

import datetime

from django.utils import timezone

from catalog.jobs.models import Job


def due() -> None:
    """Let the pause before the next try be over."""
    Job.objects.filter(state="waiting").update(due_at=timezone.now() - datetime.timedelta(seconds=1))


def killed(job: Job) -> None:
    """Make the job's holder a process of this host that is no more."""
    place, _pid, *rest = Job.objects.get(pk=job.pk).claim.split(":")
    Job.objects.filter(pk=job.pk).update(claim=":".join([place, "4194304", *rest]))
