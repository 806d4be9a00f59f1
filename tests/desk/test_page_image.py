"""The staff page of a page's image: by numbers alone, as it works without script."""

import io
from collections.abc import Callable

import pytest
from django.test import Client
from PIL import Image

from catalog.accounts.models import User
from catalog.images.renditions.actions import cover_part, uncover_part
from catalog.images.renditions.preview import propose_skew
from catalog.records.models import Cover, Mention, Page, Record
from fixtures.worn_pages import worn_page
from tests.factories import BLUE, GREEN, RED, YELLOW, four_colours, new_page, new_scan, scan_of
from tests.images.pictures import corners


@pytest.fixture
def page(make_record: Callable[..., Record]) -> Page:
    page = new_page(make_record())
    new_scan(page, four_colours(), name="four.jpg")
    return page


@pytest.fixture
def staff(client: Client, cast: dict[str, User]) -> Client:
    client.force_login(cast["archivist"])
    return client


def test_who_comes_in(client: Client, page: Page, cast: dict[str, User]) -> None:
    address = f"/desk/pages/{page.pk}/image"
    assert client.get(address).status_code == 302
    for role, status in (
        ("without a role", 403),
        ("curator", 403),
        ("family officer", 403),
        ("reviewer", 200),
        ("archivist", 200),
    ):
        client.force_login(cast[role])
        assert client.get(address).status_code == status, role
        assert client.get(f"{address}/preview.jpg?turn=90&skew=0").status_code == status, role
    for pk in (page.pk + 1, 10**17):
        assert client.get(f"/desk/pages/{pk}/image").status_code == 404
    bare = new_page(page.record, 2)
    assert client.get(f"/desk/pages/{bare.pk}/image").status_code == 404


def test_a_part_is_covered_and_uncovered(staff: Client, page: Page, cast: dict[str, User]) -> None:
    address = f"/en/desk/pages/{page.pk}/image"
    before = scan_of(page).public_id
    sent = {
        "do": "cover",
        "x": 10,
        "y": 20,
        "w": 300,
        "h": 40,
        "reason_vi": "Người còn sống",
        "reason_en": "A living person",
    }
    response = staff.post(address, sent, follow=True)
    assert "Covered." in response.content.decode() and "A living person" in response.content.decode()
    cover = Cover.objects.get()
    assert (cover.box, cover.reason_vi, cover.made_by) == ((10, 20, 300, 40), "Người còn sống", cast["archivist"])
    assert scan_of(page).public_id != before
    response = staff.post(address, {"do": "uncover", "cover": cover.pk}, follow=True)
    assert "The public sees this part again." in response.content.decode()
    assert scan_of(page).public_id == before and not Cover.objects.kept().exists()
    for odd in (cover.pk, "", "x", "9" * 30):
        assert staff.post(address, {"do": "uncover", "cover": odd}, follow=True).status_code == 200


@pytest.mark.parametrize(
    "sent",
    [
        {"x": "", "y": "", "w": "", "h": ""},
        {"x": "a", "y": 1, "w": 1, "h": 1},
        {"x": -1, "y": 0, "w": 5, "h": 5},
        {"x": 0, "y": 0, "w": 0, "h": 5},
        {"x": 99999, "y": 0, "w": 5, "h": 5},
        {"x": 0, "y": 0, "w": 5, "h": 5, "reason_vi": "x" * 301},
        {"x": "9" * 40, "y": 0, "w": 5, "h": 5},
    ],
)
def test_a_cover_that_makes_no_sense_is_reported(staff: Client, page: Page, sent: dict[str, object]) -> None:
    response = staff.post(f"/en/desk/pages/{page.pk}/image", {"do": "cover", "reason_en": "kept words", **sent})
    assert response.status_code == 200 and response.context["cover_form"].errors
    assert "kept words" in response.content.decode(), "what was typed stands"
    assert not Cover.objects.exists()


