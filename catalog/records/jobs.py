"""What the worker does for records."""

from django.utils.translation import gettext_lazy as _

from catalog.jobs.handle import Handle
from catalog.jobs.registry import job
from catalog.records.actions.standing import SPREAD, finish_spreads
from catalog.records.checking.nightly import check_for


@job(SPREAD, _("Standing of what is below a record"), tries=10)
def spread(handle: Handle) -> None:
    """Go on with what a change of a record has not yet reached."""
    finish_spreads(records=[int(handle.key)], progress=handle.progress)


# Seconds that one night gives to the check; the next night goes on where it stopped.
A_NIGHT = 1200.0


@job("records.check_catalogue", _("Comparing what is derived with what the rules say"), daily_at=2, lane="slow")
def check_catalogue(handle: Handle) -> None:
    """Look at as much of the catalogue as a night allows, from where the last one stopped; keep what differs as
    findings."""
    check_for(A_NIGHT, progress=handle.progress)
