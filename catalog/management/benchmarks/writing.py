"""Benchmark of withdrawing and publishing a record with many children while a colleague saves: the time it takes, and
how long others wait. Also the outbox, and the page of a record with very many names."""

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
    create_file_records,
    describe_record,
    make_pages,
    publish_record,
    withdraw_record,
)
from catalog.records.actions.rows import add_row
from catalog.records.models import Page, Record, Repository, Spread
from catalog.search.queries import withheld_until_indexed

Say = Callable[[str], Any]
BATCH = 5000
# A roster: one record with so many pages and names.
ROSTER, ROSTER_PAGES, ROSTER_NAMES = "B-ROSTER", 200, 30_000
# Rows waiting in the outbox, of which up to every tenth withholds something.
ROWS_WAITING = 200_000


@dataclass
class LockTimes:
    """How long each transaction of this process was open, in seconds."""

    held: list[float] = field(default_factory=list)


def measure_writing(*, children: list[int], say: Say, progress: Say) -> None:
    """Build a parent for each number of children, withdraw and publish it, and print the tables."""
    repository = Repository.objects.filter(slug="benchmark").first() or add_row(
        actor=HOUSE, row=Repository(code="VN-BM", slug="benchmark", name_vi="Đo tốc độ")
    )
    say(f"{machine_speed()}\n")
    say(
        "| children | what | seconds | transactions | longest write lock ms | colleague: saves | median ms | longest "
        "ms |"
    )
    say("|---|---|---|---|---|---|---|---|")
    elsewhere = create_file_records(actor=HOUSE, repository=repository, numbers=["elsewhere"], status="published")[
        "elsewhere"
    ]
    for count in children:
        parent = _build_parent(repository, count, progress)
        below = Record._base_manager.filter(parent=parent).order_by("-pk").values_list("pk", flat=True)[0]
        for name, action in (("withdraw", withdraw_record), ("publish", publish_record)):
            with _saving_colleague([elsewhere, below]) as saves, _lock_times() as locks:
                began = time.perf_counter()
                action(actor=HOUSE, record=parent)
                seconds = time.perf_counter() - began
            if Spread.objects.exists():
                raise AssertionError("not everything arrived")
            save_times = sorted(saves)
            say(
                f"| {count:,} | {name} | {seconds:.2f} | {len(locks.held)} | {max(locks.held) * 1000:.0f} |"
                f" {len(save_times)} | {save_times[len(save_times) // 2] * 1000:.0f} | {save_times[-1] * 1000:.0f} |"
            )
            progress(f"{count:,} children: {name} done")
    _measure_outbox(say)
    _measure_roster(repository, say, progress)
    _measure_during_spread(parent, max(children), say)
    say(f"\n{machine_speed()}")


def _build_parent(repository: Repository, count: int, progress: Say) -> Record:
    parent = Record(
        repository=repository, level="inventory", code=f"M{count}", title_vi=f"{count} hồ sơ", status="published"
    )
    parent.derive()
    parent.save()
    for start in range(0, count, BATCH):
        rows = []
        for number in range(start, min(start + BATCH, count)):
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
        progress(f"{start + len(rows):,} of {count:,} children")
    Change.objects.all().delete()
    return parent


@contextmanager
def _saving_colleague(records: list[int]) -> Iterator[list[float]]:
    """Another process that saves these records in turn until the block ends. The list then has the seconds that each
    save took."""
    saves: list[float] = []
    connection.close()
    parent_end, child_end = multiprocessing.get_context("fork").Pipe()
    process = multiprocessing.get_context("fork").Process(target=_save_repeatedly, args=(child_end, records))
    process.start()
    parent_end.recv()
    try:
        yield saves
    finally:
        parent_end.send("enough")
        saves += parent_end.recv()
        process.join()


def _save_repeatedly(pipe: Connection, records: list[int]) -> None:
    saves: list[float] = []
    number = 0
    pipe.send("ready")
    while not pipe.poll() or not saves:
        record = Record.objects.get(pk=records[number % len(records)])
        number += 1
        began = time.perf_counter()
        describe_record(actor=HOUSE, record=record, revision=None, values={"note_vi": f"lần {number}"})
        saves.append(time.perf_counter() - began)
        # Ten saves a second are more than an office makes.
        time.sleep(0.1)
    connection.close()
    pipe.send(saves)


