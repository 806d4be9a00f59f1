"""Background work of intake."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from catalog.intake.models import IntakeBatch, IntakeFile
from catalog.intake.uploads import TAKE_IN, Busy, drop_abandoned_uploads, take_in_uploads
from catalog.jobs.faults import Later
from catalog.jobs.handle import Handle
from catalog.jobs.models import Job
from catalog.jobs.registry import job

State = IntakeBatch.State


def _given_up(row: Job) -> None:
    """Mark the batch as stopped, so that its page shows that nothing continues."""
    IntakeBatch.objects.filter(pk=row.key).exclude(state=State.DONE).update(state=State.STOPPED)


@job(TAKE_IN, _("Taking files in"), lane="files", tries=5, given_up=_given_up)
def take_in_batch(handle: Handle) -> None:
    """Take in the files of a batch. After an interruption it continues; for a finished batch it does nothing."""
    batch = IntakeBatch.objects.filter(pk=handle.key).exclude(state=State.DONE).first()
    if batch is None:
        return
    done = batch.files.count()

    def on_progress(_file: IntakeFile) -> None:
        nonlocal done
        done += 1
        handle.progress(done, batch.total)

    try:
        take_in_uploads(batch=batch, on_progress=on_progress)
    except Busy:
        raise Later(5) from None
    except BaseException:
        # The jobs room decides whether it is tried again; until then the batch is queued.
        IntakeBatch.objects.filter(pk=batch.pk).exclude(state=State.DONE).update(state=State.QUEUED)
        raise


@job("intake.clear", _("Clearing away uploads that were given up"), daily_at=3)
def clear(handle: Handle) -> None:
    """Delete uploads that received nothing for UPLOAD_KEPT_DAYS."""
    drop_abandoned_uploads(days=settings.UPLOAD_KEPT_DAYS)
