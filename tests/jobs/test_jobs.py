"""The table of work: asked for in a transaction, done once, taken up again, ended where a person sees it."""

import datetime
import errno
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, transaction
from django.utils import timezone, translation

from catalog.accounts.models import User
from catalog.changes.models import Change
from catalog.jobs import claims, registry, running
from catalog.jobs.actions import SUPERSEDED, clear_finished_jobs, enqueue, stop_job, try_again
from catalog.jobs.daily import enqueue_daily_jobs
from catalog.jobs.faults import ClaimLost, GivenUp, Later
from catalog.jobs.handle import Handle
from catalog.jobs.models import Job
from catalog.jobs.queries import seconds_left, visible_jobs, waiting_too_long
from catalog.messages.jobs import job_reason_in_words
from catalog.upkeep.models import Alarm, ErrorNote
from tests.faults import failing_statements
from tests.waiting import ImpatientEvent, wait_until

pytestmark = pytest.mark.django_db
Act = Callable[[Handle], None]


@pytest.fixture
def kind(settings: Any) -> Iterator[Callable[..., str]]:
    """Makes a kind of work for one test; nothing runs before it is told to."""
    settings.JOBS_AT_ONCE = False
    registry.kinds()
    existing = dict(registry._KINDS)

    def make(act: Act, name: str = "tests.work", **options: Any) -> str:
        registry.job(name, "work of a test", **{"lane": "tests", **options})(act)
        return name

    yield make
    registry._KINDS.clear()
    registry._KINDS.update(existing)


def due() -> None:
    """Let the pause before the next try be over."""
    Job.objects.filter(state="waiting").update(due_at=timezone.now() - datetime.timedelta(seconds=1))


def killed(job: Job) -> None:
    """Make the job's holder a process of this host that is no more."""
    place, _pid, *rest = Job.objects.get(pk=job.pk).claim.split(":")
    Job.objects.filter(pk=job.pk).update(claim=":".join([place, "4194304", *rest]))


def test_work_asked_for_in_a_transaction_that_fails_is_not_asked_for(kind: Callable[..., str]) -> None:
    kind(lambda handle: None)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        enqueue("tests.work")
        1 / 0  # noqa: B018
    assert not Job.objects.exists()
    with pytest.raises(KeyError):
        enqueue("tests.unheard")


def test_one_waits_for_a_thing_however_often_it_is_asked_for(kind: Callable[..., str]) -> None:
    visited: list[str] = []

    def work(handle: Handle) -> None:
        visited.append(handle.key)
        if len(visited) == 1:
            # What comes while it runs is not lost: it waits, and is done once this has ended.
            enqueue("tests.work", key="7")
            enqueue("tests.work", key="7")
            assert running.claim_next_job(["tests.work"]) is None

    kind(work)
    later = timezone.now() + datetime.timedelta(hours=1)
    first = enqueue("tests.work", key="7", at=later)
    second = enqueue("tests.work", key="7")
    assert second.pk == first.pk and second.due_at < later
    assert running.run_all_due(["tests.work"]) == 2
    assert visited == ["7", "7"]
    assert list(Job.objects.values_list("state", flat=True)) == ["done", "done"]


