"""How many pages have names taken from them, and how many names there are; cached in a large catalogue."""

import datetime

from django.conf import settings
from django.core.cache import cache
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from catalog.changes.models import Change
from catalog.people.models import NameForm
from catalog.records.models import (
    Cover,
    Mention,
    MentionForm,
    Page,
    Record,
)
from catalog.records.queries.visibility import EVERY_AUDIENCE, Asker, audience_condition, audiences, shown_mentions

# Up to COUNTED_AT_ONCE pages are counted at each request. Beyond, the worker counts every COUNT_SECONDS; without a
# worker a cached count is used for COUNTS_LAST seconds, one day.
COUNTS_LAST = 86_400


def readable_by_name(asker: Asker) -> tuple[int, int]:
    """How many pages have names taken from them, and how many pages there are.

    In a large catalogue the worker counts at intervals; a web page counts only if nothing is cached yet.
    """
    audience = audiences(asker)
    if not _many_pages():
        return _count_readable(audience)
    cached: tuple[int, int] | None = cache.get(_readable_key(audience))
    if cached is None:
        cached = _count_readable(audience)
        cache.set(_readable_key(audience), cached, COUNTS_LAST)
    return cached


def visible_forms(asker: Asker) -> QuerySet[NameForm]:
    """Forms of names that belong to a mention which `asker` may see."""
    return _forms_of_audience(audiences(asker))


def count_visible_forms(asker: Asker) -> int:
    """How many forms of names `asker` may see; in a large catalogue counted as `readable_by_name` is."""
    audience = audiences(asker)
    if not _many_forms():
        return _forms_of_audience(audience).count()
    return int(cache.get_or_set(_names_key(audience), _forms_of_audience(audience).count, COUNTS_LAST) or 0)


def refresh_counts() -> None:
    """Refresh the cached counts of `readable_by_name` and `count_visible_forms` for every audience."""
    if _many_forms():
        for audience in EVERY_AUDIENCE:
            cache.set(_names_key(audience), _forms_of_audience(audience).count(), COUNTS_LAST)
    if _many_pages():
        for audience in EVERY_AUDIENCE:
            cache.set(_readable_key(audience), _count_readable(audience), COUNTS_LAST)


def stale_counts() -> list[tuple[list[str], tuple[int, int], tuple[int, int]]]:
    """(audience, cached count, correct count) of each cached count of `readable_by_name` that is wrong; empty if
    something was changed so lately that a count may still be behind."""
    if not _many_pages():
        return []
    since = timezone.now() - datetime.timedelta(seconds=2 * settings.COUNT_SECONDS)
    if Change.objects.exists() or any(
        model.history.filter(history_date__gt=since).exists() for model in (Record, Page, Mention, Cover)
    ):
        return []
    differing = []
    for audience in EVERY_AUDIENCE:
        cached: tuple[int, int] | None = cache.get(_readable_key(audience))
        if cached is not None and cached != (correct := _count_readable(audience)):
            differing.append((sorted(audience), cached, correct))
    return differing


def _forms_of_audience(audience: frozenset[str]) -> QuerySet[NameForm]:
    # Mentions of living persons and covered ones are never counted, so that one number serves a whole audience.
    mentions = shown_mentions().order_by().filter(audience_condition(audience, "record__"), pk=OuterRef("mention"))
    shown_forms = MentionForm.objects.order_by().filter(Exists(mentions), form=OuterRef("pk"))
    return NameForm.objects.order_by().filter(Exists(shown_forms))


def _many_forms() -> bool:
    last = NameForm.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return last > settings.COUNTED_AT_ONCE


def _names_key(audience: frozenset[str]) -> str:
    return f"names:{','.join(sorted(audience))}"


def _many_pages() -> bool:
    last = Page.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return last > settings.COUNTED_AT_ONCE


def _readable_key(audience: frozenset[str]) -> str:
    return f"readable:{','.join(sorted(audience))}"


def _count_readable(audience: frozenset[str]) -> tuple[int, int]:
    pages = Page.objects.kept().filter(audience_condition(audience, "record__"))
    # Withheld names are not counted: the number must not reveal them.
    named = Exists(shown_mentions().filter(page=OuterRef("pk")))
    return pages.filter(named).count(), pages.count()
