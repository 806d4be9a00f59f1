"""Background work on whole lists."""

import logging

from django.utils.translation import override
from django_tasks import task

from catalog.accounts.models import User
from catalog.search.models import NameList
from catalog.search.people.lists import advance, answer_row, batches, begin, drop_expired_lists, fail, finish
from catalog.search.people.tables import read_list
from catalog.search.people.workbooks import AnsweredRow, as_csv, as_workbook
from catalog.search.tables import UnreadableTable

logger = logging.getLogger(__name__)

BATCH = 20


@task()
def answer_list(list_id: int) -> str:
    """Look for every name of a list and write the answers behind it. Begun again, it begins anew; done, it does nothing."""
    found = begin(list_id)
    if found is None:
        return "nothing to do"
    try:
        with override(found.language):
            return _answer(found)
    except Exception as error:
        # Whatever it was, the owner must not wait for ever. The words of the error may hold a name: only its kind is kept.
        lost = isinstance(error, FileNotFoundError | UnreadableTable)
        logger.error("list %s could not be worked through: %s", found.pk, type(error).__name__)
        fail(found, "lost" if lost else "unexpected")
        return "failed"
    finally:
        drop_expired_lists()


def _answer(found: NameList) -> str:
    # Read anew: roles may have changed since the list was sent, and its answers are for what the owner may see now.
    owner = User.objects.get(pk=found.owner_id)
    if not owner.has_perm("catalog.search_lists"):
        fail(found, "not_allowed")
        return "not allowed"
    with found.file.open("rb") as stored:
        data = stored.read()
    table = read_list(data)
    name_heading = table.header[table.columns.index("name")]
    answered: list[AnsweredRow] = []
    for rows in batches(table, BATCH):
        some = [answer_row(row, name_heading, owner, found.site) for row in rows]
        answered += some
        if not advance(found, some):
            return "given up"
    finished = finish(found, as_csv(table, answered) if found.as_csv else as_workbook(table, data, answered))
    return "finished" if finished else "given up"


def take_up_lists() -> int:
    """Put lists back in the queue that a worker left in the middle when it was stopped; how many there were."""
    left = list(NameList.objects.filter(state=NameList.State.WORKING).values_list("pk", flat=True))
    for list_id in left:
        answer_list.enqueue(list_id)
    return len(left)
