"""A record of whatever number has one address that works everywhere, or the number is refused; a page's address stays
its own."""

import io
import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
import yaml
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from catalog.accounts.models import User
from catalog.changes.writing import HOUSE
from catalog.interchange.citations import cite
from catalog.records.actions import add_row, create_record, describe_record, make_pages
from catalog.records.arranging import ArrangedPage, arrange_pages
from catalog.records.models import Identifier, Mention, Page, Record, Repository
from catalog.records.queries import ancestors, record_by_identifier
from catalog.rules.identifiers import number_fault, reference_key
from catalog.search.actions import rebuild_index
from catalog.texts.actions import set_page_text
from catalog.texts.models import PageText
from tests.factories import new_scan, picture

pytestmark = pytest.mark.django_db

TAKEN = [
    "13/QĐ-BQP",
    "45/1968",
    "12 / QĐ-BQP",
    "Số 7/ĐKTĐ 1.2.3",
    "a#b?c",
    "50%2F",
    "a+b&c",
    "A/B/C;D=1",
    "13/slip",
    "13/pages/2",
    "13/text.txt",
    "a\\b",
    "“7”/.json",
]
REFUSED = ["/13", "13/", "13//QĐ", "/", "//", ".", "..", "../13", "13/..", "13/./7", "R262", "r7", "   ", "1" * 121]


@pytest.fixture
def archive(repository: Repository) -> Repository:
    return repository


def entered(repository: Repository, number: str) -> Record:
    """A public file of that number, with a page with an image, words and a name on it."""
    record = create_record(
        actor=HOUSE,
        record=Record(
            repository=repository,
            code="H1",
            title_vi="Quyết định hư cấu",
            title_en="Invented decision",
            status="published",
            invented=True,
        ),
        numbers=[Identifier(value=number, primary=True)],
    )
    (page,) = make_pages(pages=[Page(record=record, number=1)])
    new_scan(page, picture((400, 500), "x"), name="x.jpg")
    set_page_text(page=page, text="hư cấu lạ lùng", origin=PageText.Origin.PERSON)
    add_row(
        actor=HOUSE,
        row=Mention(record=record, page=page, name="Hoàng Thị Lạ Lùng", box_x=1, box_y=1, box_w=50, box_h=20),
    )
    return record


@pytest.mark.parametrize("number", TAKEN)
def test_a_number_of_any_shape_works_at_every_door(
    client: Client, cast: dict[str, User], archive: Repository, number: str
) -> None:
    record = entered(archive, number)
    rebuild_index()
    html = client.get("/records/?kind=&level=file").content.decode()
    (address,) = {unescape(text) for text in re.findall(r'href="(/records/[^"?]+)"', html)}
    matched = unquote(address.removeprefix("/records/"))
    assert record_by_identifier(matched) == record
    response = client.get(address)
    assert response.status_code == 200, address
    code = address.removeprefix("/records/")
    for door in (
        f"/records/{code}/slip",
        f"/records/{code}.json",
        f"/records/{code}.ris",
        f"/records/{code}.bib",
        f"/records/{code}/text.txt",
        f"/records/{code}/pages/1",
        f"/records/{code}/pages/1/text.txt",
        f"/records/{code}/pages/1/words.json",
        f"/en/records/{code}",
        f"/iiif/records/{code}/manifest",
        f"/iiif/records/{code}/collection",
        f"/iiif/records/{code}/search?q=hư",
        f"/iiif/records/{code}/search/1?q=hư",
        f"/iiif/records/{code}/autocomplete?q=h",
        "/records/",
        "/search?q=hư+cấu",
        f"/search?q={quote(number)}",
        f"/search?q=lạ&record={code}",
        "/search.atom?q=hư+cấu",
        "/search.csv?q=hư+cấu",
        "/find?name=Hoàng+Thị+Lạ+Lùng",
        "/api/v1/records",
        "/api/v1/search?q=hư+cấu",
        "/api/v1/people/search?name=Hoàng+Thị+Lạ+Lùng",
        f"/suggest?q={quote(number)}",
        f"/records/?parent={code}",
        "/",
    ):
        assert client.get(door).status_code == 200, door
    # Whatever a page links to as this record's is there.
    for link in set(re.findall(r'(?:href|src)="((?:/en)?/(?:iiif/)?records/[^"#]+)"', response.content.decode())):
        assert client.get(unescape(link)).status_code == 200, link
    slash = client.get(f"{address}/?q=1")
    assert slash.status_code == 301 and unquote(slash["Location"]) == unquote(f"{address}?q=1")
    inside = client.get(f"{address}/pages/1/")
    assert inside.status_code == 301 and unquote(inside["Location"]) == unquote(f"{address}/pages/1")
    ids = json.loads(client.get(f"/iiif/records/{code}/manifest").content)["id"]
    assert client.get(ids.removeprefix("http://testserver")).status_code == 200
    client.force_login(cast["administrator"])
    for door in (
        "/en/admin/catalog/record/",
        f"/en/admin/catalog/record/{record.pk}/change/",
        f"/en/desk/records/{record.pk}/pages",
    ):
        assert client.get(door).status_code == 200, door


