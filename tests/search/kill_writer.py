"""Kills the writer of the index at random instants, again and again, and proves that nothing was lost.

Run by test_killing.py, or by hand: python tests/search/kill_writer.py whoosh FOLDER 200. Children are forked, so that a
death costs no start-up: one saves records and brings the index in step, or builds it anew, or mends it, until it is
killed (SIGKILL). In between, and at the end, a worker is started as it would be, without a person; then every record
that stands in the database must be found by its own word, every save that was acknowledged must stand in the database,
and the comparison of catalogue and index must find no difference.
"""

import os
import random
import signal
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

LONGEST = 0.35
LOOKED_AT_EVERY = 25
WORKER_SECONDS = 60


def main(engine_name: str, folder: Path, kills: int, seed: int) -> None:
    """Kill `kills` times."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "archive.settings.local",
        "VAR_DIR": str(folder),
        "MEDIA_DIR": str(folder / "media"),
        "DATABASE_URL": f"sqlite:///{folder / 'kill.sqlite3'}",
        "SEARCH_ENGINE": engine_name,
    }
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    import django

    from tests.waiting import random_delay

    django.setup()
    in_a_child(prepare)
    # On a busy machine the first writers may be killed before they have saved anything.
    (folder / "acknowledged").touch()
    draw = random.Random(seed)
    during: dict[str, int] = {}
    for kill in range(1, kills + 1):
        work = draw.choice([save_and_follow, save_and_follow, rebuild, mend])
        during[work.__name__] = during.get(work.__name__, 0) + 1
        child = fork(partial(_at_random, work, folder, kill, draw))
        random_delay(draw, 0.0, LONGEST)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        if kill % LOOKED_AT_EVERY == 0 or kill == kills:
            in_a_child(lambda: look(folder))
    acknowledged = len((folder / "acknowledged").read_text().split())
    print(
        f"{engine_name}: killed {kills} times ({during}); {acknowledged} acknowledged saves, none lost, no difference"
    )


def _at_random(work: Callable[[Path, float], None], folder: Path, kill: int, draw: random.Random) -> None:
    work(folder, draw.random() + kill)


def fork(act: Callable[[], None]) -> int:
    """A child that does `act` and ends; its number."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return child
    try:
        from django.db import connections

        for connection in connections.all():
            connection.inc_thread_sharing()
            connection.connection = None
        act()
        os._exit(0)
    except BaseException:
        import traceback

        traceback.print_exc()
        os._exit(1)


def in_a_child(act: Callable[[], None]) -> None:
    """Do `act` in a child and stop everything where it fails."""
    _, status = os.waitpid(fork(act), 0)
    if status:
        sys.exit("what was to be proved is not so; see above")


def prepare() -> None:
    """A database, a repository, an index with something in it."""
    from django.core.management import call_command

    from catalog.interchange.invented.archive import make_archive
    from catalog.records.models import Repository
    from catalog.search.actions import rebuild_index

    call_command("migrate", verbosity=0)
    Repository.objects.create(code="HC", slug="hu-cau", name_vi="Lưu trữ hư cấu")
    make_archive(records=300, pages=100, mentions=10, seed=1, progress=lambda _: None)
    rebuild_index()


def save_and_follow(folder: Path, seed: float) -> None:
    """Save records, some several times, and follow, until killed."""
    from catalog.records.models import Record, Repository
    from catalog.search.actions import follow_changes
    from catalog.search.actions import reconcile_or_rebuild_index as put_right

    draw = random.Random(seed)
    repository = Repository.objects.get(slug="hu-cau")
    with (folder / "acknowledged").open("a") as acknowledged:
        while True:
            word = f"tu{draw.getrandbits(60):x}"
            record = Record.objects.create(
                repository=repository, code=word, title_vi=f"Hư cấu {word}", status="published", invented=True
            )
            acknowledged.write(f"{record.pk}\n")
            acknowledged.flush()
            if draw.random() < 0.3:
                record.description_vi = "sửa lại"
                record.save()
            if draw.random() < 0.5:
                try:
                    follow_changes()
                except Exception:
                    put_right()


def rebuild(_folder: Path, _seed: float) -> None:
    """Rebuild until killed."""
    from catalog.search.actions import rebuild_index

    while True:
        rebuild_index()


def mend(_folder: Path, _seed: float) -> None:
    """Compare and mend until killed."""
    from catalog.search.actions import reconcile_or_rebuild_index as put_right

    while True:
        put_right()


def look(folder: Path) -> None:
    """Start the worker, wait until it has nothing left to do, and look whether all is there."""
    from django.contrib.auth.models import AnonymousUser
    from django.db import connection

    from catalog.changes.models import Change
    from catalog.management.commands.worker import follow_until
    from catalog.records.models import Record
    from catalog.search.actions import index_differences, is_index_readable
    from catalog.search.params import params_from_pairs
    from catalog.search.queries import search
    from tests.waiting import wait_until

    stop = threading.Event()
    worker = threading.Thread(target=follow_until, args=[stop], daemon=True)
    worker.start()
    wait_until(lambda: not Change.objects.exists() and is_index_readable(), WORKER_SECONDS)
    stop.set()
    worker.join(timeout=WORKER_SECONDS)
    existing = set(Record.objects.values_list("pk", flat=True))
    lost = {int(pk) for pk in (folder / "acknowledged").read_text().split()} - existing
    assert not lost, f"acknowledged and not in the database: {lost}"
    words = Record.objects.filter(repository__slug="hu-cau").order_by("?").values_list("code", flat=True)[:60]
    unfound = [word for word in words if search(params_from_pairs([("q", word)]), AnonymousUser()).total != 1]
    assert not unfound, f"in the database and not found: {unfound}"
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        assert cursor.fetchall() == [("ok",)]
    differences = index_differences()
    assert not differences, f"the comparison finds differences: {differences}"


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]).resolve(), int(sys.argv[3]), int(sys.argv[4]) if len(sys.argv) > 4 else 1)
