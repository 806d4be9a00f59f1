"""Jobs that are enqueued automatically once a day."""

import datetime

from django.db import transaction
from django.utils import timezone

from catalog.jobs.actions import enqueue
from catalog.jobs.models import Job, Lease
from catalog.jobs.registry import kinds

LEASE_NAME = "daily work"


def enqueue_daily_jobs(now: datetime.datetime | None = None) -> int:
    """Enqueue the daily jobs that are due today and not yet enqueued. Returns how many. Any number of workers may call
    it at any time.

    The key of a daily job is its day. One that should have run while no worker was running is due at once.
    """
    local_time = timezone.localtime(now)
    day = local_time.date().isoformat()
    hours = {
        kind.name: kind.daily_at
        for kind in kinds().values()
        if kind.daily_at is not None and local_time.hour >= kind.daily_at
    }
    enqueued = set(Job.objects.filter(kind__in=hours, key=day).values_list("kind", flat=True))
    if enqueued >= set(hours):
        return 0
    with transaction.atomic():
        Lease.objects.get_or_create(name=LEASE_NAME, defaults={"claim": "", "claimed_until": timezone.now()})
        # Locked until the end of the transaction, so that two workers don't enqueue the same jobs.
        Lease.objects.select_for_update().get(name=LEASE_NAME)
        enqueued = set(Job.objects.filter(kind__in=hours, key=day).values_list("kind", flat=True))
        missing = sorted(set(hours) - enqueued)
        for name in missing:
            enqueue(name, key=day)
    return len(missing)
