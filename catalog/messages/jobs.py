"""Kinds of jobs and reasons of jobs in words."""

from django.utils.translation import gettext as _

from catalog.jobs.models import Job
from catalog.jobs.registry import kinds


def kind_in_words(name: str) -> str:
    """The name of a kind of jobs; the code if this version does not know it."""
    kind = kinds().get(name)
    return str(kind.words) if kind else name


def job_reason_in_words(job: Job) -> str:
    """Why a job waits, failed or was stopped, in the current language; '' if there is no reason."""
    return _(job.reason) if job.reason else ""
