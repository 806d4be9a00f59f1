"""The one box."""

from collections.abc import Callable

import pytest
from django.test import Client

from catalog.changes.writing import HOUSE
from catalog.people.models import Unit
from catalog.records.actions import add_row, delete_row
from catalog.records.models import Mention, MentionReading, Page, Record
from catalog.texts.actions import set_page_text

pytestmark = pytest.mark.django_db

HOSTILE = [
    '"',
    '""',
    '"unclosed',
    "-",
    "--",
    "- - -",
    "*",
    "a*",
    "ab*",
    "OR",
    "OR OR OR",
    "a OR",
    "OR a",
    "((((",
    "))))",
    "a AND",
    "-x",
    '-"x y"',
    "\0",
    "a\0b",
    "%00",
    "\u202e\u202d",
    "\u0301\u0301",
    "😀",
    "'; DROP TABLE catalog_record; --",
    "<script>alert(1)</script>",
    "{{ 7*7 }}",
    "../../etc/passwd",
    "field:value",
    "a:b:c:d",
    "[1 TO 2]",
    "a~9999",
    "^^^^",
    "\\",
    "\\\\",
    "/",
    "//",
    "?",
    "!!!",
    "a" * 5000,
    "từ " * 2000,
    "ñandú",
    "đđđđ",
    "Ð",
    "\ufeff",
    "a\nb\tc",
    "１２３",
    "٣٤٥",
    "-" * 3000,
    '"' * 999,
]


def results_of(client: Client, **query: str) -> object:
    response = client.get("/search", query)
    assert response.status_code == 200
    return response.context["results"]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_typed_is_an_error(
    client: Client, make_record: Callable[..., Record], indexed: Callable[[], int], text: str
) -> None:
    make_record()
    indexed()
    for tab in ("all", "people", "pages"):
        assert client.get("/search", {"q": text, "tab": tab}).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "?page=0",
        "?page=-1",
        "?page=abc",
        "?page=99999999999",
        "?page=٣",
        "?sort=x",
        "?tab=x",
        "?from=x&to=y",
        "?from=1968&to=1966",
        "?kind=x",
        "?level=",
    ],
)
def test_no_address_is_an_error(
    client: Client, make_record: Callable[..., Record], indexed: Callable[[], int], address: str
) -> None:
    make_record()
    indexed()
    assert client.get("/search" + address + "&q=hồ").status_code == 200


@pytest.mark.parametrize(
    ("typed", "is_found"),
    [
        ("quan lenh", True),
        ("quân lệnh", True),
        ("QUÂN LỆNH", True),
        ("qua\u0302n le\u0323\u0302nh", True),
        ("quận lệnh", False),
        ('"quân lệnh"', True),
        ('"lệnh quân"', False),
        ("lệnh quân", True),
        ("hòa", True),
        ("hoà", True),
        ("hoa", True),
        ("đi b", True),
        ("b", True),
        ("di b", True),
        ("Ði b", True),
        ("quân -lệnh", False),
        ("quân -thư", True),
        ("thư OR lệnh", True),
        ("qu*", True),
        ("xyz OR abc", False),
    ],
)
def test_marks_words_and_grammar(
    client: Client, make_record: Callable[..., Record], indexed: Callable[[], int], typed: str, is_found: bool
) -> None:
    make_record(title_vi="Quân lệnh số 3", description_vi="Người ở Hòa Bình đi B năm 1966")
    indexed()
    assert (results_of(client, q=typed).counts["records"] == 1) is is_found  # type: ignore[attr-defined]


def test_an_unclosed_quotation_mark_is_reported(
    client: Client, make_record: Callable[..., Record], indexed: Callable[[], int]
) -> None:
    make_record(title_vi="Quân lệnh")
    indexed()
    response = client.get("/en/search", {"q": '"quân lệnh'})
    assert "quotation mark" in response.content.decode()
    assert response.context["results"].total == 1


def test_page_text_is_found_with_its_boxes(
    client: Client, make_record: Callable[..., Record], make_page: Callable[..., Page], indexed: Callable[[], int]
) -> None:
    page = make_page(make_record())
    set_page_text(
        page=page,
        text="hoa tường vi nở",
        boxes=[[0, 3, 10, 20, 30, 40], [4, 9, 50, 20, 60, 40], [10, 12, 120, 20, 20, 40]],
        origin="ocr",
    )
    indexed()
    hit = results_of(client, q="tuong vi", tab="pages").hits[0]  # type: ignore[attr-defined]
    assert hit.page == page
    assert hit.boxes == [(50, 20, 90, 40)]
    code = page.record.identifiers.get().matched
    response = client.get(f"/records/{code}/pages/1", {"q": "tuong vi"})
    assert response.context["marks"][0] | {"label": ""} == {"x": 50, "y": 20, "w": 90, "h": 40, "label": ""}
    assert '<rect class="box" x="50" y="20" width="90" height="40"' in response.content.decode()


