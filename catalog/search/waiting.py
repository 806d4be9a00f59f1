"""Since when the index is behind."""

import datetime

from catalog.changes.models import Change


def oldest_change() -> datetime.datetime | None:
    """When the change was made that has waited longest for the index; None where none waits."""
    return Change.objects.order_by("pk").values_list("made_at", flat=True).first()
