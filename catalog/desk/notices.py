"""What a member of staff should know on coming in: each a sentence, and where to mend it."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.accounts.models import User
from catalog.desk.findings import visible_findings
from catalog.images.fixity import visible_fixity_findings
from catalog.intake.queries import refused_files
from catalog.jobs.queries import failed_jobs, visible_jobs, waiting_too_long
from catalog.reading.ocr import tesseract_available
from catalog.reading.progress import failed_readings, has_waiting_pages
from catalog.reading.proposals.queries import open_proposals
from catalog.records.queries import covers_to_place
from catalog.search.checks import how_far_outgrown
from catalog.upkeep.queries import disk_was_full, errors_today, mail_fails_since

SHOWN_ERRORS = 5


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


def _refused(user: User) -> list[Notice]:
    count = refused_files(user).count() if user.has_perm("catalog.add_scan") else 0
    if not count:
        return []
    words = ngettext(
        "%(count)s delivered file was refused and waits for somebody to look at it.",
        "%(count)s delivered files were refused and wait for somebody to look at them.",
        count,
    ) % {"count": number_format(count, force_grouping=True)}
    return [Notice(words, url=reverse("desk-refused"))]


def _originals(user: User) -> list[Notice]:
    count = visible_fixity_findings(user).count() if user.has_perm("catalog.view_scan") else 0
    if not count:
        return []
    words = ngettext(
        "%(count)s original is damaged or missing.", "%(count)s originals are damaged or missing.", count
    ) % {"count": number_format(count, force_grouping=True)}
    return [Notice(words, _("Nothing is written over. Bring it back from a copy."), reverse("desk-fixity"), grave=True)]


def _reading(user: User) -> list[Notice]:
    if not user.has_perm("catalog.run_reading"):
        return []
    failed = failed_readings(user).count()
    found = []
    if failed:
        words = ngettext(
            "%(n)s page could not be read by machine.", "%(n)s pages could not be read by machine.", failed
        )
        found.append(Notice(words % {"n": failed}, url=reverse("desk-reading")))
    if not tesseract_available() and has_waiting_pages():
        found.append(
            Notice(_("Pages wait to be read by machine, and tesseract is not installed."), url=reverse("desk-reading"))
        )
    return found


def _proposals(user: User) -> list[Notice]:
    if not user.has_perms(["catalog.change_mention", "catalog.add_mention"]):
        return []
    many = open_proposals(user).count()
    words = ngettext("%(n)s name waits for a decision.", "%(n)s names wait for a decision.", many) % {"n": many}
    return [Notice(words, url=reverse("desk-proposals"))] if many else []


def _covered_whole(user: User) -> list[Notice]:
    """Images replaced by ones of another shape, covered whole until somebody says where the covers belong."""
    if not user.has_perm("catalog.change_page"):
        return []
    waiting = covers_to_place(user)
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


def _jobs(user: User) -> list[Notice]:
    """Work that failed, of those who may see it; and work that nobody does."""
    found = []
    failed = failed_jobs().filter(pk__in=visible_jobs(user).values("pk")).count()
    if failed:
        words = ngettext(
            "%(n)s piece of background work failed.", "%(n)s pieces of background work failed.", failed
        ) % {"n": number_format(failed, force_grouping=True)}
        found.append(Notice(words, url=reverse("desk-jobs")))
    if user.has_perm("catalog.run_jobs") and waiting_too_long():
        words = _("Background work has been due for more than a quarter of an hour.")
        found.append(Notice(words, _("See whether “manage.py worker” is running."), reverse("desk-jobs"), grave=True))
    return found


def _findings(user: User) -> list[Notice]:
    """What the nightly check found, as far as it may be seen."""
    many = visible_findings(user).count()
    if not many:
        return []
    words = ngettext(
        "%(n)s thing in the catalogue differs from what the rules say.",
        "%(n)s things in the catalogue differ from what the rules say.",
        many,
    ) % {"n": number_format(many, force_grouping=True)}
    return [Notice(words, url=reverse("desk-findings"))]


def _errors(user: User) -> list[Notice]:
    """What failed today, with the first numbers; whether anybody can be told by mail; a disk that was full."""
    if not user.has_perm("catalog.view_errornote"):
        return []
    found = []
    count = errors_today().count()
    if count:
        shown = list(errors_today().values_list("reference", flat=True)[:SHOWN_ERRORS])
        words = ngettext("%(n)s error today: %(ids)s", "%(n)s errors today: %(ids)s", count) % {
            "n": number_format(count, force_grouping=True),
            "ids": ", ".join(shown) + (" …" if count > len(shown) else ""),
        }
        found.append(Notice(words, url=reverse("desk-errors")))
    if since := mail_fails_since():
        words = _("Mail about alarms cannot be sent since %(at)s.") % {"at": _at(since)}
        found.append(
            Notice(
                words,
                _("See whether the mail server answers; it is tried again every few minutes."),
                reverse("desk-errors"),
                grave=True,
            )
        )
    if at := disk_was_full():
        words = _("A disk was full, or too full for a file, at %(at)s.") % {"at": _at(at)}
        found.append(Notice(words, _("Make room, or add a disk; what was refused can be sent again."), grave=True))
    return found


def _at(moment: datetime.datetime) -> str:
    return date_format(timezone.localtime(moment), "d/m/Y H:i")


ASKED: list[Callable[[User], list[Notice]]] = [
    _errors,
    _engine,
    _jobs,
    _originals,
    _refused,
    _covered_whole,
    _reading,
    _proposals,
    _findings,
]
