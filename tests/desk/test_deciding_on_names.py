"""Deciding on names found in texts, with and without script."""

from collections.abc import Callable

import pytest
from django.test import Client

from catalog.accounts.models import User
from catalog.reading.models import MentionProposal
from catalog.records.models import Mention, Page, Record
from catalog.search.actions import follow_changes
from catalog.texts.actions import set_page_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(make_record: Callable[..., Record], make_page: Callable[..., Page]) -> Page:
    page = make_page(make_record(identifier="HC-8100"))
    set_page_text(
        page=page,
        text="Đồng chí Lê Văn Mẫu, y tá\nĐồng chí Hồ Thị Thử",
        origin="ocr",
        boxes=[[9, 11, 100, 200, 60, 30]],
    )
    return page


def test_from_the_text_to_a_name_that_is_found(page: Page, archivist: Client, indexed: Callable[[], int]) -> None:
    indexed()
    archivist.post(f"/desk/pages/{page.pk}/proposals")
    first, second = MentionProposal.objects.order_by("position")
    queue = archivist.get("/en/desk/proposals").content.decode()
    assert "2 names wait" in queue
    assert 'alt="The line on the page where “Lê Văn Mẫu” is written"' in queue
    back = f"/desk/pages/{page.pk}/proposals"
    response = archivist.post(f"/desk/proposals/{first.pk}", {"do": "accept", "back": back})
    assert response.headers["Location"] == back
    assert (
        archivist.post(f"/desk/proposals/{second.pk}", {"do": "refuse", "back": "https://elsewhere/"}).headers[
            "Location"
        ]
        == "/desk/proposals"
    )
    assert "No name waits" in archivist.get("/en/desk/proposals").content.decode()
    follow_changes()
    results = Client().get("/search", {"q": "le van mau"}).context["results"]
    assert results.people.matches[0].mentions[0].mention == Mention.objects.get()
    assert "Đồng chí" not in Client().get("/en/records/HC-8100").content.decode().split("Words on this page")[0]


def test_with_script_answers_are_short_and_a_second_decision_is_refused(page: Page, archivist: Client) -> None:
    archivist.post(f"/desk/pages/{page.pk}/proposals")
    first, second = MentionProposal.objects.order_by("position")

    def decide(proposal: MentionProposal, **form: str) -> tuple[int, str]:
        response = archivist.post(f"/en/desk/proposals/{proposal.pk}", form, headers={"Accept": "application/json"})
        return response.status_code, response.json()["state"]

    assert decide(first, do="accept") == (200, "accepted")
    assert decide(first, do="refuse") == (409, "accepted")
    assert decide(first, do="undo") == (200, "proposed")
    assert decide(second, do="correct", name="") == (409, "proposed")
    assert decide(second, do="correct", name="Hồ Thị Thứ") == (200, "corrected")
    assert Mention.objects.kept().get().name == "Hồ Thị Thứ"
    assert archivist.post(f"/desk/proposals/{first.pk}", {"do": "x"}).status_code == 404


def test_who_may_and_what_is_hidden(page: Page, cast: dict[str, User], archivist: Client) -> None:
    archivist.post(f"/desk/pages/{page.pk}/proposals")
    proposal = MentionProposal.objects.first()
    assert proposal is not None
    assert Client().get("/desk/proposals").status_code == 302
    for role in ("curator", "family officer", "without a role", "reviewer"):
        client = Client()
        client.force_login(cast[role])
        assert client.post(f"/desk/proposals/{proposal.pk}", {"do": "accept"}).status_code == 403
    Page.objects.update(trashed_at="2026-01-01T00:00Z")
    assert archivist.post(f"/desk/proposals/{proposal.pk}", {"do": "accept"}).status_code == 404
    assert "No name waits" in archivist.get("/en/desk/proposals").content.decode()
