"""A parent of many children withdrawn and published while a colleague saves: how long it takes, and how long others
wait. And what the page of a file of very many names costs."""

import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client

from catalog.changes.models import Change
from catalog.changes.statistics import analyze_tables
from catalog.changes.writing import HOUSE
from catalog.management.benchmarks.machine_speed import machine_speed
from catalog.records.actions import (
    MentionRow,
    add_mentions,
    describe_record,
    make_files,
    make_pages,
    publish_record,
    withdraw_record,
)
from catalog.records.actions.rows import add_row
from catalog.records.models import Page, Record, Repository, Spread
from catalog.search.queries import withheld_meanwhile

Say = Callable[[str], Any]
BATCH = 5000
# A roster: pages and names of one file.
ROSTER, ROSTER_PAGES, ROSTER_NAMES = "B-ROSTER", 200, 30_000
# Rows waiting in the outbox, of which every tenth withholds something.
WAITING = 200_000


@dataclass
class Locks:
    """How long each transaction of this process was open, in seconds."""

    held: list[float] = field(default_factory=list)


def measure_writing(*, children: list[int], say: Say, progress: Say) -> None:
    """Build each parent with so many children, withdraw and publish it, and say the table."""
    repository = Repository.objects.filter(slug="benchmark").first() or add_row(
        actor=HOUSE, row=Repository(code="VN-BM", slug="benchmark", name_vi="Đo tốc độ")
    )
    say(f"{machine_speed()}\n")
    say(
        "| children | what | seconds | transactions | longest write lock ms | colleague: saves | median ms | longest "
        "ms |"
    )
    say("|---|---|---|---|---|---|---|---|")
    elsewhere = make_files(actor=HOUSE, repository=repository, numbers=["elsewhere"], status="published")["elsewhere"]
    for many in children:
        parent = _build(repository, many, progress)
        below = Record._base_manager.filter(parent=parent).order_by("-pk").values_list("pk", flat=True)[0]
        for what, act in (("withdraw", withdraw_record), ("publish", publish_record)):
            with _colleague([elsewhere, below]) as saves, _locks() as locks:
                began = time.perf_counter()
                act(actor=HOUSE, record=parent)
                took = time.perf_counter() - began
            if Spread.objects.exists():
                raise AssertionError("not everything arrived")
            waited = sorted(saves)
            say(
                f"| {many:,} | {what} | {took:.2f} | {len(locks.held)} | {max(locks.held) * 1000:.0f} | {len(waited)} |"
                f" {waited[len(waited) // 2] * 1000:.0f} | {waited[-1] * 1000:.0f} |"
            )
            progress(f"{many:,} children: {what} done")
    _outbox(say)
    _roster(repository, say, progress)
    _meanwhile(parent, max(children), say)
    say(f"\n{machine_speed()}")


def _build(repository: Repository, many: int, progress: Say) -> Record:
    parent = Record(
        repository=repository, level="inventory", code=f"M{many}", title_vi=f"{many} hồ sơ", status="published"
    )
    parent.derive()
    parent.save()
    for at in range(0, many, BATCH):
        rows = []
        for number in range(at, min(at + BATCH, many)):
            row = Record(
                repository=repository,
                parent=parent,
                level="file",
                code=f"H{number}",
                title_vi=f"Hồ sơ {number}",
                status="published",
            )
            row.derive()
            rows.append(row)
        Record.objects.bulk_create(rows, batch_size=200)
        progress(f"{at + len(rows):,} of {many:,} children")
    Change.objects.all().delete()
    return parent


@contextmanager
def _colleague(records: list[int]) -> Iterator[list[float]]:
    """Another process that saves these records in turn until the block ends; the list then holds how long each save
    took."""
    found: list[float] = []
    connection.close()
    ours, theirs = multiprocessing.get_context("fork").Pipe()
    process = multiprocessing.get_context("fork").Process(target=_save_again_and_again, args=(theirs, records))
    process.start()
    ours.recv()
    try:
        yield found
    finally:
        ours.send("enough")
        found += ours.recv()
        process.join()


def _save_again_and_again(to: Connection, records: list[int]) -> None:
    saves: list[float] = []
    number = 0
    to.send("ready")
    while not to.poll() or not saves:
        record = Record.objects.get(pk=records[number % len(records)])
        number += 1
        began = time.perf_counter()
        describe_record(actor=HOUSE, record=record, revision=None, values={"note_vi": f"lần {number}"})
        saves.append(time.perf_counter() - began)
        # A person saves now and then; ten a second is more than an office does.
        time.sleep(0.1)
    connection.close()
    to.send(saves)


