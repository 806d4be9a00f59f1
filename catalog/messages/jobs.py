"""Jobs in words."""

from django.utils.translation import gettext as _

from catalog.jobs.models import Job
from catalog.jobs.registry import kinds


def called(name: str) -> str:
    """What a kind of work is called; its bare name where this version does not know it."""
    known = kinds().get(name)
    return str(known.words) if known else name


def reason_in_words(job: Job) -> str:
    """Why it waits, failed or was stopped, in the language that is active; '' for no reason."""
    return _(job.reason) if job.reason else ""
