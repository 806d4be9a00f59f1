"""Reading reports of batches."""

from django.db.models import QuerySet

from catalog.scans.models import IntakeFile


def refused_files() -> QuerySet[IntakeFile]:
    """Refused files that nobody has tried again or given up."""
    return IntakeFile.objects.filter(outcome=IntakeFile.Outcome.REFUSED, settled="")