def test_a_number_in_any_shape_leads_to_the_record(
    client: Client, make_record: Callable[..., Record], indexed: Callable[[], int]
) -> None:
    record = make_record(identifier="F034602421337")
    indexed()
    for typed in ("F034602421337", "f034602421337", "F0346 0242 1337", "F-0346-0242-1337", "FO346O2421337"):
        response = client.get("/search", {"q": typed})
        assert response.context["results"].exact == record, typed
        assert "/records/F034602421337" in response.content.decode()


def test_a_unit_finds_who_is_named_as_of_it(
    client: Client, make_record: Callable[..., Record], make_mention: Callable[..., Mention], indexed: Callable[[], int]
) -> None:
    for normal in ("e90/f324", "c3/d9/e90/f324", "e91/f324"):
        Unit.objects.create(normal_form=normal, name_vi=normal)
    record = make_record()
    make_mention(record, "Lê Văn Mẫu", unit_text="Trung đoàn 90, Sư đoàn 324")
    make_mention(record, "Ngô Văn Thử", unit_text="c3 d9 e90 f324")
    make_mention(record, "Đào Văn Khác", unit_text="e91 f324")
    indexed()
    people = results_of(client, q="e90 f324", tab="people").people  # type: ignore[attr-defined]
    assert {entry.mentions[0].mention.name for entry in people.matches} == {"Lê Văn Mẫu", "Ngô Văn Thử"}
    page = client.get("/units/e90/f324").content.decode()
    assert "Ngô Văn Thử" in page
    assert "Đào Văn Khác" not in page


def test_a_name_without_marks_is_found_with_the_page(
    client: Client,
    make_record: Callable[..., Record],
    make_page: Callable[..., Page],
    make_mention: Callable[..., Mention],
    indexed: Callable[[], int],
) -> None:
    page = make_page(make_record())
    mention = make_mention(page.record, "Lê Tường Vi", page=page, box_x=60, box_y=60, box_w=200, box_h=40)
    indexed()
    response = client.get("/search", {"q": "le tuong vi"})
    entry = response.context["results"].people.matches[0]
    assert entry.mentions[0].mention == mention
    code = page.record.identifiers.get().matched
    assert f"/records/{code}/pages/1?mention={mention.pk}" in response.content.decode()
    html = client.get(f"/records/{code}/pages/1?mention={mention.pk}").content.decode()
    assert '<rect class="box" x="60" y="60" width="200" height="40"' in html


def test_other_readings_and_aliases_are_found_as_soon_as_they_are_entered(
    client: Client, make_record: Callable[..., Record], make_mention: Callable[..., Mention]
) -> None:
    mention = make_mention(make_record(), "Phạm Ngọc Mẫu")
    for value, kind in (("Phạm Ngọc Mậu", "alternate"), ("Sáu Dũng", "alias")):
        add_row(actor=HOUSE, row=MentionReading(mention=mention, value=value, kind=kind))
    for typed in ("Phạm Ngọc Mậu", "Sáu Dũng"):
        people = results_of(client, q=typed).people  # type: ignore[attr-defined]
        assert people.matches[0].mentions[0].mention == mention, typed
    delete_row(actor=HOUSE, row=mention.readings.all()[0])
    assert mention.forms.count() == 2


def test_facets_narrow_and_can_be_taken_back(
    client: Client, make_record: Callable[..., Record], indexed: Callable[[], int]
) -> None:
    make_record(kind="letter", title_vi="Thư một", languages="vi")
    make_record(kind="letter", title_vi="Thư hai", languages="vi,en")
    make_record(kind="roster", title_vi="Thư mục danh sách", date_text="1967")
    indexed()
    every = results_of(client, q="thư", tab="records")
    assert every.total == 3  # type: ignore[attr-defined]
    assert {(value.value, value.count) for value in every.facets["kind"]} == {("letter", 2), ("roster", 1)}  # type: ignore[attr-defined]
    letters = results_of(client, q="thư", tab="records", kind="letter")
    assert letters.total == 2  # type: ignore[attr-defined]
    chosen = next(value for value in letters.facets["kind"] if value.value == "letter")  # type: ignore[attr-defined]
    assert chosen.chosen
    assert "kind" not in chosen.url
    assert {value.value for value in letters.facets["kind"]} == {"letter", "roster"}  # type: ignore[attr-defined]
    assert results_of(client, q="thư", decade="1960").total == 1  # type: ignore[attr-defined]
    assert results_of(client, q="thư", language="en").total == 1  # type: ignore[attr-defined]