@contextmanager
def _locks() -> Iterator[Locks]:
    """Within it, how long each transaction of this process is open (in SQLite: holds the one write lock)."""
    connection.ensure_connection()
    locks, plain, began = Locks(), connection.set_autocommit, 0.0

    def timed(autocommit: bool, *args: Any, **kwargs: Any) -> None:
        nonlocal began
        plain(autocommit, *args, **kwargs)
        if autocommit:
            locks.held.append(time.perf_counter() - began)
        else:
            began = time.perf_counter()

    connection.set_autocommit = timed  # type: ignore[method-assign]
    try:
        yield locks
    finally:
        connection.set_autocommit = plain  # type: ignore[method-assign]


def _outbox(say: Say) -> None:
    """What a public search pays for what the index has not followed yet, with many rows waiting."""
    stranger = AnonymousUser()
    say("\n| rows waiting in the outbox | of them withholding | `withheld_meanwhile` ms (best of 5) |\n|---|---|---|")
    for waiting, hiding in ((0, 0), (WAITING, 0), (WAITING, WAITING // 100), (WAITING, WAITING // 10)):
        Change.objects.all().delete()
        for at in range(0, waiting, BATCH):
            Change.objects.bulk_create(
                Change(kind="record", key=10**7 + number, hides=number < hiding)
                for number in range(at, min(at + BATCH, waiting))
            )
        times = []
        for _time in range(5):
            began = time.perf_counter()
            withheld_meanwhile(stranger)
            times.append(time.perf_counter() - began)
        say(f"| {waiting:,} | {hiding:,} | {min(times) * 1000:.1f} |")
    Change.objects.all().delete()


def _roster(repository: Repository, say: Say, progress: Say) -> None:
    """What the public page of a file of very many names costs, through the whole site but the server."""
    key = make_files(actor=HOUSE, repository=repository, numbers=[ROSTER], status="published")[ROSTER]
    roster = Record.objects.get(pk=key)
    pages = make_pages(actor=HOUSE, pages=[Page(record=roster, number=at) for at in range(1, ROSTER_PAGES + 1)])
    for begin in range(0, ROSTER_NAMES, BATCH):
        rows = [
            MentionRow(
                roster.pk,
                pages[at % ROSTER_PAGES].pk,
                f"Lê Hư {at:05}",
                {"unit_text": f"e{at % 700 + 1}/f{at % 300 + 1}"},
            )
            for at in range(begin, begin + BATCH)
        ]
        add_mentions(actor=HOUSE, rows=rows)
        progress(f"{begin + BATCH:,} of {ROSTER_NAMES:,} names")
    Change.objects.all().delete()
    analyze_tables()
    client = Client()
    say(
        f"\n| a file of {ROSTER_NAMES:,} names | questions | wall ms (median of 7) | CPU ms | KB "
        "|\n|---|---|---|---|---|"
    )
    for what, address in (
        ("its page", f"/records/{ROSTER}"),
        ("its last names", f"/records/{ROSTER}?names={ROSTER_NAMES}"),
    ):
        client.get(address)
        asked = 0

        def count(execute: Callable[..., Any], *args: Any) -> Any:
            nonlocal asked
            asked += 1
            return execute(*args)

        with connection.execute_wrapper(count):
            response = client.get(address)
        if response.status_code != 200:
            raise AssertionError(f"{address}: {response.status_code}")
        wall, processor = _page(client, address)
        say(f"| {what} | {asked} | {wall:.0f} | {processor:.0f} | {len(response.content) / 1024:.0f} |")


def _meanwhile(parent: Record, children: int, say: Say) -> None:
    """What pages cost while the change of a large fonds has not arrived below it."""
    client = Client()
    say(f"\n| page | wall ms (median of 7) | while {children:,} records are on the way |\n|---|---|---|")
    for address in ("/", "/records/", f"/records/{ROSTER}", "/search?q=thu"):
        usual, _processor = _page(client, address)
        spread = Spread.objects.create(record=parent, hides=True)
        meanwhile, _processor = _page(client, address)
        spread.delete()
        say(f"| {address} | {usual:.0f} | {meanwhile:.0f} |")


def _page(client: Client, address: str) -> tuple[float, float]:
    """Milliseconds that a page takes, and of processor: medians of seven."""
    walls, processors = [], []
    for _time in range(7):
        began, used = time.perf_counter(), time.process_time()
        client.get(address)
        walls.append(time.perf_counter() - began)
        processors.append(time.process_time() - used)
    return sorted(walls)[3] * 1000, sorted(processors)[3] * 1000
