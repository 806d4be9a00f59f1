"""What the worker does for records."""

from django.utils.translation import gettext_lazy as _

from catalog.jobs.handle import Handle
from catalog.jobs.registry import job
from catalog.records.actions.standing import SPREAD, finish_spreads


@job(SPREAD, _("Standing of what is below a record"), tries=10)
def spread(handle: Handle) -> None:
    """Go on with what a change of a record has not yet reached."""
    finish_spreads(records=[int(handle.key)], progress=handle.progress)