def test_what_fails_is_tried_again_with_growing_pauses_and_ends_with_a_reason(kind: Callable[..., str]) -> None:
    calls: list[int] = []

    def work(handle: Handle) -> None:
        raise ValueError("Lê Văn Kín cannot be found")

    kind(work, tries=3, pause=10, given_up=lambda job: calls.append(job.pk))
    job = enqueue("tests.work")
    pauses = []
    for _ in range(2):
        assert running.run_all_due(["tests.work"]) == 1
        job.refresh_from_db()
        pauses.append(round((job.due_at - timezone.now()).total_seconds() / 10))
        assert job.state == "waiting"
        due()
    running.run_all_due(["tests.work"])
    job.refresh_from_db()
    assert (pauses, job.state, job.attempts, calls) == ([1, 2], "failed", 3, [job.pk])
    with translation.override("en"):
        assert "broke off unexpectedly" in job_reason_in_words(job)
    with translation.override("vi"):
        assert "ngoài dự kiến" in job_reason_in_words(job)
    # What a person typed is in no row.
    assert "Kín" not in str(list(Job.objects.values()))
    # Three tries are one failure, mailed about once.
    assert [(note.event, note.route) for note in ErrorNote.objects.all()] == [("job.failed", "job:tests.work")]
    assert Alarm.objects.get().count == 1


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "disk is full"),
        (OperationalError("database is locked"), "database was busy"),
        (OperationalError("database or disk is full"), "disk is full"),
    ],
    ids=["full", "locked", "database full"],
)
def test_a_full_disk_and_a_locked_database_are_waited_for_without_end(
    kind: Callable[..., str], error: Exception, words: str
) -> None:
    away = [True]

    def work(handle: Handle) -> None:
        if away:
            raise error

    kind(work, tries=2)
    job = enqueue("tests.work")
    for _ in range(30):
        assert running.run_all_due(["tests.work"]) == 1
        due()
    job.refresh_from_db()
    with translation.override("en"):
        assert (job.state, words in job_reason_in_words(job)) == ("waiting", True)
    # A full disk is everybody's concern; a busy database passes.
    assert [alarm.event for alarm in Alarm.objects.all()] == ["disk.full"] * ("full" in words)
    away.clear()
    running.run_all_due(["tests.work"])
    job.refresh_from_db()
    assert (job.state, job.reason) == ("done", "")


@pytest.mark.parametrize("tries", [1, 5, 14])
def test_the_number_of_tries_is_kept_to_however_long_the_disk_was_full_before(
    kind: Callable[..., str], tries: int
) -> None:
    errors: list[Exception] = [OSError(errno.ENOSPC, "full")] * 12 + [ValueError()] * 20

    def work(handle: Handle) -> None:
        raise errors.pop(0)

    kind(work, tries=tries)
    enqueue("tests.work")
    turns = 0
    while running.run_all_due(["tests.work"]):
        turns += 1
        due()
    assert turns == 12 + tries and Job.objects.get().state == "failed"


def test_what_must_be_tried_again_gives_way_to_the_same_work_that_waits_already(kind: Callable[..., str]) -> None:
    turns: list[str] = []

    def work(handle: Handle) -> None:
        turns.append(handle.key)
        if len(turns) == 1:
            enqueue("tests.work", key="7")
            raise ValueError

    kind(work)
    first = enqueue("tests.work", key="7")
    running.run_next(["tests.work"])
    first.refresh_from_db()
    assert (first.state, first.reason) == ("stopped", SUPERSEDED)
    running.run_all_due(["tests.work"])
    assert turns == ["7", "7"] and set(Job.objects.values_list("state", flat=True)) == {"stopped", "done"}
    # Giving back at the end of a worker meets the same, and leaves the row for whoever sees that its process is gone.
    turns[:] = ["x"]
    enqueue("tests.work", key="8")
    claimed = running.claim_next_job(["tests.work"])
    assert claimed is not None
    enqueue("tests.work", key="8")
    assert running.release_all_jobs() == 0
    killed(claimed)
    assert running.run_all_due(["tests.work"]) == 2


def test_what_cannot_succeed_fails_at_once_and_what_must_wait_is_not_counted(kind: Callable[..., str]) -> None:
    responses: list[Exception] = [Later(60), Later(60), GivenUp("It cannot be done.")]

    def work(handle: Handle) -> None:
        raise responses.pop(0)

    kind(work, tries=1)
    job = enqueue("tests.work")
    for attempts in (0, 0):
        running.run_all_due(["tests.work"])
        job.refresh_from_db()
        assert (job.state, job.attempts) == ("waiting", attempts)
        due()
    running.run_all_due(["tests.work"])
    job.refresh_from_db()
    assert (job.state, job.reason) == ("failed", "It cannot be done.")


def test_the_job_of_a_process_that_was_killed_is_taken_up_at_once(kind: Callable[..., str]) -> None:
    kind(lambda handle: None)
    job = enqueue("tests.work")
    assert running.claim_next_job(["tests.work"]) is not None
    assert running.claim_next_job(["tests.work"]) is None
    killed(job)
    assert running.run_all_due(["tests.work"]) == 1
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("done", 2)


