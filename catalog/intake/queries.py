"""Reading reports of batches, as far as whoever asks may see what was delivered."""

from django.db.models import Q, QuerySet

from catalog.accounts.models import User
from catalog.intake.models import IntakeBatch, IntakeFile
from catalog.records.queries import of_seen_records, sees_everything


def visible_batches(asker: User) -> QuerySet[IntakeBatch]:
    """Batches for records that `asker` may see. One whose files name their records themselves may hold files of any
    record: it is for its owner, and for those who may see every record."""
    batches = IntakeBatch.objects.all()
    if sees_everything(asker):
        return batches
    of_seen = Q(record__isnull=False) & of_seen_records(asker, "record__")
    return batches.filter(of_seen | Q(record=None, owner=asker.pk))


def refused_files(asker: User) -> QuerySet[IntakeFile]:
    """Refused files that nobody has tried again or given up, of batches that `asker` may see."""
    refused = IntakeFile.objects.filter(outcome=IntakeFile.Outcome.REFUSED, settled="")
    return refused if sees_everything(asker) else refused.filter(batch__in=visible_batches(asker))
