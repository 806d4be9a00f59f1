"""Nothing writes the catalogue past the actions. The guard itself is in `tests/guard.py`."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client

from catalog.accounts.models import User
from catalog.admin.records import PageAdmin
from catalog.changes.writing import NotAllowed
from catalog.records.actions import (
    OwnWork,
    add_row,
    change_row,
    create_record,
    delete_row,
    describe_record,
    merge_people,
    publish_record,
    record_mention,
    return_to_draft,
    send_to_review,
    set_access,
    set_life,
    trash_record,
    withdraw_record,
)
from catalog.records.models import Identifier, Mention, Page, Record, Repository
from tests.factories import new_page, new_person
from tests.guard import PRODUCT, WrittenPastActions

pytestmark = pytest.mark.django_db


def in_a_view(act: Callable[[], Any]) -> None:
    """Have a function of the product run `act`, as a careless view would: the guard knows it by its file."""
    namespace: dict[str, Any] = {}
    exec(compile("def view(act):\n    act()\n", f"{PRODUCT}web/careless.py", "exec"), namespace)
    namespace["view"](act)


@pytest.mark.parametrize(
    "write",
    [
        lambda record: record.save(),
        lambda record: Record.objects.filter(pk=record.pk).update(title_vi="x"),
        lambda record: Page.objects.bulk_create([Page(record=record, number=9)]),
        lambda record: record.identifiers.all().delete(),
        lambda record: raw("UPDATE catalog_record SET title_vi = 'x'"),
        lambda record: raw('DELETE FROM "catalog_identifier"'),
        lambda record: raw("INSERT INTO catalog_page (record_id, number) VALUES (1, 2)"),
    ],
    ids=["save", "update", "bulk_create", "delete", "raw update", "raw delete", "raw insert"],
)
def test_a_write_past_the_actions_fails(write: Callable[[Record], Any], make_record: Callable[..., Record]) -> None:
    record = make_record()
    with pytest.raises(WrittenPastActions):
        in_a_view(lambda: write(record))


def raw(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_djangos_own_admin_saving_fails(
    cast: dict[str, User], make_record: Callable[..., Record], client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = new_page(make_record())
    monkeypatch.setattr(PageAdmin, "save_model", admin.ModelAdmin.save_model)
    client.force_login(cast["administrator"])
    with pytest.raises(WrittenPastActions):
        client.post(f"/admin/catalog/page/{page.pk}/change/", {"label": "x", "side": "", "began": 1})


def test_an_action_asks_for_the_permission_itself(
    cast: dict[str, User],
    make_record: Callable[..., Record],
    make_mention: Callable[..., Mention],
    repository: Repository,
) -> None:
    nobody, officer = cast["without a role"], cast["family officer"]
    record = make_record()
    page = new_page(record)
    person, other = new_person("Hư Cấu"), new_person("Hư Cầu")
    number = record.identifiers.get()
    attempts: list[Callable[[], Any]] = [
        lambda: create_record(actor=nobody, record=Record(repository=repository, code="X", title_vi="x")),
        lambda: describe_record(actor=nobody, record=record, revision=1, values={"title_vi": "x"}),
        lambda: publish_record(actor=officer, record=record),
        lambda: set_access(actor=nobody, record=record, revision=1, level="closed", reason="x"),
        lambda: trash_record(actor=officer, record=record),
        lambda: record_mention(actor=nobody, page=page, name="x", facts={}),
        lambda: add_row(actor=nobody, row=Identifier(record=record, value="9")),
        lambda: change_row(actor=nobody, row=number, revision=1, values={"value": "9"}),
        lambda: delete_row(actor=officer, row=number),
        lambda: set_life(actor=nobody, person=person, revision=1, life="living", source=None, public_figure=False),
        lambda: set_life(actor=officer, person=person, revision=1, life="living", source=None, public_figure=True),
        lambda: merge_people(actor=nobody, person=person, into=other),
    ]
    for attempt in attempts:
        with pytest.raises(NotAllowed):
            attempt()
    assert record.history.count() == 1


def test_what_does_not_exist_for_an_actor_cannot_be_written_by_them(
    cast: dict[str, User], make_record: Callable[..., Record]
) -> None:
    closed = make_record(access_level="closed", access_reason="hư cấu")
    someone = cast["curator"]
    someone.user_permissions.add(*permissions("change_record", "publish_record", "change_identifier", "close_record"))
    someone = User.objects.get(pk=someone.pk)
    for attempt in (
        lambda: describe_record(actor=someone, record=closed, revision=1, values={"title_vi": "x"}),
        lambda: publish_record(actor=someone, record=closed),
        lambda: set_access(actor=someone, record=closed, revision=1, level="open"),
        lambda: change_row(actor=someone, row=closed.identifiers.get(), revision=1, values={"value": "9"}),
    ):
        with pytest.raises(NotAllowed):
            attempt()


def permissions(*codenames: str) -> list[Any]:
    from django.contrib.auth.models import Permission

    return list(Permission.objects.filter(codename__in=codenames))


def test_status_and_access_have_no_field_in_any_form(
    cast: dict[str, User], make_record: Callable[..., Record], client: Client
) -> None:
    """Review S5, D-B8: a role with `change_record` alone published by the form's field."""
    someone = cast["without a role"]
    someone.is_staff = True
    someone.save()
    someone.user_permissions.add(*permissions("view_record", "add_record", "change_record", "view_unpublished"))
    draft = make_record(status="draft")
    client.force_login(User.objects.get(pk=someone.pk))
    sent = {
        "repository": draft.repository_id,
        "level": "file",
        "code": draft.code,
        "position": 0,
        "title_vi": "Mới",
        "began": 1,
        "status": "published",
        "access_level": "open",
        "access_reason": "",
        "identifiers-TOTAL_FORMS": 0,
        "identifiers-INITIAL_FORMS": 0,
    }
    assert client.post(f"/admin/catalog/record/{draft.pk}/change/", sent).status_code == 302
    draft.refresh_from_db()
    assert (draft.title_vi, draft.status) == ("Mới", "draft")
    address = f"/desk/records/{draft.pk}/standing"
    assert client.post(address, {"do": "publish", "revision": draft.revision}).status_code == 403
    assert client.post(address, {"level": "closed", "reason": "x", "revision": draft.revision}).status_code == 403
    draft.refresh_from_db()
    assert (draft.status, draft.access_level) == ("draft", "open")


