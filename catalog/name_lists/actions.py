"""Writing lists: saving, answering, and deleting them as the owner agreed."""

import datetime
import time
import uuid
from collections.abc import Iterator

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.accounts.models import User
from catalog.jobs.actions import enqueue
from catalog.messages.search import reason_in_words, reasons_in_words
from catalog.name_lists.answers import Result, results_of
from catalog.name_lists.models import FOLDER, NameList
from catalog.name_lists.tables import ListTable, QueryRow
from catalog.name_lists.workbooks import AnsweredRow, ResultLine
from catalog.records.models import Mention
from catalog.records.queries import Asker, address_code
from catalog.rules.names import Reason
from catalog.search.people.finding import find_people
from catalog.search.people.person_query import PersonQuery

ANSWER = "lists.answer"
MOST_RESULTS = 10
MOST_UNDER_WAY = 3
SHOWN_PROBLEMS = 100
KEPT_FOR = datetime.timedelta(hours=24)


def lists_of(user: User) -> QuerySet[NameList]:
    """The user's own lists, the newest first, without expired ones that are not deleted yet."""
    return NameList.objects.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), owner=user)


def add_list(
    *, owner: User, table: ListTable, data: bytes, name: str, keep: bool, as_csv: bool, language: str, site: str
) -> NameList:
    """Save a list that was read, and enqueue the job that answers it. keep: the owner agreed to keep it; otherwise it
    is deleted after it was answered. site: the address of the site, for links. Returns the list."""
    name_list = NameList(
        owner=owner,
        original_name=name[-200:],
        keep=keep,
        as_csv=as_csv,
        language=language,
        site=site[:200],
        total=len(table.lines),
        expires_at=None if keep else timezone.now() + KEPT_FOR,
    )
    name_list.file.save("list.xlsx" if table.is_workbook else "list.csv", ContentFile(data), save=False)
    with transaction.atomic():
        name_list.save()
        enqueue(ANSWER, key=str(name_list.pk), by=owner)
    name_list.refresh_from_db()
    return name_list


def start_list(list_id: int) -> NameList | None:
    """Start answering a list from its beginning, also if another worker has begun; None if there is nothing to do."""
    with transaction.atomic():
        waiting = NameList.objects.select_for_update().filter(pk=list_id)
        name_list = waiting.filter(state__in=[NameList.State.QUEUED, NameList.State.WORKING]).first()
        if name_list is None:
            return None
        name_list.state, name_list.run, name_list.started_at = NameList.State.WORKING, uuid.uuid4(), timezone.now()
        name_list.done = name_list.matched = name_list.possible = name_list.wrong = 0
        name_list.problems = []
        name_list.save()
    return name_list


def record_progress(name_list: NameList, answered: list[AnsweredRow]) -> bool:
    """Record the results of a batch; returns False if the list was deleted or another worker has started it again."""
    for row in answered:
        bands = {result.band for result in row.results}
        name_list.done += 1
        name_list.matched += "match" in bands
        name_list.possible += bool(bands) and "match" not in bands
        name_list.wrong += bool(row.faults)
        room = SHOWN_PROBLEMS - len(name_list.problems)
        name_list.problems += [[row.line, heading, code] for heading, code in row.faults][:room]
    return (
        _own_run(name_list).update(
            done=name_list.done,
            matched=name_list.matched,
            possible=name_list.possible,
            wrong=name_list.wrong,
            problems=name_list.problems,
        )
        > 0
    )


def store_answers(name_list: NameList, answers: bytes) -> bool:
    """Store the answers for the owner, and delete the uploaded table unless it may be kept. Returns False if the list
    was deleted or another worker has started it again."""
    name_list.result.save("answers.csv" if name_list.as_csv else "answers.xlsx", ContentFile(answers), save=False)
    now = timezone.now()
    is_own = _own_run(name_list).update(
        state=NameList.State.DONE,
        result=name_list.result.name,
        finished_at=now,
        expires_at=None if name_list.keep else now + KEPT_FOR,
    )
    if not is_own:
        _delete_file(name_list.result.name)
        return False
    _delete_table(name_list)
    return True


def fail_list(name_list: NameList, error: str) -> None:
    """Mark a list of this run as failed, and delete the table unless it may be kept. error: a code."""
    if _own_run(name_list).update(state=NameList.State.FAILED, error=error, finished_at=timezone.now()):
        _delete_table(name_list)


