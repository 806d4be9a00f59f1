"""Writing of records, named by what is done. Each keyword-only, each one transaction."""

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from catalog.records.models import Identification, Page, Record


def publish_record(*, record: Record) -> Record:
    """Make the record public, as far as its access level and everything above it allow."""
    return _set_status(record, Record.Status.PUBLISHED)


def send_to_review(*, record: Record) -> Record:
    """Ask for a second pair of eyes."""
    return _set_status(record, Record.Status.IN_REVIEW)


def withdraw_record(*, record: Record) -> Record:
    """Take from the public; the address says it was withdrawn."""
    return _set_status(record, Record.Status.WITHDRAWN)


def trash_record(*, record: Record) -> Record:
    """Put in the trash, from which it can be taken back."""
    record.trashed_at = timezone.now()
    record.save()
    return record


def add_pages(*, record: Record, count: int) -> list[Page]:
    """`count` new pages behind the last one, trashed ones counted, so that no number is used twice."""
    with transaction.atomic():
        Record.objects.select_for_update().get(pk=record.pk)
        last = Page.objects.filter(record=record).aggregate(last=Max("number"))["last"] or 0
        return [Page.objects.create(record=record, number=last + ordinal) for ordinal in range(1, count + 1)]


def withdraw_identification(*, identification: Identification) -> Identification:
    """Undo a decision without losing that it was made."""
    identification.withdrawn_at = timezone.now()
    identification.save()
    return identification


def _set_status(record: Record, status: str) -> Record:
    with transaction.atomic():
        record.status = status
        record.save()
    return record
