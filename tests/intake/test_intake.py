"""Files taken in by `manage.py ingest`: good ones whole, bad ones put aside with their reason, nothing lost."""

import hashlib
import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdfium2
import pypdfium2.raw as raw
import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from PIL import Image, ImageChops, ImageOps, ImageStat

from catalog.images.models import Scan
from catalog.intake.models import IntakeBatch
from catalog.records.models import Page, Record
from tests.factories import storage_key
from tests.faults import failing_statements
from tests.intake.odd_files import ACCEPTED, ODD, file_of, page, pdf, tiff, turned, write_all, zip_of
from tests.intake.odder_files import ODDER

pytestmark = pytest.mark.django_db


@pytest.fixture
def record(make_record: Callable[..., Record]) -> Record:
    return make_record(identifier="HC-9000")


def ingest(*sources: Path, **options: Any) -> dict[str, dict[str, Any]]:
    """Take in, and read the report by file name."""
    report = sources[0].parent / "report.jsonl"
    if "match" not in options and "create_records" not in options:
        options.setdefault("record", "HC-9000")
    call_command("ingest", *map(str, sources), report=report, stdout=io.StringIO(), stderr=io.StringIO(), **options)
    lines = [json.loads(line) for line in report.read_text().splitlines()]
    assert len({line["file"] for line in lines}) == len(lines)
    return {line["file"]: line for line in lines}


def test_every_odd_file_gets_what_it_must(record: Record, tmp_path: Path, settings: Any) -> None:
    odd = ODD()
    folder = tmp_path / "delivery"
    write_all(folder, {name: data for name, (data, _, _) in odd.items()})
    report = ingest(folder)
    wrong = {
        name: (report[name]["outcome"], len(report[name]["pages"]), report[name]["reason"], report[name]["warnings"])
        for name, (_, outcome, pages) in odd.items()
        if report[name]["outcome"] != outcome or len(report[name]["pages"]) != pages
    }
    assert not wrong
    assert all(line["reason"] for line in report.values() if line["outcome"] == "refused")
    for name, (data, outcome, _) in odd.items():
        sha = hashlib.sha256(data).hexdigest()
        if outcome == ACCEPTED:
            stored = [path for path in default_storage.listdir(f"originals/{sha[:2]}")[1] if path.startswith(sha)]
            assert default_storage.open(f"originals/{sha[:2]}/{stored[0]}").read() == data
        elif data:
            assert (Path(settings.QUARANTINE_DIR) / sha[:2] / sha).read_bytes() == data, name
    assert Page.objects.filter(record=record).count() == sum(pages for _, _, pages in odd.values())
    assert (
        "HEIC" in report["a.heic"]["reason"]
        and "GIF" in report["a.gif"]["reason"]
        and "empty" in report["empty.jpg"]["reason"]
    )
    assert report["zeros.jpg"]["warnings"] and report["html.jpg"]["warnings"] and report["wrong-name.png"]["warnings"]
    second_report = ingest(folder)
    assert {line["outcome"] for line in second_report.values()} == {"duplicate", "refused"}
    assert second_report["three.tif"]["pages"] == report["three.tif"]["pages"]


def test_every_odder_file_gets_what_it_must(record: Record, tmp_path: Path, settings: Any) -> None:
    odder = ODDER()
    write_all(tmp_path / "delivery", {name: data for name, (data, *_) in odder.items()})
    report = ingest(tmp_path / "delivery")
    wrong = {}
    for name, (data, outcome, pages, word) in odder.items():
        line = report[name]
        words = " ".join([line["reason"], *line["warnings"]])
        folder = settings.QUARANTINE_DIR if outcome == "refused" else Path(settings.MEDIA_ROOT) / "originals"
        if (
            (line["outcome"], len(line["pages"])) != (outcome, pages)
            or word not in words
            or not any(
                path.read_bytes() == data for path in (Path(folder) / line["sha256"][:2]).glob(line["sha256"] + "*")
            )
        ):
            wrong[name] = (line["outcome"], len(line["pages"]), words)
    assert not wrong
    sizes = {name: [(entry["width"], entry["height"]) for entry in line["pages"]] for name, line in report.items()}
    assert sizes["j-turned.jpg"] == [(800, 612)] and sizes["t-turned.tif"] == [(402, 320)]
    assert sizes["d-turned.pdf"] == [(800, 642)] and sizes["d-exif.pdf"] == [(1250, 1667)]
    assert sizes["d-scan.pdf"] == [(640, 800)] and sizes["t-with-small-one.tif"] == [(640, 800)]


