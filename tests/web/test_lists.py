"""A whole list at once: sent in, answered in the same workbook, fetched, gone."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook, load_workbook

from catalog.accounts.models import User
from catalog.name_lists.models import NameList
from catalog.records.models import Mention, Record

pytestmark = pytest.mark.django_db

Make = Callable[..., Any]


@pytest.fixture
def papers(make_record: Make, make_page: Make, make_mention: Make) -> Mention:
    """Somebody public, and somebody who is not."""
    record = make_record()
    mention: Mention = make_mention(
        record, "Trần Văn Mẫu", page=make_page(record), unit_text="c3 e90 f324", kin="cha: Trần Văn Cha"
    )
    make_mention(make_record(status="draft"), "Lê Văn Kín")
    return mention


@pytest.fixture
def signed_in(client: Client, cast: dict[str, User]) -> Client:
    """A member of staff who may ask with a list."""
    client.force_login(cast["curator"])
    return client


def csv(*lines: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("danh sách.csv", "\n".join(lines).encode("utf-8-sig"), "text/csv")


def xlsx(*rows: list[Any]) -> SimpleUploadedFile:
    book, out = Workbook(write_only=True), io.BytesIO()
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(row)
    book.save(out)
    return SimpleUploadedFile("names.xlsx", out.getvalue())


def send(client: Client, file: SimpleUploadedFile, **more: str) -> NameList:
    response = client.post("/lists/", {"file": file, **more})
    assert response.status_code == 302, response.context["form"].errors if response.context else response
    return NameList.objects.latest("pk")


def fetched(client: Client, name_list: NameList, kind: str = "xlsx") -> bytes:
    response = client.get(f"/lists/{name_list.token}/result.{kind}")
    assert response.status_code == 200
    return b"".join(response.streaming_content)  # type: ignore[attr-defined]


def cells(data: bytes, sheet: int = 0) -> list[list[Any]]:
    return [list(row) for row in load_workbook(io.BytesIO(data)).worksheets[sheet].iter_rows(values_only=True)]


def test_the_same_workbook_comes_back_with_its_answers(signed_in: Client, papers: Mention) -> None:
    results = send(
        signed_in, xlsx(["Họ tên", "Đơn vị", "Mã riêng"], ["tran van mau", "e90", 17], ["Nguyễn Không Ai", None, 18])
    )
    assert (results.state, results.total, results.done, results.matched) == ("done", 2, 2, 1)
    page = signed_in.get(f"/lists/{results.token}/").content.decode()
    assert "Tải kết quả" in page
    header, first, second = cells(fetched(signed_in, results))
    assert header[:3] == ["Họ tên", "Đơn vị", "Mã riêng"] and first[:3] == ["tran van mau", "e90", 17]
    text = dict(zip(header[3:], first[3:], strict=True))
    assert text["Mức khớp"] == "khớp" and text["Tên tìm thấy"] == "Trần Văn Mẫu" and text["Trang"] == 1
    assert "bỏ dấu" in text["Vì sao"] and "cùng trung đoàn" in text["Vì sao"]
    assert text["Hồ sơ"] == papers.record.identifiers.get().value
    assert text["Liên kết"].endswith(f"/pages/1?mention={papers.pk}")
    assert dict(zip(header[3:], second[3:], strict=True))["Mức khớp"] == "chưa thấy"


def test_a_csv_comes_back_as_csv_when_asked(signed_in: Client, papers: Mention) -> None:
    name_list = send(signed_in, csv("name;born", "tran van mau;1944"), as_csv="on")
    text = fetched(signed_in, name_list, "csv").decode("utf-8-sig")
    assert "Trần Văn Mẫu" in text and text.startswith("name")


def test_rows_that_cannot_be_asked_are_named_and_the_others_go_on(signed_in: Client, papers: Mention) -> None:
    name_list = send(signed_in, csv("name,born", ",1944", "tran van mau,xyz", f"{'a' * 300},", "Nguyễn,"))
    assert (name_list.done, name_list.matched, name_list.wrong) == (4, 1, 4)
    page = signed_in.get(f"/lists/{name_list.token}/").content.decode()
    for words in ("Dòng 2.", "Dòng 3.", "Dòng 4.", "Dòng 5."):
        assert words in page


@pytest.mark.parametrize(
    "file",
    [
        SimpleUploadedFile("a.xlsx", b""),
        SimpleUploadedFile("a.xlsx", b"PK\x03\x04 damaged"),
        SimpleUploadedFile("a.xls", b"\xd0\xcf\x11\xe0 old"),
        SimpleUploadedFile("a.png", b"\x89PNG\r\n\x1a\n"),
        SimpleUploadedFile("a.csv", b"x,y\n1,2\n"),
        SimpleUploadedFile("a.csv", b"name\n"),
        SimpleUploadedFile("a.csv", b"name\n" + b"Tran Van A\n" * 5001),
        SimpleUploadedFile("a.csv", b"name\n" + b"x" * (5 * 2**20 + 1)),
    ],
    ids=["empty", "damaged", "old", "picture", "no name column", "no rows", "too many", "too large"],
)
def test_a_file_that_is_no_list_is_refused_next_to_its_field(signed_in: Client, file: SimpleUploadedFile) -> None:
    response = signed_in.post("/lists/", {"file": file})
    assert response.status_code == 400
    assert 'id="file-error"' in response.content.decode()
    assert not NameList.objects.exists()
    assert signed_in.post("/lists/").status_code == 400


def test_nothing_is_kept_without_consent(signed_in: Client, papers: Mention) -> None:
    name_list = send(signed_in, csv("name", "tran van mau"))
    assert not name_list.file and name_list.expires_at is not None
    assert len(default_storage.listdir("lists")[1]) == 1
    fetched(signed_in, name_list)
    assert default_storage.listdir("lists")[1] == []
    assert "đã được tải" in signed_in.get(f"/lists/{name_list.token}/").content.decode()


def test_with_consent_it_is_kept_until_deleted(signed_in: Client, papers: Mention) -> None:
    name_list = send(signed_in, csv("name", "tran van mau"), keep="on")
    fetched(signed_in, name_list)
    assert len(default_storage.listdir("lists")[1]) == 2
    assert signed_in.post(f"/lists/{name_list.token}/delete").status_code == 302
    assert default_storage.listdir("lists")[1] == [] and not NameList.objects.exists()


def test_what_came_out_of_the_data_never_begins_a_formula(
    signed_in: Client, make_record: Make, make_mention: Make
) -> None:
    make_mention(make_record(title_vi="x"), "=HYPERLINK(Trần Văn Mẫu)")
    name_list = send(signed_in, csv("name", "=cmd|' /C calc'!A1", "HYPERLINK Trần Văn Mẫu"))
    book = load_workbook(io.BytesIO(fetched(signed_in, name_list)))
    assert not [
        cell.value for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.data_type == "f"
    ]


def test_an_association_sees_what_a_visitor_sees(
    client: Client, cast: dict[str, User], papers: Mention, django_user_model: Any
) -> None:
    from django.contrib.auth.models import Group

    friend = django_user_model.objects.create_user("hội", password="x")
    friend.groups.add(Group.objects.get(name="association"))
    client.force_login(friend)
    name_list = send(client, csv("name,kin", "Lê Văn Kín,", "tran van mau,Trần Văn Cha"))
    data = fetched(client, name_list)
    assert name_list.matched == 1
    assert "Kín" not in str(cells(data, 1)) and "Cha" not in str(cells(data, 1))


def test_lists_are_for_those_who_may_and_each_sees_only_their_own(
    client: Client, cast: dict[str, User], papers: Mention
) -> None:
    assert client.get("/lists/").status_code == 302
    client.force_login(cast["without a role"])
    assert client.get("/lists/").status_code == 403
    client.force_login(cast["archivist"])
    name_list = send(client, csv("name", "tran van mau"))
    client.force_login(cast["curator"])
    for address in (f"/lists/{name_list.token}/", f"/lists/{name_list.token}/result.xlsx"):
        assert client.get(address).status_code == 404
    assert client.post(f"/lists/{name_list.token}/delete").status_code == 404
    assert NameList.objects.filter(pk=name_list.pk).exists()


def test_a_list_under_way_says_how_far_it_is_and_looks_again(signed_in: Client, cast: dict[str, User]) -> None:
    from django.utils import timezone

    name_list = NameList.objects.create(
        owner=cast["curator"], original_name="a.csv", total=100, done=25, state="working", started_at=timezone.now()
    )
    page = signed_in.get(f"/lists/{name_list.token}/").content.decode()
    assert "25 trên 100 tên" in page and 'http-equiv="refresh"' in page and "còn" in page


def test_a_list_whose_owner_lost_the_right_is_not_answered(
    signed_in: Client, cast: dict[str, User], papers: Mention, settings: Any
) -> None:
    from catalog.jobs.running import run_all_due

    settings.JOBS_AT_ONCE = False
    name_list = send(signed_in, csv("name", "tran van mau"))
    cast["curator"].groups.clear()
    cast["curator"].is_staff = False
    cast["curator"].save()
    assert run_all_due() == 1
    name_list.refresh_from_db()
    assert (name_list.state, name_list.error, bool(name_list.result)) == ("failed", "not_allowed", False)


def test_a_record_is_untouched_by_a_list(signed_in: Client, papers: Mention) -> None:
    before = (Record.objects.count(), Mention.objects.count())
    send(signed_in, csv("name", "Phạm Mới Toanh"))
    assert (Record.objects.count(), Mention.objects.count()) == before
