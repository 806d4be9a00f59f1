"""Words of a page: given out in three forms, marked where they were found, withheld where the page is."""

from collections.abc import Callable

import pytest
from django.test import Client

from catalog.accounts.models import User
from catalog.records.models import Mention, Page, Record
from catalog.search.actions import follow_changes
from catalog.texts.actions import set_page_text
from catalog.texts.files import fit_boxes, read_text_file
from catalog.texts.models import PageTranslation

pytestmark = pytest.mark.django_db
TEXT = "Trần Văn Phú\nVăn thư của Trần"
ROWS = [
    [0, 4, 100, 200, 90, 40],
    [5, 8, 200, 200, 60, 40],
    [9, 12, 270, 200, 60, 40],
    [13, 16, 100, 300, 60, 40],
    [17, 20, 170, 300, 60, 40],
    [21, 24, 240, 300, 60, 40],
    [25, 29, 310, 300, 90, 40],
]
FORMS = ("text.alto.xml", "text.hocr", "text.txt", "words.json")


@pytest.fixture
def page(make_record: Callable[..., Record], make_page: Callable[..., Page]) -> Page:
    page = make_page(make_record(identifier="HC-8200"))
    set_page_text(page=page, text=TEXT, origin="ocr", boxes=ROWS)
    return page


def test_three_forms_and_the_words_for_the_viewer(page: Page, client: Client) -> None:
    base = "/records/HC-8200/pages/1/"
    assert client.get(base + "text.txt").content.decode() == TEXT + "\n"
    for form in ("text.alto.xml", "text.hocr"):
        response = client.get(base + form)
        [read] = read_text_file(response.content).pages
        assert (read.text, fit_boxes(read, 1300, 1800)) == (TEXT, ROWS)
        assert "sandbox" in response["Content-Security-Policy"]
    data = client.get(base + "words.json").json()
    assert data["words"][0] == ["Trần", 100, 200, 90, 40, 0]
    assert data["words"][-1] == ["Trần", 310, 300, 90, 40, 1]
    assert client.get(base + "text.doc").status_code == 404
    assert client.get("/records/HC-8200/pages/2/text.txt").status_code == 404


def test_what_is_not_public_has_no_text_at_any_door(
    page: Page,
    client: Client,
    cast: dict[str, User],
    make_record: Callable[..., Record],
    make_page: Callable[..., Page],
) -> None:
    PageTranslation.objects.create(page=page, language="en", text="hidden", published=True)
    missing = {form: client.get(f"/records/HC-0/pages/1/{form}").content for form in FORMS}
    Record.objects.update(status="draft", chain_published=False)
    staff = Client()
    staff.force_login(cast["archivist"])
    for form in FORMS:
        response = client.get(f"/records/HC-8200/pages/1/{form}")
        assert response.status_code == 404
        assert response.content.replace(b"HC-8200", b"HC-0") == missing[form]
        allowed = staff.get(f"/records/HC-8200/pages/1/{form}")
        assert allowed.status_code == 200
        assert "no-store" in allowed["Cache-Control"]
    unread = make_page(make_record(identifier="HC-8201"))
    assert unread.texts.count() == 0
    assert client.get("/records/HC-8201/pages/1/text.txt").status_code == 404
    assert client.get("/records/HC-8201/pages/1/words.json").json()["words"] == []


@pytest.mark.parametrize(
    ("q", "marked"),
    [
        # A name typed without marks is marked as one, and its parts elsewhere are not.
        ("tran van phu", [(100, 200, 230, 40)]),
        ("TRẦN VĂN PHÚ", [(100, 200, 230, 40)]),
        ('"văn thư"', [(100, 300, 130, 40)]),
        ("phu thu", [(270, 200, 60, 40), (170, 300, 60, 40)]),
        ("tran", [(100, 200, 90, 40), (310, 300, 90, 40)]),
        ("phụ", []),
        ('"thư văn"', []),
        ("tra*", [(100, 200, 90, 40), (310, 300, 90, 40)]),
    ],
)
def test_what_is_marked(page: Page, client: Client, q: str, marked: list[tuple[int, ...]]) -> None:
    response = client.get("/en/records/HC-8200/pages/1", {"q": q})
    assert [(mark["x"], mark["y"], mark["w"], mark["h"]) for mark in response.context["marks"]] == marked
    html = response.content.decode()
    # Without script: the strip, cropped, with its mark.
    assert html.count('id="place-') == len(marked)
    if q == "tran van phu":
        assert "<mark>Trần Văn Phú</mark>" in html
        assert "<mark>Văn</mark>" not in html


def test_the_next_place_on_another_page(
    client: Client, make_record: Callable[..., Record], make_page: Callable[..., Page]
) -> None:
    record = make_record(identifier="HC-8300")
    for number, text in (
        (1, "Trần Văn Phú"),
        (2, "Văn thư"),
        (3, "gặp Phú và Văn, Trần"),
        (4, "không"),
        (5, "Trần Văn Phú"),
    ):
        set_page_text(page=make_page(record, number), text=text, origin="ocr")
    response = client.get("/records/HC-8300/pages/3", {"q": "tran van phu"})
    assert response.context["hit_before"] == "/records/HC-8300/pages/1?q=tran+van+phu#place-last"
    assert response.context["hit_after"] == "/records/HC-8300/pages/5?q=tran+van+phu#place-1"
    assert response.context["hit_after"] in response.content.decode().replace("&amp;", "&")
    last = client.get("/records/HC-8300/pages/5", {"q": '"tran van phu"'}).context
    assert (last["hit_after"], last["hit_before"].split("?")[0]) == (None, "/records/HC-8300/pages/1")


def test_the_same_name_on_another_page(
    client: Client,
    make_record: Callable[..., Record],
    make_page: Callable[..., Page],
    make_mention: Callable[..., Mention],
) -> None:
    record = make_record(identifier="HC-8400")
    box = {"box_x": 10, "box_y": 20, "box_w": 30, "box_h": 40}
    first = make_mention(record, "Lê Văn Mẫu", page=make_page(record, 1), **box)
    make_mention(record, "Hồ Thị Thử", page=make_page(record, 2), **box)
    third = make_mention(record, "LE VAN MAU", page=make_page(record, 3), **box)
    response = client.get("/records/HC-8400/pages/1", {"mention": first.pk})
    assert response.context["hit_after"] == f"/records/HC-8400/pages/3?mention={third.pk}#place-1"
    assert response.context["hit_before"] is None
    assert response.content.decode().count('id="place-') == 1


def test_marks_of_a_transcription_do_not_disturb_searching(
    page: Page, client: Client, indexed: Callable[[], int]
) -> None:
    indexed()
    set_page_text(
        page=page,
        text="[dấu: Sư đoàn 324] Trần[?] Văn ~~Phí~~ Phú […]",
        origin="person",
        boxes=[[19, 26, 1, 1, 9, 9], [27, 30, 12, 1, 9, 9]],
    )
    follow_changes()
    for q, count in (('"trần văn"', 1), ('"su doan 324"', 1), ("dấu", 0), ('"phi phu"', 1)):
        results = client.get("/search", {"q": q, "tab": "pages"}).context["results"]
        assert results.counts["pages"] == count, q
    response = client.get("/en/records/HC-8200/pages/1", {"q": '"tran van"'})
    assert len(response.context["marks"]) == 1
    words = response.content.decode()
    assert '<span class="unsure"><mark>Trần</mark>' in words
    assert "<del>Phí</del>" in words
    assert '<span class="stamp">' in words