@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "PNG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_upright_and_turned_once(record: Record, tmp_path: Path, kind: str, orientation: int) -> None:
    write_all(tmp_path / "in", {f"a.{kind.lower()}": turned(orientation, kind)})
    (line,) = ingest(tmp_path / "in").values()
    assert [(entry["width"], entry["height"]) for entry in line["pages"]] == [(80, 120)]
    sha = line["sha256"]
    with Image.open(default_storage.path(f"derived/{sha[:2]}/{sha}/reading.jpg")) as image:
        assert image.size == (80, 120)
        red, green, _ = image.getpixel((8, 8))  # type: ignore[misc]
        assert red > 150 and green < 90
        assert min(image.getpixel((70, 110))) > 220  # type: ignore[arg-type]


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_a_large_jpeg_keeps_its_size_and_is_read_at_half_of_it(
    record: Record, tmp_path: Path, orientation: int, progressive: bool
) -> None:
    lying = page((1303, 1801))
    exif = Image.Exif()
    exif[0x0112] = orientation
    write_all(tmp_path / "in", {"a.jpg": file_of(lying, "JPEG", exif=exif, progressive=progressive)})
    (line,) = ingest(tmp_path / "in").values()
    size, half = ((1801, 1303), (901, 652)) if orientation == 6 else ((1303, 1801), (652, 901))
    assert [(entry["width"], entry["height"]) for entry in line["pages"]] == [size]
    sha = line["sha256"]
    with Image.open(default_storage.path(f"derived/{sha[:2]}/{sha}/reading.jpg")) as image:
        assert image.size == half
        other_image = ImageOps.exif_transpose(Image.open(io.BytesIO(file_of(lying, "JPEG", exif=exif)))).convert("RGB")
        near = ImageChops.difference(image.convert("RGB").reduce(4), other_image.reduce(8))
        assert max(ImageStat.Stat(near).mean) < 4