def test_a_real_process_that_was_killed_is_known_to_be_gone() -> None:
    code = (
        "import django, sys; django.setup()\nfrom catalog.jobs.claims import new_claim\n"
        "print(new_claim(), flush=True); sys.stdin.read()"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    claim = child.stdout.readline().strip()
    assert not claims.is_process_gone(claim)
    # The same number with another beginning is another process.
    place, pid, _began, rest = claim.split(":")
    if sys.platform == "linux":
        assert claims.is_process_gone(f"{place}:{pid}:1:{rest}")
    child.kill()
    child.communicate()
    assert claims.is_process_gone(claim)
    assert not claims.is_process_gone(claim.replace(place, "elsewhere"))


def test_a_claim_that_is_over_or_dated_far_ahead_holds_nobody_up(kind: Callable[..., str]) -> None:
    kind(lambda handle: None)
    for until in (datetime.timedelta(seconds=-1), datetime.timedelta(days=400)):
        enqueue("tests.work")
        running.claim_next_job(["tests.work"])
        Job.objects.filter(state="running").update(claim="elsewhere:1:9:a")
        assert running.claim_next_job(["tests.work"]) is None
        Job.objects.filter(state="running").update(claimed_until=timezone.now() + until)
        assert running.run_all_due(["tests.work"]) == 1
    assert set(Job.objects.values_list("state", flat=True)) == {"done"}


def test_who_lost_the_claim_hears_it_and_writes_nothing(kind: Callable[..., str]) -> None:
    heard = []

    def work(handle: Handle) -> None:
        Job.objects.update(claim="elsewhere:1:9:a")
        assert handle.stop_asked
        try:
            handle.renew()
        except ClaimLost:
            heard.append(1)
            raise

    kind(work)
    job = enqueue("tests.work")
    running.run_next(["tests.work"])
    job.refresh_from_db()
    assert (job.state, job.claim, heard) == ("running", "elsewhere:1:9:a", [1])


def test_one_that_takes_its_worker_down_again_and_again_is_given_up(kind: Callable[..., str]) -> None:
    calls = []
    kind(lambda handle: None, given_up=lambda job: calls.append(job.pk))
    job = enqueue("tests.work")
    turns = 0
    while (row := running.claim_next_job(["tests.work"])) is not None and turns < 50:
        turns += 1
        if row.attempts > running.MOST_BROKEN_OFF:
            running.run(row)
            break
        killed(job)
    job.refresh_from_db()
    assert (job.state, job.reason, calls) == ("failed", running.BROKEN_OFF, [job.pk])


def test_headway_starts_the_count_anew(kind: Callable[..., str]) -> None:
    def work(handle: Handle) -> None:
        handle.progress(handle.row.done + 1, 100)
        raise ValueError

    kind(work, tries=2)
    job = enqueue("tests.work")
    for _ in range(6):
        running.run_all_due(["tests.work"])
        due()
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == ("waiting", 6, 100)


def test_stopping_and_trying_again(kind: Callable[..., str], cast: dict[str, User], settings: Any) -> None:
    settings.JOB_PROGRESS_SECONDS = 0.0
    stopped: list[int] = []

    def work(handle: Handle) -> None:
        for done in range(1, 10):
            if done == 4 and not stopped:
                assert stop_job(job=handle.row, actor=cast["archivist"])
            handle.progress(done, 9)

    kind(work, given_up=lambda job: stopped.append(job.pk))
    job = enqueue("tests.work", by=cast["curator"])
    running.run_all_due(["tests.work"])
    job.refresh_from_db()
    assert (job.state, job.done, stopped) == ("stopped", 4, [job.pk])
    assert not stop_job(job=job, actor=cast["archivist"])
    # Who asked for it may too; who did not may not.
    with pytest.raises(PermissionDenied):
        try_again(job=job, actor=cast["reviewer"])
    assert try_again(job=job, actor=cast["curator"])
    running.run_all_due(["tests.work"])
    job.refresh_from_db()
    assert (job.state, job.done) == ("done", 9)
    assert not try_again(job=job, actor=cast["archivist"])
    waiting = enqueue("tests.work", by=cast["curator"])
    assert stop_job(job=waiting, actor=cast["curator"]) and waiting.state == "stopped"
    assert running.run_all_due(["tests.work"]) == 0


def test_each_sees_their_own_and_who_may_sees_all(kind: Callable[..., str], cast: dict[str, User], anyone: Any) -> None:
    kind(lambda handle: None)
    own, nobodys = enqueue("tests.work", by=cast["curator"]), enqueue("tests.work")
    visible = {who: {job.pk for job in visible_jobs(user)} for who, user in cast.items()}
    assert visible["archivist"] == visible["administrator"] == {own.pk, nobodys.pk}
    assert visible["curator"] == {own.pk} and visible["reviewer"] == visible["without a role"] == set()
    assert not visible_jobs(anyone).exists()


def test_a_worker_that_ends_gives_back_what_it_began(kind: Callable[..., str]) -> None:
    leaving = threading.Event()

    def work(handle: Handle) -> None:
        handle.progress(1, 2)
        leaving.set()
        handle.progress(2, 2)

    kind(work)
    job = enqueue("tests.work")
    running.run_next(["tests.work"], leaving)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.done) == ("waiting", 0, 2)
    assert running.claim_next_job(["tests.work"]) is not None
    assert running.release_all_jobs() == 1
    job.refresh_from_db()
    assert (job.state, job.claim, job.claimed_until, job.attempts) == ("waiting", "", None, 0)


