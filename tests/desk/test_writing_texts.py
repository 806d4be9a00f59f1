"""Transcribing and translating at the desk, without script: forms that save, refuse and say so."""

import json
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from catalog.accounts.models import User
from catalog.reading.models import PageReading
from catalog.records.models import Page, Record
from catalog.texts.actions import set_page_text
from catalog.texts.models import PageText, PageTranslation, TextDraft

pytestmark = pytest.mark.django_db
TEXT = "Tran Van Mau\nở đây"
ROWS = [[0, 4, 100, 200, 90, 40], [5, 8, 200, 200, 60, 40], [9, 12, 270, 200, 60, 40], [13, 14, 100, 300, 40, 40]]


@pytest.fixture
def page(make_record: Callable[..., Record], make_page: Callable[..., Page]) -> Page:
    page = make_page(make_record(identifier="HC-8000"))
    set_page_text(page=page, text=TEXT, origin="ocr", boxes=ROWS, confidence=0.8)
    return page


@pytest.fixture
def at_desk(cast: dict[str, User]) -> Callable[[str], Client]:
    def sign_in(role: str) -> Client:
        client = Client()
        client.force_login(cast[role])
        return client

    return sign_in


def test_image_and_text_are_side_by_side_with_the_conventions(page: Page, at_desk: Callable[[str], Client]) -> None:
    response = at_desk("archivist").get(f"/en/desk/pages/{page.pk}/text")
    html = response.content.decode()
    assert f"{TEXT}</textarea>" in html
    assert json.loads(json.dumps(response.context["lines"])) == [[100, 200, 230, 40], [100, 300, 40, 40]]
    for mark in ("[?]", "[…]", "[dấu: ", "~~", "[chữ ký]"):
        assert mark in html
    assert "confidence 0.80" in html


def test_only_staff_with_the_role(page: Page, at_desk: Callable[[str], Client]) -> None:
    address = f"/desk/pages/{page.pk}/text"
    assert Client().get(address).status_code == 302
    assert at_desk("without a role").get(address).status_code == 403
    assert at_desk("curator").get(address).status_code == 200
    assert at_desk("curator").post(address, {"do": "finish", "text": "x"}).status_code == 403
    assert at_desk("curator").post(f"{address}/draft", {"text": "x"}).status_code == 403
    assert PageText.objects.count() == 1


def test_a_page_that_is_not_visible_is_not_there(
    make_record: Callable[..., Record], make_page: Callable[..., Page], at_desk: Callable[[str], Client]
) -> None:
    page = make_page(make_record(access_level="closed", access_reason="hư cấu"))
    assert at_desk("curator").get(f"/desk/pages/{page.pk}/text").status_code == 404
    assert at_desk("archivist").get(f"/desk/pages/{page.pk}/text").status_code == 200


def test_from_draft_to_checked_by_another(page: Page, at_desk: Callable[[str], Client], cast: dict[str, User]) -> None:
    writer, reader = at_desk("archivist"), at_desk("reviewer")
    address = f"/en/desk/pages/{page.pk}/text"
    assert writer.post(address, {"do": "save", "text": "Trần\r\nở", "revision": "0"}).status_code == 302
    assert "Trần\nở</textarea>" in writer.get(address).content.decode()
    # Another sees the text shown, not the draft.
    assert f"{TEXT}</textarea>" in reader.get(address).content.decode()
    writer.post(address, {"do": "finish", "text": "Trần Văn Mẫu[?]\r\nở đây"})
    version = PageText.objects.get(current=True)
    assert (version.text, version.state, version.boxes[0][2:]) == (
        "Trần Văn Mẫu[?]\nở đây",
        "finished",
        [100, 200, 90, 40],
    )
    assert not TextDraft.objects.exists()
    own = writer.post(address, {"do": "check", "version": version.pk}, follow=True).content.decode()
    assert "Nobody checks what they wrote themselves" in own
    assert "I checked it" not in writer.get(address).content.decode()
    assert "I checked it" in reader.get(address).content.decode()
    reader.post(address, {"do": "check", "version": version.pk})
    version.refresh_from_db()
    assert (version.state, version.checked_by) == ("checked", cast["reviewer"])
    public = Client().get("/en/records/HC-8000/pages/1").content.decode()
    assert "checked by a second person" in public
    assert '<span class="unsure">Mẫu' in public
    assert "[?]" not in public


