"""The daily job of this room: deletes jobs that ended long ago, and expired sessions."""

from django.conf import settings
from django.core.management import call_command
from django.utils.translation import gettext_lazy as _

from catalog.jobs.actions import clear_finished_jobs
from catalog.jobs.handle import Handle
from catalog.jobs.registry import job


@job("jobs.clear", _("Clearing away old sessions and finished work"), daily_at=3)
def clear(handle: Handle) -> None:
    """Delete expired sessions, and jobs that ended JOBS_KEPT_DAYS ago."""
    call_command("clearsessions")
    clear_finished_jobs(days=settings.JOBS_KEPT_DAYS)