@pytest.mark.django_db(transaction=True)
def test_the_loop_outlives_whatever_befalls_it(kind: Callable[..., str]) -> None:
    kind(lambda handle: None)
    stop, calls = ImpatientEvent(), list[int]()

    def fail() -> None:
        calls.append(1)
        if len(calls) == 4:
            stop.set()
        raise [OperationalError("database is locked"), OSError(errno.ENOSPC, "full"), KeyError("x"), MemoryError()][
            len(calls) - 1
        ]

    with failing_statements(fail, "catalog_job"):
        running.run_until(stop, ["tests.work"])
    assert len(calls) == 4


@pytest.mark.django_db(transaction=True)
def test_no_thread_of_the_worker_ends_with_a_locked_database() -> None:
    from catalog.management.commands import worker

    stop, calls = ImpatientEvent(), list[int]()

    def locked() -> None:
        calls.append(1)
        if len(calls) % 3 == 0:
            stop.set()
        raise OperationalError("database is locked")

    for loop in (worker.enqueue_due_work_until, worker.read_until, worker.follow_until):
        stop.clear()
        with failing_statements(locked):
            loop(stop)
    assert len(calls) >= 9


def test_giving_back_on_a_locked_database_ends_quietly() -> None:
    from catalog.reading.queue import release_readings

    with failing_statements(OperationalError("database is locked")):
        assert running.release_all_jobs() == 0
        assert release_readings() == 0


def test_daily_work_is_asked_for_once_a_day_from_its_hour_on(kind: Callable[..., str]) -> None:
    kind(lambda handle: None, "tests.daily", daily_at=2)
    day = timezone.make_aware(datetime.datetime(2026, 11, 29, 1, 30))

    def asked() -> int:
        return Job.objects.filter(kind="tests.daily").count()

    enqueue_daily_jobs(day)
    assert asked() == 0
    for hours in (1, 2, 20):
        enqueue_daily_jobs(day + datetime.timedelta(hours=hours))
        assert asked() == 1
    running.run_all_due(["tests.daily"])
    enqueue_daily_jobs(day + datetime.timedelta(hours=21))
    assert asked() == 1
    enqueue_daily_jobs(day + datetime.timedelta(hours=25))
    assert asked() == 2


def test_everything_that_is_due_daily_runs(settings: Any) -> None:
    settings.JOBS_AT_ONCE = False
    evening = timezone.make_aware(datetime.datetime.combine(timezone.localdate(), datetime.time(23)))
    assert enqueue_daily_jobs(evening) >= 6
    running.run_all_due()
    assert {kind: state for kind, state in Job.objects.values_list("kind", "state") if state != "done"} == {}


