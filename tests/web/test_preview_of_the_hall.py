"""What a curator sees of an exhibition says what the public will see."""

from collections.abc import Callable

import pytest
from django.test import Client

from catalog.accounts.models import User
from catalog.exhibitions.models import Exhibition, Panel, Part, Placement
from catalog.images.actions import show_scan_again
from catalog.images.models import Scan
from catalog.records.models import Record
from tests.factories import new_exhibition, new_page, new_scan, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def hall(make_record: Callable[..., Record]) -> Exhibition:
    exhibition = new_exhibition(
        "hu-cau", title_vi="Hư cấu", title_en="Invented", date_text="tháng 7 năm 2027", status="draft"
    )
    panel = Panel.objects.create(part=Part.objects.create(exhibition=exhibition, number=1, title_vi="Một"), number=1)
    for position, status in enumerate(("published", "draft"), start=1):
        Placement.objects.create(
            panel=panel, position=position, record=make_record(status=status), caption_vi=f"Vật {status}"
        )
    return exhibition


def test_a_draft_says_so_leads_to_its_form_and_marks_what_stays_hidden(
    hall: Exhibition, cast: dict[str, User], client: Client
) -> None:
    """Review D-B12."""
    client.force_login(cast["curator"])
    html = client.get("/en/exhibitions/hu-cau").content.decode()
    assert "Preview: this exhibition is not public." in html
    assert "1 thing that hangs here is hidden from the public." in html
    assert html.count("The public does not see this") == 1
    assert f"/en/admin/catalog/exhibition/{hall.pk}/change/" in html
    hall.status = "published"
    hall.save()
    visitor = Client().get("/en/exhibitions/hu-cau").content.decode()
    assert "Vật published" in visitor and "Vật draft" not in visitor and "hidden from" not in visitor


def test_a_month_is_written_in_english_words(hall: Exhibition, cast: dict[str, User], client: Client) -> None:
    """Review D-B16: an English page said "2027-07"."""
    client.force_login(cast["curator"])
    assert "July 2027" in client.get("/en/exhibitions/hu-cau").content.decode()


def test_two_pages_of_one_code_are_distinguished_in_the_picker(
    cast: dict[str, User], client: Client, make_record: Callable[..., Record]
) -> None:
    """Review D-B13: both were "01, 1"."""
    for inventory in ("M1", "M2"):
        above = make_record(level="inventory", code=inventory)
        new_page(make_record(parent=above, code="01"))
    client.force_login(cast["administrator"])
    parameters = {"app_label": "catalog", "model_name": "placement", "field_name": "page", "term": "01"}
    data = client.get("/admin/autocomplete/", parameters).json()
    assert [result["text"] for result in data["results"]] == ["VN-HC/M1/01, 1", "VN-HC/M2/01, 1"]


def test_the_history_of_an_image_names_who_hung_it(cast: dict[str, User], make_record: Callable[..., Record]) -> None:
    """Review B24: the actor was dropped."""
    page = new_page(make_record())
    first = new_scan(page, picture(words="một"), actor=cast["archivist"])
    assert first.history.first().history_user == cast["archivist"]
    new_scan(page, picture(words="hai"), name="b.jpg", actor=cast["administrator"])
    show_scan_again(scan=first, actor=cast["archivist"])
    first.refresh_from_db()
    assert first.current and first.history.first().history_user == cast["archivist"]
    hidden = Scan.objects.get(page=page, current=False)
    assert [row.history_user for row in hidden.history.all()] == [cast["archivist"], cast["administrator"]]