@pytest.mark.parametrize("number", REFUSED)
def test_a_number_without_an_address_is_refused_at_every_way_in(
    client: Client, cast: dict[str, User], archive: Repository, tmp_path: Path, number: str
) -> None:
    client.force_login(cast["administrator"])
    record = Record.objects.create(repository=archive, code="HS", title_vi="Hồ sơ hư cấu")
    form = {"record": record.pk, "scheme": "local", "value": number, "primary": "on"}
    response = client.post("/en/admin/catalog/identifier/add/", form)
    assert response.status_code == 200 and "errorlist" in response.content.decode()
    with pytest.raises(ValidationError):
        add_row(actor=HOUSE, row=Identifier(record=record, value=number))
    if number.strip():
        table, errors = tmp_path / "names.csv", io.StringIO()
        table.write_text(f"record,page,name\n{number},1,Lê Hư Cấu\n", encoding="utf-8")
        with pytest.raises(CommandError):
            call_command("import_mentions", table, create_records=True, stdout=io.StringIO(), stderr=errors)
        assert "line 2, column record" in errors.getvalue()
        with pytest.raises(CommandError):
            call_command("ingest", tmp_path, record=number, create_records=True)
    else:
        assert number_fault(number) == "empty"
    assert not Identifier.objects.exists() and Record.objects.count() == 1


def test_a_delivery_whose_names_give_no_number_is_put_aside_with_the_reason(
    archive: Repository, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "R262_1.jpg").write_bytes(picture((80, 90), "x").getvalue())
    report = tmp_path / "report.jsonl"
    call_command("ingest", folder, match="{record}_{page}", create_records=True, report=report, stdout=io.StringIO())
    (line,) = [json.loads(splitline) for splitline in report.read_text().splitlines()]
    assert line["outcome"] == "refused" and "R262" in line["reason"]
    assert not Record.objects.exists()


def test_a_file_named_like_an_address_is_not_hung_on_that_record(archive: Repository, tmp_path: Path) -> None:
    record = Record.objects.create(repository=archive, code="HS", title_vi="Hồ sơ hư cấu")
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / f"R{record.pk}_1.jpg").write_bytes(picture((80, 90), "x").getvalue())
    call_command("ingest", folder, match="{record}_{page}", stdout=io.StringIO())
    assert not record.pages.exists()
    call_command("ingest", folder, record=f"R{record.pk}", stdout=io.StringIO())
    assert record.pages.count() == 1


def test_an_archive_file_with_such_a_number_is_refused(archive: Repository, tmp_path: Path) -> None:
    entry = {"identifier": "13//7", "repository": archive.code, "code": "X", "level": "file", "title_vi": "Hư cấu"}
    (tmp_path / "records.yaml").write_text(yaml.safe_dump([entry], allow_unicode=True), encoding="utf-8")
    with pytest.raises(CommandError, match="13//7"):
        call_command("load_archive", tmp_path, stdout=io.StringIO())
    assert not Record.objects.exists()


def test_a_number_of_an_older_archive_that_has_no_address_stops_nothing(
    client: Client, cast: dict[str, User], archive: Repository
) -> None:
    record = Record.objects.create(repository=archive, code="HS", title_vi="Hồ sơ hư cấu", status="published")
    Identifier.objects.create(record=record, value="13//QĐ", primary=True)
    rebuild_index()
    for door in ("/records/?level=file", "/api/v1/records", "/search?q=hư", f"/records/R{record.pk}", "/suggest?q=13"):
        assert client.get(door).status_code == 200, door
    client.force_login(cast["administrator"])
    assert client.get("/en/admin/catalog/record/").status_code == 200
    number = record.identifiers.get()
    form = {"record": record.pk, "scheme": "press", "value": "13//QĐ", "primary": "on", "began": number.revision}
    assert client.post(f"/en/admin/catalog/identifier/{number.pk}/change/", form).status_code == 302
    number.refresh_from_db()
    assert number.scheme == "press"


def test_a_record_without_a_number_is_understood_wherever_its_address_is_made(
    client: Client, archive: Repository, make_page: Callable[..., Page], tmp_path: Path
) -> None:
    above = Record.objects.create(
        repository=archive,
        code="01",
        level="inventory",
        title_vi="Mục lục hư cấu",
        title_en="Invented inventory",
        status="published",
    )
    below = Record.objects.create(repository=archive, parent=above, code="5", title_vi="Hồ sơ con", status="published")
    make_page(above)
    rebuild_index()
    code = f"R{above.pk}"
    assert "Hồ sơ con" in client.get(f"/records/?parent={code}").content.decode()
    assert client.get(f"/api/v1/records?parent={code}").json()["results"][0]["url"].endswith(f"/records/R{below.pk}")
    for door in (
        f"/records/{code}",
        f"/records/{code}/slip",
        f"/records/{code}.json",
        f"/iiif/records/{code}/manifest",
        f"/records/{code}/pages/1",
        f"/iiif/records/{code}/collection",
        f"/search?q=hồ&record={code}",
        f"/api/v1/search?q=hồ&record={code}",
    ):
        assert client.get(door).status_code == 200, door
    assert client.get(f"/records/{code.lower()}")["Location"] == f"/records/{code}"
    for command in ("ocr", "packs", "propose_mentions"):
        call_command(command, record=code, stdout=io.StringIO(), stderr=io.StringIO())
    cited = cite(above, ancestors(above), code, "https://luu-tru.example/x")
    assert "MLHS 01, “Mục lục hư cấu”" in cited.line_vi and code not in cited.line_vi.partition("http")[0]
    assert f"AN  - {code}" not in cited.ris