def test_uncertain_dates_are_found_by_every_day_they_may_be(
    client: Client, make_record: Callable[..., Record], indexed: Callable[[], int]
) -> None:
    make_record(title_vi="Thư mùa khô", date_text="mùa khô 1966–67")
    make_record(title_vi="Thư sau", date_text="12/8/1972")
    make_record(title_vi="Thư không ngày")
    indexed()
    for first, last, count in (
        ("1967", "1967", 1),
        ("1966", "1966", 1),
        ("1968", "1971", 0),
        ("", "1970", 1),
        ("1970", "", 1),
        ("1966", "1972", 2),
    ):
        assert results_of(client, q="thư", **{"from": first, "to": last}).total == count, (first, last)  # type: ignore[attr-defined]


def test_sorting_by_date_number_and_newest(
    client: Client, make_record: Callable[..., Record], indexed: Callable[[], int]
) -> None:
    late = make_record(title_vi="Thư b", date_text="1972", code="A9")
    early = make_record(title_vi="Thư a", date_text="1965", code="B1")
    indexed()

    def order(sort: str) -> list[int]:
        return [hit.record.pk for hit in results_of(client, q="thư", sort=sort).hits]  # type: ignore[attr-defined]

    assert order("date") == [early.pk, late.pk]
    assert order("number") == [late.pk, early.pk]
    assert order("newest") == [early.pk, late.pk]


def test_pages_of_results_keep_every_state_in_the_address(
    client: Client, make_record: Callable[..., Record], indexed: Callable[[], int]
) -> None:
    for _ in range(25):
        make_record(kind="letter")
    indexed()
    first = client.get("/search", {"q": "hồ sơ", "kind": "letter", "sort": "number"})
    assert len(first.context["results"].hits) == 20
    assert first.context["page_links"].next_url == "?q=h%E1%BB%93+s%C6%A1&kind=letter&sort=number&page=2"
    second = client.get("/search" + first.context["page_links"].next_url)
    assert len(second.context["results"].hits) == 5
    assert not {hit.record.pk for hit in first.context["results"].hits} & {
        hit.record.pk for hit in second.context["results"].hits
    }


def test_without_an_index_names_and_numbers_are_still_found(
    client: Client, make_record: Callable[..., Record], make_mention: Callable[..., Mention]
) -> None:
    record = make_record(identifier="F034602421337")
    make_mention(record, "Lê Tường Vi")
    response = client.get("/en/search", {"q": "Lê Tường Vi"})
    assert response.context["results"].is_engine_unavailable
    assert response.context["results"].people.total == 1
    assert "cannot be searched at the moment" in response.content.decode()
    assert client.get("/search", {"q": "F034602421337"}).context["results"].exact == record


def test_a_damaged_index_never_fails_a_save_or_a_page(
    client: Client, make_record: Callable[..., Record], indexed: Callable[[], int], settings: object
) -> None:
    make_record()
    indexed()
    for path in settings.SEARCH_INDEX_DIR.rglob("*"):  # type: ignore[attr-defined]
        if path.is_file() and path.name != "current":
            path.write_bytes(b"damaged")
    record = make_record(title_vi="Ghi khi chỉ mục hỏng")
    assert client.get("/search", {"q": "ghi"}).status_code == 200
    assert client.get(f"/records/{record.identifiers.get().matched}").status_code == 200
    indexed()
    assert results_of(client, q="hỏng").total == 1  # type: ignore[attr-defined]


def test_nothing_found_says_what_can_be_done(
    client: Client, make_record: Callable[..., Record], indexed: Callable[[], int]
) -> None:
    make_record()
    indexed()
    page = client.get("/en/search", {"q": "không có gì như vậy"}).content.decode()
    assert "What can be tried now" in page
    assert "of 0 pages" in page


def test_the_language_switch_keeps_page_and_query(
    client: Client, make_record: Callable[..., Record], indexed: Callable[[], int]
) -> None:
    make_record()
    indexed()
    assert (
        'href="/en/search?q=h%E1%BB%93&amp;tab=records"'
        in client.get("/search?q=h%E1%BB%93&tab=records").content.decode()
    )
    assert (
        'href="/search?q=h%E1%BB%93&amp;tab=records"'
        in client.get("/en/search?q=h%E1%BB%93&tab=records").content.decode()
    )
