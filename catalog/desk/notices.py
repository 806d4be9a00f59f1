"""Notices on the start page of staff: a sentence about what needs attention, and where to deal with it."""

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
from catalog.search.checks import engine_overload
from catalog.upkeep.queries import disk_was_full, errors_today, mail_fails_since

ERRORS_SHOWN = 5


@dataclass(frozen=True)
class Notice:
    """words: what the matter is. remedy: what to do ('' if the page of `url` says it). url: where ('' for no page).
    is_grave: something may be lost."""

    words: str
    remedy: str = ""
    url: str = ""
    is_grave: bool = False


def notices(user: User) -> list[Notice]:
    """All notices for `user`, grave ones first."""
    notices = [notice for notices_from in SOURCES for notice in notices_from(user)]
    return sorted(notices, key=lambda notice: not notice.is_grave)


def _engine_notices(user: User) -> list[Notice]:
    outgrown = engine_overload()
    if outgrown is None:
        return []
    size, comfortable, better = outgrown
    words = _("The catalogue has %(size)s records and pages; its search engine answers at once to about %(most)s.") % {
        "size": number_format(size, force_grouping=True),
        "most": number_format(comfortable, force_grouping=True),
    }
    return [Notice(words, _("Set SEARCH_ENGINE=%(better)s, then run: manage.py index") % {"better": better})]


def _refused_file_notices(user: User) -> list[Notice]:
    count = refused_files(user).count() if user.has_perm("catalog.add_scan") else 0
    if not count:
        return []
    words = ngettext(
        "%(count)s delivered file was refused and waits for somebody to look at it.",
        "%(count)s delivered files were refused and wait for somebody to look at them.",
        count,
    ) % {"count": number_format(count, force_grouping=True)}
    return [Notice(words, url=reverse("desk-refused"))]


def _fixity_notices(user: User) -> list[Notice]:
    count = visible_fixity_findings(user).count() if user.has_perm("catalog.view_scan") else 0
    if not count:
        return []
    words = ngettext(
        "%(count)s original is damaged or missing.", "%(count)s originals are damaged or missing.", count
    ) % {"count": number_format(count, force_grouping=True)}
    return [Notice(words, _("Nothing is overwritten. Restore it from a copy."), reverse("desk-fixity"), is_grave=True)]


def _reading_notices(user: User) -> list[Notice]:
    if not user.has_perm("catalog.run_reading"):
        return []
    failed = failed_readings(user).count()
    notices = []
    if failed:
        words = ngettext(
            "%(n)s page could not be read by machine.", "%(n)s pages could not be read by machine.", failed
        )
        notices.append(Notice(words % {"n": failed}, url=reverse("desk-reading")))
    if not tesseract_available() and has_waiting_pages():
        notices.append(
            Notice(_("Pages wait to be read by machine, and tesseract is not installed."), url=reverse("desk-reading"))
        )
    return notices


def _proposal_notices(user: User) -> list[Notice]:
    if not user.has_perms(["catalog.change_mention", "catalog.add_mention"]):
        return []
    count = open_proposals(user).count()
    words = ngettext("%(n)s name waits for a decision.", "%(n)s names wait for a decision.", count) % {"n": count}
    return [Notice(words, url=reverse("desk-proposals"))] if count else []


def _cover_notices(user: User) -> list[Notice]:
    """Images replaced by ones of another shape: they are covered completely until the covers are drawn again."""
    if not user.has_perm("catalog.change_page"):
        return []
    covers = covers_to_place(user)
    first = covers.first()
    if first is None:
        return []
    words = ngettext(
        "%(n)d replaced image is covered whole, as it has another shape than the one its covers were drawn on.",
        "%(n)d replaced images are covered whole, as they have another shape than those their covers were drawn on.",
        covers.count(),
    ) % {"n": covers.count()}
    remedy = _("Draw again what must be covered, then uncover the whole.")
    return [Notice(words, remedy, reverse("desk-page-image", args=[first.page_id]))]


def _job_notices(user: User) -> list[Notice]:
    """Jobs that failed, and jobs that are due but not taken up."""
    notices = []
    failed = failed_jobs().filter(pk__in=visible_jobs(user).values("pk")).count()
    if failed:
        words = ngettext(
            "%(n)s piece of background work failed.", "%(n)s pieces of background work failed.", failed
        ) % {"n": number_format(failed, force_grouping=True)}
        notices.append(Notice(words, url=reverse("desk-jobs")))
    if user.has_perm("catalog.run_jobs") and waiting_too_long():
        words = _("Background work has been due for more than a quarter of an hour.")
        notices.append(
            Notice(words, _("See whether “manage.py worker” is running."), reverse("desk-jobs"), is_grave=True)
        )
    return notices


def _finding_notices(user: User) -> list[Notice]:
    """Findings of the nightly check that the user may see."""
    count = visible_findings(user).count()
    if not count:
        return []
    words = ngettext(
        "%(n)s thing in the catalogue differs from what the rules say.",
        "%(n)s things in the catalogue differ from what the rules say.",
        count,
    ) % {"n": number_format(count, force_grouping=True)}
    return [Notice(words, url=reverse("desk-findings"))]


def _error_notices(user: User) -> list[Notice]:
    """Errors of today with the first numbers; whether alarms can be mailed; a disk that was full."""
    if not user.has_perm("catalog.view_errornote"):
        return []
    notices = []
    count = errors_today().count()
    if count:
        references = list(errors_today().values_list("reference", flat=True)[:ERRORS_SHOWN])
        words = ngettext("%(n)s error today: %(ids)s", "%(n)s errors today: %(ids)s", count) % {
            "n": number_format(count, force_grouping=True),
            "ids": ", ".join(references) + (" …" if count > len(references) else ""),
        }
        notices.append(Notice(words, url=reverse("desk-errors")))
    if since := mail_fails_since():
        words = _("Mail about alarms cannot be sent since %(at)s.") % {"at": _time_in_words(since)}
        notices.append(
            Notice(
                words,
                _("See whether the mail server answers; it is tried again every few minutes."),
                reverse("desk-errors"),
                is_grave=True,
            )
        )
    if full_at := disk_was_full():
        words = _("A disk was full, or too full for a file, at %(at)s.") % {"at": _time_in_words(full_at)}
        notices.append(Notice(words, _("Make room, or add a disk; what was refused can be sent again."), is_grave=True))
    return notices


def _time_in_words(moment: datetime.datetime) -> str:
    return date_format(timezone.localtime(moment), "d/m/Y H:i")


SOURCES: list[Callable[[User], list[Notice]]] = [
    _error_notices,
    _engine_notices,
    _job_notices,
    _fixity_notices,
    _refused_file_notices,
    _cover_notices,
    _reading_notices,
    _proposal_notices,
    _finding_notices,
]
