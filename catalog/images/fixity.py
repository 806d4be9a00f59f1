"""Holding every original against its checksum: a walk that can stop and go on, at a bounded rate; what is found is
said, and nothing is ever written over (OAIS, ISO 14721, 4.1.1.5, "fixity")."""

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
PIECE = 1 << 20
WALK = "originals.walk"
AT_ONCE = 50
MOST_IN_A_MAIL = 50


@dataclass
class Rate:
    """At most so many bytes a second. 0: as fast as it goes."""

    bytes_a_second: int
    read: int = 0
    began: float = 0.0

    def wait_for(self, count: int) -> None:
        """Wait until `count` more bytes may be read."""
        if not self.bytes_a_second:
            return
        now = time.monotonic()
        if now - self.began > self.read / self.bytes_a_second + 1:
            # It stood still for a while; what was not read then is not made up for in a rush.
            self.began, self.read = now, 0
        self.read += count
        ahead = self.read / self.bytes_a_second - (now - self.began)
        if ahead > 0:
            time.sleep(ahead)


def open_findings() -> QuerySet[FixityFinding]:
    """What is damaged or missing now."""
    return FixityFinding.objects.filter(settled_at=None).select_related("original")


def seen_findings(asker: Asker, *, settled: bool = False) -> QuerySet[FixityFinding]:
    """What is damaged or missing now (settled: what was, and is whole again) of images that `asker` may see; all of it
    for those who may see every record."""
    findings = FixityFinding.objects.filter(settled_at__isnull=not settled).select_related("original")
    if sees_everything(asker):
        return findings
    scans = visible_scans(asker)
    return findings.filter(
        Q(original__sha256__in=scans.values("sha256")) | Q(original__sha256__in=scans.values("delivered_sha256"))
    )


def is_due() -> bool:
    """Whether a walk is under way, or the last one ended FIXITY_DAYS ago, or there was none and there are originals."""
    if FixityPass.objects.filter(ended_at=None).exists():
        return True
    if not settings.FIXITY_DAYS or not Original.objects.exists():
        return False
    last = FixityPass.objects.aggregate(last=Max("ended_at"))["last"]
    return last is None or timezone.now() - last > datetime.timedelta(days=settings.FIXITY_DAYS)


def ask_for_walk() -> bool:
    """Ask for a walk where one is due or was broken off, unless it was asked for; whether there is one to be done."""
    if not is_due():
        return False
    ended = [Job.State.FAILED, Job.State.STOPPED]
    walk = FixityPass.objects.filter(ended_at=None).order_by("pk").first()
    since = walk.began_at if walk else timezone.now()
    with transaction.atomic():
        # One that a person stopped, or that failed, waits for a person.
        known = Job.objects.filter(kind=WALK, state__in=[Job.State.WAITING, Job.State.RUNNING])
        if known.exists() or Job.objects.filter(kind=WALK, state__in=ended, ended_at__gte=since).exists():
            return True
        enqueue(WALK, key="walk")
    return True


def begin_pass() -> FixityPass:
    """The walk that is under way, or a new one."""
    return FixityPass.objects.filter(ended_at=None).order_by("pk").first() or FixityPass.objects.create()


def walk_under_way() -> FixityPass | None:
    """The walk that is under way, if one is."""
    return FixityPass.objects.filter(ended_at=None).first()


def walks() -> QuerySet[FixityPass]:
    """Every walk, the latest first."""
    return FixityPass.objects.all()


def originals_in_numbers() -> dict[str, Any]:
    """All originals together: `count`, `bytes`, how many were never checked (`never`), and when the one longest
    unchecked was last checked (`oldest`)."""
    never = Original.objects.filter(checked_at=None).count()
    sums = Original.objects.aggregate(bytes=Sum("bytes"), oldest=Min("checked_at"))
    return sums | {"count": Original.objects.count(), "never": never}


def left_in(walk: FixityPass) -> QuerySet[Original]:
    """Originals that the walk has not come to, those longest unchecked first."""
    return Original.objects.filter(Q(checked_at=None) | Q(checked_at__lt=walk.began_at)).order_by(
        F("checked_at").asc(nulls_first=True), "pk"
    )


def go_on(
    *, walk: FixityPass, rate: Rate, most: int | None = None, told: Callable[[Original, str], Any] | None = None
) -> bool:
    """Check some more of the originals (`most`; None: all that are left). `told` hears of each, and its fault or ''.

    Returns whether the walk has ended. Killed at any instant, it goes on with the file it was at.
    """
    done = 0
    while most is None or done < most:
        some = list(left_in(walk)[: AT_ONCE if most is None else min(AT_ONCE, most - done)])
        if not some:
            break
        for original in some:
            fault = check_original(original=original, rate=rate)
            FixityPass.objects.filter(pk=walk.pk).update(
                checked=F("checked") + 1, bytes=F("bytes") + original.bytes, faults=F("faults") + int(bool(fault))
            )
            if told:
                told(original, fault)
        done += len(some)
    if left_in(walk).exists():
        return False
    FixityPass.objects.filter(pk=walk.pk, ended_at=None).update(ended_at=timezone.now())
    return True


def check_original(*, original: Original, rate: Rate) -> str:
    """Read one original to its end and note what was found; returns the kind of fault, '' for none."""
    kind, detail = _looked_at(original, rate)
    with transaction.atomic():
        Original.objects.filter(pk=original.pk).update(checked_at=timezone.now())
        standing = FixityFinding.objects.filter(original=original, settled_at=None)
        if not kind:
            standing.update(settled_at=timezone.now())
        elif not standing.filter(kind=kind).exists():
            standing.update(settled_at=timezone.now())
            FixityFinding.objects.create(original=original, kind=kind, detail=detail[:400])
    if kind:
        logger.error("original %s: %s (%s)", original.name, kind, detail)
    return kind


def send_alarms() -> int:
    """Write to ALARM_MAIL about everything found and not yet written about; how many findings went out.

    A mail that cannot be sent is tried again the next time.
    """
    waiting = list(open_findings().filter(mailed_at=None).order_by("pk"))
    if not waiting or not settings.ALARM_MAIL:
        return 0
    with override(settings.LANGUAGE_CODE):
        lines = [f"{one.original.name}: {one.get_kind_display()} ({one.detail})" for one in waiting[:MOST_IN_A_MAIL]]
        if len(waiting) > MOST_IN_A_MAIL:
            lines.append(_("and %(count)s more") % {"count": len(waiting) - MOST_IN_A_MAIL})
        subject = _("Ký Ức: %(count)s originals are damaged or missing") % {"count": len(waiting)}
        words = _("Nothing was written over. Bring these files back from a copy; the next check notices.")
    try:
        send_mail(subject, "\n".join([words, "", *lines]), None, settings.ALARM_MAIL)
    except OSError as error:
        logger.error("the mail about %s damaged originals could not be sent: %s", len(waiting), error)
        return 0
    FixityFinding.objects.filter(pk__in=[one.pk for one in waiting]).update(mailed_at=timezone.now())
    return len(waiting)


def _looked_at(original: Original, rate: Rate) -> tuple[str, str]:
    sha = hashlib.sha256()
    try:
        with default_storage.open(original.name, "rb") as file:
            while piece := file.read(PIECE):
                rate.wait_for(len(piece))
                sha.update(piece)
    except FileNotFoundError:
        return FixityFinding.Kind.MISSING, original.name
    except OSError as error:
        return FixityFinding.Kind.UNREADABLE, f"{type(error).__name__}: {error}"
    found = sha.hexdigest()
    return ("", "") if found == original.sha256 else (FixityFinding.Kind.DAMAGED, found)
