"""An archive that 0.4.2 filled is opened by the present code, and nothing of it is lost.

The database is that which 0.4.2 itself made (see `tests/data/archive_0_4_2`).
"""

from collections.abc import Iterator

import pytest

from tests.migrations.archives import Archive, opened

# Columns that the migrations put right on purpose, by table; everything else must be as it was.
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
# Tables whose rows are work that waits and is kept elsewhere now, or that the library's own migrations drop.
MOVED = ("django_tasks_database", "django_tasks_db", "catalog_change", "catalog_indexlease", "django_migrations")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """Migrated once for all tests of this file."""
    with opened("0_4_2", tmp_path_factory.mktemp("archive")) as archive:
        yield archive


def test_every_row_and_every_word_is_still_there(archive: Archive) -> None:
    assert archive.lost(changed=PUT_RIGHT, moved=MOVED) == []
    assert len(archive.files()) > 20


def test_what_could_not_be_distinguished_counts_as_given_by_hand(archive: Archive) -> None:
    output = archive.run(
        code="""
from catalog.models import CatalogueFinding, Mention, Record
for row in CatalogueFinding.objects.order_by("what", "name"):
    print(row.what, row.name, row.stored, row.expected, sep="|")
by = lambda number: Record.objects.get(identifiers__value=number)
for number in ("HC-0001", "HC-0002", "HC-0003", "HC-0004"):
    record = by(number)
    print(number, record.date_edtf, record.edtf_by_hand, record.date_earliest)
for name in ("Đỗ Văn Lầm", "Đỗ Văn Chọn", "Lê Hư Cấu"):
    mention = Mention.objects.filter(name=name).first()
    print(name, mention.unit.normal_form, mention.unit_by_hand)
"""
    )
    assert output.splitlines() == [
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
    output = archive.run(
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
    assert output.splitlines() == [
        "False True",
        "None True",
        "0 2",
        "['Hai Hư', 'Lê Văn Hư'] [('Quê Hư Cấu', True), ('Quê Hư Thực', False)]",
        "True 1",
    ]


def test_groups_keep_their_permissions_and_gain_those_of_their_role(archive: Archive) -> None:
    output = archive.run(
        code="""
from django.contrib.auth.models import Group
of = lambda name: set(Group.objects.get(name=name).permissions.values_list("codename", flat=True))
print("change_source" in of("curator"), "close_record" in of("archivist"), "close_record" in of("curator"))
print(sorted(of("cataloguers of the annex")))
"""
    )
    assert output.splitlines() == [
        "True True False",
        "['add_record', 'change_record', 'view_record', 'view_unpublished']",
    ]


def test_every_address_of_0_4_2_leads_to_the_page_that_bore_that_number(archive: Archive) -> None:
    before = {row["id"]: row["number"] for row in archive.before["catalog_page"]}
    output = archive.run(
        code="""
from catalog.models import Page, Record
from catalog.records.queries import record_by_identifier
for page in Page.objects.order_by("pk"): print(page.pk, page.address)
print(all(record_by_identifier(record.reference_code.lower()) == record for record in Record.objects.kept()[:50]))
"""
    ).split("\n")
    assert [tuple(map(int, line.split())) for line in output[: len(before)]] == sorted(before.items())
    assert output[len(before)] == "True"


def test_work_that_waited_is_done(archive: Archive) -> None:
    """Last, since it writes: batches, lists, the walk over the originals and the index lease of another host."""
    output = archive.run(
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
    lines = output.splitlines()
    assert lines[0] == "['done', 'done', 'done', 'done', 'done'] 1"
    assert lines[1] == str(
        ["dang lam.jpg", "day dia.jpg", "khong co viec.jpg", "thu 1.jpg", "xep hang 1.jpg", "xep hang 2.jpg"]
    )
    assert lines[2] == "['done', 'done', 'done'] 2"
    assert lines[3] == "0 0"
    assert lines[4] == "index written"
