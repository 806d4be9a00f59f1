"""What a member of staff should know on coming in: each a sentence, and where to mend it."""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.accounts.models import User
from catalog.records.models import Cover
from catalog.records.queries import visible_pages
from catalog.scans.editions.carrying import UNSURE_EN
from catalog.search.checks import how_far_outgrown


@dataclass(frozen=True)
class Notice:
    """words: what is the matter. mend: what to do ('' where the address says it). url: where ('' for nowhere).
    grave: something may be lost."""

    words: str
    mend: str = ""
    url: str = ""
    grave: bool = False


def notices(user: User) -> list[Notice]:
    """Everything that stands on the staff home for `user`, grave things first."""
    found = [notice for ask in ASKED for notice in ask(user)]
    return sorted(found, key=lambda notice: not notice.grave)


def _engine(user: User) -> list[Notice]:
    outgrown = how_far_outgrown()
    if outgrown is None:
        return []
    size, most, better = outgrown
    words = _("The catalogue has %(size)s records and pages; its search engine answers at once to about %(most)s.") % {
        "size": number_format(size, force_grouping=True),
        "most": number_format(most, force_grouping=True),
    }
    return [Notice(words, _("Set SEARCH_ENGINE=%(better)s, then run: manage.py index") % {"better": better})]


def _covered_whole(user: User) -> list[Notice]:
    """Images replaced by ones of another shape, covered whole until somebody says where the covers belong."""
    if not user.has_perm("catalog.change_page"):
        return []
    waiting = Cover.objects.kept().filter(reason_en=UNSURE_EN, page__in=visible_pages(user)).order_by("pk")
    first = waiting.first()
    if first is None:
        return []
    words = ngettext(
        "%(n)d replaced image is covered whole, as it has another shape than the one its covers were drawn on.",
        "%(n)d replaced images are covered whole, as they have another shape than those their covers were drawn on.",
        waiting.count(),
    ) % {"n": waiting.count()}
    mend = _("Draw again what must be covered, then uncover the whole.")
    return [Notice(words, mend, reverse("desk-page-image", args=[first.page_id]))]


ASKED: list[Callable[[User], list[Notice]]] = [_engine, _covered_whole]
