"""What is due once a day, what is cleared away, and what waits too long."""

import datetime
import os
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from catalog.accounts.models import User
from catalog.changes.models import Change
from catalog.jobs import running
from catalog.jobs.actions import clear_finished_jobs, enqueue
from catalog.jobs.daily import enqueue_daily_jobs
from catalog.jobs.models import Job
from catalog.jobs.queries import seconds_left, waiting_too_long

pytestmark = pytest.mark.django_db


def test_daily_work_is_asked_for_once_a_day_from_its_hour_on(kind: Callable[..., str]) -> None:
    kind(lambda handle: None, "tests.daily", daily_at=2)
    day = timezone.make_aware(datetime.datetime(2026, 11, 29, 1, 30))

    def count() -> int:
        return Job.objects.filter(kind="tests.daily").count()

    enqueue_daily_jobs(day)
    assert count() == 0
    for hours in (1, 2, 20):
        enqueue_daily_jobs(day + datetime.timedelta(hours=hours))
        assert count() == 1
    running.run_all_due(["tests.daily"])
    enqueue_daily_jobs(day + datetime.timedelta(hours=21))
    assert count() == 1
    enqueue_daily_jobs(day + datetime.timedelta(hours=25))
    assert count() == 2


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
