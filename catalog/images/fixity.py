"""Checking every original against its checksum: a walk that can be interrupted and continued, at a limited rate. Faults
are reported, and nothing is ever overwritten (OAIS, ISO 14721, 4.1.1.5, "fixity")."""

import datetime
import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import F, Max, Min, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from catalog.images.models import FixityFinding, FixityPass, Original
from catalog.images.queries import visible_scans
from catalog.jobs.actions import enqueue
from catalog.jobs.models import Job
from catalog.records.queries import Asker, sees_everything

logger = logging.getLogger(__name__)
CHUNK_BYTES = 1 << 20
WALK = "originals.walk"
BATCH = 50
MOST_IN_A_MAIL = 50


@dataclass
class Rate:
    """Limits reading to `bytes_a_second`; 0: no limit. read, began: bytes since that time, for the calculation."""

    bytes_a_second: int
    read: int = 0
    began: float = 0.0

    def wait_for(self, count: int) -> None:
        """Wait until `count` more bytes may be read."""
        if not self.bytes_a_second:
            return
        now = time.monotonic()
        if now - self.began > self.read / self.bytes_a_second + 1:
            # Nothing was read for a while: start again, so that this time is not made up for at full speed.
            self.began, self.read = now, 0
        self.read += count
        ahead = self.read / self.bytes_a_second - (now - self.began)
        if ahead > 0:
            time.sleep(ahead)


def open_findings() -> QuerySet[FixityFinding]:
    """Findings about originals that are damaged or missing now."""
    return FixityFinding.objects.filter(settled_at=None).select_related("original")


def visible_fixity_findings(asker: Asker, *, settled: bool = False) -> QuerySet[FixityFinding]:
    """Findings about originals of images that `asker` may see; all findings for those who may see every record.
    settled: those about files that are whole again, instead of the open ones."""
    findings = FixityFinding.objects.filter(settled_at__isnull=not settled).select_related("original")
    if sees_everything(asker):
        return findings
    scans = visible_scans(asker)
    return findings.filter(
        Q(original__sha256__in=scans.values("sha256")) | Q(original__sha256__in=scans.values("delivered_sha256"))
    )


def is_due() -> bool:
    """Whether a walk is unfinished, or the last one ended FIXITY_DAYS ago, or there was none although there are
    originals."""
    if FixityPass.objects.filter(ended_at=None).exists():
        return True
    if not settings.FIXITY_DAYS or not Original.objects.exists():
        return False
    last = FixityPass.objects.aggregate(last=Max("ended_at"))["last"]
    return last is None or timezone.now() - last > datetime.timedelta(days=settings.FIXITY_DAYS)


def enqueue_walk() -> bool:
    """Enqueue a walk if one is due or was interrupted, and none is enqueued. Returns whether a walk is to be done."""
    if not is_due():
        return False
    ended = [Job.State.FAILED, Job.State.STOPPED]
    fixity_pass = FixityPass.objects.filter(ended_at=None).order_by("pk").first()
    since = fixity_pass.began_at if fixity_pass else timezone.now()
    with transaction.atomic():
        # A job that a person stopped, or that failed, is not started again automatically.
        active_jobs = Job.objects.filter(kind=WALK, state__in=[Job.State.WAITING, Job.State.RUNNING])
        if active_jobs.exists() or Job.objects.filter(kind=WALK, state__in=ended, ended_at__gte=since).exists():
            return True
        enqueue(WALK, key="walk")
    return True


def current_pass() -> FixityPass:
    """The unfinished walk, or a new one."""
    return FixityPass.objects.filter(ended_at=None).order_by("pk").first() or FixityPass.objects.create()


def walk_under_way() -> FixityPass | None:
    """The unfinished walk; None if there is none."""
    return FixityPass.objects.filter(ended_at=None).first()


def walks() -> QuerySet[FixityPass]:
    """All walks, the latest first."""
    return FixityPass.objects.all()


def originals_in_numbers() -> dict[str, Any]:
    """Statistics of all originals: `count`, `bytes`, how many were never checked (`never`), and the earliest time of
    the last checks (`oldest`)."""
    never = Original.objects.filter(checked_at=None).count()
    sums = Original.objects.aggregate(bytes=Sum("bytes"), oldest=Min("checked_at"))
    return sums | {"count": Original.objects.count(), "never": never}


