"""Background work on originals: the walk that checks each against its checksum."""

from functools import cache

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from catalog.images.fixity import WALK, Rate, check_next, current_pass, send_alarms, unchecked_in
from catalog.jobs.handle import Handle
from catalog.jobs.registry import job

# A small number, so that stopping the job or the worker takes effect soon.
BATCH = 20


@cache
def _rate(bytes_a_second: int) -> Rate:
    """One rate limit for the process, shared by all walks."""
    return Rate(bytes_a_second)


@job(WALK, _("Checking the originals"), lane="slow", tries=20, pause=60)
def walk_originals(handle: Handle) -> None:
    """Check all originals that are left, never faster than FIXITY_MB_S. After an interruption it continues."""
    fixity_pass = current_pass()
    total = unchecked_in(fixity_pass).count() + fixity_pass.checked
    done = fixity_pass.checked

    def on_checked(_original: object, _fault: str) -> None:
        nonlocal done
        done += 1
        handle.progress(done, total)

    try:
        while not check_next(
            fixity_pass=fixity_pass, rate=_rate(settings.FIXITY_BYTES_A_SECOND), most=BATCH, on_checked=on_checked
        ):
            send_alarms()
    finally:
        send_alarms()
