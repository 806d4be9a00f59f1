"""What the worker does for records."""

from django.utils.translation import gettext_lazy as _

from catalog.jobs.handle import Handle
from catalog.jobs.registry import job
from catalog.records.actions.standing import SPREAD, finish_spreads
from catalog.records.checking.nightly import check_within


@job(SPREAD, _("Standing of what is below a record"), tries=10)
def spread(handle: Handle) -> None:
    """Continue a spread that was interrupted."""
    finish_spreads(records=[int(handle.key)], progress=handle.progress)


# Seconds that the check may take in one night; the next night continues where it stopped.
SECONDS_A_NIGHT = 1200.0


@job("records.check_catalogue", _("Comparing what is derived with what the rules say"), daily_at=2, lane="slow")
def check_catalogue(handle: Handle) -> None:
    """Check as much of the catalogue as the time allows, from where the last night stopped; store findings."""
    check_within(SECONDS_A_NIGHT, progress=handle.progress)
