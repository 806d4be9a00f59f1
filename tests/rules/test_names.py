"""The table of pairs, the ways a name can be typed, and reasons that are true."""

import csv
import unicodedata
from pathlib import Path

import pytest

from catalog.rules.names import Reason, compare_names, query_keys, read_name, stored_arrangements, stored_keys
from catalog.rules.names.compare import band_of
from catalog.rules.text import canonical, fold

PAIRS = list(csv.DictReader((Path(__file__).parent.parent / "data" / "name_pairs.csv").open(encoding="utf-8")))
BAND = {"yes": "match", "weak": "possible", "no": "none"}
# These need a stored row: tests/web/test_find_page.py stores it and finds them.
STORED = ("[alias]", "[alternate]")


@pytest.mark.parametrize(
    "row", [row for row in PAIRS if not row["reason"].startswith(STORED)], ids=lambda row: row["query"]
)
def test_every_pair_is_in_its_band(row: dict[str, str]) -> None:
    assert compare_names(row["query"], row["candidate"]).band == BAND[row["should_match"]]


@pytest.mark.parametrize(
    "row",
    [row for row in PAIRS if row["should_match"] != "no" and not row["reason"].startswith(STORED)],
    ids=lambda row: row["query"],
)
def test_what_should_be_found_meets_by_its_keys(row: dict[str, str]) -> None:
    """A pair that compares well but never meets as candidates would not be found."""
    stored = {
        key
        for stored_arrangement in stored_arrangements(read_name(row["candidate"]))
        for key in stored_keys(stored_arrangement.given)
    }
    givens = {token for reading in read_name(row["query"]).readings for token in reading.tokens}
    assert any(set(query_keys(token, given=True)) & stored for token in givens)


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("Traanf Vawn Phus", "Trần Văn Phú"),
        ("Tranaf Vanw Phus", "Trần Văn Phú"),
        ("NGUYEENX VAWN THUOWNGF", "Nguyễn Văn Thường"),
        ("DDawngj Thuyf Traam", "Đặng Thùy Trâm"),
        ("Tra^`n Va(n Phu'", "Trần Văn Phú"),
        ("Nguye^~n Va(n Thu+o+`ng", "Nguyễn Văn Thường"),
        ("Tra62n Va8n Phu1", "Trần Văn Phú"),
        ("Nguye64n Van8 Ho65i", "Nguyễn Văn Hội"),
        ("Tran62 Văn Phú", "Trần Văn Phú"),
        ("TRAN VAN PHU ((TRAANF VAWN PHUS))", "Trần Văn Phú"),
        ("TranVanPhu", "Tran Van Phu"),
        ("tranvanphu", "Tran Van Phu"),
        ("NguyễnVănHùng", "Nguyễn Văn Hùng"),
        ("Tr. V. Phú", "Tr V Phú"),
        ("liệt sỹ Trần Văn Phú", "Trần Văn Phú"),
        ("Trung đội trưởng Trần Văn Phú", "Trần Văn Phú"),
        ("Trần Văn Phú (tức Hùng)", "Trần Văn Phú"),
        ("Trần Văn Phú, sinh 1944", "Trần Văn Phú"),
        ("Nguyễn Thuý Hoà", "Nguyễn Thúy Hòa"),
        ("K'Păh Kơlơng", "K'Păh Kơlơng"),
        ("Y Bih Alêô", "Y Bih Alêô"),
        ("H'Linh Niê", "H'Linh Niê"),
        ("Trần\u00a0Văn\u2009Phú", "Trần Văn Phú"),
        ("Ðặng Văn Ðức", "Đặng Văn Đức"),
        ("Nguyễn Thị Trân", "Nguyễn Thị Trân"),
        ("Dương Văn Quan", "Dương Văn Quan"),
        ("Chu Văn Viết Nam", "Chu Văn Viết Nam"),
        ("duong van quan", "Duong Van Quan"),
        ("26966", "-"),
        ("", "-"),
        ("337 Trần Phú, thị xã Kon Tum", "-"),
        ("…", "-"),
    ],
)
def test_a_name_is_read_however_it_was_typed(typed: str, normal: str) -> None:
    assert read_name(typed).normal == normal


def test_number_title_and_alias_are_distinguished() -> None:
    name = read_name("LS. Nguyễn Văn Hội bí danh Hùng 26966")
    assert (name.number, name.stripped) == ("26966", ("ls",))
    assert [(reading.text, reading.how) for reading in name.readings] == [("Nguyễn Văn Hội", ()), ("Hùng", ("alias",))]


def test_a_year_behind_a_name_is_no_service_number() -> None:
    assert read_name("Trần Văn Phú 1944").number == ""
    assert compare_names("Trần Văn Phú 1944", "Trần Văn Phú 1945").band == "match"


def test_equal_numbers_alone_are_a_match_and_others_are_not() -> None:
    assert compare_names("26966", "26966").band == "match"
    assert compare_names("26966", "Nguyễn Văn Hội 26966").reasons[0].code == "number_equal"
    assert compare_names("26966", "26996").band == "none"


