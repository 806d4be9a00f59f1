"""The check that the worker runs every night for a limited time; each night continues where the last one stopped."""

import time
from collections.abc import Callable, Sequence

from django.utils import timezone

from catalog.records.checking.actions import CheckSummary, check_batch, check_counts, settle_findings_after
from catalog.records.checking.queries import BATCH, Check, batches, checks_for, count_rows
from catalog.records.models import CheckPlace


def check_within(
    seconds: float, *, progress: Callable[[int, int], None] | None = None, batch_size: int = BATCH
) -> CheckSummary:
    """Compare derived values with the rules for at most this many seconds, each kind of row at most once.

    progress: called with the number of rows looked at, and of how many; batch_size: rows compared at once. Returns the
    counts.
    """
    deadline, summary = time.monotonic() + seconds, CheckSummary()
    check_counts(summary)
    # The check that was completed longest ago comes first: it was interrupted last night, or not reached.
    checks = sorted(checks_for(), key=_last_completed)
    total = count_rows(checks)
    for check in checks:
        if not _continue_check(check, summary, deadline, progress, total, batch_size):
            break
    return summary


def check_all(
    checks: Sequence[Check], *, repair: bool, only: Sequence[str], progress: Callable[[int], None]
) -> CheckSummary:
    """Compare everything from the beginning; with `repair` write the correct values. Returns the counts."""
    summary = CheckSummary()
    for check in checks:
        last = 0
        for batch in batches(check):
            check_batch(check, batch, summary, repair=repair, only=only)
            last = batch.last
            progress(summary.looked_at)
        if not only:
            settle_findings_after(check, last)
    return summary


def _continue_check(
    check: Check,
    summary: CheckSummary,
    deadline: float,
    progress: Callable[[int, int], None] | None,
    total: int,
    batch_size: int,
) -> bool:
    """Continue one check; returns whether it was completed before the deadline."""
    place, _created = CheckPlace.objects.get_or_create(check_name=check.name)
    last = place.after
    for batch in batches(check, place.after, batch_size):
        check_batch(check, batch, summary)
        last = batch.last
        CheckPlace.objects.filter(pk=place.pk).update(after=last)
        if progress:
            progress(summary.looked_at, total)
        if time.monotonic() > deadline:
            return False
    settle_findings_after(check, last)
    CheckPlace.objects.filter(pk=place.pk).update(after=0, through_at=timezone.now())
    return True


def _last_completed(check: Check) -> float:
    place = CheckPlace.objects.filter(check_name=check.name).first()
    if place is None or place.through_at is None:
        return 0.0
    return place.through_at.timestamp()
