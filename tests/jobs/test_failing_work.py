"""Work that fails is tried again, waits for what is temporary, and ends with a reason."""

import errno
from collections.abc import Callable

import pytest
from django.db import OperationalError
from django.utils import timezone, translation

from catalog.jobs import running
from catalog.jobs.actions import enqueue
from catalog.jobs.faults import GivenUp, Later
from catalog.jobs.handle import Handle
from catalog.jobs.models import Job
from catalog.jobs.running import SUPERSEDED
from catalog.messages.jobs import job_reason_in_words
from catalog.upkeep.models import Alarm, ErrorNote
from tests.jobs.states import due, killed

pytestmark = pytest.mark.django_db


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
    # Giving back at the end of a worker meets the same, and leaves the row for a worker that finds its process gone.
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


def test_progress_resets_the_number_of_tries(kind: Callable[..., str]) -> None:
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
