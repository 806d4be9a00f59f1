"""How many pages have been read by name: counted once in a while in a large catalogue."""

import datetime

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
from catalog.records.queries.visibility import EVERY_AUDIENCE, Asker, audiences, of_audience, shown_mentions

# Pages up to which they are counted whenever it is asked; beyond, the worker counts every so many seconds, and a count
# stands for a day should there be none.
COUNTED_AT_ONCE, COUNTED_EVERY, COUNTS_LAST = 5000, 600, 86_400


def readable_by_name(asker: Asker) -> tuple[int, int]:
    """How many pages have names taken from them, and how many pages there are.

    In a large catalogue counted by the worker once in a while, never by a page that shows it (but the very first).
    """
    seen = audiences(asker)
    if not _many_pages():
        return _count_readable(seen)
    known: tuple[int, int] | None = cache.get(_readable_key(seen))
    if known is None:
        known = _count_readable(seen)
        cache.set(_readable_key(seen), known, COUNTS_LAST)
    return known


def forms_shown(asker: Asker) -> QuerySet[NameForm]:
    """Forms of names that somebody bears whom `asker` may see."""
    return _forms_shown(audiences(asker))


def shown_names(asker: Asker) -> int:
    """How many forms of names `asker` may see; in a large catalogue counted as `readable_by_name` is."""
    seen = audiences(asker)
    if not _many_forms():
        return _forms_shown(seen).count()
    return int(cache.get_or_set(_names_key(seen), _forms_shown(seen).count, COUNTS_LAST) or 0)


def count_readable_anew() -> None:
    """Count again what `readable_by_name` and `shown_names` say in a large catalogue, for everyone who may ask."""
    if _many_forms():
        for seen in EVERY_AUDIENCE:
            cache.set(_names_key(seen), _forms_shown(seen).count(), COUNTS_LAST)
    if _many_pages():
        for seen in EVERY_AUDIENCE:
            cache.set(_readable_key(seen), _count_readable(seen), COUNTS_LAST)


def counts_that_differ() -> list[tuple[list[str], tuple[int, int], tuple[int, int]]]:
    """For whom, what is kept and what is right, of each kept count of `readable_by_name` that is not right, though
    nothing was changed for as long as a count may lag behind."""
    if not _many_pages():
        return []
    since = timezone.now() - datetime.timedelta(seconds=2 * COUNTED_EVERY)
    if Change.objects.exists() or any(
        model.history.filter(history_date__gt=since).exists() for model in (Record, Page, Mention, Cover)
    ):
        return []
    found = []
    for seen in EVERY_AUDIENCE:
        known: tuple[int, int] | None = cache.get(_readable_key(seen))
        if known is not None and known != (right := _count_readable(seen)):
            found.append((sorted(seen), known, right))
    return found


def _forms_shown(seen: frozenset[str]) -> QuerySet[NameForm]:
    # Living and covered mentions are not counted for anybody, so that one number serves all of an audience.
    mentions = shown_mentions().order_by().filter(of_audience(seen, "record__"), pk=OuterRef("mention"))
    borne = MentionForm.objects.order_by().filter(Exists(mentions), form=OuterRef("pk"))
    return NameForm.objects.order_by().filter(Exists(borne))


def _many_forms() -> bool:
    last = NameForm.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return last > COUNTED_AT_ONCE


def _names_key(seen: frozenset[str]) -> str:
    return f"names:{','.join(sorted(seen))}"


def _many_pages() -> bool:
    last = Page.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return last > COUNTED_AT_ONCE


def _readable_key(seen: frozenset[str]) -> str:
    return f"readable:{','.join(sorted(seen))}"


def _count_readable(seen: frozenset[str]) -> tuple[int, int]:
    pages = Page.objects.kept().filter(of_audience(seen, "record__"))
    # Names that are withheld are not counted: the number must not tell of them.
    named = Exists(shown_mentions().filter(page=OuterRef("pk")))
    return pages.filter(named).count(), pages.count()
