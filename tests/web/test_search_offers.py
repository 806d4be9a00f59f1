"""What searching offers beside hits: excluded values, certain and possible dates, files grouped by record, feeds,
tables, programs."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.accounts.models import User
from catalog.interchange.invented.archive import make_archive, remove_archive
from catalog.records.models import Mention, Page, Record
from catalog.search.actions import index_differences, rebuild_index, reconcile_index
from catalog.search.filters import CatalogueFilters
from catalog.search.related import related_records
from catalog.texts.actions import set_page_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def holdings(
    make_record: Callable[..., Record], make_page: Callable[..., Page], make_mention: Callable[..., Mention]
) -> Record:
    """Three papers, one of them of five pages; all invented."""
    letter = make_record(title_vi="Thư hư cấu gửi mẹ", kind="letter", date_text="3/1967", languages="vi")
    make_record(title_vi="Thư hư cấu gửi cha", kind="notebook", date_text="1966/1968", languages="vi,en")
    make_record(title_vi="Thư hư cấu kín", kind="letter", status="draft")
    for number in range(1, 6):
        page = make_page(letter, number)
        set_page_text(page=page, text=f"Trang {number}: suối lạnh, đường xa", origin="person")
    make_mention(letter, "Đặng Văn Mẫu", unit_text="c3/d9/e90/f324", home_text="Thái Bình")
    rebuild_index()
    return letter


def ask(client: Client, q: str = "", **more: Any) -> Any:
    return client.get("/search", {"q": q, **more}).context["results"]


@pytest.mark.parametrize(
    ("q", "titles"),
    [
        ("loại:thư hư cấu", ["Thư hư cấu gửi mẹ"]),
        ("kind:letter", ["Thư hư cấu gửi mẹ"]),
        ("-kind:letter thư", ["Thư hư cấu gửi cha"]),
        ("tên:mẫu", ["Thư hư cấu gửi mẹ"]),
        ('đơn vị:"trung đoàn 90"', ["Thư hư cấu gửi mẹ"]),
        ('quê:"thái bình"', ["Thư hư cấu gửi mẹ"]),
        ("thư (mẹ OR cha)", ["Thư hư cấu gửi cha", "Thư hư cấu gửi mẹ"]),
        ("thư KHÔNG mẹ", ["Thư hư cấu gửi cha"]),
        ("ngôn ngữ:anh", ["Thư hư cấu gửi cha"]),
        ("thư năm:1967", ["Thư hư cấu gửi cha", "Thư hư cấu gửi mẹ"]),
        ("thư năm:1968..", ["Thư hư cấu gửi cha"]),
        ("thuu~ mẹ", ["Thư hư cấu gửi mẹ"]),
        ("ảnh:có", ["Thư hư cấu gửi mẹ"]),
        ("loại:xyz", []),
    ],
)
def test_the_grammar_in_two_languages(client: Client, holdings: Record, q: str, titles: list[str]) -> None:
    assert sorted(hit.record.title_vi for hit in ask(client, q, tab="records").hits) == titles


def test_an_unknown_value_and_an_unknown_field_are_reported(client: Client, holdings: Record) -> None:
    assert "unknown_value" in ask(client, "loại:xyz").notes
    page = client.get("/search", {"q": "mau:xanh"}).content.decode()
    assert "không phải là trường tìm được" in page


def test_values_are_chosen_and_left_out(client: Client, holdings: Record) -> None:
    results = ask(client, "thư", tab="records", kind="-letter")
    assert [hit.record.kind for hit in results.hits] == ["notebook"]
    letter = next(facet for facet in results.facets["kind"] if facet.value == "letter")
    assert letter.left_out and letter.count == 1 and "kind=-letter" not in letter.without_url
    assert ask(client, "thư", tab="records", kind=["letter", "notebook"]).total == 2


def test_certain_and_possible_dates_are_distinguished(client: Client, holdings: Record) -> None:
    parameters = {"tab": "records", "from": "1967", "to": "1967"}
    results = ask(client, "thư", **parameters)
    assert (results.total, results.certain) == (2, 1)
    page = client.get("/search", {"q": "thư", **parameters}).content.decode()
    assert "chắc chắn trong khoảng này" in page and "có thể trong khoảng này" in page
    assert [hit.record.title_vi for hit in ask(client, "thư", dates="certain", **parameters).hits] == [
        "Thư hư cấu gửi mẹ"
    ]


def test_pages_are_gathered_under_their_file(client: Client, holdings: Record) -> None:
    results = ask(client, "suối lạnh")
    assert [(entry.record.pk, len(entry.pages), entry.page_total) for entry in results.entries] == [(holdings.pk, 3, 5)]
    page = client.get("/search", {"q": "suối lạnh"})
    assert "5 trang của hồ sơ này" in page.content.decode()
    code = holdings.identifiers.first()
    within = ask(client, "suối lạnh", record=code.matched if code else f"R{holdings.pk}", tab="pages")
    assert within.total in (0, 5)


def test_a_feed_a_table_and_a_description(client: Client, holdings: Record, cast: dict[str, User]) -> None:
    feed = client.get("/search.atom", {"q": "thư"})
    entries = ElementTree.fromstring(feed.content).findall("{http://www.w3.org/2005/Atom}entry")
    assert feed["Content-Type"].startswith("application/atom+xml") and len(entries) == 2
    table = client.get("/search.csv", {"q": "suối lạnh"})
    rows = list(csv.DictReader(io.StringIO(b"".join(table.streaming_content).decode("utf-8-sig"))))  # type: ignore[attr-defined]
    assert len(rows) == 5 and {row["trang"] for row in rows} == set("12345")
    description = client.get("/search.xml")
    assert ElementTree.fromstring(description.content).tag.endswith("OpenSearchDescription")
    assert client.get("/search.csv", {"q": "a", "tab": "people"}).status_code == 404
    assert "Thư hư cấu kín" not in client.get("/search.atom", {"q": "kín"}).content.decode()


def test_an_empty_cell_of_the_table_is_empty(client: Client, holdings: Record) -> None:
    table = client.get("/search.csv", {"tab": "records"})
    rows = list(csv.DictReader(io.StringIO(b"".join(table.streaming_content).decode("utf-8-sig"))))  # type: ignore[attr-defined]
    assert rows and {row["trang"] for row in rows} == {""}


def test_the_public_takes_a_thousand_and_staff_all(
    client: Client, db: None, cast: dict[str, User], settings: Any
) -> None:
    settings.PUBLIC_TABLE_ROWS = 250
    make_archive(records=420, pages=0, mentions=0, seed=1, progress=lambda _: None)
    rebuild_index()

    def lines() -> int:
        response = client.get("/search.csv", {"tab": "records", "repository": "invented-archive"})
        return len(b"".join(response.streaming_content).decode().splitlines()) - 1  # type: ignore[attr-defined]

    assert lines() == 250
    client.force_login(cast["archivist"])
    assert lines() > 400


def test_records_like_one(
    holdings: Record, make_record: Callable[..., Record], make_mention: Callable[..., Mention]
) -> None:
    other = make_record(title_vi="Sổ lương hư cấu")
    make_mention(other, "Đặng Văn Mẫu")
    hidden = make_record(title_vi="Sổ gạo hư cấu", status="draft")
    make_mention(hidden, "Đặng Văn Mẫu")
    rebuild_index()
    related = related_records(holdings, ["Đặng Văn Mẫu"], AnonymousUser())
    assert other in related and hidden not in related and holdings not in related


def test_programs_get_the_same(client: Client, holdings: Record) -> None:
    data = client.get("/api/v1/search", {"q": "thư", "kind": "letter"}).json()
    assert data["total"] == 1 and data["results"][0]["title_vi"] == "Thư hư cấu gửi mẹ"
    assert data["results"][0]["url"].startswith("http")
    listed = client.get("/api/v1/records", {"kind": "-letter"}).json()
    assert [result["title_vi"] for result in listed["results"]] == ["Thư hư cấu gửi cha"]


@pytest.mark.parametrize(
    "narrowed",
    [
        {"kind": "letter"},
        {"kind": "-letter"},
        {"language": "en"},
        {"scans": "yes"},
        {"decade": "1960"},
        {"from": "1968"},
        {"to": "1966"},
        {"level": "file"},
    ],
)
def test_database_and_engine_narrow_alike(client: Client, holdings: Record, narrowed: dict[str, str]) -> None:
    from django.http import QueryDict

    from catalog.records.queries import visible_to

    data = QueryDict(mutable=True)
    data.update(narrowed)
    by_database = {record.pk for record in CatalogueFilters(data, visible_to(AnonymousUser())).qs}
    assert {hit.record.pk for hit in ask(client, "", tab="records", **narrowed).hits} == by_database
    page = client.get("/records/", narrowed)
    assert {record.pk for record in page.context["records"]} == by_database


def test_the_command(holdings: Record, cast: dict[str, User]) -> None:
    def lines(*words: str, **options: Any) -> list[dict[str, Any]]:
        out = io.StringIO()
        call_command("search", *words, format="jsonl", stdout=out, **options)
        return [json.loads(line) for line in out.getvalue().splitlines()]

    hits = lines("suối", "lạnh", limit=2)
    assert [hit["type"] for hit in hits[:-1]] == ["page", "page"] and hits[-1]["total"] == 5
    assert hits[0]["address"].startswith("/records/") and hits[0]["score"] > 0
    text, slices = hits[0]["highlights"][0]["text"], hits[0]["highlights"][0]["slices"]
    assert [text[start:end].lower() for start, end in slices] == ["suối lạnh"]
    assert lines("kín")[-1]["total"] == 0
    assert lines("kín", user=cast["archivist"].username)[-1]["total"] == 1
    people = lines("Đặng Văn Mẫu", tab="people")
    assert people[0]["title"] == "Đặng Văn Mẫu" and people[-1]["total"] == 1
    assert lines("thư", filter=["kind=letter"], tab="records")[-1]["facets"]["kind"] == {"letter": 1, "notebook": 1}
    with pytest.raises(CommandError, match="nobody"):
        lines("thư", user="khong-co")


def test_the_command_puts_the_record_of_a_number_first(holdings: Record) -> None:
    number = holdings.identifiers.get(primary=True).value
    out = io.StringIO()
    call_command("search", number.lower(), format="jsonl", stdout=out)
    first, *_others, last = [json.loads(line) for line in out.getvalue().splitlines()]
    assert first["exact"] and first["record"] == number and last["total"] >= 1 and last["changed"]


def test_an_invented_archive_is_marked_and_goes_without_a_trace(make_record: Callable[..., Record]) -> None:
    own = make_record()
    out = io.StringIO()
    call_command("make_archive", "--records", "60", "--pages", "30", "--seed", "4", stdout=out)
    assert Record.objects.exclude(pk=own.pk).filter(invented=False).count() == 0
    assert Record.objects.count() == 61 and Page.objects.count() == 30 and Mention.objects.count() == 6
    with pytest.raises(CommandError, match="--remove"):
        call_command("make_archive", stdout=out)
    reconcile_index() if rebuild_index() else None
    call_command("make_archive", "--remove", stdout=out)
    assert list(Record.objects.all()) == [own] and Mention.objects.count() == 0 and Page.objects.count() == 0
    assert reconcile_index() > 60 and not index_differences()
    assert remove_archive(progress=lambda _: None) == 0


def test_the_number_of_questions_to_the_database_does_not_grow(client: Client, db: None) -> None:
    """Per page, however large the catalogue: the figures are what the pages ask now, and may only fall."""
    addresses = {
        "/": 14,
        "/search": 12,
        "/search?q=của": 34,
        "/search?q=của&tab=pages": 26,
        "/search?q=của&tab=records": 24,
        "/records/": 12,
        "/records/?kind=letter": 10,
        "/find": 8,
    }

    def counts() -> dict[str, int]:
        parameters = {}
        for address in addresses:
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            parameters[address] = len(queries)
        return parameters

    make_archive(records=300, pages=300, mentions=60, seed=2, progress=lambda _: None)
    rebuild_index()
    small = counts()
    remove_archive(progress=lambda _: None)
    make_archive(records=900, pages=900, mentions=200, seed=2, progress=lambda _: None)
    rebuild_index()
    large = counts()
    assert {address: count for address, count in large.items() if count > small[address] + 1} == {}
    assert {address: count for address, count in large.items() if count > addresses[address]} == {}