def test_a_reference_code_is_looked_up_whatever_its_case_and_follows_its_parent(
    client: Client, archive: Repository
) -> None:
    above = Record.objects.create(repository=archive, code="Đ1", level="fonds", title_vi="Phông", status="published")
    below = Record.objects.create(repository=archive, parent=above, code="hs 5", title_vi="Hồ sơ", status="published")
    assert record_by_identifier("vn-hc/đ1/HS  5") == below
    assert client.get("/records/VN-HC/Đ1/hs%205")["Location"] == f"/records/R{below.pk}"
    describe_record(actor=HOUSE, record=above, revision=None, values={"code": "Ơ2"})
    below.refresh_from_db()
    assert below.reference_key == reference_key(below.reference_code) == "VN-HC/Ơ2/HS 5"
    assert record_by_identifier("vn-hc/ơ2/hs 5") == below and record_by_identifier("vn-hc/đ1/hs 5") is None


def test_an_unknown_number_reads_no_table_through(archive: Repository) -> None:
    addresses: list[tuple[str, Any]] = []

    def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        addresses.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        assert record_by_identifier("KHÔNG CÓ 77/QĐ") is None
    assert addresses
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        # Statistics that another test left say how small its tables were; then a scan is the right plan.
        cursor.execute("ANALYZE")
        cursor.execute("DELETE FROM sqlite_stat1")
        cursor.execute("ANALYZE sqlite_schema")
    for sql, params in addresses:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
            plan = [row[3] for row in cursor.fetchall()]
        assert not any(step.startswith("SCAN") for step in plan), (sql, plan)


def test_the_old_address_shows_the_same_image_when_pages_change_places(
    client: Client, make_record: Callable[..., Record], make_page: Callable[..., Page]
) -> None:
    record = make_record(identifier="HC-7")
    pages = [make_page(record, number) for number in (1, 2, 3)]
    images = {page.address: page.scans.get().public_id for page in pages}
    assert sorted(images) == [1, 2, 3]
    arrange_pages(actor=HOUSE, record=record, arranged=[ArrangedPage(pages[place].pk) for place in (2, 0, 1)])
    assert [page.address for page in Page.objects.filter(record=record).order_by("number")] == [3, 1, 2]
    for address, image in images.items():
        html = client.get(f"/records/HC-7/pages/{address}").content.decode()
        assert image in html.partition('class="pages"')[0]
    first = client.get("/records/HC-7").content.decode()
    assert images[3] in first.partition('class="pages"')[0]
    assert re.findall(r'href="/records/HC-7/pages/(\d)"', first)[:3] == ["3", "1", "2"]
    urls = [entry["url"] for entry in client.get("/records/HC-7.json").json()["pages"]]
    assert [url[-1] for url in urls] == ["3", "1", "2"]


def test_an_address_is_never_given_again(make_record: Callable[..., Record]) -> None:
    record = make_record()
    first, second = make_pages(pages=[Page(record=record, number=1), Page(record=record, number=2)])
    arrange_pages(actor=HOUSE, record=record, arranged=[ArrangedPage(second.pk), ArrangedPage(first.pk, trashed=True)])
    (third,) = make_pages(pages=[Page(record=record, number=7)])
    (fourth,) = make_pages(pages=[Page(record=record, number=8)])
    arrange_pages(
        actor=HOUSE, record=record, arranged=[ArrangedPage(fourth.pk), ArrangedPage(second.pk), ArrangedPage(third.pk)]
    )
    (other_second,) = make_pages(pages=[Page(record=record, number=8)])
    assert [page.address for page in (first, second, third, fourth, other_second)] == [1, 2, 7, 8, 9]


def test_a_table_of_names_means_pages_by_their_number(make_record: Callable[..., Record], tmp_path: Path) -> None:
    record = make_record(identifier="HC-8")
    first, two = make_pages(pages=[Page(record=record, number=1), Page(record=record, number=2)])
    arrange_pages(actor=HOUSE, record=record, arranged=[ArrangedPage(two.pk), ArrangedPage(first.pk)])
    table = tmp_path / "names.csv"
    table.write_text("record,page,name\nHC-8,1,Lê Hư Cấu\n", encoding="utf-8")
    call_command("import_mentions", table, stdout=io.StringIO())
    assert Mention.objects.get().page == two
