"""How far machine reading is."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, QuerySet
from django.utils import timezone

from catalog.reading.models import PageReading, ReadingPriority
from catalog.reading.ocr import tesseract_available
from catalog.reading.queue import switch
from catalog.records.queries import Asker, visible_pages, visible_to

WINDOW = timedelta(hours=1)


@dataclass(frozen=True)
class Progress:
    """Pages by state; a_minute: pages ended in the last hour, by the time in which they did; left: seconds, None:
    unknown.

    installed: whether tesseract with its Vietnamese model is there.
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
        """Pages that something came of."""
        return sum(self.counts.values()) - self.waiting


def progress() -> Progress:
    """How far machine reading is."""
    counts: dict[str, int] = dict.fromkeys(PageReading.State.values, 0)
    counts.update(PageReading.objects.order_by().values_list("state").annotate(Count("pk")))
    now = timezone.now()
    ended = PageReading.objects.filter(ended_at__gte=now - WINDOW, state__in=["read", "empty"])
    many = ended.count()
    first = ended.order_by("ended_at").values_list("ended_at", flat=True).first()
    minutes = max((now - first).total_seconds() / 60, 0.1) if first else 0
    rate = many / minutes if many > 1 and minutes else 0.0
    waiting = counts["waiting"] + counts["working"]
    return Progress(counts, rate, waiting / rate * 60 if rate else None, switch().paused, tesseract_available())


def failed_readings(asker: Asker | None = None) -> QuerySet[PageReading]:
    """Readings that failed; only of pages that `asker` may see, if one is given."""
    failed = PageReading.objects.filter(state=PageReading.State.FAILED)
    return failed if asker is None else failed.filter(page__in=visible_pages(asker))


def has_waiting_pages() -> bool:
    """Whether any page waits to be read."""
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
    """Every priority stated for a record that `asker` may see, the highest first."""
    return list(
        ReadingPriority.objects.filter(record__in=visible_to(asker))
        .select_related("record__repository")
        .prefetch_related("record__identifiers")
        .order_by("-priority", "record__reference_code")
    )