def test_it_is_shown_otherwise(staff: Client, page: Page, make_mention: Callable[..., Mention]) -> None:
    address = f"/en/desk/pages/{page.pk}/image"
    sent = {"do": "show", "turn": "90", "skew": "", "crop_x": "0", "crop_y": "0", "crop_w": "900", "crop_h": "1300"}
    assert "Saved." in staff.post(address, sent, follow=True).content.decode()
    scan = scan_of(page)
    assert (scan.turn, scan.skew, scan.crop) == (90, 0.0, (0, 0, 900, 1300))
    assert "90" in staff.get(address).content.decode()
    make_mention(page.record, "Lê Văn Mẫu", page=page, box_x=10, box_y=10, box_w=50, box_h=20)
    refused = staff.post(address, sent | {"crop_x": "400", "crop_y": "400", "crop_w": "100", "crop_h": "100"})
    assert "Lê Văn Mẫu" in refused.content.decode() and scan_of(page).crop == (0, 0, 900, 1300)
    for odd in (
        {"turn": "45"},
        {"turn": ""},
        {"skew": "60"},
        {"skew": "nan"},
        {"skew": "inf"},
        {"skew": "x"},
        {"crop_w": ""},
        {"crop_x": "5000"},
        {"crop_w": "3", "crop_h": "3"},
        {"crop_x": "9" * 30},
    ):
        response = staff.post(address, sent | odd)
        assert response.status_code == 200 and response.context["show_form"].errors, odd
    assert scan_of(page).public_id == scan.public_id


def test_a_preview_is_only_a_preview(staff: Client, page: Page) -> None:
    before = scan_of(page).public_id
    response = staff.post(
        f"/en/desk/pages/{page.pk}/image", {"do": "preview", "turn": "90", "skew": "1.5", "crop_x": ""}
    )
    assert response.status_code == 302 and "csrf" not in response["Location"]
    second_response = staff.get(response["Location"].partition("#")[0])
    assert "preview.jpg?turn=90&amp;skew=1.50" in second_response.content.decode()
    picture = staff.get(f"/desk/pages/{page.pk}/image/preview.jpg?turn=90&skew=0")
    image = Image.open(io.BytesIO(picture.content))
    assert max(image.size) == 1000 and corners(image, BLUE, RED, YELLOW, GREEN)
    assert "no-store" in picture["Cache-Control"]
    for odd in ("", "?turn=7", "?turn=90&skew=x", "?turn=90&skew=1e9"):
        assert staff.get(f"/desk/pages/{page.pk}/image/preview.jpg{odd}").status_code == 404
        assert staff.get(f"/desk/pages/{page.pk}/image{odd}").status_code == 200
    assert scan_of(page).public_id == before


def test_names_without_a_place_are_pointed_out(staff: Client, page: Page, make_mention: Callable[..., Mention]) -> None:
    address = f"/en/desk/pages/{page.pk}/image"
    assert "no place marked" not in staff.get(address).content.decode()
    make_mention(page.record, "Lê Văn Mẫu", page=page)
    words = staff.get(address).content.decode()
    assert "no place marked" in words and "Lê Văn Mẫu" in words


def test_the_ways_to_it(staff: Client, client: Client, page: Page) -> None:
    address = f"/desk/pages/{page.pk}/image"
    code = page.record.identifiers.get().matched
    assert address in staff.get(f"/records/{code}").content.decode()
    assert address in staff.get(f"/admin/catalog/page/{page.pk}/change/").content.decode()
    client.logout()
    assert address not in client.get(f"/records/{code}").content.decode()


@pytest.mark.parametrize("askew", [-3.0, 0.0, 2.4])
def test_it_proposes_to_straighten(staff: Client, make_record: Callable[..., Record], askew: float) -> None:
    """Lines askew by so many degrees clockwise are straightened by as many the other way."""
    plain = Image.open(io.BytesIO(worn_page(3, dpi=150, askew=0.0)))
    out = io.BytesIO()
    plain.rotate(-askew, resample=Image.Resampling.BICUBIC, fillcolor=(228, 218, 196)).save(out, "JPEG", quality=88)
    out.seek(0)
    page = new_page(make_record())
    scan = new_scan(page, out, name="askew.jpg")
    assert abs(propose_skew(scan=scan, turn=0) + askew) <= 0.3
    response = staff.get(f"/en/desk/pages/{page.pk}/image?turn=0&skew=0&crop_x=&crop_y=&crop_w=&crop_h=&propose=1")
    assert ("level already" in response.content.decode()) == (askew == 0)
    assert scan_of(page).skew == 0


def test_colours_are_not_lines(page: Page) -> None:
    assert propose_skew(scan=scan_of(page), turn=0) == 0


def test_the_staff_home_says_which_replaced_images_wait(staff: Client, page: Page) -> None:
    cover_part(page=page, box=(0, 0, 50, 50))
    address = f"/desk/pages/{page.pk}/image"
    assert address not in staff.get("/desk/").content.decode()
    new_scan(page, four_colours(900, 1300), name="other.jpg")
    assert address in staff.get("/desk/").content.decode()
    uncover_part(cover=Cover.objects.get(w=900))
    assert address not in staff.get("/desk/").content.decode()
