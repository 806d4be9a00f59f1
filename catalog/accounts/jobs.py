"""Background jobs for accounts."""

from django.utils.translation import gettext_lazy as _

from catalog.accounts.passwords import send_link
from catalog.accounts.sessions import clear_sessions
from catalog.accounts.sign_in_log import clear_sign_in_log
from catalog.jobs.handle import Handle
from catalog.jobs.registry import job

SEND_RESET_LINK = "accounts.reset_link"


@job(SEND_RESET_LINK, _("Writing to somebody who forgot a password"), tries=5)
def send_reset_link(handle: Handle) -> None:
    """Mail the link for a new password to a user. User 0 is nobody: the job is enqueued for unknown names too, so that
    a missing job reveals nothing."""
    send_link(int(handle.payload["user"]), str(handle.payload["site"]))


@job("accounts.clear", _("Clearing away old sign-ins"), daily_at=3)
def clear(handle: Handle) -> None:
    """Delete old log entries of sign-ins, and expired sessions."""
    clear_sign_in_log()
    clear_sessions()