@contextmanager
def _lock_times() -> Iterator[LockTimes]:
    """Records how long each transaction of this process is open; in SQLite it holds the only write lock."""
    connection.ensure_connection()
    locks, original, began = LockTimes(), connection.set_autocommit, 0.0

    def timed(autocommit: bool, *args: Any, **kwargs: Any) -> None:
        nonlocal began
        original(autocommit, *args, **kwargs)
        if autocommit:
            locks.held.append(time.perf_counter() - began)
        else:
            began = time.perf_counter()

    connection.set_autocommit = timed  # type: ignore[method-assign]
    try:
        yield locks
    finally:
        connection.set_autocommit = original  # type: ignore[method-assign]


def _measure_outbox(say: Say) -> None:
    """The time a public search needs to withhold what is not indexed yet, with many rows in the outbox."""
    visitor = AnonymousUser()
    say("\n| rows waiting in the outbox | of them withholding | `withheld_until_indexed` ms (best of 5) |")
    say("|---|---|---|")
    for waiting, hiding in (
        (0, 0),
        (ROWS_WAITING, 0),
        (ROWS_WAITING, ROWS_WAITING // 100),
        (ROWS_WAITING, ROWS_WAITING // 10),
    ):
        Change.objects.all().delete()
        for start in range(0, waiting, BATCH):
            Change.objects.bulk_create(
                Change(kind="record", key=10**7 + number, hides=number < hiding)
                for number in range(start, min(start + BATCH, waiting))
            )
        times = []
        for _time in range(5):
            began = time.perf_counter()
            withheld_until_indexed(visitor)
            times.append(time.perf_counter() - began)
        say(f"| {waiting:,} | {hiding:,} | {min(times) * 1000:.1f} |")
    Change.objects.all().delete()


def _measure_roster(repository: Repository, say: Say, progress: Say) -> None:
    """The cost of the public page of a record with very many names, through all of the site except the web server."""
    key = create_file_records(actor=HOUSE, repository=repository, numbers=[ROSTER], status="published")[ROSTER]
    roster = Record.objects.get(pk=key)
    pages = make_pages(actor=HOUSE, pages=[Page(record=roster, number=number) for number in range(1, ROSTER_PAGES + 1)])
    for start in range(0, ROSTER_NAMES, BATCH):
        rows = [
            MentionRow(
                roster.pk,
                pages[number % ROSTER_PAGES].pk,
                f"Lê Hư {number:05}",
                {"unit_text": f"e{number % 700 + 1}/f{number % 300 + 1}"},
            )
            for number in range(start, start + BATCH)
        ]
        add_mentions(actor=HOUSE, rows=rows)
        progress(f"{start + BATCH:,} of {ROSTER_NAMES:,} names")
    Change.objects.all().delete()
    analyze_tables()
    client = Client()
    say(
        f"\n| a file of {ROSTER_NAMES:,} names | questions | wall ms (median of 7) | CPU ms | KB "
        "|\n|---|---|---|---|---|"
    )
    for name, address in (
        ("its page", f"/records/{ROSTER}"),
        ("its last names", f"/records/{ROSTER}?names={ROSTER_NAMES}"),
    ):
        client.get(address)
        queries = 0

        def count(execute: Callable[..., Any], *args: Any) -> Any:
            nonlocal queries
            queries += 1
            return execute(*args)

        with connection.execute_wrapper(count):
            response = client.get(address)
        if response.status_code != 200:
            raise AssertionError(f"{address}: {response.status_code}")
        wall, processor = _page_times(client, address)
        say(f"| {name} | {queries} | {wall:.0f} | {processor:.0f} | {len(response.content) / 1024:.0f} |")


def _measure_during_spread(parent: Record, children: int, say: Say) -> None:
    """The time of pages while a change of a large fonds has not reached the records below it."""
    client = Client()
    say(f"\n| page | wall ms (median of 7) | while {children:,} records are on the way |\n|---|---|---|")
    for address in ("/", "/records/", f"/records/{ROSTER}", "/search?q=thu"):
        usual, _processor = _page_times(client, address)
        spread = Spread.objects.create(record=parent, hides=True)
        during_spread, _processor = _page_times(client, address)
        spread.delete()
        say(f"| {address} | {usual:.0f} | {during_spread:.0f} |")


def _page_times(client: Client, address: str) -> tuple[float, float]:
    """Wall and CPU milliseconds of a page: medians of seven."""
    walls, processors = [], []
    for _time in range(7):
        began, used = time.perf_counter(), time.process_time()
        client.get(address)
        walls.append(time.perf_counter() - began)
        processors.append(time.process_time() - used)
    return sorted(walls)[3] * 1000, sorted(processors)[3] * 1000
