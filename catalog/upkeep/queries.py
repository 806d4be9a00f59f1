"""Reading recent failures, and whether mail about them can be sent."""

import datetime

from django.db.models import QuerySet
from django.utils import timezone

from catalog.upkeep.models import Alarm, ErrorNote


def errors() -> QuerySet[ErrorNote]:
    """Everything that failed, the latest first."""
    return ErrorNote.objects.all()


def errors_today() -> QuerySet[ErrorNote]:
    """What failed since midnight (local time), the latest first."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return ErrorNote.objects.filter(made_at__gte=midnight)


def alarms() -> QuerySet[Alarm]:
    """Every alarm, the latest first."""
    return Alarm.objects.all()


def mail_fails_since() -> datetime.datetime | None:
    """Since when mail about an alarm cannot be sent; None if mail works."""
    waiting = Alarm.objects.exclude(unsent_since=None).order_by("unsent_since").first()
    return waiting.unsent_since if waiting else None


def disk_was_full() -> datetime.datetime | None:
    """When, in the last hour, a disk was last found full or nearly full; None if none was."""
    since = timezone.now() - datetime.timedelta(hours=1)
    alarm = Alarm.objects.filter(event__startswith="disk.", last_at__gte=since).order_by("-last_at").first()
    return alarm.last_at if alarm else None
