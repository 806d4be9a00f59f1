"""Recording failures, and mailing ALARM_MAIL about them: once per cause and hour, for all processes together."""

import datetime
import logging
import smtplib
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from catalog.upkeep.models import Alarm, ErrorNote

logger = logging.getLogger(__name__)

KEPT_DAYS = 30
CLEAR_EVERY = 50
MAIL_INTERVAL = datetime.timedelta(hours=1)
RETRY_INTERVAL = datetime.timedelta(minutes=5)


@dataclass(frozen=True)
class Failure:
    """A failure. reference: its id in the log; cause: failures with the same cause share a mail.

    counted: whether it is an error that the desk counts, or only a reason for an alarm (a disk that is nearly full).
    """

    reference: str
    event: str
    kind: str
    place: str = ""
    route: str = ""
    counted: bool = True

    @property
    def cause(self) -> str:
        """Failures with the same cause share a mail: a full disk is one cause, wherever it is noticed."""
        return self.event if self.event.startswith("disk.") else f"{self.kind} {self.place or self.route}"[:300]


def record_error(failure: Failure) -> ErrorNote:
    """Store an error for the desk. Old ones are deleted when there are too many. Raises DatabaseError."""
    note = ErrorNote.objects.create(
        reference=failure.reference,
        event=failure.event[:40],
        route=failure.route[:200],
        kind=failure.kind[:200],
        place=failure.place[:200],
        release=settings.RELEASE,
    )
    if note.pk % CLEAR_EVERY == 0:
        clear_errors()
    return note


def clear_errors() -> None:
    """Delete errors older than KEPT_DAYS, all except the latest ERRORS_KEPT, and alarms not raised for KEPT_DAYS."""
    limit = timezone.now() - datetime.timedelta(days=KEPT_DAYS)
    ErrorNote.objects.filter(made_at__lt=limit).delete()
    kept = settings.ERRORS_KEPT
    first_surplus = ErrorNote.objects.order_by("-pk").values_list("pk", flat=True)[kept : kept + 1].first()
    if first_surplus is not None:
        ErrorNote.objects.filter(pk__lte=first_surplus).delete()
    Alarm.objects.filter(last_at__lt=limit, unsent_since=None).delete()


def raise_alarm(failure: Failure) -> bool:
    """Count a failure under its cause, and mail about the cause unless there was a mail within the last hour. Returns
    whether a mail was sent.

    It waits for the mail server, so never call it from a request; `reporting.submit_failure` may be. Raises
    DatabaseError.
    """
    with transaction.atomic():
        Alarm.objects.get_or_create(cause=failure.cause, defaults={"event": failure.event[:40]})
        Alarm.objects.filter(cause=failure.cause).update(
            event=failure.event[:40],
            kind=failure.kind[:200],
            route=failure.route[:200],
            reference=failure.reference,
            count=F("count") + 1,
            last_at=timezone.now(),
        )
    return _mail_about(failure.cause)


def mail_unsent_alarms() -> int:
    """Try again to send the mails that could not be sent. Returns how many were sent. Raises DatabaseError."""
    causes = list(Alarm.objects.exclude(unsent_since=None).values_list("cause", flat=True))
    return sum(_mail_about(cause) for cause in causes)


def _mail_about(cause: str) -> bool:
    if not settings.ALARM_MAIL:
        return False
    now = timezone.now()
    # One statement decides which process sends the mail; the others see its attempt.
    is_claimed = Alarm.objects.filter(
        Q(mailed_at=None) | Q(mailed_at__lt=now - MAIL_INTERVAL),
        Q(tried_at=None) | Q(tried_at__lt=now - RETRY_INTERVAL),
        cause=cause,
    ).update(tried_at=now)
    if not is_claimed:
        return False
    alarm = Alarm.objects.get(cause=cause)
    subject, body = _compose_mail(alarm)
    try:
        send_mail(subject, body, None, settings.ALARM_MAIL)
    except (OSError, smtplib.SMTPException) as error:
        Alarm.objects.filter(cause=cause).update(unsent_since=Coalesce("unsent_since", now))
        logger.warning("the mail about an alarm could not be sent: %s", error)
        return False
    Alarm.objects.filter(cause=cause).update(mailed_at=now, unsent_since=None, count=0)
    return True


def _compose_mail(alarm: Alarm) -> tuple[str, str]:
    """The subject, in the language of the site, and the text, in all languages."""
    parts, subject = list[str](), ""
    codes = [code for code, _name in settings.LANGUAGES]
    for code in sorted(codes, key=lambda language: language != settings.LANGUAGE_CODE):
        with override(code):
            title, meaning = _event_text(alarm.event)
            subject = subject or f"Ký Ức: {title}"
            when = timezone.localtime(alarm.last_at).strftime("%d/%m/%Y %H:%M")
            lines = [
                title,
                "",
                meaning,
                "",
                _("When: %(at)s. Times since the last mail: %(count)s.") % {"at": when, "count": alarm.count},
                _("Error number in the log and on the staff pages: %(reference)s") % {"reference": alarm.reference},
                _("Kind: %(kind)s") % {"kind": alarm.kind},
                _("Where: %(route)s") % {"route": alarm.route or "–"},
                "",
                _("The next mail about the same cause comes after an hour at the earliest. All errors: /desk/errors"),
            ]
            parts.append("\n".join(lines))
    return subject, "\n\n-- \n\n".join(parts) + "\n"


def _event_text(event: str) -> tuple[str, str]:
    if event.startswith("disk."):
        return (
            _("A disk is full"),
            _(
                "Nothing more can be taken in or saved until there is room; what was acknowledged is kept. Make room, "
                "or add a disk."
            ),
        )
    if event == "job.failed":
        return (
            _("A job in the background failed"),
            _("It is shown on the staff pages with its reason, and can be tried again there."),
        )
    if event == "command.failed":
        return (
            _("A command or the worker stopped by an error"),
            _("See whether the worker still runs. The log says under the number below where it failed."),
        )
    if event == "request.failed":
        return (
            _("A page could not be shown because of an error"),
            _("Whoever asked saw a page with the number below. The log says under that number where it failed."),
        )
    return (
        _("An error was written to the log"),
        _("The site goes on. The log says under the number below where it failed."),
    )
