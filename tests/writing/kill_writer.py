"""Kills a process that writes the catalogue at random instants and proves that every action is complete or undone.

Run by test_killed.py, or by hand: python tests/writing/kill_writer.py FOLDER 200. Children are forked, so that a death
costs no start-up: each saves, withdraws and publishes a record with hundreds below it, merges and parts persons,
deletes and puts back, until it is killed (SIGKILL). Whatever an action returned from must stand; what it did not must
have left the state before or the state after.
"""

import os
import random
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

LONGEST = 0.4
CHILDREN = 300


def main(folder: Path, kills: int, seed: int) -> None:
    """Kill `kills` times."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "archive.settings.local",
        "VAR_DIR": str(folder),
        "MEDIA_DIR": str(folder / "media"),
        "DATABASE_URL": f"sqlite:///{folder / 'kill.sqlite3'}",
    }
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    import django

    from tests.waiting import random_delay

    django.setup()
    in_a_child(prepare)
    draw = random.Random(seed)
    for kill in range(kills):
        child = fork(partial(_write_at_random, folder, kill, draw))
        random_delay(draw, 0.05, LONGEST)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    in_a_child(lambda: prove(folder))
    print(f"{kills} kills, nothing lost")


def _write_at_random(folder: Path, kill: int, draw: random.Random) -> None:
    write(folder, kill + draw.random())


def fork(work: Callable[[], Any]) -> int:
    child = os.fork()
    if child:
        return child
    try:
        work()
    except BaseException:
        import traceback

        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def in_a_child(work: Callable[[], Any]) -> None:
    _pid, status = os.waitpid(fork(work), 0)
    if status:
        sys.exit(1)


def prepare() -> None:
    from django.core.management import call_command

    from catalog.changes.writing import HOUSE
    from catalog.people.models import Person, PersonName
    from catalog.records.actions import add_row, create_record, identify_mention, standing
    from catalog.records.models import Mention, Record, Repository, Statement
    from catalog.sources.models import Source

    call_command("migrate", verbosity=0)
    standing.FIRST_BATCH = 50
    repository = add_row(actor=HOUSE, row=Repository(code="VN-HC", slug="hu-cau", name_vi="Lưu trữ hư cấu"))
    source = add_row(actor=HOUSE, row=Source(slug="hu-cau", citation_vi="Hư cấu"))
    top = create_record(
        actor=HOUSE,
        record=Record(repository=repository, level="inventory", code="M1", title_vi="Mục lục", status="published"),
    )
    for number in range(CHILDREN):
        create_record(
            actor=HOUSE,
            record=Record(repository=repository, parent=top, code=f"H{number}", title_vi="Hồ sơ", status="published"),
        )
    for name in ("Lê Hư Cấu", "Lê Hư Cầu"):
        person = add_row(actor=HOUSE, row=Person(name_vi=name, invented=True))
        add_row(actor=HOUSE, row=PersonName(person=person, value=f"{name} khác"))
        mention = add_row(actor=HOUSE, row=Mention(record=top, name=name, invented=True))
        identify_mention(actor=HOUSE, mention=mention, person=person, certainty="certain", reason_vi="hư cấu")
    for number in range(5):
        add_row(actor=HOUSE, row=Statement(record=top, topic="contents", value_vi=f"Lời {number}", source=source))


def write(folder: Path, seed: float) -> None:
    """Act until killed; every act that returned is noted, and the note is on the disk."""
    from catalog.changes.models import TrashedRow
    from catalog.changes.writing import HOUSE
    from catalog.people.models import Person, PersonMerge
    from catalog.records.actions import (
        delete_row,
        describe_record,
        finish_spreads,
        merge_people,
        publish_record,
        put_back,
        standing,
        undo_merge,
        withdraw_record,
    )
    from catalog.records.models import Record, Statement

    standing.FIRST_BATCH = 50
    draw = random.Random(seed)
    with (folder / "acknowledged").open("a") as acknowledged:

        def note(what: str) -> None:
            acknowledged.write(f"{what}\n")
            acknowledged.flush()
            os.fsync(acknowledged.fileno())

        while True:
            match draw.randrange(5):
                case 0:
                    record = Record.objects.filter(level="file").order_by("?")[0]
                    word = f"tu{draw.getrandbits(60):x}"
                    describe_record(actor=HOUSE, record=record, revision=record.revision, values={"note_vi": word})
                    note(f"word {record.pk} {word}")
                case 1:
                    top = Record.objects.get(level="inventory")
                    act = withdraw_record if top.status == "published" else publish_record
                    status = act(actor=HOUSE, record=top).status
                    note(f"status {top.pk} {status}")
                case 2:
                    merge = PersonMerge.objects.filter(undone_at=None).first()
                    if merge is not None:
                        undo_merge(actor=HOUSE, merge=merge)
                    else:
                        first, other = Person.objects.order_by("?")[:2]
                        merge_people(actor=HOUSE, person=first, into=other)
                case 3:
                    entry = TrashedRow.objects.order_by("?").first()
                    if entry is not None:
                        put_back(actor=HOUSE, entry=entry)
                    elif (statement := Statement.objects.order_by("?").first()) is not None:
                        delete_row(actor=HOUSE, row=statement)
                case _:
                    finish_spreads()


def prove(folder: Path) -> None:
    """Every action is complete or did not happen, and what was left half done is finished by the worker."""
    from django.contrib.auth.models import AnonymousUser
    from django.db import connection

    from catalog.changes.models import TrashedRow
    from catalog.people.models import Person, PersonMerge
    from catalog.records.actions import finish_spreads
    from catalog.records.models import Identification, Record, Spread, Statement
    from catalog.records.queries import visible_to

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        assert cursor.fetchall() == [("ok",)]
    top = Record.objects.get(level="inventory")
    below = Record.objects.filter(parent=top)
    visible = visible_to(AnonymousUser()).filter(parent=top).count()
    if top.status != "published":
        assert visible == 0, "seen below what is withdrawn, before anything was gone on with"
    finish_spreads()
    assert not Spread.objects.exists()
    assert set(below.values_list("chain_published", flat=True)) == {top.status == "published"}
    assert visible_to(AnonymousUser()).filter(parent=top).count() == (CHILDREN if top.status == "published" else 0)
    lines = [line.split() for line in (folder / "acknowledged").read_text().splitlines()]
    for what, key, value in lines:
        history = Record.objects.get(pk=int(key)).history.all()
        column = "note_vi" if what == "word" else "status"
        assert history.filter(**{column: value}).exists(), f"acknowledged and lost: {value}"
    assert len(lines) > 10, lines
    for record in Record.objects.all():
        latest = record.history.order_by("-history_id").first()
        assert (latest.revision, latest.note_vi) == (record.revision, record.note_vi)
    entries = TrashedRow.objects.count()
    assert Statement.objects.count() + entries == 5, (Statement.objects.count(), entries)
    merged = Person.objects.filter(merged_into__isnull=False)
    assert merged.count() == PersonMerge.objects.filter(undone_at=None).count()
    assert Identification.objects.filter(withdrawn_at=None).count() == 2
    for person in merged:
        assert person.merged_into and person.merged_into.identifications.count() == 2
        assert not person.identifications.exists()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 324)