@pytest.mark.parametrize("progressive", [False, True])
def test_what_is_wrong_at_the_end_of_a_large_jpeg_is_found(record: Record, tmp_path: Path, progressive: bool) -> None:
    noise = Image.effect_noise((1300, 1700), 60).convert("RGB")
    complete = file_of(noise, "JPEG", progressive=progressive)
    files = {
        "whole.jpg": complete,
        "cut.jpg": complete[: -len(complete) // 100],
        "hole.jpg": complete[:-5000] + bytes(4998) + complete[-2:],
    }
    write_all(tmp_path / "in", files)
    report = ingest(tmp_path / "in")
    assert {name: line["outcome"] for name, line in report.items()} == {
        "whole.jpg": "accepted",
        "cut.jpg": "refused",
        "hole.jpg": "accepted",
    }
    assert "zeros" in " ".join(report["hole.jpg"]["warnings"])
    assert "zeros" not in " ".join(report["whole.jpg"]["warnings"])


def test_a_jpeg_with_fewer_rows_than_it_says_is_looked_at(record: Record, tmp_path: Path) -> None:
    noise = Image.effect_noise((1300, 1700), 60).convert("RGB")
    complete = file_of(noise, "JPEG")
    head = complete.index(b"\xff\xc0") + 5
    more = complete[:head] + (2400).to_bytes(2, "big") + complete[head + 2 :]
    closed = complete[: len(complete) // 2] + b"\xff\xd9"
    white = Image.new("RGB", (1300, 1700), "white")
    white.paste(noise.crop((0, 0, 1300, 900)))
    write_all(
        tmp_path / "in",
        {"more.jpg": more, "closed.jpg": closed, "white.jpg": file_of(white, "JPEG"), "whole.jpg": complete},
    )
    report = ingest(tmp_path / "in")
    assert {line["outcome"] for line in report.values()} == {"accepted"}
    noticed = {name for name, line in report.items() if "one even colour" in " ".join(line["warnings"])}
    assert noticed == {"more.jpg", "closed.jpg"}


def test_sixteen_bits_are_not_all_white_and_what_is_clear_is_white(record: Record, tmp_path: Path) -> None:
    clear = page((50, 60)).convert("RGBA")
    clear.putalpha(0)
    write_all(
        tmp_path / "in", {"grey.tif": tiff(Image.new("I;16", (50, 60), 30000)), "clear.png": file_of(clear, "PNG")}
    )
    report = ingest(tmp_path / "in")

    def middle(name: str) -> int:
        sha = report[name]["sha256"]
        with Image.open(default_storage.path(f"derived/{sha[:2]}/{sha}/reading.jpg")) as image:
            return image.convert("L").getpixel((25, 30))  # type: ignore[return-value]

    assert 105 < middle("grey.tif") < 130
    assert middle("clear.png") > 250


def test_names_say_where_files_belong_in_the_order_people_number(
    make_record: Callable[..., Record], tmp_path: Path
) -> None:
    record = make_record(identifier="F034602421337")
    folder = tmp_path / "in"
    names = [
        "F034602421337_0010r.jpg",
        "F034602421337_2r.jpg",
        "F034602421337_2v.jpg",
        "Ghi chú.jpg",
        "F999902421337_0001.jpg",
    ]
    write_all(folder, {name: file_of(page((300 + index, 400)), "JPEG") for index, name in enumerate(names)})
    out = io.StringIO()
    call_command("ingest", str(folder), preview=True, stdout=out)
    assert "F034602421337_2v.jpg → F034602421337, sheet 2v" in out.getvalue() and not IntakeBatch.objects.exists()
    report = ingest(folder, match="{record}_{sheet}{side}")
    assert [line["outcome"] for line in report.values()].count("accepted") == 3
    assert list(Page.objects.filter(record=record).order_by("number").values_list("sheet", "side")) == [
        (2, "r"),
        (2, "v"),
        (10, "r"),
    ]
    assert "no record with the number F999902421337" in report["F999902421337_0001.jpg"]["reason"]
    second_report = ingest(folder, create_records=True)
    assert second_report["F999902421337_0001.jpg"]["outcome"] == "accepted"
    assert Record.objects.get(identifiers__matched="F999902421337").status == "draft"


@pytest.mark.parametrize("kind", ["sha256sum", "md5sum", "bag"])
def test_delivered_checksums_are_held_against_the_files(record: Record, tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "in"
    files = {f"{n}.jpg": file_of(page((300 + n, 400)), "JPEG") for n in range(1, 4)}
    below = folder / "data" if kind == "bag" else folder
    write_all(below, files)
    method = hashlib.md5 if kind == "md5sum" else hashlib.sha256
    sums = {name: method(data).hexdigest() for name, data in files.items()} | {
        "2.jpg": "0" * len(method(b"").hexdigest()),
        "4.jpg": method(b"x").hexdigest(),
    }
    if kind == "bag":
        (folder / "bagit.txt").write_text("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
        (folder / "manifest-sha256.txt").write_text("".join(f"{value}  data/{name}\n" for name, value in sums.items()))
    else:
        (folder / f"all.{kind[:-3]}").write_text(
            "# bàn giao\n" + "".join(f"{value} *./{name}\n" for name, value in sums.items())
        )
    report = ingest(folder)
    prefix = "data/" if kind == "bag" else ""
    assert {name: report[prefix + name]["outcome"] for name in ("1.jpg", "2.jpg", "3.jpg", "4.jpg")} == {
        "1.jpg": "accepted",
        "2.jpg": "refused",
        "3.jpg": "accepted",
        "4.jpg": "refused",
    }
    assert "checksum" in report[prefix + "2.jpg"]["reason"] and "not delivered" in report[prefix + "4.jpg"]["reason"]
    assert len(report) == 4


def test_a_pdf_gives_its_scans_byte_for_byte(record: Record, tmp_path: Path) -> None:
    scan = file_of(page((700, 900)), "JPEG", quality=90)
    with Image.open(io.BytesIO(scan)) as opened:
        write_all(tmp_path / "in", {"one.pdf": pdf(opened), "drawn.pdf": pdf(page((50, 60), "1"))})
    report = ingest(tmp_path / "in")
    (scan_id,) = [entry["scan"] for entry in report["one.pdf"]["pages"]]
    taken = Scan.objects.get(public_id=scan_id)
    assert taken.media_type == "image/jpeg" and taken.delivered_sha256 == report["one.pdf"]["sha256"]
    assert default_storage.open(storage_key(taken)).read().startswith(b"\xff\xd8\xff")
    assert (taken.width, taken.height) == (700, 900)


def test_a_turned_page_of_a_pdf_is_taken_out_and_shown_as_the_pdf_shows_it(record: Record, tmp_path: Path) -> None:
    scan = file_of(page((700, 900)), "JPEG", quality=90)
    with Image.open(io.BytesIO(scan)) as opened:
        lying = pdf(opened)
    turned_pdf = pypdfium2.PdfDocument(lying)
    turned_pdf[0].set_rotation(90)
    out = io.BytesIO()
    turned_pdf.save(out)
    write_all(tmp_path / "in", {"one.pdf": out.getvalue()})
    (line,) = ingest(tmp_path / "in").values()
    assert [(entry["width"], entry["height"]) for entry in line["pages"]] == [(900, 700)]
    taken = Scan.objects.get(public_id=line["pages"][0]["scan"])
    assert (taken.media_type, taken.turn) == ("image/jpeg", 90)
    assert not line["warnings"]


def test_text_laid_invisibly_over_a_scan_leaves_it_a_scan(record: Record, tmp_path: Path) -> None:
    with Image.open(io.BytesIO(file_of(page((700, 900)), "JPEG", quality=90))) as opened:
        document = pypdfium2.PdfDocument(pdf(opened))
    first = document[0]
    font = raw.FPDFText_LoadStandardFont(document, b"Helvetica")
    words = raw.FPDFPageObj_CreateTextObj(document, font, 12)
    raw.FPDFTextObj_SetTextRenderMode(words, raw.FPDF_TEXTRENDERMODE_INVISIBLE)
    raw.FPDFPage_InsertObject(first, words)
    first.gen_content()
    out = io.BytesIO()
    document.save(out)
    write_all(tmp_path / "in", {"read.pdf": out.getvalue()})
    (line,) = ingest(tmp_path / "in").values()
    assert Scan.objects.get().media_type == "image/jpeg" and not line["warnings"]


def test_names_that_hurt(record: Record, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write_all(
        folder,
        {
            "ngày\n1.jpg": file_of(page((301, 400)), "JPEG"),
            "\u202egpj.exe.jpg": file_of(page((302, 400)), "JPEG"),
            "a" * 240 + ".jpg": file_of(page((303, 400)), "JPEG"),
        },
    )
    (folder / os.fsdecode(b"\xff\xfe.jpg")).write_bytes(file_of(page((304, 400)), "JPEG"))
    (folder / "link.jpg").symlink_to(folder / "nowhere.jpg")
    (folder / "Thumbs.db").write_bytes(b"x")
    (folder / "deeper").mkdir()
    (folder / "deeper" / "b.jpg").write_bytes(file_of(page((305, 400)), "JPEG"))
    os.mkfifo(folder / "pipe.jpg")
    report = ingest(folder)
    assert [line["outcome"] for line in report.values()].count("accepted") == 5
    assert report["link.jpg"]["outcome"] == report["pipe.jpg"]["outcome"] == "refused"
    assert "ngày\\n1.jpg" in report and "deeper/b.jpg" in report and "Thumbs.db" not in report


def test_a_zip_by_itself_is_unpacked(record: Record, tmp_path: Path) -> None:
    path = tmp_path / "scans.zip"
    path.write_bytes(zip_of(b__jpg=file_of(page((301, 400)), "JPEG"), a__jpg=file_of(page((302, 400)), "JPEG")))
    assert list(ingest(path)) == ["a.jpg", "b.jpg"]
    path.write_bytes(b"PK\x03\x04 nonsense")
    with pytest.raises(CommandError, match="cannot be unpacked"):
        ingest(path)


@pytest.mark.parametrize(
    ("limit", "value", "words"), [("DECODE_SECONDS", 0.05, "longer than is allowed"), ("DECODE_BYTES", 260_000_000, "")]
)
def test_a_file_that_takes_too_much_stops_itself_alone(
    record: Record, tmp_path: Path, settings: Any, limit: str, value: float, words: str
) -> None:
    setattr(settings, limit, value)
    write_all(tmp_path / "in", {"1.png": file_of(Image.new("RGB", (11_000, 11_000)), "PNG"), "2.txt": b"x"})
    report = ingest(tmp_path / "in")
    assert report["1.png"]["outcome"] == "refused" and words in report["1.png"]["reason"]
    assert report["2.txt"]["outcome"] == "refused"
    setattr(settings, limit, 3_000_000_000 if limit == "DECODE_BYTES" else 60)
    assert ingest(tmp_path / "in")["1.png"]["outcome"] == "accepted"


def test_a_decoder_that_ends_is_reported_and_started_again(
    record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_all(tmp_path / "in", {"1.jpg": file_of(page((301, 400)), "JPEG"), "2.txt": b"x"})
    with monkeypatch.context() as broken:
        # A child that ends before it answers.
        broken.setattr(sys, "executable", "/bin/false")
        report = ingest(tmp_path / "in")
    assert report["1.jpg"]["outcome"] == "refused" and "broke off" in report["1.jpg"]["reason"]
    assert report["2.txt"]["outcome"] == "refused"
    assert ingest(tmp_path / "in")["1.jpg"]["outcome"] == "accepted"


def test_similar_and_equal_pictures_are_reported(
    record: Record, make_record: Callable[..., Record], tmp_path: Path
) -> None:
    make_record(identifier="HC-9001")
    picture = Image.radial_gradient("L").resize((900, 1200)).convert("RGB")
    picture.paste((30, 30, 30), (100, 100, 400, 900))
    write_all(tmp_path / "one", {"a.jpg": file_of(picture, "JPEG", quality=90)})
    write_all(tmp_path / "two", {"b.jpg": file_of(picture, "JPEG", quality=60)})
    ingest(tmp_path / "one")
    (alike,) = ingest(tmp_path / "two").values()
    assert alike["outcome"] == "accepted" and "looks like" in alike["warnings"][0]
    (elsewhere,) = ingest(tmp_path / "one", record="HC-9001").values()
    assert elsewhere["outcome"] == "accepted" and "Another record has the same file." in elsewhere["warnings"]


def test_killed_in_the_middle_and_begun_again(record: Record, tmp_path: Path, settings: Any) -> None:

    folder = tmp_path / "in"
    write_all(folder, {f"{n}.jpg": file_of(page((300 + n, 400)), "JPEG") for n in range(8)})
    with (
        pytest.raises(KeyboardInterrupt),
        failing_statements(KeyboardInterrupt(), 'INTO "catalog_page"', after=4),
    ):
        ingest(folder)
    assert IntakeBatch.objects.get().state == "stopped" and Page.objects.filter(record=record).count() == 4
    report = ingest(folder, jobs=2)
    assert [line["outcome"] for line in report.values()] == ["duplicate"] * 4 + ["accepted"] * 4
    names = [scan.original_name for scan in Scan.objects.filter(page__record=record).order_by("page__number")]
    assert names == [f"{n}.jpg" for n in range(8)]
    assert not any(Path(settings.STAGING_DIR).glob("batch-*"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"record": "KHÔNG-CÓ"}, "There is no record"),
        ({"match": "{sheet}"}, "needs {record}"),
        ({"match": "{record}{x}"}, "none of"),
        ({"record": "HC-9000", "match": "{record}"}, "Give --record or --match"),
        ({"jobs": 0}, "--jobs"),
    ],
)
def test_wrong_options_are_reported(record: Record, tmp_path: Path, options: dict[str, Any], words: str) -> None:
    write_all(tmp_path / "in", {"1.jpg": b"x"})
    with pytest.raises(CommandError, match=words):
        call_command("ingest", str(tmp_path / "in"), stdout=io.StringIO(), **options)
    with pytest.raises(CommandError, match="is not there"):
        call_command("ingest", str(tmp_path / "nowhere"), stdout=io.StringIO(), record="HC-9000")


def test_the_store_says_what_it_is(record: Record, tmp_path: Path) -> None:
    write_all(tmp_path / "in", {"1.jpg": file_of(page(), "JPEG")})
    ingest(tmp_path / "in")
    assert "originals/ab" in default_storage.open("README.txt").read().decode()


def test_the_same_file_is_known_again_among_many_that_look_alike(
    record: Record, make_record: Callable[..., Record], tmp_path: Path, settings: Any
) -> None:
    settings.DUPLICATES_NAMED = 3
    other = make_record(identifier="HC-9001")
    form = Image.radial_gradient("L").resize((900, 1200))
    write_all(tmp_path / "forms", {f"{n}.jpg": file_of(form, "JPEG", quality=50 + n) for n in range(6)})
    ingest(tmp_path / "forms", record="HC-9001")
    write_all(tmp_path / "in", {f"{n}.jpg": file_of(page((301 + n, 400)), "JPEG") for n in range(4)})
    write_all(tmp_path / "in", {"form.jpg": file_of(form, "JPEG", quality=90)})
    ingest(tmp_path / "in")
    assert {line["outcome"] for line in ingest(tmp_path / "in").values()} == {"duplicate"}
    assert Page.objects.filter(record=record).count() == 5 and Page.objects.filter(record=other).count() == 6
