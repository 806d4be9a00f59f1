"""/desk/jobs: what runs, waits and failed, for those who may see it; stopped and tried again by a button."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalog.accounts.models import User
from catalog.jobs.models import Job
from catalog.jobs.running import UNEXPECTED

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_at_once(settings: Any) -> None:
    settings.JOBS_AT_ONCE = False


@pytest.fixture
def jobs(cast: dict[str, User]) -> dict[str, Job]:
    """One job in each state; the curator asked for the list."""
    now = timezone.now()
    claimed = {"claim": "elsewhere:1:9:a", "claimed_until": now + datetime.timedelta(seconds=90)}
    return {
        "running": Job.objects.create(
            kind="originals.walk",
            key="walk",
            state="running",
            done=1200,
            total=4000,
            started_at=now - datetime.timedelta(minutes=6),
            **claimed,
        ),
        "waiting": Job.objects.create(
            kind="lists.answer",
            key="4",
            asked_by=cast["curator"],
            due_at=now + datetime.timedelta(hours=1),
            reason="The disk is full. Make room; it is tried again by itself.",
        ),
        "failed": Job.objects.create(
            kind="intake.batch", key="7", state="failed", reason=UNEXPECTED, ended_at=now, asked_by=cast["archivist"]
        ),
        "done": Job.objects.create(kind="index.compare", state="done", ended_at=now),
    }


def page(client: Client, address: str = "/en/desk/jobs") -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_what_runs_waits_and_failed_is_shown_with_its_reason_and_the_time_left(
    client: Client, cast: dict[str, User], jobs: dict[str, Job]
) -> None:
    client.force_login(cast["archivist"])
    html = page(client)
    assert "Checking the originals" in html and "1,200 of 4,000" in html and "about 14 minutes left" in html
    assert '<progress value="1200" max="4000"' in html
    assert "It broke off unexpectedly" in html and "/desk/batches/7" in html
    assert "The disk is full" in html
    assert 'http-equiv="refresh"' in html
    html = page(client, "/desk/jobs")
    assert "Kiểm tra các bản gốc" in html and "1.200 trên 4.000" in html and "còn khoảng 14 phút" in html
    assert "ngoài dự kiến" in html and "Ổ đĩa đã đầy" in html


def test_a_page_on_which_nothing_moves_does_not_look_again(
    client: Client, cast: dict[str, User], jobs: dict[str, Job]
) -> None:
    client.force_login(cast["archivist"])
    jobs["running"].delete()
    assert 'http-equiv="refresh"' not in page(client)


def test_others_see_their_own_and_strangers_nothing(
    client: Client, cast: dict[str, User], jobs: dict[str, Job]
) -> None:
    assert client.get("/desk/jobs").status_code == 302
    client.force_login(cast["without a role"])
    assert client.get("/desk/jobs").status_code == 403
    client.force_login(cast["curator"])
    html = page(client)
    assert "Answering a list of names" in html and "Checking the originals" not in html and "unexpectedly" not in html
    for name in ("running", "failed", "done"):
        for deed in ("stop", "again"):
            assert client.post("/desk/jobs", {"job": jobs[name].pk, "do": deed}).status_code == 404
    assert "background work" not in page(client, "/en/desk/").replace("Background work", "").lower()


def test_stopping_and_trying_again_by_buttons(client: Client, cast: dict[str, User], jobs: dict[str, Job]) -> None:
    client.force_login(cast["archivist"])
    html = client.post("/en/desk/jobs", {"job": jobs["running"].pk, "do": "stop"}, follow=True).content.decode()
    assert "stops at its next step" in html
    assert Job.objects.get(pk=jobs["running"].pk).stop_asked
    client.post("/en/desk/jobs?kind=intake.batch", {"job": jobs["failed"].pk, "do": "again"})
    job = Job.objects.get(pk=jobs["failed"].pk)
    assert (job.state, job.reason, job.attempts) == ("waiting", "", 0)
    client.post("/en/desk/jobs", {"job": job.pk, "do": "stop"})
    client.post("/en/desk/jobs", {"job": jobs["done"].pk, "do": "again"})
    assert Job.objects.get(pk=jobs["done"].pk).state == "done"
    assert Job.objects.get(pk=job.pk).state == "stopped"
    # A list of names is gone once it was given up: there is nothing to try again.
    client.post("/en/desk/jobs", {"job": jobs["waiting"].pk, "do": "stop"})
    client.post("/en/desk/jobs", {"job": jobs["waiting"].pk, "do": "again"})
    assert Job.objects.get(pk=jobs["waiting"].pk).state == "stopped"


@pytest.mark.parametrize("job", ["", "²", "9" * 5000, "-1", "x", "0"])
@pytest.mark.parametrize("deed", ["stop", "again", "", "delete"])
def test_nonsense_is_answered(client: Client, cast: dict[str, User], job: str, deed: str) -> None:
    client.force_login(cast["archivist"])
    assert client.post("/desk/jobs", {"job": job, "do": deed}).status_code == 404


def test_one_kind_alone(client: Client, cast: dict[str, User], jobs: dict[str, Job]) -> None:
    client.force_login(cast["administrator"])
    Job.objects.bulk_create(
        [Job(kind="index.compare", state="done", ended_at=timezone.now()) for _ in range(70)]
        + [Job(kind="unheard.of", state="done", ended_at=timezone.now())]
    )
    html = page(client, "/en/desk/jobs?kind=index.compare")
    assert "Comparing the index" in html and "1,200 of 4,000" not in html
    assert "?kind=index.compare&amp;page=2" in html
    assert "unheard.of" in page(client, "/en/desk/jobs?kind=nonsense&page=x")


def test_the_desk_says_what_failed_and_what_nobody_does(
    client: Client, cast: dict[str, User], jobs: dict[str, Job], make_record: Callable[..., Any]
) -> None:
    client.force_login(cast["archivist"])
    jobs["running"].delete()
    Job.objects.filter(pk=jobs["waiting"].pk).update(due_at=timezone.now() - datetime.timedelta(hours=1))
    home = page(client, "/en/desk/")
    assert "1 piece of background work failed" in home and "more than a quarter of an hour" in home
    assert "See whether “manage.py worker” is running" in page(client)


def test_the_number_of_queries_does_not_grow_with_the_jobs(
    client: Client, cast: dict[str, User], jobs: dict[str, Job], django_assert_max_num_queries: Any
) -> None:
    client.force_login(cast["archivist"])
    Job.objects.bulk_create(
        [Job(kind="intake.batch", key=f"{n}", asked_by=cast["archivist"]) for n in range(90)]
        + [Job(kind="intake.batch", state="failed", reason="x", ended_at=timezone.now()) for _ in range(90)]
    )
    with django_assert_max_num_queries(28):
        page(client)