def give_up_list(list_id: int) -> None:
    """Mark an unfinished list as failed, in whatever state it is, and delete the table unless it may be kept."""
    under_way = NameList.objects.filter(pk=list_id, state__in=[NameList.State.QUEUED, NameList.State.WORKING])
    name_list = under_way.first()
    if name_list and under_way.update(state=NameList.State.FAILED, error="unexpected", finished_at=timezone.now()):
        _delete_table(name_list)


def delete_fetched_answers(name_list: NameList) -> None:
    """Delete the answers after the owner has downloaded them, unless they may be kept."""
    if name_list.keep or not name_list.result:
        return
    name = name_list.result.name
    NameList.objects.filter(pk=name_list.pk).update(result="")
    _delete_file(name)


def delete_list(name_list: NameList) -> None:
    """Delete a list with its table and answers. The row is deleted first: files without a row are deleted later."""
    names = [file.name for file in (name_list.file, name_list.result) if file]
    name_list.delete()
    for name in names:
        _delete_file(name)


def delete_expired_lists() -> int:
    """Delete expired lists, and files that belong to no list; returns how many lists. May run at any time."""
    expired = list(NameList.objects.filter(expires_at__lte=timezone.now()))
    for name_list in expired:
        delete_list(name_list)
    _delete_orphaned_files()
    return len(expired)


def _delete_orphaned_files() -> None:
    """Delete files without a row, after a crash or when their owner was deleted. Files younger than an hour are kept,
    since their row may not be saved yet."""
    if not default_storage.exists(FOLDER):
        return
    known = {name for pair in NameList.objects.values_list("file", "result") for name in pair if name}
    before = time.time() - 3600
    for file_name in default_storage.listdir(FOLDER)[1]:
        name = f"{FOLDER}/{file_name}"
        if name not in known and default_storage.get_modified_time(name).timestamp() < before:
            default_storage.delete(name)


def answer_row(row: QueryRow, name_heading: str, owner: User, site: str) -> AnsweredRow:
    """Search for one row, as far as `owner` may see; results in the current language."""
    faults = [(fault.heading, fault.code) for fault in row.faults]
    if row.query is None:
        return AnsweredRow(row.line, "", faults=tuple(faults))
    people = find_people(row.query, owner, MOST_RESULTS)
    if people.ask_more:
        faults.append((name_heading, "common"))
    results = tuple(_result_line(row.query, result, owner, site) for result in results_of(people, MOST_RESULTS))
    return AnsweredRow(row.line, row.query.name, results, tuple(faults))


def _result_line(query: PersonQuery, result: Result, asker: Asker, site: str) -> ResultLine:
    mention = result.mention_hit.mention if result.mention_hit else None
    if result.mention_hit:
        reasons = reasons_in_words(result.mention_hit)
    else:
        reasons = list(dict.fromkeys(filter(None, (reason_in_words(Reason(**reason)) for reason in result.reasons))))
        reasons = reasons or [_("the name as written")]
    if mention and mention.invented:
        reasons.append(_("Invented for demonstration"))
    return ResultLine(
        name=result.name,
        band=result.band,
        score=round(result.score, 2),
        reasons="; ".join(reasons),
        file=result.record or "",
        page=result.page,
        link=site + (_mention_url(mention) if mention else reverse("person", args=[result.person])),
    )


def _mention_url(mention: Mention) -> str:
    code = address_code(mention.record)
    place = reverse("page", args=[code, mention.page.address]) if mention.page else reverse("record", args=[code])
    return f"{place}?mention={mention.pk}"


def _own_run(name_list: NameList) -> QuerySet[NameList]:
    return NameList.objects.filter(pk=name_list.pk, run=name_list.run, state=NameList.State.WORKING)


def _delete_table(name_list: NameList) -> None:
    if name_list.keep or not name_list.file:
        return
    name = name_list.file.name
    NameList.objects.filter(pk=name_list.pk).update(file="")
    _delete_file(name)


def _delete_file(name: str | None) -> None:
    if name:
        default_storage.delete(name)


def batches(table: ListTable, size: int) -> Iterator[list[QueryRow]]:
    """The rows of a table in batches of `size`."""
    rows = list(table.rows())
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
