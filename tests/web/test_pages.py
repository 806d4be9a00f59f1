"""Records, persons, exhibitions and errors as visitors meet them."""

import json
from collections.abc import Callable

import pytest
from django.test import Client

from catalog.changes.writing import HOUSE
from catalog.exhibitions.models import Exhibition, GuestbookEntry, Milestone, Panel, Part, Placement
from catalog.people.models import PersonName
from catalog.records.actions import add_row
from catalog.records.models import (
    CustodyEvent,
    Identification,
    Identifier,
    Mention,
    Page,
    Record,
    Repository,
    Statement,
)
from catalog.sources.models import Source
from tests.factories import new_exhibition, new_person, new_source
from tests.faults import failing_statements

pytestmark = pytest.mark.django_db


@pytest.fixture
def source() -> Source:
    return new_source("bao", citation_vi="Báo hư cấu", citation_en="Invented paper", press=True)


@pytest.fixture
def exhibition(make_record: Callable[..., Record], make_page: Callable[..., Page]) -> Exhibition:
    """Two parts, one thing in each, one milestone."""
    hall = new_exhibition("hu-cau", title_vi="Triển lãm hư cấu", title_en="Invented exhibition", opening_vi="Mở đầu")
    for number in (1, 2):
        part = Part.objects.create(exhibition=hall, number=number, title_vi=f"Phần {number}", title_en=f"Part {number}")
        panel = Panel.objects.create(part=part, number=1, title_vi="Bảng")
        page = make_page(make_record(title_vi=f"Hiện vật {number}"))
        Placement.objects.create(
            panel=panel,
            position=1,
            record=page.record,
            page=page,
            caption_vi=f"Chú thích {number}",
            caption_en=f"Caption {number}",
        )
    Milestone.objects.create(exhibition=hall, date_text="12/7/1995", title_vi="Một mốc", title_en="A milestone")
    return hall


def test_any_number_leads_to_the_one_address(client: Client, make_record: Callable[..., Record]) -> None:
    record = make_record(identifier="F034602421337")
    Identifier.objects.create(record=record, value="01-2345-67", scheme="cdec_log")
    assert client.get("/records/F034602421337").status_code == 200
    for other in ("f034602421337", "01-2345-67", "F0346-0242-1337", "F0346 0242 1337"):
        response = client.get(f"/records/{other}?q=x")
        assert (response.status_code, response["Location"]) == (301, "/records/F034602421337?q=x"), other
    assert client.get("/en/records/f034602421337")["Location"] == "/en/records/F034602421337"
    assert client.get("/records/F999999999999").status_code == 404


def test_a_record_shows_its_place_in_the_hierarchy_and_what_the_sources_say(
    client: Client, make_record: Callable[..., Record], source: Source
) -> None:
    collection = make_record(level="collection", title_vi="Sưu tập", title_en="The collection")
    record = make_record(parent=collection, level="file", date_text="5/7/1967")
    Statement.objects.create(
        record=record, topic="extent", value_vi="66 trang", value_en="66 pages", source=source, preferred=True
    )
    Statement.objects.create(record=record, topic="extent", value_vi="60 trang", value_en="60 pages", source=source)
    Statement.objects.create(record=record, topic="recipient", value_vi="Bà Kín", source=source, staff_only=True)
    CustodyEvent.objects.create(
        record=collection,
        kind="given",
        date_text="7/2025",
        description_en="Given",
        description_vi="Tặng",
        staff_note="Ông Kín",
    )
    page = client.get(f"/en/records/{record.identifiers.get().matched}").content.decode()
    for words in (
        "The collection",
        "66 pages",
        "60 pages",
        "According to",
        "Invented paper",
        "5 July 1967",
        "Given",
        record.reference_code,
    ):
        assert words in page, words
    assert page.index("66 pages") < page.index("60 pages")
    assert "Kín" not in page


def test_every_person_of_a_file_leads_to_his_page(
    client: Client,
    make_record: Callable[..., Record],
    make_page: Callable[..., Page],
    make_mention: Callable[..., Mention],
) -> None:
    page = make_page(make_record())
    mentions = [make_mention(page.record, f"Lê Văn Mẫu {number}", page=page) for number in range(29)]
    html = client.get(f"/records/{page.record.identifiers.get().matched}").content.decode()
    assert "(29)" in html
    assert all(f"?mention={mention.pk}" in html for mention in mentions)


