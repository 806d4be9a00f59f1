"""Every public door, as every role, over records of every state: what is not visible is not there."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from catalog.accounts.models import User
from catalog.changes.writing import HOUSE
from catalog.records.actions import publish_record, set_access, withdraw_record
from catalog.records.models import Identification, Mention, Page, Record
from catalog.records.queries import readable_by_name, refresh_counts, visible_mentions, visible_persons, visible_to
from catalog.texts.actions import set_page_text
from tests.factories import new_page, new_person

STATES: dict[str, dict[str, Any]] = {
    "open": {},
    "draft": {"status": "draft"},
    "in review": {"status": "in_review"},
    "withdrawn": {"status": "withdrawn"},
    "closed": {"access_level": "closed", "access_reason": "hư cấu"},
    "closed until later": {
        "access_level": "closed",
        "access_reason": "hư cấu",
        "access_until": datetime.date(2090, 1, 1),
    },
    "closed until yesterday": {
        "access_level": "closed",
        "access_reason": "hư cấu",
        "access_until": datetime.date(2020, 1, 1),
    },
    "closed draft": {"status": "draft", "access_level": "closed", "access_reason": "hư cấu"},
}
PUBLIC = {"open", "closed until yesterday"}
SEEN: dict[str, set[str]] = {
    "anyone": PUBLIC,
    "without a role": PUBLIC,
    "family officer": PUBLIC | {"closed", "closed until later"},
    "curator": PUBLIC | {"draft", "in review", "withdrawn"},
    "archivist": set(STATES),
    "reviewer": set(STATES),
    "administrator": set(STATES),
}


@pytest.fixture
def holdings(
    make_record: Callable[..., Record], make_page: Callable[..., Page], make_mention: Callable[..., Mention]
) -> dict[str, tuple[Record, Page, Mention]]:
    """A record of every state, with a page, words on it, and a name found nowhere else."""
    by_state = {}
    for number, (state, fields) in enumerate(STATES.items()):
        record = make_record(title_vi=f"Hồ sơ tường vi {number}", **fields)
        page = make_page(record)
        set_page_text(page=page, text=f"hoa tường vi số {number}", origin="person")
        mention = make_mention(record, "Lê Tường Vi", page=page, unit_text="c1/d2/e993/f993")
        by_state[state] = (record, page, mention)
    return by_state


def client_of(role: str, cast: dict[str, User]) -> Client:
    client = Client()
    if role != "anyone":
        client.force_login(cast[role])
    return client


@pytest.mark.parametrize("role", SEEN)
def test_every_door(
    role: str, cast: dict[str, User], holdings: dict[str, tuple[Record, Page, Mention]], indexed: Callable[[], int]
) -> None:
    indexed()
    client = client_of(role, cast)
    visible_states = SEEN[role]
    for state, (record, page, mention) in holdings.items():
        code = record.identifiers.get().matched
        scan = page.scans.get().public_id
        # A withdrawn record that never was public was never here; 404 like all else that is not.
        expected = 200 if state in visible_states else 404
        for address in (
            f"/records/{code}",
            f"/en/records/{code}",
            f"/records/{code}/pages/1",
            f"/records/{code}?mention={mention.pk}",
            f"/records/{code}.json",
            f"/records/{code}.ris",
            f"/records/{code}.bib",
            f"/scans/{scan}/thumbnail.jpg",
            f"/scans/{scan}/reading.jpg",
            f"/iiif/image/{scan}/info.json",
            f"/iiif/image/{scan}/full/200,/0/default.jpg",
            f"/iiif/image/{scan}/0,0,100,100/50,/0/default.jpg",
        ):
            assert client.get(address).status_code == expected, (role, state, address)
    for query in ("tường vi", "Lê Tường Vi", "tuong vi"):
        for tab in ("all", "records", "pages", "people"):
            page_text = client.get("/search", {"q": query, "tab": tab}).content.decode()
            for state, (record, _, _) in holdings.items():
                code = record.identifiers.get().matched
                if state not in visible_states:
                    assert f"/records/{code}" not in page_text, (role, state, query, tab)
    response = client.get("/search", {"q": "tường vi", "tab": "records"})
    assert response.context["results"].counts["records"] == len(visible_states)
    assert response.context["results"].counts["pages"] == len(visible_states)
    assert response.context["results"].total == len(visible_states)
    people = client.get("/search", {"q": "Lê Tường Vi", "tab": "people"}).context["results"].people
    assert people.total == len(visible_states)
    assert sum(value.count for value in response.context["results"].facets.get("level", [])) in (0, len(visible_states))
    home = client.get("/").content.decode()
    browse = client.get("/records/").content.decode()
    for state, (record, _, _) in holdings.items():
        if state not in visible_states:
            assert record.title_vi not in home
            assert record.title_vi not in browse


def test_what_is_in_a_closed_record_is_closed(make_record: Callable[..., Record], anyone: Any) -> None:
    collection = make_record(level="collection")
    inventory = make_record(level="inventory", parent=collection)
    file = make_record(parent=inventory)
    assert visible_to(anyone).filter(pk=file.pk).exists()
    withdraw_record(actor=HOUSE, record=collection)
    assert not visible_to(anyone).filter(pk__in=[file.pk, inventory.pk]).exists()
    publish_record(actor=HOUSE, record=collection)
    set_access(actor=HOUSE, record=collection, revision=None, level="closed", reason="hư cấu")
    assert not visible_to(anyone).filter(pk=file.pk).exists()
    until = datetime.date(2020, 1, 1)
    set_access(actor=HOUSE, record=collection, revision=None, level="closed", until=until, reason="hư cấu")
    assert visible_to(anyone).filter(pk=file.pk).exists()


def test_the_trash_hides_and_gives_back(make_record: Callable[..., Record], anyone: Any) -> None:
    record = make_record()
    record.trashed_at = record.created_at
    record.save()
    assert not visible_to(anyone).filter(pk=record.pk).exists()
    record.trashed_at = None
    record.save()
    assert visible_to(anyone).filter(pk=record.pk).exists()


def test_withdrawn_after_publication_says_so_and_shows_nothing(
    client: Client, make_record: Callable[..., Record]
) -> None:
    record = make_record(title_vi="Một tên không được lộ")
    code = record.identifiers.get().matched
    assert client.get(f"/records/{code}").status_code == 200
    withdraw_record(actor=HOUSE, record=record)
    response = client.get(f"/records/{code}")
    assert response.status_code == 410
    assert "Một tên không được lộ" not in response.content.decode()


def test_withdrawal_is_seen_at_once_although_the_index_still_holds_it(
    client: Client, make_record: Callable[..., Record], indexed: Callable[[], int]
) -> None:
    remaining, removed = make_record(title_vi="Hồ sơ tường vi một"), make_record(title_vi="Hồ sơ tường vi hai")
    indexed()
    withdraw_record(actor=HOUSE, record=removed)
    results = client.get("/search", {"q": "tường vi"}).context["results"]
    assert [hit.record.pk for hit in results.hits] == [remaining.pk]
    assert results.total == 1


def test_the_living_are_for_staff_only(
    cast: dict[str, User],
    anyone: Any,
    client: Client,
    make_record: Callable[..., Record],
    make_mention: Callable[..., Mention],
    indexed: Callable[[], int],
) -> None:
    record = make_record()
    mention = make_mention(record, "Đỗ Thị Còn Sống", kin="con gái Đỗ Thị Kín")
    person = new_person("Đỗ Thị Còn Sống", life="living")
    Identification.objects.create(mention=mention, person=person, certainty="certain", reason_vi="hư cấu")
    indexed()
    assert not visible_mentions(anyone).filter(pk=mention.pk).exists()
    assert not visible_persons(anyone).filter(pk=person.pk).exists()
    assert client.get(f"/people/{person.pk}").status_code == 404
    code = record.identifiers.get().matched
    for address in (f"/records/{code}", f"/records/{code}.json"):
        assert "Còn Sống" not in client.get(address).content.decode()
    assert client.get("/search", {"q": "Đỗ Thị Còn Sống"}).context["results"].total == 0
    client.force_login(cast["archivist"])
    page = client.get(f"/records/{code}").content.decode()
    assert "Đỗ Thị Còn Sống" in page
    assert "Đỗ Thị Kín" in page


def test_kin_is_never_public(
    client: Client, make_record: Callable[..., Record], make_mention: Callable[..., Mention], indexed: Callable[[], int]
) -> None:
    record = make_record()
    make_mention(record, "Lê Văn Mẫu", kin="mẹ Hoàng Thị Kín")
    indexed()
    code = record.identifiers.get().matched
    for address in (f"/records/{code}", f"/records/{code}.json", "/search?q=Ho%C3%A0ng+Th%E1%BB%8B+K%C3%ADn"):
        assert "mẹ Hoàng" not in client.get(address).content.decode()
    assert client.get("/search", {"q": "kín"}).context["results"].total == 0


def test_in_a_large_catalogue_pages_are_counted_by_the_worker_alone(
    make_record: Callable[..., Record], settings: Any
) -> None:
    settings.COUNTED_AT_ONCE = 0
    record = make_record()
    new_page(record)
    assert readable_by_name(AnonymousUser()) == (0, 1)
    new_page(record, 2)
    assert readable_by_name(AnonymousUser()) == (0, 1)
    refresh_counts()
    assert readable_by_name(AnonymousUser()) == (0, 2)
