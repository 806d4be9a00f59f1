"""A job belongs to one process: claimed, renewed, released, taken over when the process is gone."""

import datetime
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from catalog.jobs import claims, running
from catalog.jobs.actions import enqueue
from catalog.jobs.faults import ClaimLost
from catalog.jobs.handle import Handle
from catalog.jobs.models import Job
from tests.faults import failing_statements
from tests.jobs.states import killed
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db


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


def test_a_worker_that_lost_the_claim_gets_an_error_and_writes_nothing(kind: Callable[..., str]) -> None:
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


def test_giving_back_on_a_locked_database_ends_quietly() -> None:
    from catalog.reading.queue import release_readings

    with failing_statements(OperationalError("database is locked")):
        assert running.release_all_jobs() == 0
        assert release_readings() == 0


@pytest.mark.django_db(transaction=True)
def test_a_claim_is_renewed_while_a_handler_is_silent(kind: Callable[..., str]) -> None:
    kind(lambda handle: None)
    enqueue("tests.work")
    job = running.claim_next_job(["tests.work"])
    assert job is not None
    claimed_until = job.claimed_until
    with claims.renewing(job, every=0.01):
        wait_until(lambda: Job.objects.filter(pk=job.pk, claimed_until__gt=claimed_until).exists())


def test_an_idle_look_takes_no_lock(django_assert_num_queries: Any) -> None:
    started = time.monotonic()
    with django_assert_num_queries(2) as queries:
        assert running.claim_next_job(["intake.batch"]) is None
    assert not [query for query in queries.captured_queries if "UPDATE" in query["sql"] or "SAVEPOINT" in query["sql"]]
    assert time.monotonic() - started < 5