def test_nobody_approves_what_they_wrote_where_two_persons_are_asked_for(
    cast: dict[str, User], repository: Repository, client: Client, settings: Any
) -> None:
    settings.TWO_PERSONS = True
    author, other = cast["archivist"], cast["reviewer"]
    record = create_record(actor=author, record=Record(repository=repository, code="X", title_vi="Hư cấu"))
    address = f"/desk/records/{record.pk}/standing"
    client.force_login(author)
    assert client.post(address, {"do": "publish", "revision": 1}).status_code == 403
    client.force_login(other)
    assert client.post(address, {"do": "publish", "revision": 1}).status_code == 302
    record.refresh_from_db()
    assert record.status == "published"
    # Withdrawn, and changed by the reviewer: now it is hers to wait for somebody else.
    client.post(address, {"do": "withdraw", "revision": record.revision})
    record.refresh_from_db()
    describe_record(actor=other, record=record, revision=record.revision, values={"title_vi": "Hư cấu, sửa"})
    record.refresh_from_db()
    assert client.post(address, {"do": "publish", "revision": record.revision}).status_code == 403
    client.force_login(author)
    assert client.post(address, {"do": "publish", "revision": record.revision}).status_code == 302


def test_who_gave_a_record_back_may_approve_what_came_of_it(
    cast: dict[str, User], repository: Repository, settings: Any
) -> None:
    """Deciding is not writing: a reviewer who once gave a record back, or withdrew it, could never approve it again."""
    settings.TWO_PERSONS = True
    author, reviewer = cast["archivist"], cast["reviewer"]
    record = create_record(actor=author, record=Record(repository=repository, code="X", title_vi="Hư cấu"))
    send_to_review(actor=author, record=record)
    return_to_draft(actor=reviewer, record=record)
    describe_record(actor=author, record=record, revision=None, values={"title_vi": "Hư cấu, rõ hơn"})
    publish_record(actor=reviewer, record=record)
    withdraw_record(actor=reviewer, record=record)
    publish_record(actor=reviewer, record=record)
    # What is changed while it is public waits for somebody else once it is withdrawn.
    describe_record(actor=reviewer, record=record, revision=None, values={"note_vi": "Của người duyệt"})
    withdraw_record(actor=author, record=record)
    with pytest.raises(OwnWork):
        publish_record(actor=reviewer, record=record)
    publish_record(actor=author, record=record)
