"""Whole lists: taken in, worked through, handed out, and deleted when the owner's consent ends."""

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
from catalog.name_lists.tables import AskedRow, ListTable
from catalog.name_lists.workbooks import AnsweredRow, FoundLine
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
    """The user's own lists, the newest first; those whose time is over are not among them, though they still lie
    there."""
    return NameList.objects.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), owner=user)


def add_list(
    *, owner: User, table: ListTable, data: bytes, name: str, keep: bool, as_csv: bool, language: str, site: str
) -> NameList:
    """Keep a list that was read, for as long as it takes to answer it, or longer with `keep`; and ask for its
    answers."""
    found = NameList(
        owner=owner,
        original_name=name[-200:],
        keep=keep,
        as_csv=as_csv,
        language=language,
        site=site[:200],
        total=len(table.lines),
        expires_at=None if keep else timezone.now() + KEPT_FOR,
    )
    found.file.save("list.xlsx" if table.is_workbook else "list.csv", ContentFile(data), save=False)
    with transaction.atomic():
        found.save()
        enqueue(ANSWER, key=str(found.pk), by=owner)
    found.refresh_from_db()
    return found


def begin(list_id: int) -> NameList | None:
    """Take a list up from its beginning, whatever another worker left of it; None where there is nothing to do."""
    with transaction.atomic():
        waiting = NameList.objects.select_for_update().filter(pk=list_id)
        found = waiting.filter(state__in=[NameList.State.QUEUED, NameList.State.WORKING]).first()
        if found is None:
            return None
        found.state, found.run, found.started_at = NameList.State.WORKING, uuid.uuid4(), timezone.now()
        found.done = found.matched = found.possible = found.wrong = 0
        found.problems = []
        found.save()
    return found


def advance(found: NameList, answered: list[AnsweredRow]) -> bool:
    """Note a batch as done; False where the list was deleted or another worker has taken it up."""
    for row in answered:
        bands = {one.band for one in row.results}
        found.done += 1
        found.matched += "match" in bands
        found.possible += bool(bands) and "match" not in bands
        found.wrong += bool(row.faults)
        room = SHOWN_PROBLEMS - len(found.problems)
        found.problems += [[row.line, heading, code] for heading, code in row.faults][:room]
    return (
        _mine(found).update(
            done=found.done, matched=found.matched, possible=found.possible, wrong=found.wrong, problems=found.problems
        )
        > 0
    )


def finish(found: NameList, answers: bytes) -> bool:
    """Put the answers where the owner can fetch them; the list itself goes, unless it may be kept."""
    found.result.save("answers.csv" if found.as_csv else "answers.xlsx", ContentFile(answers), save=False)
    now = timezone.now()
    done = _mine(found).update(
        state=NameList.State.DONE,
        result=found.result.name,
        finished_at=now,
        expires_at=None if found.keep else now + KEPT_FOR,
    )
    if not done:
        _delete(found.result.name)
        return False
    _drop_table(found)
    return True


def fail(found: NameList, error: str) -> None:
    """Say that the list could not be worked through; nothing of it stays, unless it may be kept."""
    if _mine(found).update(state=NameList.State.FAILED, error=error, finished_at=timezone.now()):
        _drop_table(found)


def give_up(list_id: int) -> None:
    """Say that a list will not be worked through, wherever it was; nothing of it stays, unless it may be kept."""
    under_way = NameList.objects.filter(pk=list_id, state__in=[NameList.State.QUEUED, NameList.State.WORKING])
    found = under_way.first()
    if found and under_way.update(state=NameList.State.FAILED, error="unexpected", finished_at=timezone.now()):
        _drop_table(found)


def fetched(found: NameList) -> None:
    """The owner has the answers: they go, unless they may be kept."""
    if found.keep or not found.result:
        return
    name = found.result.name
    NameList.objects.filter(pk=found.pk).update(result="")
    _delete(name)


def drop_list(found: NameList) -> None:
    """Delete a list with its table and its answers. The row goes first: a file without a row is swept away later."""
    names = [stored.name for stored in (found.file, found.result) if stored]
    found.delete()
    for name in names:
        _delete(name)


def drop_expired_lists() -> int:
    """Delete the lists whose time is over, and files that belong to no list; how many lists went. May run at any
    time."""
    expired = list(NameList.objects.filter(expires_at__lte=timezone.now()))
    for found in expired:
        drop_list(found)
    _sweep()
    return len(expired)


def _sweep() -> None:
    """Files that a crash, or the deletion of their owner, left without a row. A new file may still await its row."""
    if not default_storage.exists(FOLDER):
        return
    known = {name for pair in NameList.objects.values_list("file", "result") for name in pair if name}
    before = time.time() - 3600
    for stored in default_storage.listdir(FOLDER)[1]:
        name = f"{FOLDER}/{stored}"
        if name not in known and default_storage.get_modified_time(name).timestamp() < before:
            default_storage.delete(name)


def answer_row(row: AskedRow, name_heading: str, owner: User, site: str) -> AnsweredRow:
    """What is found for one row, as far as `owner` may see, in the language now active."""
    faults = [(fault.heading, fault.code) for fault in row.faults]
    if row.query is None:
        return AnsweredRow(row.line, "", faults=tuple(faults))
    found = find_people(row.query, owner, MOST_RESULTS)
    if found.ask_more:
        faults.append((name_heading, "common"))
    results = tuple(_in_words(row.query, one, owner, site) for one in results_of(found, MOST_RESULTS))
    return AnsweredRow(row.line, row.query.name, results, tuple(faults))


def _in_words(query: PersonQuery, one: Result, asker: Asker, site: str) -> FoundLine:
    mention = one.found.mention if one.found else None
    if one.found:
        words = reasons_in_words(one.found)
    else:
        words = list(dict.fromkeys(filter(None, (reason_in_words(Reason(**reason)) for reason in one.reasons))))
        words = words or [_("the name as written")]
    if mention and mention.invented:
        words.append(_("Invented for demonstration"))
    return FoundLine(
        name=one.name,
        band=one.band,
        score=round(one.score, 2),
        reasons="; ".join(words),
        file=one.record or "",
        page=one.page,
        link=site + (_place(mention) if mention else reverse("person", args=[one.person])),
    )


def _place(mention: Mention) -> str:
    code = address_code(mention.record)
    place = reverse("page", args=[code, mention.page.address]) if mention.page else reverse("record", args=[code])
    return f"{place}?mention={mention.pk}"


def _mine(found: NameList) -> QuerySet[NameList]:
    return NameList.objects.filter(pk=found.pk, run=found.run, state=NameList.State.WORKING)


def _drop_table(found: NameList) -> None:
    if found.keep or not found.file:
        return
    name = found.file.name
    NameList.objects.filter(pk=found.pk).update(file="")
    _delete(name)


def _delete(name: str | None) -> None:
    if name:
        default_storage.delete(name)


def batches(table: ListTable, size: int) -> Iterator[list[AskedRow]]:
    """The rows of a table, so many at a time."""
    rows = list(table.rows())
    for at in range(0, len(rows), size):
        yield rows[at : at + size]
