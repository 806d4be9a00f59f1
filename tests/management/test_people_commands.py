"""explain, find_people, import_mentions, rekey: what is printed and what is in the catalogue afterwards."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from catalog.people.models import NameArrangement, NameForm, SyllableKey, Unit
from catalog.records.models import Mention, Record

pytestmark = pytest.mark.django_db

HEADER = "record,page,name,alternates,aliases,rank,post,unit,home,born,enlisted,died,kin,number,note"


def printed(
    *arguments: str, stdin: str | None = None, monkeypatch: pytest.MonkeyPatch | None = None, **options: Any
) -> str:
    if stdin is not None and monkeypatch is not None:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
    out = io.StringIO()
    call_command(*arguments, stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_explain_reads_arguments_and_lines_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    explanations = lines(printed("explain", "--kind", "unit", "c3 d9 e90 f324", "KB", "đi B"))
    assert [line["normal"] for line in explanations] == ["c3/d9/e90/f324", "code:kb?", "-"]
    assert explanations[0]["levels"]["e"] == "e90"
    second = lines(printed("explain", "--kind", "unit", stdin="c3 d9 e90 f324\nKB\nđi B\n", monkeypatch=monkeypatch))
    assert second == explanations


def test_explain_dates_and_grids() -> None:
    date, unknown = lines(printed("explain", "--kind", "date", "12-8-72", "không rõ"))
    assert (date["edtf"], date["earliest"], date["readings"]) == (
        "1972-08-12",
        "1972-08-12",
        ["1972-08-12", "1972-12-08"],
    )
    assert "day_month_ambiguous" in date["notes"]
    assert (unknown["normal"], unknown["notes"]) == ("-", ["unknown"])
    (grid,) = lines(printed("explain", "--kind", "grid", "YD123456"))
    assert (grid["lat"], grid["lon"], grid["radius_m"]) == (16.68689, 106.98741, 250)


def test_explain_compares_names() -> None:
    (line,) = lines(printed("explain", "--kind", "name", "tran van phu", against="Trần Văn Phú"))
    assert (line["normal"], line["band"]) == ("Tran Van Phu", "match")
    assert line["reasons"][0]["code"] == "unmarked"
    assert line["keys"]["phu"]["phonetic"] == "phu"


def table(tmp_path: Path, *rows: str, header: str = HEADER) -> str:
    path = tmp_path / "names.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return str(path)


GOOD = (
    'HC-T1,2,Trần Văn Mẫu,Trần Văn Mậu;Trần Văn Mầu,Sáu Dân,,b trưởng,c3 e90 f324,"Vụ Bản, Nam '
    'Định",1944,4/1965,,,26966,hư cấu'
)


def test_a_table_is_taken_in_and_a_second_time_changes_nothing(tmp_path: Path) -> None:
    path = table(tmp_path, GOOD, "HC-T1,2,Lê Thị Giả,,,,,,,,,,,,", "HC-T1,2,Lê Thị Giả,,,,,,,,,,,,")
    output = printed("import_mentions", path, create_records=True, publish=True)
    assert "3 mentions made" in output
    mention = Mention.objects.get(name="Trần Văn Mẫu")
    assert (mention.page and mention.page.number, mention.born_from, mention.unit and mention.unit.normal_form) == (
        2,
        1944,
        "c3/e90/f324",
    )
    assert {(reading.value, reading.kind) for reading in mention.readings.all()} == {
        ("Trần Văn Mậu", "alternate"),
        ("Trần Văn Mầu", "alternate"),
        ("Sáu Dân", "alias"),
    }
    assert mention.history.count() == 1
    before = (Mention.objects.count(), NameForm.objects.count(), Unit.objects.count(), Record.objects.count())
    assert "0 mentions made, 3 stood already" in printed("import_mentions", path, create_records=True, publish=True)
    assert (Mention.objects.count(), NameForm.objects.count(), Unit.objects.count(), Record.objects.count()) == before


def test_bad_rows_are_named_and_the_good_ones_kept(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        GOOD,
        "HC-T1,x,Lê Văn Một,,,,,,,,,,,,",
        "HC-T1,1,,,,,,,,,,,,,",
        ",1,Lê Văn Hai,,,,,,,,,,,,",
        "HC-T1,1,Lê Văn Ba,,,,,,,31/2/1945,,,,,",
        "HC-T1,0,Lê Văn Tư,,,,,,,,,,,,",
    )
    errors = io.StringIO()
    with pytest.raises(CommandError, match="5 rows were not taken"):
        call_command("import_mentions", path, create_records=True, stdout=io.StringIO(), stderr=errors)
    output = errors.getvalue()
    for where in (
        "line 3, column page",
        "line 4, column name",
        "line 5, column record",
        "line 6, column born",
        "line 7, column page",
    ):
        assert where in output
    assert list(Mention.objects.values_list("name", flat=True)) == ["Trần Văn Mẫu"]
    assert Record.objects.get().status == Record.Status.DRAFT


def test_an_unknown_record_is_an_error_unless_it_may_be_made(tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        printed("import_mentions", table(tmp_path, GOOD))
    assert not Mention.objects.exists() and not Record.objects.exists()


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"a,b\n1,2\n", b"\x89PNG\r\n"])
def test_a_file_that_is_no_table_is_reported_and_nothing_imported(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "names.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=r"names\.csv"):
        printed("import_mentions", str(path))


def test_a_list_is_answered_line_by_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    printed(
        "import_mentions", table(tmp_path, GOOD, "HC-T2,1,Lê Thị Giả,,,,,,,,,,,,"), create_records=True, publish=True
    )
    results, nobody = lines(printed("find_people", stdin="tran van mau\nNguyễn Không Có\n", monkeypatch=monkeypatch))
    assert results["query"] == "tran van mau"
    best = results["results"][0]
    assert (best["name"], best["band"], best["record"], best["page"]) == ("Trần Văn Mẫu", "match", "HC-T1", 2)
    assert best["mention"] == Mention.objects.get(name="Trần Văn Mẫu").pk
    assert {reason["code"] for reason in best["reasons"]} >= {"unmarked"}
    assert nobody["results"] == []
    (with_facts,) = lines(printed("find_people", stdin="name,unit\ntran van mau,e90\n", monkeypatch=monkeypatch))
    assert with_facts["query"] == {"name": "tran van mau", "unit": "e90"}
    assert any(reason["code"] == "same_regiment" for reason in with_facts["results"][0]["reasons"])


@pytest.mark.parametrize(
    "typed",
    [
        b"\xef\xbb\xbfH\xe1\xbb\x8d v\xc3\xa0 t\xc3\xaan;\xc4\x90\xc6\xa1n v\xe1\xbb\x8b\r\ntran van mau;e90\r\n",
        "name\tunit\ntran van mau\te90\n".encode("utf-16"),
        b"unit,name,xyz\r\ne90,tran van mau,\xff\xfe\r\n\r\n",
    ],
    ids=["semicolons, mark, Vietnamese", "UTF-16 and tabs", "bytes that are no text"],
)
def test_a_list_is_read_however_it_was_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: bytes) -> None:
    printed("import_mentions", table(tmp_path, GOOD), create_records=True, publish=True)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(typed)))
    (line,) = lines(printed("find_people"))
    assert line["query"] == {"name": "tran van mau", "unit": "e90"}
    assert "cùng trung đoàn" in line["results"][0]["words"]


@pytest.mark.parametrize("typed", [b"\0\0\xff\n", b'name,unit\n"tran', b"\r\r\n\x85\n", b"name\n\n", b"a" * 300_000])
def test_no_list_breaks_the_command(db: None, monkeypatch: pytest.MonkeyPatch, typed: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(typed)))
    assert all(line["results"] == [] for line in lines(printed("find_people")))


def test_a_field_too_long_for_a_table_is_reported(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"name,unit\ntran,e90\nmau," + b"a" * 200_000)))
    with pytest.raises(CommandError, match="3"):
        printed("find_people")


@pytest.mark.parametrize(
    ("typed", "name"),
    [("Phạm Ngọc Tảo", "Phạm Ngọc Tào"), ("Thẩm Văn Lực", "Phạm Văn Lực"), ("Trí Dũng", "Nguyễn Văn Đớm")],
)
def test_rows_that_need_a_stored_name_are_found_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str, name: str
) -> None:
    """The rows of the table of pairs marked [alias] and [alternate]."""
    printed("import_mentions", table(tmp_path, f"HC-T1,1,{name},{typed},,,,,,,,,,,"), create_records=True, publish=True)
    (line,) = lines(printed("find_people", stdin=f"{typed}\n", monkeypatch=monkeypatch))
    assert [(result["name"], result["band"]) for result in line["results"]] == [(name, "match")]


def test_rekey_writes_what_is_behind_and_goes_on_where_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed("import_mentions", table(tmp_path, GOOD), create_records=True, publish=True)
    arrangements = NameArrangement.objects.count()
    NameForm.objects.update(keys_version=0)
    NameArrangement.objects.all().delete()
    SyllableKey.objects.all().delete()
    assert lines(printed("find_people", stdin="tran van mau\n", monkeypatch=monkeypatch))[0]["results"] == []
    assert "4 names keyed" in printed("rekey")
    assert NameArrangement.objects.count() == arrangements
    assert lines(printed("find_people", stdin="tran van mau\n", monkeypatch=monkeypatch))[0]["results"]
    assert "0 names keyed" in printed("rekey")
    assert "4 names keyed" in printed("rekey", all=True)
    assert NameArrangement.objects.count() == arrangements