def test_autosaving_answers_with_lines_and_says_when_two_windows_cross(
    page: Page, at_desk: Callable[[str], Client]
) -> None:
    client, address = at_desk("archivist"), f"/desk/pages/{page.pk}/text/draft"
    first = client.post(address, {"text": "Trần Văn Mẫu\nở đây", "revision": "0"})
    assert first.json()["lines"] == [[100, 200, 230, 40], [100, 300, 40, 40]]
    crossed = client.post(address, {"text": "khác hẳn", "revision": "77"})
    assert crossed.status_code == 409
    html = client.get(f"/desk/pages/{page.pk}/text").content.decode()
    assert "Trần Văn Mẫu" in html
    assert "khác hẳn" in html
    assert client.post(address, {"text": "x", "revision": "<"}).status_code == 409
    assert client.get(address).status_code == 405


def test_versions_differ_and_an_older_one_is_shown_again(page: Page, at_desk: Callable[[str], Client]) -> None:
    client, address = at_desk("archivist"), f"/en/desk/pages/{page.pk}/text"
    first = PageText.objects.get()
    client.post(address, {"do": "finish", "text": "Trần Van Mau\nở đây"})
    compared = client.get(f"{address}/versions").content.decode()
    assert "<del>Tran</del><ins>Trần</ins> Van Mau" in compared
    back = client.get(f"{address}/versions?from={PageText.objects.latest('pk').pk}&to={first.pk}").content.decode()
    assert "<del>Trần</del><ins>Tran</ins>" in back
    assert client.get(f"{address}/versions?from=x&to=9999999999999999999999").status_code == 200
    client.post(address, {"do": "show", "version": first.pk})
    assert PageText.objects.get(current=True) == first
    for wrong in ({"do": "show", "version": "x"}, {"do": "show", "version": "99999"}, {"do": "nonsense"}, {}):
        assert client.post(address, wrong).status_code == 404


def test_a_translation_beside_it_is_public_once_published(page: Page, at_desk: Callable[[str], Client]) -> None:
    client, address = at_desk("archivist"), f"/en/desk/pages/{page.pk}/text?into=en"
    client.post(address, {"do": "finish", "text": "Tran Van Mau was here", "into": "en"})
    translation = PageTranslation.objects.get()
    html = client.get(address).content.decode()
    assert "Tran Van Mau was here</textarea>" in html
    assert "ở đây" in html
    assert PageText.objects.count() == 1
    public = Client()
    assert "was here" not in public.get("/en/records/HC-8000/pages/1").content.decode()
    assert (
        at_desk("family officer").post(address, {"do": "publish", "version": translation.pk, "into": "en"}).status_code
        == 403
    )
    client.post(address, {"do": "publish", "version": translation.pk, "into": "en"})
    assert "Tran Van Mau was here" in public.get("/en/records/HC-8000/pages/1").content.decode()
    client.post(address, {"do": "hide", "version": translation.pk, "into": "en"})
    assert "was here" not in public.get("/en/records/HC-8000/pages/1").content.decode()


def test_a_text_is_uploaded_or_refused_with_a_sentence(page: Page, at_desk: Callable[[str], Client]) -> None:
    client, address = at_desk("archivist"), f"/en/desk/pages/{page.pk}/text"

    def message_about(data: bytes, name: str) -> str:
        form = {"do": "import", "file": SimpleUploadedFile(name, data)}
        return client.post(address, form, follow=True).content.decode()

    assert "defines entities" in message_about(b"<!DOCTYPE a [<!ENTITY b 'c'>]><alto/>", "a.xml")
    assert "Choose a file first" in client.post(address, {"do": "import"}, follow=True).content.decode()
    assert "Imported: 2 words" in message_about("Trần Mẫu".encode(), "b.txt")
    assert "imported before" in message_about("Trần Mẫu".encode(), "b.txt")
    assert PageText.objects.get(current=True).origin == "imported"


