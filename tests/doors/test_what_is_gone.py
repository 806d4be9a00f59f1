"""410 only for what the public has seen; all else that is not there for the asker never was."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from catalog.changes.writing import HOUSE
from catalog.records.actions import publish_record, set_access, trash_record, withdraw_record
from catalog.records.models import Record, Spread

CLOSED = {"access_level": "closed", "access_reason": "hư cấu"}
Make = Callable[..., Record]


def status(client: Client, record: Record, form: str = "{}") -> set[int]:
    """What the record's page answers, by its number and by its key."""
    codes = (record.identifiers.get().matched, f"R{record.pk}")
    return {client.get("/records/" + form.format(code)).status_code for code in codes}


def test_what_was_public_and_is_withdrawn_is_gone(client: Client, make_record: Make) -> None:
    record = make_record()
    withdraw_record(actor=HOUSE, record=record)
    for form in ("{}", "{}.json", "{}.ris", "{}.bib", "{}/pages/1"):
        assert status(client, record, form) == {410}, form
    trash_record(actor=HOUSE, record=record)
    assert status(client, record) == {404}


def test_what_was_published_while_closed_never_was(client: Client, make_record: Make) -> None:
    record = make_record(status="draft", **CLOSED)
    publish_record(actor=HOUSE, record=record)
    withdraw_record(actor=HOUSE, record=record)
    assert status(client, record) == {404}


def test_what_was_published_below_a_draft_never_was(client: Client, make_record: Make) -> None:
    record = make_record(status="draft", parent=make_record(level="fonds", status="draft"))
    publish_record(actor=HOUSE, record=record)
    withdraw_record(actor=HOUSE, record=record)
    assert status(client, record) == {404}


def test_what_is_in_a_withdrawn_record_is_not_called_deleted(client: Client, make_record: Make) -> None:
    parent = make_record(level="fonds")
    child = make_record(parent=parent)
    withdraw_record(actor=HOUSE, record=parent)
    assert status(client, parent) == {410} and status(client, child) == {404}


def test_what_is_on_its_way_to_being_withheld_is_not_there(client: Client, make_record: Make) -> None:
    parent = make_record(level="fonds")
    child = make_record(parent=parent)
    Spread.objects.create(record=parent, hides=True)
    for form in ("{}", "{}.json", "{}/slip"):
        assert status(client, child, form) == {404}, form


def test_what_was_public_is_gone_though_it_was_closed_since(client: Client, make_record: Make) -> None:
    record = make_record()
    set_access(actor=HOUSE, record=record, revision=None, level="closed", until=datetime.date(2090, 1, 1), reason="vì")
    assert status(client, record) == {404}
    withdraw_record(actor=HOUSE, record=Record.objects.get(pk=record.pk))
    assert status(client, record) == {410}


@pytest.mark.parametrize("language", ["", "/en"])
@pytest.mark.parametrize("form", ["{}", "{}.json", "{}/slip", "{}/text.txt", "{}/pages/1"])
def test_the_answer_for_what_is_closed_is_that_for_what_never_was(
    client: Client, make_record: Make, language: str, form: str
) -> None:
    record = make_record(**CLOSED)

    def answered(code: str) -> Any:
        address = f"{language}/records/{form.format(code)}"
        response = client.get(address)
        heads = {name: value for name, value in response.items() if name not in ("X-Request-Id", "Content-Length")}
        return response.status_code, heads, response.content.decode().replace(address, "").replace(code, "")

    never = answered("KX-NOWHERE")
    assert never[0] == 404
    assert answered(record.identifiers.get().matched) == answered(f"R{record.pk}") == never


@pytest.mark.parametrize("key", ["9" * 17, "9" * 30, "9" * 3000, "²", "٣", "-1", "0"])
@pytest.mark.parametrize(
    "form",
    ["/records/R{}", "/records/R{}/slip", "/iiif/records/R{}/manifest", "/records/R{}.json", "/records/?parent=R{}"],
)
def test_a_key_that_never_was_is_not_found_in_any_length(client: Client, db: None, form: str, key: str) -> None:
    client.raise_request_exception = False
    assert client.get(form.format(key)).status_code in (404, 200 if "?" in form else 404)


def test_the_key_of_a_record_leads_to_its_address(client: Client, make_record: Make) -> None:
    record = make_record()
    response = client.get(f"/records/R{record.pk}")
    assert response.status_code == 301 and response["Location"].endswith(record.identifiers.get().matched)
    record.identifiers.all().delete()
    assert client.get(f"/records/R{record.pk}").status_code == 200