def test_a_rare_given_name_alone_may_do_a_common_one_never() -> None:
    assert compare_names("Đớm", "Nguyễn Văn Đớm", lambda _given: 1 / 50_000).band == "match"
    assert compare_names("Hùng", "Nguyễn Văn Hùng", lambda _given: 1 / 60).band == "none"
    assert compare_names("Văn", "Trần Văn Phú", lambda _given: 1 / 50_000).band == "none"


@pytest.mark.parametrize(("parameters", "written"), [("Trần Phú", "Trần Văn Phú"), ("Trần Văn Phú", "Trần Phú")])
def test_a_reason_says_which_side_lacks_the_part(parameters: str, written: str) -> None:
    missing = next(reason for reason in compare_names(parameters, written).reasons if reason.code == "middle_missing")
    assert missing.lacks == ("asked" if parameters == "Trần Phú" else "written")


@pytest.mark.parametrize("row", PAIRS, ids=lambda row: row["query"])
def test_every_reason_given_is_true(row: dict[str, str]) -> None:
    """Recomputed from the two words that the reason names, by other means than the comparison's own."""
    for reason in compare_names(row["query"], row["candidate"]).reasons:
        if reason.part != "whole":
            assert holds(reason), reason


@pytest.mark.parametrize(
    ("parameters", "written", "band"),
    [
        # A foreign spelling with the marks that are there; one letter misread into a word that is no family name; a
        # letter dropped from the commonest; but a letter from one family name to another is a doubt.
        ("Phan Văn Fú", "Phan Văn Phú", "match"),
        ("Trần Văn Fù", "Trần Văn Phú", "possible"),
        ("Trau Van Phu", "Trần Văn Phú", "match"),
        ("Nguen Van Hoi", "Nguyễn Văn Hội", "match"),
        ("Tan Van Phu", "Trần Văn Phú", "possible"),
        ("12. Trần Văn Phú", "Trần Văn Phú", "match"),
        ("3) tran van phu", "Trần Văn Phú", "match"),
    ],
)
def test_doubts_are_weighed(parameters: str, written: str, band: str) -> None:
    assert compare_names(parameters, written).band == band


def _marks_in(word: str) -> int:
    return sum(unicodedata.combining(number) > 0 for number in unicodedata.normalize("NFD", word)) + word.count("đ")


def holds(reason: Reason) -> bool:
    """Whether a reason is true of its own two words."""
    requests, written = reason.asked, reason.written
    marks = _marks_in
    folded_equal = fold(requests).replace("y", "i") == fold(written).replace("y", "i")
    return {
        "equal": requests == written,
        "iy": requests != written and folded_equal,
        "unmarked": folded_equal and min(marks(requests), marks(written)) == 0,
        "partial_marks": folded_equal and marks(requests) != marks(written),
        "hoi_nga": folded_equal and marks(requests) == marks(written),
        "marks_differ": folded_equal and requests != written,
        "two_marks_differ": folded_equal and requests != written,
        "initial": fold(requests).startswith(fold(written)) or fold(written).startswith(fold(requests)),
        "foreign": fold(requests).replace("ph", "f") == fold(written).replace("ph", "f"),
        "merge": fold(requests) != fold(written) and bool(set(fold(requests)) & set(fold(written))),
        "misread": sum(a != b for a, b in zip(fold(requests), fold(written), strict=False)) == 1
        and len(requests) == len(written),
        "dropped": abs(len(fold(requests)) - len(fold(written))) <= 1 and fold(requests) != fold(written),
        "regional": fold(requests) != fold(written),
        "family_pair": fold(requests) != fold(written),
        "family_differs": requests != written,
        "middle_differs": requests != written,
        "middle_missing": len(requests.split()) != len(written.split()),
        "family_missing": not (requests and written),
        "sexes": {fold(requests)[:3].strip(), fold(written)[:3].strip()} == {"van", "thi"},
    }[reason.code]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "((",
        "((()",
        "a" * 5000,
        "\0",
        "Phu, , ,",
        "-",
        "12",
        "🙂 🙂",
        "Ng",
        "T. V. P.",
        "x'^~`(+",
        "\u0301\u0301",
    ],
)
def test_nothing_typed_breaks_reading_or_comparing(text: str) -> None:
    assert compare_names(text, "Trần Văn Phú").band in ("match", "possible", "none")
    assert compare_names("Trần Văn Phú", text).band in ("match", "possible", "none")


def test_bands_are_those_of_the_table() -> None:
    assert [band_of(score) for score in (0.78, 0.7799, 0.6, 0.5999)] == ["match", "possible", "possible", "none"]


def test_the_deliberately_decomposed_cell_is_still_decomposed() -> None:
    """Guards the table itself: an editor that composes it would make its test empty."""
    assert any(
        row["query"] != canonical(row["query"]) and unicodedata.is_normalized("NFD", row["query"]) for row in PAIRS
    )
