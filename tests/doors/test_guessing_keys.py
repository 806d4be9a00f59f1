"""A role that one makes oneself, which writes everything but sees nothing closed, guesses the keys of what is
closed."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client

from catalog.accounts.models import User
from catalog.changes.writing import HOUSE, NotAllowed
from catalog.records.actions import (
    add_row,
    change_row,
    delete_row,
    describe_record,
    identify_mention,
    merge_people,
    publish_record,
    record_mention,
    restore_record,
    send_to_review,
    set_access,
    set_life,
    trash_mention,
    trash_record,
    withdraw_identification,
    withdraw_record,
)
from catalog.records.models import CustodyEvent, Identification, Mention, Page, Record, Statement
from catalog.sources.models import Source
from tests.doors.roles import make_roles
from tests.factories import new_person, new_source

SECRET = "zukofidare"


@pytest.fixture
def writer(db: None) -> User:
    """Writes everything, sees nothing closed or unpublished."""
    user = make_roles()["writes everything"].user
    assert user is not None
    return user


@pytest.fixture
def source(db: None) -> Source:
    """Somebody's word."""
    return new_source("nguon", citation_vi="Nguồn")


@pytest.fixture(params=["closed", "draft"])
def hidden(
    request: Any,
    make_record: Callable[..., Record],
    make_page: Callable[..., Page],
    make_mention: Callable[..., Mention],
    source: Source,
) -> Record:
    """A record that the writer may not see, with one of everything in it."""
    fields = {"closed": {"access_level": "closed", "access_reason": "vì"}, "draft": {"status": "draft"}}[request.param]
    record = make_record(title_vi=f"Hồ sơ {SECRET}", **fields)
    page = make_page(record, size=(300, 400))
    mention = make_mention(record, f"Lê {SECRET}", page=page)
    person = new_person(f"Ông {SECRET}")
    add_row(actor=HOUSE, row=Identification(mention=mention, person=person, certainty="certain", reason_vi="vì"))
    CustodyEvent.objects.create(record=record, kind="given", place_text=SECRET, source=source)
    Statement.objects.create(record=record, topic="other", value_vi=SECRET, source=source)
    return record


def rows_of(record: Record) -> list[Any]:
    mention = record.mentions.get()
    decision = mention.identifications.get()
    page = record.pages.get()
    return [
        record,
        record.identifiers.get(),
        page,
        page.scans.get(),
        mention,
        decision,
        decision.person,
        record.custody_events.get(),
        record.statements.get(),
    ]


def states(record: Record) -> dict[str, Any]:
    return {
        f"{row._meta.model_name} {row.pk}": (
            row.__class__.objects.filter(pk=row.pk).values().get(),
            row.history.count(),
        )
        for row in rows_of(record)
    }


def test_at_the_admin(writer: User, hidden: Record) -> None:
    client = Client()
    client.force_login(writer)
    before = states(hidden)
    for row in rows_of(hidden):
        start = f"/admin/catalog/{row._meta.model_name}"
        version = row.history.latest("history_id").pk
        for address in (
            f"{start}/{row.pk}/change/",
            f"{start}/{row.pk}/delete/",
            f"{start}/{row.pk}/history/",
            f"{start}/{row.pk}/history/{version}/",
        ):
            for response in (
                client.get(address),
                client.post(address, {"post": "yes", "title_vi": "khác", "began": 1}),
            ):
                assert response.status_code in (302, 403, 404), (address, response.status_code)
                assert SECRET not in response.content.decode()
        for action in ("delete_selected", "take_back", "publish", "review", "withdraw"):
            if action in dict(admin.site._registry[type(row)].get_actions(_request(writer))):
                client.post(f"{start}/", {"action": action, "_selected_action": [row.pk], "post": "yes"})
    assert states(hidden) == before


def _request(user: User) -> Any:
    from django.test import RequestFactory

    request = RequestFactory().get("/admin/")
    request.user = user
    return request