def test_reading_is_paused_and_ordered_by_those_who_may(
    page: Page, at_desk: Callable[[str], Client], make_page: Callable[..., Page]
) -> None:
    client = at_desk("archivist")
    scan = page.scans.get()
    PageReading.objects.create(page=page, scan=scan, state="failed", reason="kaputt", attempts=3)
    html = client.get("/en/desk/reading").content.decode()
    assert "kaputt" in html
    assert at_desk("reviewer").get("/desk/reading").status_code == 403
    assert "paused" in client.post("/en/desk/reading", {"do": "pause"}, follow=True).content.decode()
    client.post("/en/desk/reading", {"do": "retry", "page": page.pk})
    assert PageReading.objects.get().state == "waiting"
    client.post("/en/desk/reading", {"do": "priority", "record": "HC-8000", "priority": "9"})
    assert PageReading.objects.get().priority == 9
    for wrong in (
        {"record": "HC-0", "priority": "1"},
        {"record": "HC-8000", "priority": "x"},
        {"record": "HC-8000", "priority": "101"},
    ):
        response = client.post("/en/desk/reading", {"do": "priority", **wrong}, follow=True)
        assert 'class="error"' in response.content.decode()
    assert PageReading.objects.get().priority == 9


def test_finishing_over_a_colleagues_newer_text_shows_both_and_may_be_sent_again(
    page: Page, at_desk: Callable[[str], Client], cast: dict[str, User]
) -> None:
    writer, reader = at_desk("archivist"), at_desk("reviewer")
    address = f"/en/desk/pages/{page.pk}/text"
    first = PageText.objects.get()
    assert f'name="base" value="{first.pk}"' in writer.get(address).content.decode()
    reader.post(address, {"do": "finish", "text": "Trần Văn Mẫu\nở Huế", "base": first.pk})
    version = PageText.objects.get(current=True)
    refused = writer.post(address, {"do": "finish", "text": "Trần Văn Mậu\nở đây", "base": first.pk})
    html = refused.content.decode()
    assert refused.status_code == 409 and "While you wrote, reviewer finished this page" in html
    assert (
        "Trần Văn Mậu\nở đây</textarea>" in html
        and "Trần Văn Mẫu\nở Huế</textarea>" in html
        and "<ins>Mẫu</ins>" in html
    )
    assert PageText.objects.get(current=True) == version
    assert TextDraft.objects.get(person=cast["archivist"]).text == "Trần Văn Mậu\nở đây"
    # Coming back later gives the same message.
    page_html = writer.get(address).content.decode()
    assert (
        "While you wrote, reviewer finished this page" in page_html and f'name="base" value="{version.pk}"' in page_html
    )
    assert writer.post(address, {"do": "finish", "text": "Trần Văn Mậu\nở Huế", "base": version.pk}).status_code == 302
    text_version = PageText.objects.get(current=True)
    assert (text_version.text, text_version.made_by, TextDraft.objects.count()) == (
        "Trần Văn Mậu\nở Huế",
        cast["archivist"],
        0,
    )
    assert PageText.objects.filter(pk=version.pk).exists()


def test_a_draft_remembers_what_it_was_begun_from(
    page: Page, at_desk: Callable[[str], Client], cast: dict[str, User]
) -> None:
    writer, reader = at_desk("archivist"), at_desk("reviewer")
    address = f"/en/desk/pages/{page.pk}/text"
    first = PageText.objects.get()
    writer.post(f"{address}/draft", {"text": "Trần Văn Mậu", "revision": "0", "base": first.pk})
    reader.post(address, {"do": "finish", "text": "Trần Văn Mẫu\nở Huế", "base": first.pk})
    opened = writer.get(address).content.decode()
    assert "While you wrote, reviewer finished this page" in opened and "Trần Văn Mậu</textarea>" in opened


def test_own_text_from_another_window_is_finished_without_a_question(
    page: Page, at_desk: Callable[[str], Client]
) -> None:
    writer, address = at_desk("archivist"), f"/en/desk/pages/{page.pk}/text"
    first = PageText.objects.get()
    for text in ("một", "một hai"):
        assert writer.post(address, {"do": "finish", "text": text, "base": first.pk}).status_code == 302
    assert PageText.objects.get(current=True).text == "một hai"
