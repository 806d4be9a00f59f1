"""What a person deletes goes to the trash, from which it comes back as it was."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from catalog.accounts.models import User
from catalog.changes.models import TrashedRow
from catalog.changes.writing import HOUSE
from catalog.exhibitions.models import Exhibition, GuestbookEntry, Milestone, Panel, Part, Placement
from catalog.people.models import Person, PersonName, UnitAlias
from catalog.places.models import Place, PlaceName
from catalog.records.actions import add_row, delete_row, put_back
from catalog.records.models import (
    CustodyEvent,
    Identifier,
    Instantiation,
    Mention,
    MentionReading,
    Page,
    Record,
    Statement,
)
from catalog.sources.models import Source
from tests.factories import new_exhibition, new_page, new_person, new_source, unit_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def source(db: None) -> Source:
    return new_source("hu-cau", citation_vi="Hư cấu")


@pytest.fixture
def things(make_record: Callable[..., Record], make_mention: Callable[..., Mention], source: Source) -> dict[str, Any]:
    """One of everything that a person enters and may delete."""
    record = make_record()
    page = new_page(record)
    person = new_person("Hư Cấu")
    hall = new_exhibition("hu-cau", title_vi="Hư cấu")
    part = Part.objects.create(exhibition=hall, number=1, title_vi="Phần một")
    panel = Panel.objects.create(part=part, number=1)
    placement = Placement.objects.create(panel=panel, position=1, record=record, page=page, caption_vi="Lá thư")
    milestone = Milestone.objects.create(exhibition=hall, part=part, title_vi="Mốc", date_text="1968")
    milestone.records.add(record)
    mention = make_mention(record, "Lê Văn Mẫu", page=page)
    return {
        "statement": Statement.objects.create(
            record=record, topic="contents", value_vi="Thư", source=source, preferred=True
        ),
        "identifier": Identifier.objects.create(record=record, value="13-1234-67", scheme="cdec_log"),
        "custodyevent": CustodyEvent.objects.create(record=record, kind="captured", date_text="12/8/1968", grid="YD 1"),
        "instantiation": Instantiation.objects.create(record=record, kind="film", reel="0346"),
        "mentionreading": add_row(actor=HOUSE, row=MentionReading(mention=mention, value="Lê Văn Mậu")),
        "personname": add_row(actor=HOUSE, row=PersonName(person=person, value="Hai Hư", kind="alias")),
        "unitalias": UnitAlias.objects.create(unit=unit_of("e90/f324"), value="Đoàn 90", kind="cover"),
        "placename": PlaceName.objects.create(
            place=Place.objects.create(slug="x", kind="province", name_vi="X"), value="Y"
        ),
        "placement": placement,
        "milestone": milestone,
        "panel": panel,
        "part": part,
        "guestbookentry": GuestbookEntry.objects.create(exhibition=hall, message="Xin chào", name="Khách"),
    }


KINDS = (
    "statement",
    "identifier",
    "custodyevent",
    "instantiation",
    "mentionreading",
    "personname",
    "unitalias",
    "placename",
    "placement",
    "milestone",
    "panel",
    "part",
    "guestbookentry",
)


@pytest.mark.parametrize("kind", KINDS)
def test_it_goes_and_comes_back_as_it_was(kind: str, things: dict[str, Any], cast: dict[str, User]) -> None:
    row = things[kind]
    before = as_data(row)
    with_it = [(type(row), as_data(row)) for row in below(things, kind)]
    entry = delete_row(actor=cast["administrator"], row=row)
    assert isinstance(entry, TrashedRow)
    assert not type(row)._default_manager.filter(pk=row.pk).exists()
    assert (entry.trashed_by, entry.name) == (cast["administrator"], str(row)[:300])
    put_back(actor=cast["administrator"], entry=entry)
    reloaded = type(row)._default_manager.get(pk=row.pk)
    assert as_data(reloaded) == before
    assert reloaded.revision == row.revision + 1
    for model, data in with_it:
        assert as_data(model._default_manager.get(pk=data["id"])) == data
    assert not TrashedRow.objects.exists()


def below(things: dict[str, Any], kind: str) -> list[Any]:
    return {"part": [things["panel"], things["placement"]], "panel": [things["placement"]]}.get(kind, [])


def as_data(row: Any) -> dict[str, Any]:
    data = {
        field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if field.name != "revision"
    }
    for field in row._meta.many_to_many:
        data[field.name] = sorted(getattr(row, field.name).values_list("pk", flat=True))
    return data


def test_a_milestone_finds_its_part_again(things: dict[str, Any]) -> None:
    entry = delete_row(actor=HOUSE, row=things["part"])
    things["milestone"].refresh_from_db()
    assert things["milestone"].part is None
    assert isinstance(entry, TrashedRow)
    put_back(actor=HOUSE, entry=entry)
    things["milestone"].refresh_from_db()
    assert things["milestone"].part == things["part"]


def test_a_reading_in_the_trash_finds_nobody(things: dict[str, Any]) -> None:
    mention = things["mentionreading"].mention
    assert mention.forms.count() == 2
    entry = delete_row(actor=HOUSE, row=things["mentionreading"])
    assert mention.forms.count() == 1
    assert isinstance(entry, TrashedRow)
    put_back(actor=HOUSE, entry=entry)
    assert mention.forms.count() == 2


def test_the_page_of_the_trash_says_what_who_when_and_puts_back(
    things: dict[str, Any], cast: dict[str, User], client: Client
) -> None:
    client.force_login(cast["archivist"])
    address = f"/en/admin/catalog/statement/{things['statement'].pk}/delete/"
    assert client.post(address, {"post": "yes"}).status_code == 302
    html = client.get("/en/desk/trash").content.decode()
    assert "what the file holds: Thư" in html and "archivist" in html
    entry = TrashedRow.objects.get()
    response = client.post("/en/desk/trash", {"id": f"row:{entry.pk}"}, follow=True)
    assert "Put back: what the file holds: Thư" in response.content.decode()
    assert Statement.objects.filter(pk=things["statement"].pk).exists()
    # A second click finds it gone from the trash, and says so.
    response = client.post("/en/desk/trash", {"id": f"row:{entry.pk}"}, follow=True)
    assert "not in the trash any more" in response.content.decode()


@pytest.mark.parametrize("kind", ["record", "page", "mention", "person", "exhibition"])
def test_what_stays_in_its_table_is_put_back_too(
    kind: str, things: dict[str, Any], cast: dict[str, User], client: Client
) -> None:
    statement: Statement = things["statement"]
    rows = {
        "record": statement.record,
        "page": Page.objects.get(),
        "mention": Mention.objects.get(),
        "person": Person.objects.get(),
        "exhibition": Exhibition.objects.get(),
    }
    row: Any = rows[kind]
    client.force_login(cast["administrator"])
    client.post(f"/admin/catalog/{kind}/{row.pk}/delete/", {"post": "yes"})
    row.refresh_from_db()
    assert row.trashed_at is not None and row.trashed_by == cast["administrator"]
    client.post("/desk/trash", {"id": f"{kind}:{row.pk}"})
    row.refresh_from_db()
    assert row.trashed_at is None and row.trashed_by is None


def test_what_has_lost_its_place_says_so_and_stays_in_the_trash(
    things: dict[str, Any], cast: dict[str, User], client: Client, make_record: Callable[..., Record]
) -> None:
    entry = delete_row(actor=HOUSE, row=things["identifier"])
    Identifier.objects.create(record=make_record(), value="13-1234-67")
    client.force_login(cast["archivist"])
    second_response = client.post("/en/desk/trash", {"id": f"row:{entry.pk}"}, follow=True)
    assert "something else has taken its place" in second_response.content.decode()
    assert TrashedRow.objects.filter(pk=entry.pk).exists()
    part = delete_row(actor=HOUSE, row=things["panel"])
    delete_row(actor=HOUSE, row=things["part"])
    curator = Client()
    curator.force_login(cast["curator"])
    response = curator.post("/en/desk/trash", {"id": f"row:{part.pk}"}, follow=True)
    assert "what it belongs to is gone" in response.content.decode()


def test_the_trash_shows_nobody_what_does_not_exist_for_them(
    things: dict[str, Any], cast: dict[str, User], client: Client, make_record: Callable[..., Record], source: Source
) -> None:
    closed = make_record(access_level="closed", access_reason="hư cấu")
    secret = Statement.objects.create(record=closed, topic="contents", value_vi="BÍMẬTMỘT", source=source)
    kin = Statement.objects.create(
        record=things["statement"].record, topic="recipient", value_vi="BÍMẬTHAI", source=source, staff_only=True
    )
    entries = [delete_row(actor=HOUSE, row=row) for row in (secret, kin)]
    client.force_login(cast["curator"])
    assert "BÍMẬT" not in client.get("/desk/trash").content.decode()
    for entry in entries:
        # As for what is not in the trash at all.
        assert client.post("/desk/trash", {"id": f"row:{entry.pk}"}).status_code == 302
        assert TrashedRow.objects.filter(pk=entry.pk).exists()
    client.force_login(cast["archivist"])
    html = client.get("/desk/trash").content.decode()
    assert "BÍMẬTMỘT" in html and "BÍMẬTHAI" in html


def test_what_others_need_does_not_go(
    things: dict[str, Any], cast: dict[str, User], client: Client, source: Source
) -> None:
    client.force_login(cast["archivist"])
    client.post(f"/admin/catalog/source/{source.pk}/delete/", {"post": "yes"})
    assert Source.objects.filter(pk=source.pk).exists()