def test_old_sessions_finished_work_and_uploads_given_up_are_cleared(
    settings: Any, cast: dict[str, User], make_record: Callable[..., Any], client: Any
) -> None:
    from django.contrib.sessions.models import Session

    from catalog.intake.models import Upload
    from catalog.intake.uploads import append, begin_upload

    now = timezone.now()
    old = now - datetime.timedelta(days=40)
    Job.objects.create(kind="intake.batch", state="done", ended_at=old)
    Job.objects.create(kind="intake.batch", state="failed", reason="x", ended_at=old)
    Job.objects.create(kind="intake.batch", state="done", ended_at=now)
    Session.objects.create(session_key="old", session_data="", expire_date=old)
    client.force_login(cast["curator"])
    record = make_record()
    broken, recent, complete = (
        begin_upload(record=record, owner=cast["archivist"], name=f"{n}.jpg", size=9) for n in ("a", "b", "c")
    )
    for upload, data in ((broken, b"12345"), (recent, b"123"), (complete, b"123456789")):
        append(upload=upload, offset=0, chunks=[data])
    Upload.objects.update(began_at=old)
    stray = broken.path.with_name("nobodys")
    stray.write_bytes(b"x")
    for path in (broken.path, complete.path, stray):
        os.utime(path, (old.timestamp(), old.timestamp()))
    for kind in ("jobs.clear", "intake.clear"):
        enqueue(kind)
    assert list(Job.objects.filter(kind="intake.batch").values_list("state", flat=True).order_by("pk")) == [
        "failed",
        "done",
    ]
    assert Session.objects.filter(session_key="old").count() == 0 and Session.objects.count() == 1
    assert {upload.name for upload in Upload.objects.all()} == {"b.jpg", "c.jpg"}
    assert not broken.path.exists() and not stray.exists() and complete.path.exists()
    assert clear_finished_jobs(days=1) == 1


def test_what_waits_too_long_is_named(kind: Callable[..., str]) -> None:
    kind(lambda handle: None)
    enqueue("tests.work")
    assert waiting_too_long() == {}
    long_ago = timezone.now() - datetime.timedelta(hours=1)
    Job.objects.update(due_at=long_ago)
    Change.objects.create(kind="record", key=1, made_at=long_ago)
    assert waiting_too_long() == {"tests.work": 1, "index": 1}
    # Behind a job of its lane that runs, it waits its turn.
    enqueue("tests.work")
    assert running.claim_next_job(["tests.work"]) is not None
    Job.objects.filter(state="waiting").update(due_at=long_ago)
    assert waiting_too_long() == {"index": 1}


def test_time_left_is_judged_by_this_turn_alone() -> None:
    now = timezone.now()
    job = Job(
        kind="x", state="running", done=150, done_before=100, total=200, started_at=now - datetime.timedelta(seconds=50)
    )
    assert seconds_left(job, now) == pytest.approx(50)
    job.done = 100
    assert seconds_left(job, now) is None


@pytest.mark.django_db(transaction=True)
def test_a_claim_is_renewed_while_a_handler_is_silent(kind: Callable[..., str]) -> None:
    kind(lambda handle: None)
    enqueue("tests.work")
    job = running.claim_next_job(["tests.work"])
    assert job is not None
    claimed_until = job.claimed_until
    with claims.renewing(job, every=0.01):
        wait_until(lambda: Job.objects.filter(pk=job.pk, claimed_until__gt=claimed_until).exists())


def test_two_kinds_of_one_name_are_refused(kind: Callable[..., str]) -> None:
    kind(lambda handle: None)

    def other(handle: Handle) -> None:
        """Of another module."""

    other.__module__ = "elsewhere"
    with pytest.raises(ValueError):
        registry.job("tests.work", "x")(other)


def test_every_kind_has_words_in_both_languages() -> None:
    for kind in registry.kinds().values():
        with translation.override("vi"):
            local = str(kind.words)
        with translation.override("en"):
            assert local != str(kind.words), kind.name


def test_an_idle_look_takes_no_lock(django_assert_num_queries: Any) -> None:
    started = time.monotonic()
    with django_assert_num_queries(2) as queries:
        assert running.claim_next_job(["intake.batch"]) is None
    assert not [query for query in queries.captured_queries if "UPDATE" in query["sql"] or "SAVEPOINT" in query["sql"]]
    assert time.monotonic() - started < 5
