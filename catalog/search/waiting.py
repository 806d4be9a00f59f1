"""How far the index is behind, for the monitoring of queues (`upkeep`)."""

import datetime

from catalog.changes.models import Change


def oldest_change_time() -> datetime.datetime | None:
    """When the oldest change that is not indexed yet was made; None where all are indexed."""
    return Change.objects.order_by("pk").values_list("made_at", flat=True).first()
