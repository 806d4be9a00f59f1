"""Background work on lists of names."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, override

from catalog.accounts.models import User
from catalog.interchange.csv_tables import UnreadableTable
from catalog.jobs.faults import GivenUp
from catalog.jobs.handle import Handle
from catalog.jobs.models import Job
from catalog.jobs.registry import job
from catalog.name_lists.actions import (
    ANSWER,
    answer_row,
    batches,
    delete_expired_lists,
    fail_list,
    give_up_list,
    record_progress,
    start_list,
    store_answers,
)
from catalog.name_lists.models import NameList
from catalog.name_lists.tables import read_list
from catalog.name_lists.workbooks import AnsweredRow, as_csv, as_workbook

BATCH = 20
LOST = gettext_noop("The table could not be read again when its turn came. Its owner has to send it once more.")
NOT_ALLOWED = gettext_noop("The owner's role no longer includes looking for whole lists.")


def _given_up(row: Job) -> None:
    """Mark the list as failed when its job is given up, so that its owner does not wait for it."""
    give_up_list(int(row.key))


@job(ANSWER, _("Answering a list of names"), lane="lists", tries=3, again=False, given_up=_given_up)
def answer_list(handle: Handle) -> None:
    """Search for each name of a list and store the answers. After an interruption it starts from the beginning; for a
    finished list it does nothing."""
    name_list = start_list(int(handle.key))
    if name_list is None:
        return
    try:
        with override(name_list.language):
            _answer(name_list, handle)
    except (FileNotFoundError, UnreadableTable):
        fail_list(name_list, "lost")
        raise GivenUp(LOST) from None
    finally:
        delete_expired_lists()


def _answer(name_list: NameList, handle: Handle) -> None:
    # Load the owner again: roles may have changed since the upload, and answers contain what the owner may see now.
    owner = User.objects.get(pk=name_list.owner_id)
    if not owner.has_perm("catalog.search_lists"):
        fail_list(name_list, "not_allowed")
        raise GivenUp(NOT_ALLOWED)
    with name_list.file.open("rb") as file:
        data = file.read()
    table = read_list(data)
    name_heading = table.header[table.columns.index("name")]
    answered: list[AnsweredRow] = []
    for rows in batches(table, BATCH):
        batch = [answer_row(row, name_heading, owner, name_list.site) for row in rows]
        answered += batch
        if not record_progress(name_list, batch):
            # The owner deleted the list, or another worker has started it again.
            return
        handle.progress(len(answered), name_list.total)
    store_answers(name_list, as_csv(table, answered) if name_list.as_csv else as_workbook(table, data, answered))


@job("lists.clear", _("Clearing away lists whose time is over"), daily_at=0)
def clear(handle: Handle) -> None:
    """Delete expired lists, also if nobody opens their page."""
    delete_expired_lists()
