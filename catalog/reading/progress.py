"""The progress of machine reading."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, QuerySet
from django.utils import timezone

from catalog.reading.models import PageReading, ReadingPriority
from catalog.reading.ocr import tesseract_available
from catalog.reading.queue import get_switch
from catalog.records.queries import Asker, visible_pages, visible_to

WINDOW = timedelta(hours=1)


@dataclass(frozen=True)
class Progress:
    """counts: pages by state; a_minute: pages read a minute, in the last hour; left: estimated seconds until the queue
    is empty, None if unknown; installed: whether tesseract with its Vietnamese model is installed.
    """

    counts: dict[str, int]
    a_minute: float
    left: float | None
    paused: bool
    installed: bool

    @property
    def waiting(self) -> int:
        """Pages not read yet."""
        return self.counts["waiting"] + self.counts["working"]

    @property
    def done(self) -> int:
        """Pages with a result."""
        return sum(self.counts.values()) - self.waiting


def progress() -> Progress:
    """The current progress of machine reading."""
    counts: dict[str, int] = dict.fromkeys(PageReading.State.values, 0)
    counts.update(PageReading.objects.order_by().values_list("state").annotate(Count("pk")))
    now = timezone.now()
    ended = PageReading.objects.filter(ended_at__gte=now - WINDOW, state__in=["read", "empty"])
    ended_count = ended.count()
    first = ended.order_by("ended_at").values_list("ended_at", flat=True).first()
    minutes = max((now - first).total_seconds() / 60, 0.1) if first else 0
    rate = ended_count / minutes if ended_count > 1 and minutes else 0.0
    waiting = counts["waiting"] + counts["working"]
    return Progress(counts, rate, waiting / rate * 60 if rate else None, get_switch().paused, tesseract_available())


def failed_readings(asker: Asker | None = None) -> QuerySet[PageReading]:
    """Failed readings; if `asker` is given, only of pages that they may see."""
    failed = PageReading.objects.filter(state=PageReading.State.FAILED)
    return failed if asker is None else failed.filter(page__in=visible_pages(asker))


def has_waiting_pages() -> bool:
    """Whether a page waits to be read."""
    return PageReading.objects.filter(state=PageReading.State.WAITING).exists()


def failed_pages(most: int = 200, asker: Asker | None = None) -> list[PageReading]:
    """Pages that could not be read, the latest first; only those that `asker` may see, if one is given."""
    return list(
        failed_readings(asker)
        .select_related("page__record__repository")
        .prefetch_related("page__record__identifiers")
        .order_by("-ended_at")[:most]
    )


def priorities(asker: Asker) -> list[ReadingPriority]:
    """All priorities set for records that `asker` may see, the highest first."""
    return list(
        ReadingPriority.objects.filter(record__in=visible_to(asker))
        .select_related("record__repository")
        .prefetch_related("record__identifiers")
        .order_by("-priority", "record__reference_code")
    )
