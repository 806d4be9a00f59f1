"""Background work on whole lists."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, override

from catalog.accounts.models import User
from catalog.jobs.faults import GivenUp
from catalog.jobs.handle import Handle
from catalog.jobs.models import Job
from catalog.jobs.registry import job
from catalog.name_lists.actions import (
    ANSWER,
    advance,
    answer_row,
    batches,
    begin,
    drop_expired_lists,
    fail,
    finish,
    give_up,
)
from catalog.name_lists.models import NameList
from catalog.name_lists.tables import read_list
from catalog.name_lists.workbooks import AnsweredRow, as_csv, as_workbook
from catalog.search.tables import UnreadableTable

BATCH = 20
LOST = gettext_noop("The table could not be read again when its turn came. Its owner has to send it once more.")
NOT_ALLOWED = gettext_noop("The owner's role no longer includes looking for whole lists.")


def _given_up(row: Job) -> None:
    """Nothing of a list that is not answered stays, and its owner does not wait for ever."""
    give_up(int(row.key))


@job(ANSWER, _("Answering a list of names"), lane="lists", tries=3, again=False, given_up=_given_up)
def answer_list(handle: Handle) -> None:
    """Look for every name of a list and write the answers behind it. Begun again, it begins anew; done, it does
    nothing."""
    found = begin(int(handle.key))
    if found is None:
        return
    try:
        with override(found.language):
            _answer(found, handle)
    except (FileNotFoundError, UnreadableTable):
        fail(found, "lost")
        raise GivenUp(LOST) from None
    finally:
        drop_expired_lists()


def _answer(found: NameList, handle: Handle) -> None:
    # Read anew: roles may have changed since the list was sent, and its answers are for what the owner may see now.
    owner = User.objects.get(pk=found.owner_id)
    if not owner.has_perm("catalog.search_lists"):
        fail(found, "not_allowed")
        raise GivenUp(NOT_ALLOWED)
    with found.file.open("rb") as stored:
        data = stored.read()
    table = read_list(data)
    name_heading = table.header[table.columns.index("name")]
    answered: list[AnsweredRow] = []
    for rows in batches(table, BATCH):
        some = [answer_row(row, name_heading, owner, found.site) for row in rows]
        answered += some
        if not advance(found, some):
            # Its owner deleted it.
            return
        handle.progress(len(answered), found.total)
    finish(found, as_csv(table, answered) if found.as_csv else as_workbook(table, data, answered))


@job("lists.clear", _("Clearing away lists whose time is over"), daily_at=0)
def clear(handle: Handle) -> None:
    """Lists kept for 24 hours, which are then gone also where nobody opens the page."""
    drop_expired_lists()
