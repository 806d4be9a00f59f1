"""Queries for deliveries and their reports, as far as the asker may see the records."""

from uuid import UUID

from django.db.models import Q, QuerySet

from catalog.accounts.models import User
from catalog.intake.models import IntakeBatch, IntakeFile, Upload
from catalog.records.models import Record
from catalog.records.queries import sees_everything, visible_or_trashed


def visible_batches(asker: User) -> QuerySet[IntakeBatch]:
    """Batches for records that `asker` may see. A batch without a record may contain files for any record: only its
    owner sees it, and those who may see every record."""
    batches = IntakeBatch.objects.all()
    if sees_everything(asker):
        return batches
    is_visible = Q(record__isnull=False) & visible_or_trashed(asker, "record__")
    return batches.filter(is_visible | Q(record=None, owner=asker.pk))


def batches_of(record: Record) -> QuerySet[IntakeBatch]:
    """Batches for the record, the newest first. The caller must check that the record is visible."""
    return IntakeBatch.objects.filter(record=record)


def waiting_uploads(record: Record, owner: User) -> QuerySet[Upload]:
    """The user's uploads for the record that are not part of a batch yet, complete or not."""
    return Upload.objects.filter(record=record, owner=owner, batch=None)


def waiting_upload(token: UUID | str, owner: User) -> Upload | None:
    """The user's upload with this token, if it is not part of a batch yet."""
    return Upload.objects.filter(token=token, owner=owner, batch=None).first()


def refused_files(asker: User) -> QuerySet[IntakeFile]:
    """Refused files that nobody has tried again or discarded, of batches that `asker` may see."""
    refused = IntakeFile.objects.filter(outcome=IntakeFile.Outcome.REFUSED, settled="")
    return refused if sees_everything(asker) else refused.filter(batch__in=visible_batches(asker))
