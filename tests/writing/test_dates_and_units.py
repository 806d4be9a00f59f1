"""Dates follow their words until a person gives one, and units too. Review B10, B18, D-B3, D-B9."""

import io
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import models
from django.test import Client

from catalog.accounts.models import User
from catalog.changes.writing import HOUSE
from catalog.exhibitions.models import Milestone
from catalog.people.models import Unit
from catalog.records.actions import add_row, change_row, describe_record
from catalog.records.models import CustodyEvent, Identifier, Mention, Record, Repository, Statement
from catalog.rules.dates import decades_of
from catalog.search.actions import rebuild_index
from tests.factories import new_exhibition, new_source
from tests.writing.test_two_editors import errors_of, fields_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def dated(make_record: Callable[..., Record]) -> list[models.Model]:
    """One row of everything that has a date, written as in the review."""
    record = make_record(date_text="khoảng 1967")
    source = new_source("hu-cau", citation_vi="Hư cấu")
    hall = new_exhibition("hu-cau", title_vi="Hư cấu", date_text="khoảng 1967", status="draft")
    return [
        record,
        hall,
        CustodyEvent.objects.create(record=record, kind="captured", date_text="khoảng 1967"),
        Statement.objects.create(
            record=record, topic="contents", value_vi="Thư", source=source, date_text="khoảng 1967"
        ),
        Milestone.objects.create(exhibition=hall, title_vi="Mốc", date_text="khoảng 1967"),
    ]


@pytest.fixture
def desk(client: Client, cast: dict[str, User]) -> Client:
    client.force_login(cast["administrator"])
    return client


def address(row: models.Model) -> str:
    return f"/en/admin/catalog/{row._meta.model_name}/{row.pk}/change/"


def send(desk: Client, row: models.Model, **typed: str) -> Any:
    """Open the form of a row, type, and send it as a browser would."""
    response = desk.post(address(row), fields_of(desk.get(address(row))) | typed)
    row.refresh_from_db()
    return response


def date_values(row: Any) -> tuple[str, bool, str, str]:
    return row.date_edtf, row.edtf_by_hand, str(row.date_earliest), str(row.date_latest)


def test_corrected_words_are_read_again_in_every_form(desk: Client, dated: list[models.Model]) -> None:
    for row in dated:
        assert date_values(row) == ("1967~", False, "1967-01-01", "1967-12-31"), row._meta.model_name
        response = send(desk, row, date_text="tháng 3 năm 1971")
        assert response.status_code == 302, (row._meta.model_name, errors_of(response))
        assert date_values(row) == ("1971-03", False, "1971-03-01", "1971-03-31"), row._meta.model_name


def test_a_date_given_by_hand_is_kept_marked_and_given_back_to_the_words_when_emptied(
    desk: Client, dated: list[models.Model]
) -> None:
    for row in dated:
        assert send(desk, row, date_edtf="1968-02").status_code == 302
        assert date_values(row) == ("1968-02", True, "1968-02-01", "1968-02-29"), row._meta.model_name
        assert send(desk, row, date_text="tháng 3 năm 1971").status_code == 302
        assert date_values(row) == ("1968-02", True, "1968-02-01", "1968-02-29"), row._meta.model_name
        assert send(desk, row, date_edtf="").status_code == 302
        assert date_values(row) == ("1971-03", False, "1971-03-01", "1971-03-31"), row._meta.model_name


def test_what_is_no_date_is_refused_beside_its_field_in_every_form(desk: Client, dated: list[models.Model]) -> None:
    for row in dated:
        for wrong in ("nonsense", "1968-13", "31/2/1968"):
            response = send(desk, row, date_edtf=wrong)
            assert response.status_code == 200 and "date_edtf" in errors_of(response), (row._meta.model_name, wrong)
            assert f"“{wrong}” is not a date in EDTF" in response.content.decode()
            assert date_values(row) == ("1967~", False, "1967-01-01", "1967-12-31")


def test_an_action_refuses_it_too(dated: list[models.Model]) -> None:
    record, custody = dated[0], dated[2]
    assert isinstance(record, Record)
    with pytest.raises(ValidationError):
        describe_record(actor=HOUSE, record=record, revision=None, values={"date_edtf": "nonsense"})
    with pytest.raises(ValidationError):
        change_row(actor=HOUSE, row=custody, revision=None, values={"date_edtf": "nonsense"})
    with pytest.raises(ValidationError):
        add_row(actor=HOUSE, row=CustodyEvent(record=record, kind="captured", date_edtf="nonsense"))


