"""Background work of intake."""

import logging

from django_tasks import task

from catalog.scans.intake.uploads import take_in_uploads, unfinished_batches
from catalog.scans.models import IntakeBatch

logger = logging.getLogger(__name__)


@task()
def take_in_batch(batch_id: int) -> str:
    """Take in the files of a batch. Begun again after a stop it goes on; done, it does nothing."""
    batch = IntakeBatch.objects.filter(pk=batch_id).exclude(state=IntakeBatch.State.DONE).first()
    if batch is None:
        return "nothing to do"
    take_in_uploads(batch=batch)
    return f"{batch.files.count()} files"


def take_up_batches() -> int:
    """Put batches back in the queue that a worker left in the middle when it was stopped; how many there were."""
    left = list(unfinished_batches().exclude(state=IntakeBatch.State.QUEUED).values_list("pk", flat=True))
    for batch_id in left:
        take_in_batch.enqueue(batch_id)
    return len(left)