def unchecked_in(fixity_pass: FixityPass) -> QuerySet[Original]:
    """Originals that the walk has not checked yet; those that were checked longest ago come first."""
    return Original.objects.filter(Q(checked_at=None) | Q(checked_at__lt=fixity_pass.began_at)).order_by(
        F("checked_at").asc(nulls_first=True), "pk"
    )


def check_next(
    *,
    fixity_pass: FixityPass,
    rate: Rate,
    most: int | None = None,
    on_checked: Callable[[Original, str], Any] | None = None,
) -> bool:
    """Check the next originals of a walk. most: how many; None: all. on_checked: called with each original and its kind
    of fault or ''.

    Returns whether the walk has ended. If the process is killed, the next call continues with the same file.
    """
    done = 0
    while most is None or done < most:
        batch = list(unchecked_in(fixity_pass)[: BATCH if most is None else min(BATCH, most - done)])
        if not batch:
            break
        for original in batch:
            fault = check_original(original=original, rate=rate)
            FixityPass.objects.filter(pk=fixity_pass.pk).update(
                checked=F("checked") + 1, bytes=F("bytes") + original.bytes, faults=F("faults") + int(bool(fault))
            )
            if on_checked:
                on_checked(original, fault)
        done += len(batch)
    if unchecked_in(fixity_pass).exists():
        return False
    FixityPass.objects.filter(pk=fixity_pass.pk, ended_at=None).update(ended_at=timezone.now())
    return True


def check_original(*, original: Original, rate: Rate) -> str:
    """Read one original completely and record the result; returns the kind of fault, '' for none."""
    kind, detail = _read_and_hash(original, rate)
    with transaction.atomic():
        Original.objects.filter(pk=original.pk).update(checked_at=timezone.now())
        open_findings_of_it = FixityFinding.objects.filter(original=original, settled_at=None)
        if not kind:
            open_findings_of_it.update(settled_at=timezone.now())
        elif not open_findings_of_it.filter(kind=kind).exists():
            open_findings_of_it.update(settled_at=timezone.now())
            FixityFinding.objects.create(original=original, kind=kind, detail=detail[:400])
    if kind:
        logger.error("original %s: %s (%s)", original.name, kind, detail)
    return kind


def send_alarms() -> int:
    """Mail the open findings that were not mailed yet to ALARM_MAIL; returns how many were mailed.

    If the mail cannot be sent, the next call tries again.
    """
    waiting = list(open_findings().filter(mailed_at=None).order_by("pk"))
    if not waiting or not settings.ALARM_MAIL:
        return 0
    with override(settings.LANGUAGE_CODE):
        lines = [
            f"{finding.original.name}: {finding.get_kind_display()} ({finding.detail})"
            for finding in waiting[:MOST_IN_A_MAIL]
        ]
        if len(waiting) > MOST_IN_A_MAIL:
            lines.append(_("and %(count)s more") % {"count": len(waiting) - MOST_IN_A_MAIL})
        subject = _("Ký Ức: %(count)s originals are damaged or missing") % {"count": len(waiting)}
        advice = _("Nothing was overwritten. Restore these files from a copy; the next check notices.")
    try:
        send_mail(subject, "\n".join([advice, "", *lines]), None, settings.ALARM_MAIL)
    except OSError as error:
        logger.error("the mail about %s damaged originals could not be sent: %s", len(waiting), error)
        return 0
    FixityFinding.objects.filter(pk__in=[finding.pk for finding in waiting]).update(mailed_at=timezone.now())
    return len(waiting)


def _read_and_hash(original: Original, rate: Rate) -> tuple[str, str]:
    digest = hashlib.sha256()
    try:
        with default_storage.open(original.name, "rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                rate.wait_for(len(chunk))
                digest.update(chunk)
    except FileNotFoundError:
        return FixityFinding.Kind.MISSING, original.name
    except OSError as error:
        return FixityFinding.Kind.UNREADABLE, f"{type(error).__name__}: {error}"
    sha256 = digest.hexdigest()
    return ("", "") if sha256 == original.sha256 else (FixityFinding.Kind.DAMAGED, sha256)
