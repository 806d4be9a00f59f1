"""Work is stopped and started again by people who may."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from catalog.accounts.models import User
from catalog.jobs import running
from catalog.jobs.actions import enqueue, stop_job, try_again
from catalog.jobs.handle import Handle
from catalog.jobs.queries import visible_jobs

pytestmark = pytest.mark.django_db


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
