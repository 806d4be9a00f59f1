"""Units with everything below them, codes with every known meaning, places under their names over time."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from catalog.accounts.models import User
from catalog.people.models import Unit, UnitAlias
from catalog.places.models import Place, PlaceSuccession
from catalog.records.models import CustodyEvent
from tests.factories import new_source

pytestmark = pytest.mark.django_db

Make = Callable[..., Any]


@pytest.fixture
def named(make_record: Make, make_mention: Make) -> None:
    """Invented soldiers of several units; one in a draft."""
    record = make_record()
    for name, unit in (
        ("Một Văn Mẫu", "c3 e90 f324"),
        ("Hai Văn Mẫu", "e90 f324B"),
        ("Ba Văn Mẫu", "e812 f324"),
        ("Tư Văn Mẫu", "f304"),
    ):
        make_mention(record, name, unit_text=unit)
    make_mention(make_record(status="draft"), "Kín Văn Mẫu", unit_text="c9 e90 f324")


def html_of(client: Client, address: str) -> str:
    response = client.get(address, follow=True)
    assert response.status_code == 200, address
    return response.content.decode()


def test_a_unit_shows_everything_below_it(client: Client, named: None) -> None:
    page = html_of(client, "/units/e90/f324")
    assert "Trung đoàn 90, Sư đoàn 324" in page
    assert "Một Văn Mẫu" in page and "Ba Văn Mẫu" not in page and "Kín Văn Mẫu" not in page and "c9" not in page


def test_f324_finds_324b_and_says_so(client: Client, named: None) -> None:
    page = html_of(client, "/units/f324")
    assert "Hai Văn Mẫu" in page and "Ba Văn Mẫu" in page and "Tư Văn Mẫu" not in page
    assert "f324b" in page and "cũng được liệt kê" in page


@pytest.mark.parametrize("written", ["Trung đoàn 90, Sư đoàn 324", "E90F324", "90th Regiment, 324th Division"])
def test_every_way_of_writing_leads_to_one_address(client: Client, named: None, written: str) -> None:
    response = client.get(f"/units/{written}")
    assert (response.status_code, response["Location"]) == (301, "/units/e90/f324")


def test_a_unit_named_only_where_one_may_not_look_is_not_there(client: Client, named: None) -> None:
    assert client.get("/units/e777/f999").status_code == 404
    assert client.get("/units/c9/e90/f324").status_code == 404


def test_aliases_are_shown_with_dates_and_sources(client: Client, named: None) -> None:
    source = new_source("hc", citation_vi="Sổ hư cấu")
    unit = Unit.objects.get(normal_form="e90/f324b")
    UnitAlias.objects.create(unit=unit, value="Đoàn Hư Cấu", kind="cover", from_year=1966, to_year=1968, source=source)
    page = html_of(client, "/units/e90/f324b")
    assert "Đoàn Hư Cấu" in page and "1966" in page and "Sổ hư cấu" in page


def test_a_code_shows_every_known_meaning_and_picks_none(
    client: Client, named: None, make_record: Make, make_mention: Make
) -> None:
    first, two = (
        new_source("a", citation_vi="Báo hư cấu A"),
        new_source("b", citation_vi="Báo hư cấu B"),
    )
    UnitAlias.objects.create(
        unit=Unit.objects.get(normal_form="f304"), value="KB", kind="cover", from_year=1966, source=first
    )
    UnitAlias.objects.create(
        unit=Unit.objects.get(normal_form="e812/f324"), value="KB", kind="cover", from_year=1970, source=two
    )
    make_mention(make_record(), "Năm Văn Mẫu", unit_text="KB")
    make_mention(make_record(status="draft"), "Sáu Văn Kín", unit_text="KB")
    page = html_of(client, "/units/KB")
    for words in ("Báo hư cấu A", "Báo hư cấu B", "Sư đoàn 304", "Trung đoàn 812", "Năm Văn Mẫu"):
        assert words in page
    assert "Sáu Văn Kín" not in page and "Một Văn Mẫu" not in page


def test_an_unknown_code_is_shown_as_unresolved(client: Client, make_record: Make, make_mention: Make) -> None:
    make_mention(make_record(), "Năm Văn Mẫu", unit_text="KN")
    assert "Chưa giải mã" in html_of(client, "/units/KN")


def test_b5_offers_both_meanings(client: Client, make_record: Make, make_mention: Make) -> None:
    make_mention(make_record(), "Năm Văn Mẫu", unit_text="Mặt trận B5")
    page = html_of(client, "/units/B5")
    assert "Mặt trận B5" in page and "Trung đội 5" in page


def test_a_place_is_shown_under_its_names_with_those_of_its_land(
    client: Client, make_record: Make, make_mention: Make
) -> None:
    old = Place.objects.create(slug="nam-ha-hc", kind="province", name_vi="Nam Hà", from_year=1965, to_year=1975)
    new = Place.objects.create(slug="ninh-binh-hc", kind="province", name_vi="Ninh Bình", from_year=2025)
    PlaceSuccession.objects.create(predecessor=old, successor=new, year=2025)
    make_mention(make_record(), "Một Văn Mẫu", home_text="huyện Vụ Bản, tỉnh Nam Định")
    make_mention(make_record(), "Hai Văn Mẫu", home_text="tỉnh Nghệ An")
    page = html_of(client, f"/places/{old.pk}")
    assert "nay thuộc" in page and "Ninh Bình" in page
    assert "Một Văn Mẫu" in page and "Hai Văn Mẫu" not in page


def test_a_place_with_a_position_is_on_our_own_map(client: Client) -> None:
    place = Place.objects.create(
        slug="x", kind="site", name_vi="Đồi Hư Cấu", latitude="16.68689", longitude="106.98741", radius_m=250
    )
    page = html_of(client, f"/places/{place.pk}")
    assert "<svg" in page and "Hoàng Sa" in page and "Trường Sa" in page and "Bắc" in page
    assert "//tile" not in page and "style=" not in page.split("<main")[1]


def test_a_suspected_grave_is_exact_for_staff_alone(client: Client, cast: dict[str, User], make_record: Make) -> None:
    record = make_record()
    CustodyEvent.objects.create(
        record=record, kind="captured", grid="YD123456", staff_note="nghi có mộ ở đây (hư cấu)", description_vi="hư cấu"
    )
    address = f"/records/{record.identifiers.get().value}"
    public = html_of(client, address)
    assert "123456" not in public and "16.68689" not in public and "16,68689" not in public
    client.force_login(cast["family officer"])
    assert "YD123456" in html_of(client, address)
