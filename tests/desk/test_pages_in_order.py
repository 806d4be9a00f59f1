"""Pages put in order by hand, and the images of one page."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.test import Client

from catalog.accounts.models import User
from catalog.changes.models import Change
from catalog.images.models import Scan
from catalog.records.models import Page, Record
from tests.factories import new_page, new_scan, picture
from tests.intake.odd_files import page as drawn
from tests.intake.odd_files import tiff

pytestmark = pytest.mark.django_db


@pytest.fixture
def record(make_record: Callable[..., Record]) -> Record:
    new_record = make_record(identifier="HC-9000")
    for number in range(1, 6):
        new_page(new_record, number, label=f"tờ {number}")
    return new_record


def form(record: Record, **changes: Any) -> dict[str, Any]:
    """What the list sends, with `label={"field": value}` changed."""
    data: dict[str, Any] = {"page": []}
    for page in Page.objects.kept().filter(record=record).order_by("number"):
        data["page"].append(str(page.pk))
        fields = {
            "number": page.number,
            "label": page.label,
            "sheet": page.sheet or "",
            "side": page.side,
            "title_vi": page.title_vi,
            "title_en": page.title_en,
            "revision": page.revision,
            "was": page.number,
        } | changes.get(page.label.replace("tờ ", "p"), {})
        data |= {f"{page.pk}-{name}": value for name, value in fields.items()}
    return data


def labels(record: Record) -> list[str]:
    return list(Page.objects.kept().filter(record=record).order_by("number").values_list("label", flat=True))


@pytest.mark.parametrize(
    ("moves", "order"),
    [
        ({"p5": {"number": 2}}, "1 5 2 3 4"),
        ({"p1": {"number": 4}}, "2 3 4 1 5"),
        ({"p2": {"number": 1}}, "2 1 3 4 5"),
        ({"p1": {"number": 99}}, "2 3 4 5 1"),
        ({"p1": {"number": 5}, "p5": {"number": 1}}, "5 2 3 4 1"),
        ({}, "1 2 3 4 5"),
    ],
)
def test_a_number_typed_puts_a_page_there(archivist: Client, record: Record, moves: dict[str, Any], order: str) -> None:
    assert archivist.post(f"/desk/records/{record.pk}/pages", form(record, **moves)).status_code == 302
    assert labels(record) == [f"tờ {number}" for number in order.split()]
    numbers = list(Page.objects.kept().filter(record=record).order_by("number").values_list("number", flat=True))
    assert numbers == [1, 2, 3, 4, 5]


def test_the_list_of_pages_is_saved_with_history_and_undone(archivist: Client, record: Record) -> None:
    before = Change.objects.count()
    change = {"p3": {"number": 1, "sheet": 7, "side": "v", "title_vi": "Giấy chứng minh"}, "p2": {"trashed": "on"}}
    archivist.post(f"/desk/records/{record.pk}/pages", form(record, **change))
    first = Page.objects.get(record=record, number=1)
    assert (first.label, first.sheet, first.side, first.title_vi) == ("tờ 3", 7, "v", "Giấy chứng minh")
    assert labels(record) == ["tờ 3", "tờ 1", "tờ 4", "tờ 5"]
    assert first.history.count() == 2 and first.history.latest().history_user.username == "archivist"
    assert Change.objects.count() > before
    assert archivist.post(f"/desk/records/{record.pk}/pages/undo").status_code == 302
    assert labels(record) == [f"tờ {number}" for number in range(1, 6)]
    assert Page.objects.get(record=record, label="tờ 3").sheet is None
    assert "nothing to undo" in archivist.post(f"/en/desk/records/{record.pk}/pages/undo", follow=True).content.decode()


def test_a_wrong_number_is_reported_beside_its_field_and_nothing_is_changed(archivist: Client, record: Record) -> None:
    response = archivist.post(f"/desk/records/{record.pk}/pages", form(record, p5={"number": "năm"}, p1={"number": 3}))
    assert response.status_code == 400 and response.content.decode().count('class="error"') == 1
    assert labels(record) == [f"tờ {number}" for number in range(1, 6)]


def test_pages_added_meanwhile_are_not_lost(archivist: Client, record: Record) -> None:
    data = form(record, p1={"number": 3})
    new_page(record, 6, label="tờ 6")
    response = archivist.post(f"/en/desk/records/{record.pk}/pages", data)
    assert "added or removed while you worked" in response.content.decode()
    assert labels(record) == [f"tờ {number}" for number in range(1, 7)]


def test_another_image_keeps_the_earlier_one(archivist: Client, make_page: Callable[..., Page], record: Record) -> None:
    page = make_page(record, 9)
    old = page.scans.get()
    address = f"/en/desk/pages/{page.pk}/scans"
    bad = archivist.post(address, {"file": SimpleUploadedFile("a.jpg", b"no picture")})
    assert bad.status_code == 400 and "a.jpg: A file of this kind is not taken: text" in bad.content.decode()
    many = archivist.post(address, {"file": SimpleUploadedFile("a.tif", tiff(drawn((90, 90)), drawn((91, 90))))})
    assert "one page was asked for" in many.content.decode() and page.scans.count() == 1
    archivist.post(address, {"file": SimpleUploadedFile("new.jpg", picture((700, 900), "mới").getvalue())})
    assert [scan.original_name for scan in page.scans.filter(current=True)] == ["new.jpg"]
    assert Page.objects.filter(record=record).count() == 6
    archivist.post(address, {"again": old.public_id})
    assert page.scans.get(current=True) == old and page.scans.count() == 2


def test_the_database_holds_one_shown_image(make_page: Callable[..., Page], record: Record) -> None:
    page = make_page(record, 9)
    scan = page.scans.get()
    scan.pk, scan.public_id = None, "another"
    with pytest.raises(IntegrityError):
        Scan.objects.bulk_create([scan])


def test_who_may_not(client: Client, cast: dict[str, User], record: Record) -> None:
    for who, status in (("curator", 403), ("without a role", 403)):
        client.force_login(cast[who])
        assert client.get(f"/desk/records/{record.pk}/pages").status_code == status


def test_a_narrow_image_has_a_small_picture_that_is_there(archivist: Client, record: Record) -> None:
    page = Page.objects.get(record=record, number=1)
    new_scan(page, picture((90, 140)), name="narrow.jpg")
    html = archivist.get(f"/desk/records/{record.pk}/pages").content.decode()
    (address,) = re.findall(r'src="(/iiif/image/[^"]+)"', html)
    assert archivist.get(address).status_code == 200
