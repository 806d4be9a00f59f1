"""The check that the worker makes every night, for as long as a night allows, going on where the last one stopped."""

import time
from collections.abc import Callable, Sequence

from django.utils import timezone

from catalog.records.checking.actions import Found, look_at, look_at_counts, settle_ended
from catalog.records.checking.queries import Check, batches, checks_for, how_many
from catalog.records.models import CheckPlace


def check_for(seconds: float, *, progress: Callable[[int, int], None] | None = None) -> Found:
    """Compare what is derived with the rules for so many seconds, each kind of thing once at most.

    progress hears how many rows were looked at, and of how many. Returns what was found.
    """
    until, found = time.monotonic() + seconds, Found()
    look_at_counts(found)
    # What waited longest comes first: the one that was stopped in its middle last night, or was not reached.
    checks = sorted(checks_for(), key=_waits_since)
    total = how_many(checks)
    for check in checks:
        if not _go_on(check, found, until, progress, total):
            break
    return found


def check_all(checks: Sequence[Check], *, repair: bool, only: Sequence[str], progress: Callable[[int], None]) -> Found:
    """Compare everything, from the beginning to the end; with `repair` write what differs. Returns what was found."""
    found = Found()
    for check in checks:
        last = 0
        for batch in batches(check):
            look_at(check, batch, found, repair=repair, only=only)
            last = batch.last
            progress(found.looked_at)
        if not only:
            settle_ended(check, last)
    return found


def _go_on(check: Check, found: Found, until: float, progress: Callable[[int, int], None] | None, total: int) -> bool:
    """Whether the check came to its end before the time was over."""
    place, _made = CheckPlace.objects.get_or_create(check_name=check.name)
    last = place.after
    for batch in batches(check, place.after):
        look_at(check, batch, found)
        last = batch.last
        CheckPlace.objects.filter(pk=place.pk).update(after=last)
        if progress:
            progress(found.looked_at, total)
        if time.monotonic() > until:
            return False
    settle_ended(check, last)
    CheckPlace.objects.filter(pk=place.pk).update(after=0, through_at=timezone.now())
    return True


def _waits_since(check: Check) -> float:
    place = CheckPlace.objects.filter(check_name=check.name).first()
    if place is None or place.through_at is None:
        return 0.0
    return place.through_at.timestamp()