def test_citations_and_data(client: Client, make_record: Callable[..., Record]) -> None:
    record = make_record(title_vi="Thư & {giấy}", date_text="1967", identifier="HC-7777")
    assert "Thư &amp; {giấy}" in client.get("/records/HC-7777").content.decode()
    ris = client.get("/records/HC-7777.ris").content.decode()
    assert ris.startswith("TY  - UNPB\r\nTI  - Thư & {giấy}\r\n")
    assert ris.endswith("ER  - \r\n")
    assert r"title = {Thư \& \{giấy\}}" in client.get("/records/HC-7777.bib").content.decode()
    data = client.get("/records/HC-7777.json").json()
    assert data["reference_code"] == record.reference_code
    assert data["date"] == {"text": "1967", "edtf": "1967", "earliest": "1967-01-01", "latest": "1967-12-31"}
    page = client.get("/records/HC-7777").content.decode()
    linked = json.loads(page.split('<script type="application/ld+json">')[1].split("</script>")[0])
    assert linked["@type"] == "ArchiveComponent"


def test_no_text_can_break_out_of_the_linked_data(client: Client, make_record: Callable[..., Record]) -> None:
    make_record(title_vi="</script><script>alert(1)</script>", identifier="HC-8888")
    assert "<script>alert" not in client.get("/records/HC-8888").content.decode()


def test_a_person_shows_names_places_and_comrades_and_never_says_died(
    client: Client, make_record: Callable[..., Record], make_mention: Callable[..., Mention], source: Source
) -> None:
    record = make_record()
    mention = make_mention(record, "Lê Văn Mẫu")
    make_mention(record, "Ngô Văn Bạn")
    person = new_person("Lê Văn Mẫu")
    add_row(actor=HOUSE, row=PersonName(person=person, value="Ba Mẫu", kind="alias", source=source))
    Identification.objects.create(
        mention=mention, person=person, certainty="probable", reason_vi="Cùng hồ sơ", reason_en="Same file"
    )
    page = client.get(f"/en/people/{person.pk}").content.decode()
    for words in ("Ba Mẫu", "probable", "Same file", "Ngô Văn Bạn"):
        assert words in page, words
    for words in ("died", "martyr", "your relative is"):
        assert words not in page.lower().replace("whose relative this is", "")


def test_a_withdrawn_identification_no_longer_shows(
    client: Client, make_record: Callable[..., Record], make_mention: Callable[..., Mention]
) -> None:
    mention = make_mention(make_record(), "Lê Văn Mẫu")
    person = new_person("Lê Văn Mẫu")
    decision = Identification.objects.create(mention=mention, person=person, certainty="certain", reason_vi="x")
    assert client.get(f"/people/{person.pk}").status_code == 200
    decision.withdrawn_at = decision.decided_at
    decision.save()
    assert client.get(f"/people/{person.pk}").status_code == 404


def test_the_hall_in_both_languages(client: Client, exhibition: Exhibition) -> None:
    vi, en = (client.get(f"{prefix}/exhibitions/hu-cau").content.decode() for prefix in ("", "/en"))
    assert vi.index("Phần 1") < vi.index("Phần 2")
    assert "Chú thích 2" in vi
    assert "Caption 2" in en
    assert "12 July 1995" in en
    assert 'name="q"' in en
    assert "Triển lãm hư cấu" in client.get("/exhibitions/").content.decode()
    assert "Triển lãm hư cấu" in client.get("/").content.decode()


def test_what_is_closed_does_not_hang_in_the_hall(client: Client, exhibition: Exhibition) -> None:
    record = Record.objects.get(title_vi="Hiện vật 2")
    record.status = "draft"
    record.save()
    page = client.get("/exhibitions/hu-cau").content.decode()
    assert "Chú thích 1" in page
    assert "Chú thích 2" not in page


def test_a_draft_exhibition_is_not_there(client: Client, exhibition: Exhibition) -> None:
    exhibition.status = "draft"
    exhibition.save()
    assert client.get("/exhibitions/hu-cau").status_code == 404
    assert "Triển lãm hư cấu" not in client.get("/").content.decode()


def test_guest_book_words_wait_for_a_person(client: Client, exhibition: Exhibition) -> None:
    address = "/exhibitions/hu-cau"
    assert client.post(address, {"message": "Tôi đã đứng đây.", "name": "Khách", "show_name": ""}).status_code == 302
    assert "Tôi đã đứng đây." not in client.get(address).content.decode()
    entry = GuestbookEntry.objects.get()
    entry.state = "shown"
    entry.save()
    page = client.get(address).content.decode()
    assert "Tôi đã đứng đây." in page
    assert "Khách" not in page


