"""An archive that 0.4.2 filled is opened by the present code, and nothing of it is lost.

The database is that which 0.4.2 itself made (see `tests/data/archive_0_4_2`); the migrations run as an administrator
runs them, in a process of their own.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent.parent
KEPT = ROOT / "tests" / "data" / "archive_0_4_2"
KINDS = ["sqlite"] if connection.vendor == "sqlite" else ["postgres"]
# Columns that the migrations put right on purpose, by table; everything else must stand as it stood.
PUT_RIGHT = {
    "catalog_record": {"chain_published", "published_at"},
    "catalog_identification": {"person_id"},
    "catalog_personname": {"person_id"},
    "catalog_statement": {"person_id", "preferred"},
    # What a worker that died had begun waits again.
    "catalog_intakebatch": {"state"},
    "catalog_namelist": {"state", "run"},
    "catalog_pagereading": {"state", "claim", "claimed_until", "attempts"},
}
# Tables whose rows are work that waits, moved to where it now waits, or that the library's own migrations drop.
WAITING = ("django_tasks_database", "django_tasks_db", "catalog_change", "catalog_indexlease", "django_migrations")
DERIVED = ("django_content_type", "auth_permission", "auth_group_permissions")


class Archive:
    """A database of 0.4.2 with the files beside it."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url
        self.before = self.tables()
        self.run("migrate", "-v0")

    def run(self, *command: str, code: str = "") -> str:
        """`manage.py` on this archive."""
        environment = {
            **os.environ,
            "DATABASE_URL": self.url,
            "VAR_DIR": str(self.folder / "var"),
            "MEDIA_DIR": str(self.folder / "media"),
            "DJANGO_SETTINGS_MODULE": "archive.settings.local",
        }
        arguments = [sys.executable, "manage.py", *command]
        if code:
            arguments = [sys.executable, "-c", f"import django; django.setup()\n{code}"]
        done = subprocess.run(arguments, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def tables(self) -> dict[str, list[dict[str, Any]]]:
        """Every row of every table, by table, ordered by key."""
        return json.loads(self.run(code=DUMP))  # type: ignore[no-any-return]


DUMP = """
import json
from django.db import connection
held = {}
with connection.cursor() as cursor:
    for table in connection.introspection.table_names(cursor):
        cursor.execute(f'SELECT * FROM "{table}"')
        names = [column[0] for column in cursor.description]
        plain = lambda value: bytes(value).hex() if isinstance(value, (bytes, memoryview)) else value
        rows = [dict(zip(names, map(plain, row))) for row in cursor]
        held[table] = sorted(rows, key=lambda row: str(row.get('id', row)))
print(json.dumps(held, default=str))
"""


@pytest.fixture(scope="module", params=KINDS)
def archive(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """Migrated once; `before` is what stood in it."""
    tmp_path = tmp_path_factory.mktemp("kept")
    with tarfile.open(KEPT / f"{request.param}.tar.xz") as packed:
        # Python learnt the filter with 3.11.4; the archive is our own.
        packed.extractall(tmp_path, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    folder = tmp_path / request.param
    if request.param == "sqlite":
        yield Archive(folder, f"sqlite:///{folder / 'archive.sqlite3'}")
        return
    with postgres_database() as url:
        loaded = subprocess.run(
            ["psql", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(folder / "archive.sql"), url],
            capture_output=True,
            text=True,
        )
        assert loaded.returncode == 0, loaded.stderr[-2000:]
        yield Archive(folder, url)


@contextlib.contextmanager
def postgres_database() -> Iterator[str]:
    """An empty database on the server that the suite runs on."""
    if shutil.which("psql") is None:
        pytest.skip("psql is not installed")
    server = urlparse(os.environ["DATABASE_URL"])
    url = server._replace(path="/archive_of_0_4_2").geturl()
    admin = server._replace(path="/postgres").geturl()
    subprocess.run(
        ["psql", "-q", admin, "-c", "DROP DATABASE IF EXISTS archive_of_0_4_2"], check=True, capture_output=True
    )
    subprocess.run(["psql", "-q", admin, "-c", "CREATE DATABASE archive_of_0_4_2"], check=True, capture_output=True)
    try:
        yield url
    finally:
        subprocess.run(
            ["psql", "-q", admin, "-c", "DROP DATABASE IF EXISTS archive_of_0_4_2 WITH (FORCE)"], capture_output=True
        )


def test_every_row_and_every_word_is_still_there(archive: Archive) -> None:
    before = archive.before
    after = archive.tables()
    for table, rows in before.items():
        if table in DERIVED or table.startswith(WAITING):
            continue
        key_of = "history_id" if rows and "history_id" in rows[0] else "id"
        now = {str(row.get(key_of, row)): row for row in after[table]}
        changed = PUT_RIGHT.get(table, set())
        for row in rows:
            key = str(row.get(key_of, row))
            if key_of not in row:
                assert row in after[table], table
                continue
            stands = now[key]
            lost = {
                name: (value, stands.get(name))
                for name, value in row.items()
                if name not in changed and stands.get(name) != value
            }
            assert not lost, (table, key, lost)
    files = sorted(path.relative_to(archive.folder) for path in (archive.folder / "media").rglob("*") if path.is_file())
    assert len(files) > 20


def test_what_could_not_be_told_apart_counts_as_given_by_hand(archive: Archive) -> None:
    said = archive.run(
        code="""
from catalog.models import CatalogueFinding, Mention, Record
for row in CatalogueFinding.objects.order_by("what", "name"):
    print(row.what, row.name, row.stored, row.expected, sep="|")
by = lambda number: Record.objects.get(identifiers__value=number)
for number in ("HC-0001", "HC-0002", "HC-0003", "HC-0004"):
    record = by(number)
    print(number, record.date_edtf, record.edtf_by_hand, record.date_earliest)
for name in ("Đỗ Văn Lầm", "Đỗ Văn Chọn", "Lê Hư Cấu"):
    one = Mention.objects.filter(name=name).first(); print(name, one.unit.normal_form, one.unit_by_hand)
"""
    )
    assert said.splitlines() == [
        "edtf_given|không rõ ngày|nonsense|",
        "edtf_given|tháng 3 năm 1971|1967~|1971-03",
        "edtf_given|đầu năm Mậu Thân|1968-02/1968-03|",
        "unit_given|Đỗ Văn Chọn: đơn vị không rõ|e3/f9|",
        "unit_given|Đỗ Văn Lầm: e3/f9|e90/f324|e3/f9",
        "HC-0001 1967~ False 1967-01-01",
        "HC-0002 1967~ True 1967-01-01",
        "HC-0003 1968-02/1968-03 True 1968-02-01",
        "HC-0004 nonsense True None",
        "Đỗ Văn Lầm e90/f324 True",
        "Đỗ Văn Chọn e3/f9 True",
        "Lê Hư Cấu c3/d9/e90/f324 False",
    ]


def test_what_0_4_2_left_wrong_is_right(archive: Archive) -> None:
    said = archive.run(
        code="""
from django.contrib.auth.models import AnonymousUser
from catalog.models import Change, Cover, Identification, Person, PersonMerge, Record
from catalog.records.queries import visible_to
by = lambda number: Record.objects.get(identifiers__value=number)
left = by("HC-0101").pk
waits = Change.objects.filter(kind="below", key=left, hides=True).exists()
print(visible_to(AnonymousUser()).filter(pk=left).exists(), waits)
print(by("HC-0009").published_at, by("HC-0008").published_at is not None)
gone = Person.objects.get(name_vi="Lê Hư Cầu"); stays = gone.merged_into
decided = Identification.objects.filter(person=stays, withdrawn_at=None).exclude(certainty="not")
print(Identification.objects.filter(person=gone).count(), decided.count())
names = stays.names.values_list("value", flat=True)
print(sorted(names), sorted(stays.statements.values_list("value_vi", "preferred")))
print(PersonMerge.objects.get().person == gone, Cover.objects.filter(provisional=True).count())
"""
    )
    assert said.splitlines() == [
        "False True",
        "None True",
        "0 2",
        "['Hai Hư', 'Lê Văn Hư'] [('Quê Hư Cấu', True), ('Quê Hư Thực', False)]",
        "True 1",
    ]


def test_groups_keep_their_permissions_and_gain_those_of_their_role(archive: Archive) -> None:
    said = archive.run(
        code="""
from django.contrib.auth.models import Group
of = lambda name: set(Group.objects.get(name=name).permissions.values_list("codename", flat=True))
print("change_source" in of("curator"), "close_record" in of("archivist"), "close_record" in of("curator"))
print(sorted(of("cataloguers of the annex")))
"""
    )
    assert said.splitlines() == [
        "True True False",
        "['add_record', 'change_record', 'view_record', 'view_unpublished']",
    ]


def test_every_address_of_0_4_2_leads_to_the_page_that_bore_that_number(archive: Archive) -> None:
    before = {row["id"]: row["number"] for row in archive.before["catalog_page"]}
    said = archive.run(
        code="""
from catalog.models import Page, Record
from catalog.records.queries import record_by_identifier
for one in Page.objects.order_by("pk"): print(one.pk, one.address)
print(all(record_by_identifier(one.reference_code.lower()) == one for one in Record.objects.kept()[:50]))
"""
    ).split("\n")
    assert [tuple(map(int, line.split())) for line in said[: len(before)]] == sorted(before.items())
    assert said[len(before)] == "True"


def test_work_that_waited_is_done(archive: Archive) -> None:
    """Last, since it writes: batches, lists, the walk over the originals and the index lease of another host."""
    said = archive.run(
        code="""
from catalog.jobs import running
from catalog.jobs.models import Job
from catalog.models import IntakeBatch, IntakeFile, NameList, PageReading
from catalog.intake.models import Upload
from catalog.search.actions import follow_changes, rebuild_index
running.run_all_due()
print(sorted(IntakeBatch.objects.values_list("state", flat=True)), IntakeFile.objects.filter(outcome="refused").count())
print(sorted(IntakeFile.objects.filter(outcome="accepted").values_list("name", flat=True)))
print(sorted(NameList.objects.values_list("state", flat=True)), Upload.objects.filter(batch=None).count())
left_over = Job.objects.exclude(state__in=["done"]).exclude(kind="originals.walk")
print(PageReading.objects.filter(state="working").count(), left_over.count())
rebuild_index()
while follow_changes(): pass
print("index written")
"""
    )
    lines = said.splitlines()
    assert lines[0] == "['done', 'done', 'done', 'done', 'done'] 1"
    assert lines[1] == str(
        ["dang lam.jpg", "day dia.jpg", "khong co viec.jpg", "thu 1.jpg", "xep hang 1.jpg", "xep hang 2.jpg"]
    )
    assert lines[2] == "['done', 'done', 'done'] 2"
    assert lines[3] == "0 0"
    assert lines[4] == "index written"
