"""Reading deliveries and the reports on them, as far as whoever asks may see what was delivered."""

from uuid import UUID

from django.db.models import Q, QuerySet

from catalog.accounts.models import User
from catalog.intake.models import IntakeBatch, IntakeFile, Upload
from catalog.records.models import Record
from catalog.records.queries import sees_everything, visible_or_trashed


def visible_batches(asker: User) -> QuerySet[IntakeBatch]:
    """Batches for records that `asker` may see. One whose files name their records themselves may hold files of any
    record: it is for its owner, and for those who may see every record."""
    batches = IntakeBatch.objects.all()
    if sees_everything(asker):
        return batches
    of_seen = Q(record__isnull=False) & visible_or_trashed(asker, "record__")
    return batches.filter(of_seen | Q(record=None, owner=asker.pk))


def batches_of(record: Record) -> QuerySet[IntakeBatch]:
    """Batches delivered for the record, the newest first. The caller checks that the record is visible."""
    return IntakeBatch.objects.filter(record=record)


def waiting_uploads(record: Record, owner: User) -> QuerySet[Upload]:
    """The user's files for the record that are on their way or wait to be taken in."""
    return Upload.objects.filter(record=record, owner=owner, batch=None)


def waiting_upload(token: UUID | str, owner: User) -> Upload | None:
    """The user's own file of this token, if it is on its way or waits to be taken in."""
    return Upload.objects.filter(token=token, owner=owner, batch=None).first()


def refused_files(asker: User) -> QuerySet[IntakeFile]:
    """Refused files that nobody has tried again or given up, of batches that `asker` may see."""
    refused = IntakeFile.objects.filter(outcome=IntakeFile.Outcome.REFUSED, settled="")
    return refused if sees_everything(asker) else refused.filter(batch__in=visible_batches(asker))