def test_the_guest_book_refuses_emptiness_and_machines(client: Client, exhibition: Exhibition) -> None:
    refused = client.post("/exhibitions/hu-cau", {"message": "  ", "name": "Giữ lại"})
    assert refused.status_code == 400
    assert "Giữ lại" in refused.content.decode()
    client.post("/exhibitions/hu-cau", {"message": "mua hàng", "website": "http://spam.example"})
    assert GuestbookEntry.objects.count() == 0


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_errors_help(client: Client, prefix: str) -> None:
    page = client.get(f"{prefix}/no/such/page")
    assert page.status_code == 404
    assert 'name="q"' in page.content.decode()
    for address in (
        "/people/999999",
        "/units/khong-phai",
        "/places/99999",
        "/exhibitions/none",
        "/records/NONE/pages/1",
    ):
        assert client.get(prefix + address).status_code == 404, address


def test_a_failure_of_ours_says_nothing_was_lost(make_record: Callable[..., Record]) -> None:
    make_record(identifier="HC-1")
    client = Client(raise_request_exception=False)
    with failing_statements(ZeroDivisionError(), 'FROM "catalog_record"'):
        page = client.get("/records/HC-1")
    assert page.status_code == 500
    assert "Không có gì bị mất" in page.content.decode()
    assert "Nothing was lost" in page.content.decode()


def test_ways_of_writing_a_unit_lead_to_its_address(
    client: Client, make_record: Callable[..., Record], make_mention: Callable[..., Mention]
) -> None:
    from catalog.people.models import Unit

    Unit.objects.create(normal_form="c3/d9/e90/f324", name_vi="Đại đội 3")
    make_mention(make_record(), "Lê Văn Mẫu", unit_text="C3 D9 E90 F324")
    assert client.get("/units/C3-D9-E90-F324")["Location"] == "/units/c3/d9/e90/f324"
    assert "Lê Văn Mẫu" in client.get("/units/e90/f324").content.decode()


def test_images_speak_iiif(client: Client, make_record: Callable[..., Record], make_page: Callable[..., Page]) -> None:
    scan = make_page(make_record(), size=(2480, 3508)).scans.get()
    info = client.get(f"/iiif/image/{scan.public_id}/info.json")
    assert info["Access-Control-Allow-Origin"] == "*"
    assert (info.json()["width"], info.json()["height"], info.json()["type"]) == (2480, 3508, "ImageService3")
    part = client.get(f"/iiif/image/{scan.public_id}/100,200,512,512/256,256/0/default.jpg")
    assert part["Content-Type"] == "image/jpeg"
    assert "s-maxage=300" in part["Cache-Control"]
    response = client.get(
        f"/iiif/image/{scan.public_id}/100,200,512,512/256,256/0/default.jpg", headers={"If-None-Match": part["ETag"]}
    )
    assert response.status_code == 304
    for bad in (
        "full/5000,",
        "full/full",
        "0,0,0,0/max",
        "9999,0,10,10/max",
        "full/^9000,",
        "full/,",
        "1.5,0,10,10/max",
        "full/0,0",
    ):
        assert client.get(f"/iiif/image/{scan.public_id}/{bad}/0/default.jpg").status_code == 400, bad
    assert client.get("/iiif/image/none/full/max/0/default.jpg").status_code == 404


def test_every_answer_carries_its_policy(client: Client, repository: Repository) -> None:
    policy = client.get("/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy


def test_the_events_of_a_file_are_in_order_also_where_a_day_is_not_known(
    client: Client, make_record: Callable[..., Record]
) -> None:
    record = make_record(identifier="HC-9000")
    for position, kind, day in ((0, "captured", "1967-07-05"), (2, "filmed", ""), (3, "given", "2025-07")):
        CustodyEvent.objects.create(record=record, kind=kind, position=position, date_text=day, date_edtf=day)
    page = client.get("/en/records/HC-9000").content.decode()
    assert page.index("<b>Captured</b>") < page.index("<b>Filmed</b>") < page.index("<b>Given</b>")


@pytest.mark.parametrize(
    ("address", "is_link"),
    [
        ("https://example.org/a", True),
        ("http://example.org", True),
        ("javascript:alert(1)", False),
        ("JaVaScRiPt:alert(1)", False),
        ("java\nscript:alert(1)", False),
        (" javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//example.org", False),
        ("http://[", False),
        ("", False),
    ],
)
def test_a_sources_address_is_a_link_only_where_it_is_one_of_the_web(address: str, is_link: bool) -> None:
    from django.template.loader import render_to_string

    from catalog.sources.models import Source

    source = Source(citation_vi="Báo hư cấu", url=address)
    html = render_to_string("catalog/parts/source.html", {"source": source})
    assert ("<a href" in html) is is_link and "Báo hư cấu" in html
    assert "script" not in html.lower()
