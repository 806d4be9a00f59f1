"""Find a relative: the page, its suggestions, its limits, and the same by program."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache import caches
from django.test import Client

from catalog.accounts.models import User
from catalog.changes.writing import HOUSE
from catalog.people.models import PersonName
from catalog.records.actions import add_row, delete_row, withdraw_record
from catalog.records.models import Identification, Mention, MentionReading, Record
from catalog.search.people import PersonQuery, find_people
from tests.factories import new_page, new_person

pytestmark = pytest.mark.django_db

Make = Callable[..., Any]


def names(client: Client, band: str = "matches", **parameters: str) -> list[str]:
    """Names of the mentions that the page lists in a band, in order."""
    response = client.get("/find", parameters)
    assert response.status_code == 200
    results = response.context.get("results")
    return [mention.mention.name for entry in getattr(results, band) for mention in entry.mentions] if results else []


@pytest.fixture
def phu(make_record: Make, make_page: Make, make_mention: Make) -> Mention:
    """Somebody invented, with a page, a box and all that may be known of him."""
    record = make_record()
    page = make_page(record)
    mention: Mention = make_mention(
        record,
        "Trần Văn Mẫu",
        page=page,
        unit_text="c3 e90 f324",
        home_text="xã Hư Cấu, huyện Vụ Bản, tỉnh Nam Định",
        born_text="1944",
        enlisted_text="1961",
        number="26966",
        kin="cha: Trần Văn Cha",
        post="trung đội trưởng",
        box_x=60,
        box_y=60,
        box_w=200,
        box_h=40,
    )
    return mention


def test_nothing_asked_explains_itself(client: Client) -> None:
    response = client.get("/find")
    assert response.status_code == 200
    assert "Tìm người thân" in response.content.decode()


@pytest.mark.parametrize(
    "typed",
    [
        "tran van mau",
        "TRAN VAN MAU",
        "Traanf Vawn Maaux",
        "Tra62n Va8n Ma6u4",
        "Tran-Van-Mau",
        "tranvanmau",
        "Mẫu, Trần Văn",
        "Trần Mẫu",
        "Văn Mẫu",
        "T. V. Mẫu",
        "liệt sĩ Trần Văn Mẫu",
        "Trần Văn Mẩu",
        "Mau Tran Van",
    ],
)
def test_a_name_is_found_however_it_is_remembered(client: Client, phu: Mention, typed: str) -> None:
    assert names(client, name=typed) == ["Trần Văn Mẫu"]


def test_a_possible_meaning_is_shown_separately_with_its_reason(client: Client, phu: Mention) -> None:
    assert names(client, name="Trần Văn Mấu") == []
    assert names(client, "possible", name="Trần Văn Mấu") == ["Trần Văn Mẫu"]
    page = client.get("/find", {"name": "Trần Văn Mấu"}).content.decode()
    assert "khác một dấu: Mấu / Mẫu" in page
    assert "Khác: tên" in page


@pytest.mark.parametrize(
    "typed", ["Phạm Văn Mẫu", "Trần Thị Mẫu", "Trần Mẫu Văn", "Trần Văn Quý", "26996", "337 Trần Mẫu, thị xã Kon Tum"]
)
def test_another_name_is_not_found(client: Client, phu: Mention, typed: str) -> None:
    assert names(client, name=typed) == names(client, "possible", name=typed) == []


def test_a_stored_alias_and_another_reading_are_found_as_such(client: Client, phu: Mention) -> None:
    add_row(actor=HOUSE, row=MentionReading(mention=phu, value="Sáu Dân", kind="alias"))
    add_row(actor=HOUSE, row=MentionReading(mention=phu, value="Thẩm Văn Mẫu", kind="alternate"))
    for typed, words in (("sau dan", "bí danh: Sáu Dân"), ("Tham Van Mau", "cách đọc khác: Thẩm Văn Mẫu")):
        assert names(client, name=typed) == ["Trần Văn Mẫu"]
        assert words in client.get("/find", {"name": typed}).content.decode()


def test_facts_order_equal_names_and_say_why(
    client: Client, make_record: Make, make_mention: Make, phu: Mention
) -> None:
    other = make_mention(
        make_record(), "Trần Văn Mẫu", unit_text="e812 f324", home_text="tỉnh Nghệ An", born_text="1950"
    )
    response = client.get("/find", {"name": "tran van mau", "unit": "Trung đoàn 90, Sư đoàn 324B", "born": "1944"})
    listed = [
        mention
        for entry in response.context["results"].matches + response.context["results"].possible
        for mention in entry.mentions
    ]
    assert [entry.mention.pk for entry in listed] == [phu.pk, other.pk]
    page = response.content.decode()
    assert "cùng trung đoàn" in page and "cùng năm sinh" in page
    assert "trong hồ sơ sinh 1950" in page


def test_absence_of_a_fact_does_not_lower(make_record: Make, make_mention: Make) -> None:
    make_mention(make_record(), "Trần Văn Mẫu")
    plain = find_people(PersonQuery(name="tran van mau"), AnonymousUser()).matches[0].score
    assert (
        find_people(PersonQuery(name="tran van mau", born="1944", unit="e90", home="Nam Định"), AnonymousUser())
        .matches[0]
        .score
        == plain
    )


def test_a_province_finds_homes_under_its_other_names(client: Client, phu: Mention) -> None:
    assert names(client, name="tran mau", home="Hà Nam Ninh") == ["Trần Văn Mẫu"]
    assert "cùng tỉnh theo tên" in client.get("/find", {"name": "tran mau", "home": "Hà Nam Ninh"}).content.decode()
    assert names(client, home="Hà Nam Ninh") == ["Trần Văn Mẫu"]


def test_numbers_are_exact_and_separate_equal_names(client: Client, phu: Mention) -> None:
    assert names(client, number="26966") == ["Trần Văn Mẫu"]
    assert names(client, name="Trần Văn Mẫu 26966") == ["Trần Văn Mẫu"]
    assert names(client, name="Trần Văn Mẫu", number="26996") == []
    assert names(client, number="26996") == []


def test_a_family_name_alone_asks_for_more(client: Client, phu: Mention) -> None:
    page = client.get("/find", {"name": "Trần"}).content.decode()
    assert "Cần thêm một chút" in page
    assert (
        names(client, name="Trần", unit="e90 f324") == []
        and client.get("/find", {"unit": "e90 f324"}).context["results"].total == 1
    )


def test_unmarked_names_offer_their_marked_forms(client: Client, make_record: Make, make_mention: Make) -> None:
    record = make_record()
    for name in ("Lê Văn Phú", "Lê Văn Phụ", "Lê Văn Phụ"):
        make_mention(record, name)
    response = client.get("/find", {"name": "le van phu"})
    assert [(text, count) for text, count, _url in response.context["refinements"]] == [
        ("Lê Văn Phụ", 2),
        ("Lê Văn Phú", 1),
    ]


def test_mentions_of_one_person_are_gathered(client: Client, make_record: Make, make_mention: Make) -> None:
    person = new_person("Trần Văn Mẫu")
    for name in ("Trần Văn Mẫu", "TRAN VAN MAU"):
        mention = make_mention(make_record(), name)
        Identification.objects.create(mention=mention, person=person, certainty="probable", reason_vi="hư cấu")
    add_row(actor=HOUSE, row=PersonName(person=person, value="Hai Bền", kind="alias"))
    results = client.get("/find", {"name": "tran van mau"}).context["results"]
    assert [(entry.person, len(entry.mentions)) for entry in results.matches] == [(person, 2)]
    assert client.get("/find", {"name": "hai ben"}).context["results"].matches[0].person == person


def test_kin_and_the_living_are_for_staff(client: Client, cast: dict[str, User], phu: Mention) -> None:
    assert names(client, kin="Trần Văn Cha") == []
    living = new_person("Trần Văn Mẫu", life="living")
    Identification.objects.create(mention=phu, person=living, certainty="certain", reason_vi="hư cấu")
    page = client.get("/find", {"name": "tran van mau"}).content.decode()
    assert names(client, name="tran van mau") == [] and "trung đội trưởng" not in page
    assert client.get("/suggest", {"q": "tran van"}).json()["suggestions"] == []
    client.force_login(cast["family officer"])
    assert names(client, name="tran van mau", kin="Trần Văn Cha") == ["Trần Văn Mẫu"]


def test_what_is_not_public_is_neither_found_nor_counted(client: Client, make_record: Make, make_mention: Make) -> None:
    make_mention(
        make_record(status="draft"), "Lê Văn Kín", unit_text="e90 f324", home_text="tỉnh Nam Định", number="777001"
    )
    for parameters in (
        {"name": "le van kin"},
        {"unit": "e90"},
        {"home": "Nam Định"},
        {"number": "777001"},
        {"name": "Lê Văn Kin", "unit": "e90"},
    ):
        response = client.get("/find", parameters)
        assert response.context["results"].total == 0
        assert "Lê Văn Kín" not in response.content.decode()
        assert client.get("/api/v1/people/search", parameters).json()["results"] == []
    for typed in ("le van", "e90", "77700", "HC-0"):
        assert client.get("/suggest", {"q": typed}).json()["suggestions"] == []


def test_nothing_found_helps(client: Client, phu: Mention, make_record: Make) -> None:
    new_page(make_record())
    response = client.get("/find", {"name": "Trần Văn Mẫu", "number": "99999", "unit": "e90 f324"})
    page = response.content.decode()
    assert "trên 1 trong 2 trang" in page and "1 trang chưa đọc" in page
    assert next((item.without, item.count) for item, _url in response.context["relaxations"]) == (("number",), 1)
    assert response.context["unit_files"]["count"] == 1
    assert "/slip?" in page
    like = client.get("/find", {"name": "Đào Văn Mẫu"})
    assert [name for name, _count, _url in like.context["similar_names"]] == ["Trần Văn Mẫu"]


def test_facts_that_cannot_be_read_are_reported(client: Client, phu: Mention) -> None:
    page = client.get("/find", {"name": "Trần Văn Mẫu", "born": "xyz", "unit": "???"}).content.decode()
    assert "“xyz”" in page and "“???”" in page


def test_the_answer_shows_the_line_and_leads_to_the_box(client: Client, phu: Mention) -> None:
    page = client.get("/find", {"name": "tran van mau"}).content.decode()
    assert f"?mention={phu.pk}" in page
    assert "/iiif/image/" in page and 'class="box"' in page


@pytest.mark.parametrize("text", ["", "\0", "😀", "' OR 1=1 --", "(((", "a" * 5000, "%", "Phu, , ,", "\u0301", "١٢٣"])
def test_nothing_typed_is_an_error(client: Client, phu: Mention, text: str) -> None:
    for field in ("name", "unit", "home", "born", "enlisted", "died", "kin", "number", "page"):
        assert client.get("/find", {"name": "Trần Văn Mẫu", field: text}).status_code == 200
    assert client.get("/suggest", {"q": text}).status_code == 200
    assert client.get("/api/v1/people/search", {"name": text, "limit": text}).status_code == 200


def test_suggestions_come_from_the_second_letter_with_kind_and_count(client: Client, phu: Mention) -> None:
    def offered(typed: str) -> list[tuple[str, str, int]]:
        return [
            (suggestion["kind"], suggestion["text"], suggestion["count"])
            for suggestion in client.get("/suggest", {"q": typed}).json()["suggestions"]
        ]

    assert offered("t") == []
    assert offered("tr") == [("name", "Trần Văn Mẫu", 1)]
    assert ("unit", "c3/e90/f324", 1) in offered("e90")
    assert ("number", phu.record.identifiers.get().value, 1) in offered(phu.record.identifiers.get().value[:4])


def test_the_program_gets_what_the_page_shows(client: Client, phu: Mention) -> None:
    data = client.get("/api/v1/people/search", {"name": "tran van mau", "unit": "e90"}).json()
    mention = data["results"][0]["mentions"][0]
    page = client.get("/find", {"name": "tran van mau", "unit": "e90"})
    results = page.context["results"].matches[0].mentions[0]
    assert (mention["name"], mention["band"], mention["score"]) == (phu.name, results.band, results.score)
    assert [reason["code"] for reason in mention["reasons"]] == [reason.code for reason in results.reasons]
    assert mention["words"] == ["bỏ dấu", "cùng trung đoàn"]
    assert mention["url"].endswith(f"/pages/1?mention={phu.pk}")
    assert "kin" not in mention and "Cha" not in json.dumps(data, ensure_ascii=False)
    english = client.get("/api/v1/people/search", {"name": "tran van mau", "lang": "en"}).json()
    assert english["results"][0]["mentions"][0]["words"] == ["without marks"]


@pytest.mark.parametrize(
    ("address", "what"), [("/find", "find"), ("/suggest", "suggest"), ("/api/v1/people/search", "api")]
)
def test_one_address_may_not_ask_for_ever(
    client: Client, cast: dict[str, User], settings: Any, address: str, what: str
) -> None:
    caches["limits"].clear()
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, what: (3, 600)}
    parameters = {"name": "x y", "q": "xy"}
    assert [client.get(address, parameters).status_code for _time in range(4)] == [200, 200, 200, 429]
    refused = client.get(address, parameters)
    assert 0 < int(refused["Retry-After"]) <= 600
    assert client.get(address, parameters, REMOTE_ADDR="10.0.0.9").status_code == 200
    # Behind no proxy of ours, what a sender says of himself counts for nothing.
    assert client.get(address, parameters, HTTP_X_FORWARDED_FOR="1.2.3.4").status_code == 429
    client.force_login(cast["archivist"])
    assert client.get(address, parameters).status_code == 200
    caches["limits"].clear()


def test_the_refusal_says_when_and_why(client: Client, settings: Any) -> None:
    caches["limits"].clear()
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "find": (0, 600)}
    assert "phút nữa" in client.get("/find", {"name": "x"}).content.decode()
    caches["limits"].clear()
    settings.PROXIES = 1
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "find": (1, 600)}
    statuses = [client.get("/find", HTTP_X_FORWARDED_FOR=f"9.9.9.9, 1.2.3.{last}").status_code for last in (4, 5, 4)]
    assert statuses == [200, 200, 429]
    caches["limits"].clear()


def test_no_page_says_died_or_martyr_of_anyone(client: Client, phu: Mention) -> None:
    for language in ("", "/en"):
        page = client.get(f"{language}/find", {"name": "tran van mau"}).content.decode().lower()
        text = page.replace("hy sinh của", "")
        assert not [
            word
            for word in ("liệt sĩ", "liệt sỹ", "martyr", "your relative", "người thân của quý vị là")
            if word in text
        ]


def test_a_deleted_reading_is_no_longer_found(client: Client, phu: Mention) -> None:
    reading = add_row(actor=HOUSE, row=MentionReading(mention=phu, value="Sáu Dân", kind="alias"))
    delete_row(actor=HOUSE, row=reading)
    assert names(client, name="Sáu Dân") == []


def test_a_record_withdrawn_is_gone_at_once(client: Client, phu: Mention) -> None:
    record: Record = phu.record
    withdraw_record(actor=HOUSE, record=record)
    assert names(client, name="tran van mau") == []
