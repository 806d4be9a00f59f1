"""Work that is due once a day with nobody asking for it."""

import datetime

from django.db import transaction
from django.utils import timezone

from catalog.jobs.actions import enqueue
from catalog.jobs.models import Job, Lease
from catalog.jobs.registry import kinds

CLOCK = "daily work"


def enqueue_daily_jobs(now: datetime.datetime | None = None) -> int:
    """Ask for what is due today and was not asked for; how many jobs. Any number of workers may call it at any time.

    A job's key is its day. One that should have run while no worker did is due at once.
    """
    here = timezone.localtime(now)
    day = here.date().isoformat()
    wanted = {
        kind.name: kind.daily_at
        for kind in kinds().values()
        if kind.daily_at is not None and here.hour >= kind.daily_at
    }
    asked = set(Job.objects.filter(kind__in=wanted, key=day).values_list("kind", flat=True))
    if asked >= set(wanted):
        return 0
    with transaction.atomic():
        Lease.objects.get_or_create(name=CLOCK, defaults={"claim": "", "claimed_until": timezone.now()})
        # Held until the end of the transaction, so that two workers don't ask for the same.
        Lease.objects.select_for_update().get(name=CLOCK)
        asked = set(Job.objects.filter(kind__in=wanted, key=day).values_list("kind", flat=True))
        missing = sorted(set(wanted) - asked)
        for name in missing:
            enqueue(name, key=day)
    return len(missing)