@pytest.mark.parametrize("where", ["record", "custody", "statements"])
def test_an_archive_file_with_it_is_refused(repository: Repository, tmp_path: Path, where: str) -> None:
    new_source("bao", citation_vi="Báo hư cấu")
    entry: dict[str, Any] = {
        "identifier": "HC-1",
        "repository": repository.code,
        "code": "1",
        "level": "file",
        "title_vi": "Hồ sơ hư cấu",
    }
    if where == "record":
        entry["date_edtf"] = "nonsense"
    elif where == "custody":
        entry["custody"] = [{"kind": "captured", "date_edtf": "nonsense"}]
    else:
        entry["statements"] = [{"topic": "contents", "value_vi": "Thư", "source": "bao", "date_edtf": "nonsense"}]
    (tmp_path / "records.yaml").write_text(yaml.safe_dump([entry], allow_unicode=True), encoding="utf-8")
    with pytest.raises(CommandError, match="nonsense"):
        call_command("load_archive", tmp_path, stdout=io.StringIO())
    assert not Record.objects.exists()


def test_decades_nobody_has_are_answered(client: Client, make_record: Callable[..., Record]) -> None:
    make_record(date_text="1967")
    rebuild_index()
    for decade in ("0000", "0009", "9999", "-0000", "abcd", "19600", "١٩٦٠", "9980", "0010"):
        for door in (f"/records/?decade={decade}", f"/search?q=hồ&decade={decade}", f"/api/v1/records?decade={decade}"):
            assert client.get(door).status_code == 200, door


def test_list_and_search_agree_on_decades(client: Client, make_record: Callable[..., Record]) -> None:
    spans = ["1900/1999", "1960/1969", "1958/1971", "1940/1999", "1939/1999", "1967", "1899-12-31/1900-01-01"]
    records = []
    for index, span in enumerate(spans):
        record = make_record(title_vi=f"Giấy hư cấu {index}", identifier=f"HC-S{index}")
        records.append(describe_record(actor=HOUSE, record=record, revision=None, values={"date_edtf": span}))
    rebuild_index()
    assert decades_of(records[0].date_earliest, records[0].date_latest) == ()
    for decade in range(1880, 2010, 10):
        listed = client.get(f"/records/?decade={decade}").content.decode()
        html = client.get(f"/search?q=giấy&decade={decade}").content.decode()
        for index, record in enumerate(records):
            expected = decade in decades_of(record.date_earliest, record.date_latest)
            assert (f"HC-S{index}" in listed, f"HC-S{index}" in html) == (expected, expected), (decade, spans[index])


def test_the_unit_follows_corrected_words(
    desk: Client, make_record: Callable[..., Record], make_mention: Callable[..., Mention]
) -> None:
    mention = make_mention(make_record(), "Lê Hư Cấu", unit_text="e90/f324")
    assert mention.unit is not None and mention.unit.normal_form == "e90/f324"
    assert send(desk, mention, unit_text="e3/f9").status_code == 302
    assert (mention.unit.normal_form, mention.unit_by_hand) == ("e3/f9", False)
    assert send(desk, mention, unit_text="chưa rõ").status_code == 302
    assert mention.unit is None


def test_a_unit_that_a_person_chose_stays_until_it_is_emptied(
    desk: Client, make_record: Callable[..., Record], make_mention: Callable[..., Mention]
) -> None:
    mention = make_mention(make_record(), "Lê Hư Cấu", unit_text="e90/f324")
    chosen = Unit.objects.of("e101/f325")
    assert chosen is not None
    assert send(desk, mention, unit=str(chosen.pk)).status_code == 302
    assert send(desk, mention, unit_text="e3/f9").status_code == 302
    assert (mention.unit, mention.unit_by_hand) == (chosen, True)
    assert send(desk, mention, unit="").status_code == 302
    assert mention.unit is not None and (mention.unit.normal_form, mention.unit_by_hand) == ("e3/f9", False)


def test_random_words_never_leave_a_date_that_is_not_theirs(make_record: Callable[..., Record]) -> None:
    draw, record = random.Random(3), make_record()
    words = ["khoảng 1967", "tháng 3 năm 1971", "không rõ", "", "12/8/1968", "1965-1966", "mùa khô"]
    for _turn in range(40):
        record = describe_record(actor=HOUSE, record=record, revision=None, values={"date_text": draw.choice(words)})
        fresh = Record(repository=record.repository, code="x", date_text=record.date_text)
        fresh.derive()
        assert date_values(record) == date_values(fresh)
    assert Identifier.objects.filter(record=record).exists()
