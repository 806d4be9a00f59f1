"""The search slip: what was asked, what was found and why, what is not known, codes, an address to scan, whom to
ask."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from catalog.accounts.models import User
from catalog.records.models import Identification, Mention
from tests.factories import new_person

pytestmark = pytest.mark.django_db

Make = Callable[..., Any]


@pytest.fixture
def mau(make_record: Make, make_page: Make, make_mention: Make) -> Mention:
    record = make_record()
    mention: Mention = make_mention(
        record,
        "Trần Văn Mẫu",
        page=make_page(record),
        unit_text="c3 e90 f324",
        kin="cha: Trần Văn Cha",
        born_text="1944",
    )
    return mention


def test_a_question_is_printed_with_its_answer_and_reasons(client: Client, mau: Mention) -> None:
    page = client.get("/slip", {"name": "tran van mau", "unit": "e90", "home": "Nam Định"}).content.decode()
    for words in (
        "Phiếu tra cứu",
        "tran van mau",
        "Nam Định",
        "Trần Văn Mẫu",
        "Khớp: họ, tên đệm, tên, đơn vị",
        "<svg",
        "Điều chưa rõ",
        mau.record.identifiers.get().value,
    ):
        assert words in page
    assert "style=" not in page.split("<main")[1]


def test_what_was_not_found_is_printed_too(client: Client, mau: Mention) -> None:
    page = client.get("/slip", {"name": "Phạm Không Có", "born": "xyz", "kin": "Lê Thị Bà"}).content.decode()
    assert "Chưa thấy tên này" in page and "không đọc được" in page and "chỉ cán bộ" in page


def test_a_slip_without_a_query_is_reported(client: Client) -> None:
    assert "chưa có gì để in" in client.get("/slip").content.decode()


def test_slips_of_a_person_and_of_a_record(client: Client, mau: Mention) -> None:
    person = new_person("Trần Văn Mẫu")
    Identification.objects.create(mention=mau, person=person, certainty="probable", reason_vi="hư cấu")
    number = mau.record.identifiers.get().value
    assert number in client.get(f"/people/{person.pk}/slip").content.decode()
    assert "Trần Văn Mẫu" in client.get(f"/records/{number}/slip").content.decode()
    for address in ("/people/999999/slip", "/records/NOTHING/slip"):
        assert client.get(address).status_code == 404


def test_kin_the_living_and_what_is_not_public_are_not_on_a_visitors_slip(
    client: Client, cast: dict[str, User], mau: Mention, make_record: Make, make_mention: Make
) -> None:
    hidden = make_mention(make_record(status="draft"), "Lê Văn Kín")
    assert "Trần Văn Cha" not in client.get("/slip", {"name": "tran van mau"}).content.decode()
    assert "Lê Văn Kín" not in client.get("/slip", {"name": "le van kin"}).content.decode()
    assert client.get(f"/records/{hidden.record.identifiers.get().value}/slip").status_code == 404
    living = new_person("Trần Văn Mẫu", life="living")
    Identification.objects.create(mention=mau, person=living, certainty="certain", reason_vi="hư cấu")
    assert client.get(f"/people/{living.pk}/slip").status_code == 404
    client.force_login(cast["family officer"])
    assert "Trần Văn Cha" in client.get("/slip", {"name": "tran van mau"}).content.decode()


@pytest.mark.parametrize("text", ["a" * 3000, "\0", "<script>", "😀" * 50, "%s %(x)s"])
def test_nothing_typed_breaks_a_slip(client: Client, mau: Mention, text: str) -> None:
    for field in ("name", "unit", "home", "born", "kin", "number"):
        response = client.get("/slip", {"name": "tran van mau", field: text})
        assert (
            response.status_code == 200
            and "<script>" not in response.content.decode().split("<main")[1].split("</main")[0]
        )
