"""Background work on originals: the walk that holds each against its checksum."""

from functools import cache

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from catalog.images.fixity import WALK, Rate, begin_pass, go_on, left_in, send_alarms
from catalog.jobs.handle import Handle
from catalog.jobs.registry import job

# So few at once that a stop, or the end of the worker, is noticed soon.
AT_ONCE = 20


@cache
def _rate(bytes_a_second: int) -> Rate:
    """One bound for the process, whatever walks it goes on with."""
    return Rate(bytes_a_second)


@job(WALK, _("Checking the originals"), lane="slow", tries=20, pause=60)
def walk_originals(handle: Handle) -> None:
    """Walk on to the end, never faster than FIXITY_MB_S. Stopped at any instant and begun again, it goes on."""
    walk = begin_pass()
    total = left_in(walk).count() + walk.checked
    done = walk.checked

    def told(_original: object, _fault: str) -> None:
        nonlocal done
        done += 1
        handle.progress(done, total)

    try:
        while not go_on(walk=walk, rate=_rate(settings.FIXITY_BYTES_A_SECOND), most=AT_ONCE, told=told):
            send_alarms()
    finally:
        send_alarms()
