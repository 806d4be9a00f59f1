"""Texts of pages: boxes, files in other forms, versions, drafts, checks."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from catalog.accounts.models import User
from catalog.changes.models import Change
from catalog.records.models import Page, Record
from catalog.texts.actions import set_page_text
from catalog.texts.building import UnreadableText
from catalog.texts.files import fit_boxes, read_text_file, stem_of
from catalog.texts.models import PageText, PageTranslation, TextDraft
from catalog.texts.packing import box_around, carry_boxes, line_boxes, pack, unpack
from catalog.texts.queries import differences
from catalog.texts.versions import (
    NotFinished,
    OwnWork,
    check_text,
    finish_transcription,
    finish_translation,
    publish_translation,
    save_draft,
    show_version,
)
from catalog.texts.writing import TextExport, write_text

ALTO = """<?xml version="1.0" encoding="UTF-8"?>
<alto xmlns="http://www.loc.gov/standards/alto/ns-v{version}#"><Description><MeasurementUnit>{unit}</MeasurementUnit></Description>
<Layout><Page WIDTH="{width}" HEIGHT="{height}"><PrintSpace><TextBlock><TextLine>
<String CONTENT="Trần" HPOS="{x}" VPOS="{y}" WIDTH="{w}" HEIGHT="{h}" WC="0.9"/><SP/>
<String CONTENT="hy" SUBS_TYPE="HypPart1" SUBS_CONTENT="hysinh" HPOS="{x2}" VPOS="{y}" WIDTH="{w}" HEIGHT="{h}" WC="0.7"/><HYP CONTENT="-"/></TextLine>
<TextLine><String CONTENT="sinh" SUBS_TYPE="HypPart2" SUBS_CONTENT="hysinh" HPOS="{x}" VPOS="{y2}" WIDTH="{w}" HEIGHT="{h}"/>
<SP/><String CONTENT="1967" HPOS="{x2}" VPOS="{y2}" WIDTH="{w}" HEIGHT="{h}"/></TextLine></TextBlock></PrintSpace></Page></Layout></alto>"""
PAGE_XML = """<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"><Page imageWidth="650" imageHeight="900">
<ReadingOrder><OrderedGroup id="g"><RegionRefIndexed index="0" regionRef="b"/><RegionRefIndexed index="1" regionRef="a"/></OrderedGroup></ReadingOrder>
<TextRegion id="a"><TextLine><Coords points="10,20 110,22 110,60 10,58"/><TextEquiv conf="0.8"><Unicode>hai ba</Unicode></TextEquiv></TextLine></TextRegion>
<TextRegion id="b"><TextLine><Coords points="0,0 9,9"/><Word><Coords><Point x="5" y="6"/><Point x="25" y="16"/></Coords><TextEquiv><Unicode>một</Unicode></TextEquiv></Word></TextLine></TextRegion>
</Page></PcGts>"""
HOCR = """<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml"><body><div class='ocr_page' title='image "a.tif"; bbox 0 0 650 900; ppageno 0'>
<p class='ocr_par' lang='vie'><span class='ocr_line' title='bbox 10 20 300 50'><span class='ocrx_word' title='bbox 10 20 60 50; x_wconf 91'><strong>Trần</strong></span>
<span class='ocrx_word' title='bbox 70 20 120 50; x_wconf 71'>Văn</span></span></p></div></body></html>"""


def alto(unit: str = "pixel", scale: float = 1, version: int = 4) -> bytes:
    sides = {"width": 1300, "height": 1800, "x": 100, "y": 200, "w": 90, "h": 40, "x2": 210, "y2": 300}
    return ALTO.format(unit=unit, version=version, **{name: side * scale for name, side in sides.items()}).encode()


def test_boxes_come_back_as_they_went_and_are_small() -> None:
    rows, position = [], 0
    for word in range(400):
        rows.append(
            [
                position,
                position + 3 + word % 5,
                300 + (word * 137) % 1800,
                300 + word // 10 * 70 + word % 7,
                60 + word * 31 % 90,
                34 + word % 9,
            ]
        )
        position += 4 + word % 5
    assert unpack(pack(rows)) == rows
    assert len(pack(rows)) < 9 * len(rows)
    assert unpack(pack([])) == []
    assert unpack(pack([[5, 9, 0, 0, 1, 1], [5, 9, 70_000, 3, 2, 2]])) == [[5, 9, 0, 0, 1, 1], [5, 9, 70_000, 3, 2, 2]]
    for damaged in (b"x", b"\x01abc", pack(rows)[:-40] + b"0" * 40):
        with pytest.raises(ValueError, match="boxes"):
            unpack(damaged)


def test_a_corrected_word_keeps_its_box() -> None:
    before = "Tran Van Phu ở đây\nhôm nay"
    rows = [
        [0, 4, 10, 10, 40, 20],
        [5, 8, 60, 10, 30, 20],
        [9, 12, 100, 10, 30, 20],
        [13, 14, 140, 10, 10, 20],
        [15, 18, 160, 10, 30, 20],
        [19, 22, 10, 50, 30, 20],
        [23, 26, 50, 50, 30, 20],
    ]
    after = "Trần Văn Phú[?] đã ở đây\nhôm nay"
    item = {after[row[0] : row[1]]: row[2:] for row in carry_boxes(before, rows, after)}
    assert item["hôm"] == [10, 50, 30, 20]
    assert item["đây"] == [160, 10, 30, 20]
    # Three words in the place of three, one of them with a mark; one more was put in.
    assert item["Trần"][0] == 10
    assert item["Phú[?]"][0] > item["Văn"][0] > 10
    assert all(row[1] <= len(after) for row in carry_boxes(before, rows, after))
    swapped = carry_boxes("một hai", [[0, 3, 1, 1, 5, 5], [4, 7, 9, 1, 5, 5]], "mật hai")
    assert swapped == [[0, 3, 1, 1, 5, 5], [4, 7, 9, 1, 5, 5]]
    assert line_boxes(before, rows)[1] == (10, 50, 70, 20)
    assert box_around(rows, 9, 22) == (100, 10, 90, 20)


@pytest.mark.parametrize(("unit", "scale"), [("pixel", 1), ("pixel", 0.5), ("mm10", 0.847), ("inch1200", 4)])
def test_alto_in_every_unit_is_brought_to_the_image(unit: str, scale: float) -> None:
    read = read_text_file(alto(unit, scale, version=2))
    [page] = read.pages
    assert read.form == "alto"
    assert page.text == "Trần hysinh\n1967"
    rows = fit_boxes(page, 1300, 1800)
    assert [page.text[row[0] : row[1]] for row in rows] == ["Trần", "hysinh", "hysinh", "1967"]
    for row, expected in zip(rows, ([100, 200], [210, 200], [100, 300], [210, 300]), strict=True):
        assert row[2:4] == pytest.approx(expected, abs=1)
    assert page.confidence == pytest.approx(0.8)


def test_page_xml_in_reading_order_and_polygons_as_boxes() -> None:
    [page] = read_text_file(PAGE_XML.encode()).pages
    assert page.text == "một\n\nhai ba"
    rows = fit_boxes(page, 1300, 1800)
    assert rows[0][2:] == [10, 12, 40, 20]
    assert rows[1][2] == 20
    assert rows[1][2] + rows[1][4] < rows[2][2]
    assert rows[2][2] + rows[2][4] <= 220


def test_hocr_with_a_document_type_of_its_own_kind() -> None:
    [page] = read_text_file(HOCR.encode()).pages
    assert page.text == "Trần Văn"
    assert fit_boxes(page, 1300, 1800)[1] == [5, 8, 140, 40, 100, 60]
    assert page.confidence == pytest.approx(0.81)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"<alto", "damaged"),
        (b"<alto>" + b"<a>" * 400, "damaged"),
        (b"<mets/>", "kind"),
        (b"<alto/>", "no_pages"),
        (b"<html><body>x</body></html>", "no_pages"),
        (b"\xff\xfea\x00\x00\x00", "kind"),
        ("Trần".encode("cp1258", errors="replace") + b"\xe1\xff", "encoding"),
        (b"a\x00b", "kind"),
        (alto("furlong"), "unit"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><alto>&x;</alto>', "entities"),
        ('<!DOCTYPE a [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><alto/>'.encode("utf-16"), "entities"),
        (b"x" * 2_500_000, "large"),
    ],
)
def test_bad_files_are_refused_with_a_code(data: bytes, code: str) -> None:
    with pytest.raises(UnreadableText) as refused:
        read_text_file(data)
    assert refused.value.code == code


def test_strange_figures_in_a_file_do_no_harm() -> None:
    data = (
        alto()
        .replace(b'HPOS="100"', b'HPOS="NaN"')
        .replace(b'WIDTH="90"', b'WIDTH="-1e999"')
        .replace(b'VPOS="300"', b'VPOS="9999999"')
    )
    [page] = read_text_file(data).pages
    assert page.text == "Trần hysinh\n1967"
    assert fit_boxes(page, 1300, 1800) == []


@pytest.mark.parametrize("form", ["alto.xml", "hocr"])
def test_what_is_given_out_can_be_read_in_again(form: str) -> None:
    text = "Trần Văn Phú[?]\n\n~~Trung~~ & <đội> \x0bx"
    rows = [[0, 4, 10, 20, 40, 20], [5, 8, 60, 20, 30, 20], [9, 12, 100, 20, 30, 20]]
    text_export = TextExport(text, rows, 1300, 1800, "https://a/b", "vi", "person", 0.5)
    [page] = read_text_file(write_text(text_export, form)).pages
    assert page.text.split() == ["Trần", "Văn", "Phú", "Trung", "&", "<đội>", "x"]
    assert fit_boxes(page, 1300, 1800) == rows
    assert write_text(TextExport("", [], 10, 10, "", "vi", "ocr"), form)


def test_names_of_files_beside_images() -> None:
    assert [stem_of(name) for name in ("a.alto.xml", "A.HOCR", "a.b.txt", "a.tif", "x.page.xml")] == [
        "a",
        "A",
        "a.b",
        "",
        "x",
    ]


@pytest.fixture
def page(make_record: Callable[..., Record], make_page: Callable[..., Page]) -> Page:
    return make_page(make_record(identifier="HC-7000"))


def test_versions_are_kept_and_an_older_one_comes_back(page: Page, cast: dict[str, User]) -> None:
    first = set_page_text(
        page=page,
        text="Tran Van Mau",
        origin="ocr",
        boxes=[[0, 4, 1, 1, 9, 9], [5, 8, 12, 1, 9, 9], [9, 12, 24, 1, 9, 9]],
    )
    second = finish_transcription(page=page, person=cast["archivist"], text="Trần Văn Mẫu\r\n")
    assert second.text == "Trần Văn Mẫu"
    assert [row[2:] for row in second.boxes] == [row[2:] for row in first.boxes]
    assert (second.origin, second.state, second.made_by) == ("person", "finished", cast["archivist"])
    assert list(page.texts.filter(current=True)) == [second]
    changes = Change.objects.count()
    show_version(version=PageText.objects.get(pk=first.pk))
    assert list(page.texts.filter(current=True)) == [first]
    assert Change.objects.count() > changes
    assert page.texts.count() == 2


def test_nobody_checks_their_own_work(page: Page, cast: dict[str, User]) -> None:
    version = finish_transcription(page=page, person=cast["archivist"], text="một")
    with pytest.raises(OwnWork):
        check_text(version=version, person=cast["archivist"])
    with pytest.raises(IntegrityError), transaction.atomic():
        PageText.objects.filter(pk=version.pk).update(checked_by=cast["archivist"])
    checked = check_text(version=version, person=cast["reviewer"])
    assert (checked.state, checked.checked_by) == ("checked", cast["reviewer"])
    with pytest.raises(NotFinished):
        check_text(version=checked, person=cast["administrator"])
    text_version = finish_transcription(page=page, person=cast["reviewer"], text="một hai", base=version.pk)
    assert text_version.state == "finished"


def test_a_draft_of_two_windows_loses_neither(page: Page, cast: dict[str, User]) -> None:
    person = cast["archivist"]
    first = save_draft(page=page, person=person, text="một", revision=0)
    second = save_draft(page=page, person=person, text="một hai", revision=first.revision)
    assert second.revision == first.revision + 1
    crossed = save_draft(page=page, person=person, text="ba", revision=first.revision)
    assert crossed.crossed
    draft = TextDraft.objects.get()
    assert (draft.text, draft.other_text) == ("một hai", "ba")
    save_draft(page=page, person=cast["reviewer"], text="khác", revision=0)
    assert TextDraft.objects.count() == 2
    finish_transcription(page=page, person=person, text="một hai")
    assert [text_draft.person for text_draft in TextDraft.objects.all()] == [cast["reviewer"]]
    # A saving that was on its way does not bring the draft back.
    save_draft(page=page, person=person, text="một hai", revision=second.revision)
    assert TextDraft.objects.count() == 1


def test_translations_have_versions_and_one_is_public(page: Page, cast: dict[str, User]) -> None:
    first = finish_translation(page=page, person=cast["archivist"], text="one", language="en")
    publish_translation(version=first, published=True)
    second = finish_translation(page=page, person=cast["archivist"], text="two", language="en")
    finish_translation(page=page, person=cast["archivist"], text="un", language="fr")
    assert {
        (page_translation.text, page_translation.current, page_translation.published)
        for page_translation in PageTranslation.objects.filter(language="en")
    } == {
        ("one", False, True),
        ("two", True, False),
    }
    publish_translation(version=second, published=True)
    assert [page_translation.text for page_translation in PageTranslation.objects.filter(published=True)] == ["two"]


def test_what_differs() -> None:
    results = [(difference.kind, difference.text) for difference in differences("một hai\nba", "một bốn\nba")]
    assert results == [("same", "một "), ("out", "hai"), ("in", "bốn"), ("same", "\nba")]
    assert "".join(difference.text for difference in differences("a b", "c d") if difference.kind != "in") == "a b"


def test_texts_beside_images_come_in_with_them(make_record: Callable[..., Record], tmp_path: Path) -> None:
    from tests.factories import picture

    make_record(identifier="HC-7100")
    folder = tmp_path / "delivery"
    folder.mkdir()
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        (folder / name).write_bytes(picture((1300, 1800), name).read())
    (folder / "a.alto.xml").write_bytes(alto(scale=0.5))
    (folder / "b.txt").write_text("Trần Văn Mẫu\nở đây")
    (folder / "c.xml").write_bytes(b"<alto")
    (folder / "stray.txt").write_text("không có ảnh")
    for outcome in ("accepted", "duplicate"):
        report = tmp_path / f"{outcome}.jsonl"
        call_command(
            "ingest",
            str(folder),
            record="HC-7100",
            report=report,
            stdout=report.with_suffix(".out").open("w"),
            stderr=report.with_suffix(".err").open("w"),
        )
        lines = {line["file"]: line for line in map(json.loads, report.read_text().splitlines())}
        assert {name: lines[name]["outcome"] for name in ("a.jpg", "a.alto.xml", "b.txt")} == dict.fromkeys(
            ("a.jpg", "a.alto.xml", "b.txt"), outcome
        )
        assert lines["c.xml"]["outcome"] == lines["stray.txt"]["outcome"] == "refused"
        assert "damaged" in lines["c.xml"]["reason"]
        assert lines["a.alto.xml"]["pages"][0]["scan"] == lines["a.jpg"]["pages"][0]["scan"]
    texts = {text.page.number: text for text in PageText.objects.filter(current=True)}
    assert texts[1].text == "Trần hysinh\n1967"
    assert texts[1].boxes[0] == [0, 4, 100, 200, 90, 40]
    assert (texts[2].origin, texts[2].text) == ("imported", "Trần Văn Mẫu\nở đây")
    assert PageText.objects.count() == 2


def test_import_texts_by_name_by_sheet_and_all_pages_in_one_file(
    make_record: Callable[..., Record], make_page: Callable[..., Page], tmp_path: Path, cast: dict[str, User]
) -> None:
    record = make_record(identifier="HC-7200")
    first, second = make_page(record, 1), make_page(record, 2)
    Page.objects.filter(pk=second.pk).update(sheet=7, side="v")
    finish_transcription(page=first, person=cast["archivist"], text="người viết")
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "HC-7200_0007v.xml").write_bytes(alto())
    (folder / "HC-9999_1.xml").write_bytes(alto())
    two = alto().replace(b"</Layout>", alto()[alto().index(b"<Page ") : alto().index(b"</Layout>")] + b"</Layout>")
    (folder / "HC-7200.xml").write_bytes(two)
    report = tmp_path / "report.jsonl"
    with (tmp_path / "out").open("w") as out, (tmp_path / "err").open("w") as err:
        call_command("import_texts", str(folder), preview=True, stdout=out, stderr=err)
        assert PageText.objects.count() == 1
        call_command("import_texts", str(folder), report=report, stdout=out, stderr=err)
    lines = {line["file"]: line for line in map(json.loads, report.read_text().splitlines())}
    assert lines["HC-7200_0007v.xml"]["pages"] == [{"record": record.code, "page": 2, "words": 3}]
    assert lines["HC-9999_1.xml"]["reason"].startswith("There is no page for it")
    assert [entry["page"] for entry in lines["HC-7200.xml"]["pages"]] == [1, 2]
    assert any("person transcribed" in warning for warning in lines["HC-7200.xml"]["warnings"])
    assert PageText.objects.get(page=first, current=True).text == "người viết"
    assert PageText.objects.filter(page=first, current=False, origin="imported").count() == 1
