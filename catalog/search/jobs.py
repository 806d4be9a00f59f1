"""Background jobs for the index that are due once a day. (Following changes is the worker's own loop.)"""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from catalog.changes.statistics import analyze_tables
from catalog.engines.interface import EngineError
from catalog.jobs.faults import Later
from catalog.jobs.handle import Handle
from catalog.jobs.registry import job
from catalog.search.actions import (
    LeaseTaken,
    count_documents,
    enqueue_opened_records,
    is_index_readable,
    reconcile_or_rebuild_index,
)

# An index with more documents is compared at night only. A damaged one is noticed by the next search, at any hour.
COMPARED_BY_DAY = 100_000
# Hours, local time.
NIGHT = range(0, 6)
LEASE_TAKEN = gettext_noop("Another process writes the index. It is tried again by itself.")
NOT_WRITABLE = gettext_noop("The index cannot be written just now. It is tried again by itself.")


@job("index.opened", _("Finding what opened today"), daily_at=0)
def index_opened_records(handle: Handle) -> None:
    """Have records indexed whose closure ended today."""
    enqueue_opened_records()


@job("index.compare", _("Comparing the index with the catalogue"), lane="index", daily_at=2)
def compare_index(handle: Handle) -> None:
    """Compare every document with the index, and write those that differ."""
    if timezone.localtime().hour not in NIGHT and count_documents() > COMPARED_BY_DAY and is_index_readable():
        # The worker was not running at night. Next night has its own job.
        return
    try:
        reconcile_or_rebuild_index(lambda done: handle.progress(done))
    except LeaseTaken:
        raise Later(30, LEASE_TAKEN) from None
    except EngineError:
        raise Later(60, NOT_WRITABLE) from None


@job("index.statistics", _("Looking at how the tables of the database are filled"), daily_at=2)
def update_statistics(handle: Handle) -> None:
    """Renew the statistics that the database chooses its query plans by."""
    analyze_tables()