def test_at_the_desk(writer: User, hidden: Record) -> None:
    client = Client()
    client.force_login(writer)
    before = states(hidden)
    page, person = hidden.pages.get(), hidden.mentions.get().identifications.get().person
    for address in (
        f"records/{hidden.pk}/standing",
        f"records/{hidden.pk}/files",
        f"records/{hidden.pk}/pages",
        f"records/{hidden.pk}/pages/undo",
        f"pages/{page.pk}/scans",
        f"pages/{page.pk}/image",
        f"pages/{page.pk}/image/preview.jpg",
        f"pages/{page.pk}/text",
        f"pages/{page.pk}/text/draft",
        f"pages/{page.pk}/text/versions",
        f"pages/{page.pk}/proposals",
        f"people/{person.pk}",
        f"people/{person.pk}/merge",
    ):
        for response in (
            client.get(f"/desk/{address}"),
            client.post(f"/desk/{address}", {"do": "publish", "text": "x"}),
        ):
            # 405: the door takes the other kind of request alone; 403: the role lacks the right to the door itself.
            assert response.status_code in (403, 404, 405), (address, response.status_code)
            assert SECRET not in response.content.decode()
    trash_record(actor=HOUSE, record=hidden)
    for key in (f"record:{hidden.pk}", f"page:{page.pk}", f"person:{person.pk}"):
        response = client.post("/desk/trash", {"id": key})
        assert response.status_code == 404, key
    restore_record(actor=HOUSE, record=Record.objects.get(pk=hidden.pk))
    assert {name: row for name, (row, _n) in states(hidden).items() if not name.startswith("record")} == {
        name: row for name, (row, _n) in before.items() if not name.startswith("record")
    }


def test_by_the_actions(writer: User, hidden: Record, source: Source) -> None:
    mention = hidden.mentions.get()
    decision = mention.identifications.get()
    person, page = decision.person, hidden.pages.get()
    known = new_person("Người quen")
    before = states(hidden)
    deeds: list[Callable[[], Any]] = [
        lambda: describe_record(actor=writer, record=hidden, revision=None, values={"title_vi": "khác"}),
        lambda: publish_record(actor=writer, record=hidden),
        lambda: withdraw_record(actor=writer, record=hidden),
        lambda: send_to_review(actor=writer, record=hidden),
        lambda: set_access(actor=writer, record=hidden, revision=None, level="open", until=None, reason=""),
        lambda: trash_record(actor=writer, record=hidden),
        lambda: record_mention(actor=writer, page=page, name="Lê Văn Mẫu", facts={}),
        lambda: trash_mention(actor=writer, mention=mention),
        lambda: identify_mention(actor=writer, mention=mention, person=known, certainty="certain", reason_vi="vì"),
        lambda: withdraw_identification(actor=writer, identification=decision),
        lambda: merge_people(actor=writer, person=person, into=known),
        lambda: merge_people(actor=writer, person=known, into=person),
        lambda: set_life(actor=writer, person=person, revision=None, life="living", source=None, public_figure=True),
        lambda: add_row(actor=writer, row=Statement(record=hidden, topic="other", value_vi="x", source=source)),
        lambda: change_row(actor=writer, row=mention, revision=None, values={"post": "khác"}),
        lambda: change_row(actor=writer, row=page, revision=None, values={"label": "khác"}),
        *(
            (lambda row=row: delete_row(actor=writer, row=row))
            for row in (hidden.identifiers.get(), page, mention, hidden.custody_events.get(), hidden.statements.get())
        ),
        lambda: change_row(actor=writer, row=person, revision=None, values={"note": "khác"}),
        lambda: delete_row(actor=writer, row=person),
    ]
    let = []
    for index, deed in enumerate(deeds):
        try:
            deed()
        except NotAllowed:
            continue
        let.append(index)
    assert not let
    assert states(hidden) == before
