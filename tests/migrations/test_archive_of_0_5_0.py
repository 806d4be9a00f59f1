"""An archive that 0.5.0 filled is opened by the present code, and nothing of it is lost.

The database is that which 0.5.0 itself made (see `tests/data/archive_0_5_0`).
"""

from collections.abc import Iterator

import pytest

from tests.migrations.archives import Archive, opened

# Nothing that 0.5.0 wrote needs to be put right; a migration that changes a column on purpose names it here.
PUT_RIGHT: dict[str, set[str]] = {}
MOVED = ("django_migrations",)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """Migrated once for all tests of this file."""
    with opened("0_5_0", tmp_path_factory.mktemp("archive")) as archive:
        yield archive


def test_every_table_has_a_row_to_lose(archive: Archive) -> None:
    """Otherwise the next test would prove nothing about that table."""
    assert [table for table, rows in archive.before.items() if not rows] == []


def test_every_row_and_every_word_is_still_there(archive: Archive) -> None:
    assert archive.lost(changed=PUT_RIGHT, moved=MOVED) == []
    assert len(archive.files()) > 20


def test_a_withdrawal_under_way_still_hides_what_is_below(archive: Archive) -> None:
    output = archive.run(
        code="""
from django.contrib.auth.models import AnonymousUser
from catalog.models import Record
from catalog.records.queries import visible_to
below = Record.objects.get(identifiers__value="HC-P02-1")
print(below.chain_published, visible_to(AnonymousUser()).filter(pk=below.pk).exists())
"""
    )
    assert output.split() == ["True", "False"]


def test_originals_are_byte_for_byte_what_was_taken_in(archive: Archive) -> None:
    output = archive.run(
        code="""
import hashlib
from django.core.files.storage import default_storage
from catalog.models import Original
for original in Original.objects.order_by("pk"):
    with default_storage.open(original.name) as file:
        print(hashlib.sha256(file.read()).hexdigest() == original.sha256)
"""
    )
    assert len(output.split()) > 5 and set(output.split()) == {"True"}


def test_work_that_waited_is_done(archive: Archive) -> None:
    """Last, since it writes: batches, lists, jobs, the withdrawal under way, and the index lease of another host."""
    output = archive.run(
        code="""
from catalog.jobs import running
from catalog.jobs.models import Job
from catalog.models import IntakeBatch, IntakeFile, NameList, Record, Spread
from catalog.records.actions import finish_spreads
from catalog.search.actions import follow_changes, rebuild_index
running.run_all_due()
finish_spreads()
print(sorted(IntakeBatch.objects.values_list("state", flat=True)))
print(sorted(IntakeFile.objects.filter(outcome="accepted").values_list("name", flat=True)))
print(sorted(NameList.objects.values_list("state", flat=True)))
print(Spread.objects.count(), Record.objects.get(identifiers__value="HC-P02-1").chain_published)
print(Job.objects.filter(state__in=["waiting", "running"]).count())
rebuild_index()
while follow_changes(): pass
print("index written")
"""
    )
    assert output.splitlines() == [
        "['done', 'done', 'done']",
        "['dang lam.jpg', 'thu 1.jpg', 'xep hang 1.jpg', 'xep hang 2.jpg']",
        "['done', 'done', 'done']",
        "0 False",
        "0",
        "index written",
    ]
