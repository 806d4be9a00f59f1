"""Reading sources."""

from django.db.models import QuerySet

from catalog.sources.models import Source


def sources() -> QuerySet[Source]:
    """Every source, by its short name."""
    return Source.objects.all()
