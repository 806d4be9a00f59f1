"""Background work on the index that is not following changes: what is due once a day."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from catalog.changes.statistics import analyze_tables
from catalog.engines.interface import EngineError
from catalog.jobs.faults import Later
from catalog.jobs.handle import Handle
from catalog.jobs.registry import job
from catalog.search.actions import LeaseTaken, how_many, is_in_order, mend_index, note_what_opened_today

# A larger index is compared in the night; a fault in it is noticed by whoever asks it, at any hour.
COMPARED_BY_DAY = 100_000
NIGHT = range(0, 6)
AWAY = gettext_noop("Another process writes the index. It is tried again by itself.")
BROKEN = gettext_noop("The index cannot be written just now. It is tried again by itself.")


@job("index.opened", _("Finding what opened today"), daily_at=0)
def note_opened(handle: Handle) -> None:
    """Records whose closure ended, which no save tells."""
    note_what_opened_today()


@job("index.compare", _("Comparing the index with the catalogue"), lane="index", daily_at=2)
def compare(handle: Handle) -> None:
    """Hold every document against the index, and write what differs."""
    if timezone.localtime().hour not in NIGHT and how_many() > COMPARED_BY_DAY and is_in_order():
        # The worker was not running in the night; the next night has a job of its own.
        return
    try:
        mend_index(lambda done: handle.progress(done))
    except LeaseTaken:
        raise Later(30, AWAY) from None
    except EngineError:
        raise Later(60, BROKEN) from None


@job("index.statistics", _("Looking at how the tables of the database are filled"), daily_at=2)
def weigh(handle: Handle) -> None:
    """What SQLite chooses its ways by."""
    analyze_tables()
