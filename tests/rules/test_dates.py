"""Dates as papers and people write them."""

from datetime import date

import pytest

from catalog.rules.dates import read_date


@pytest.mark.parametrize(
    ("text", "edtf", "earliest", "latest"),
    [
        ("khoảng đầu năm 1967", "1967-01~/1967-04~", "1967-01-01", "1967-04-30"),
        ("mùa khô 1966–67", "1966-11/1967-04", "1966-11-01", "1967-04-30"),
        ("mùa mưa 1968", "1968-05/1968-10", "1968-05-01", "1968-10-31"),
        ("12-8-72", "1972-08-12", "1972-08-12", "1972-08-12"),
        ("21.4.1971", "1971-04-21", "1971-04-21", "1971-04-21"),
        ("3.1969", "1969-03", "1969-03-01", "1969-03-31"),
        ("10/66", "1966-10", "1966-10-01", "1966-10-31"),
        ("20 January 1968", "1968-01-20", "1968-01-20", "1968-01-20"),
        ("Jul 67", "1967-07", "1967-07-01", "1967-07-31"),
        ("Tháng Tám 1945", "1945-08", "1945-08-01", "1945-08-31"),
        ("cuối năm 67", "1967-09/1967-12", "1967-09-01", "1967-12-31"),
        ("1944?", "1944?", "1944-01-01", "1944-12-31"),
        ("từ 1961 đến 1964", "1961/1964", "1961-01-01", "1964-12-31"),
        ("trước 1975", "../1975", None, "1975-12-31"),
        ("những năm 1960", "196X", "1960-01-01", "1969-12-31"),
        ("quý 3 năm 1967", "1967-35", "1967-07-01", "1967-09-30"),
        ("đêm 30 rạng 31 tháng 1 năm 1968", "1968-01-30/1968-01-31", "1968-01-30", "1968-01-31"),
        ("hy sinh 21.4.1971", "1971-04-21", "1971-04-21", "1971-04-21"),
        ("thứ Tư ngày 5/7/1967", "1967-07-05", "1967-07-05", "1967-07-05"),
        ("nhập ngũ 3.1969", "1969-03", "1969-03-01", "1969-03-31"),
        ("độ năm 1967", "1967~", "1967-01-01", "1967-12-31"),
        ("1965–67", "1965/1967", "1965-01-01", "1967-12-31"),
        ("30-31/1/1968", "1968-01-30/1968-01-31", "1968-01-30", "1968-01-31"),
        ("1967 hoặc 1968", "1967/1968", "1967-01-01", "1968-12-31"),
        ("đông xuân 66–67", "1966-11/1967-04", "1966-11-01", "1967-04-30"),
        ("tháng 5-7 năm 1967", "1967-05/1967-07", "1967-05-01", "1967-07-31"),
        ("10 tháng Mười 1954", "1954-10-10", "1954-10-10", "1954-10-10"),
        ("7/13/1967", "1967-07-13", "1967-07-13", "1967-07-13"),
        ("1967-07", "1967-07", "1967-07-01", "1967-07-31"),
    ],
)
def test_a_phrase_becomes_edtf_and_days(text: str, edtf: str, earliest: str | None, latest: str | None) -> None:
    result = read_date(text)
    assert (result.text, result.edtf) == (text, edtf)
    assert (result.earliest and result.earliest.isoformat(), result.latest and result.latest.isoformat()) == (
        earliest,
        latest,
    )


@pytest.mark.parametrize(
    ("text", "day"),
    [
        # 1 January 1968 was the second day of the twelfth month of Đinh Mùi.
        ("2 tháng Chạp năm Đinh Mùi", "1968-01-01"),
        ("mùng 1 tháng Giêng năm Mậu Thân", "1968-01-30"),
        ("Tết Mậu Thân 1968", "1968-01-30"),
        ("rằm tháng bảy năm Đinh Mùi", "1967-08-20"),
        ("5 tháng 3 âm lịch năm 1968", "1968-04-02"),
        ("15/3 ÂL 1968", "1968-04-12"),
        ("10-3-1968 (âm lịch)", "1968-04-07"),
    ],
)
def test_lunar_days_are_converted_and_marked(text: str, day: str) -> None:
    result = read_date(text)
    assert (result.edtf, result.flags) == (day, ("lunar",))


def test_a_day_of_remembrance_without_a_year_keeps_its_words() -> None:
    result = read_date("ngày giỗ 5 tháng 3 âm lịch")
    assert (result.edtf, result.earliest, result.flags) == ("", None, ("lunar", "no_year"))


def test_day_and_month_that_can_be_exchanged_are_flagged_with_both_readings() -> None:
    result = read_date("7/5/1967")
    assert result.readings == ("1967-05-07", "1967-07-05") and "day_month_ambiguous" in result.flags
    assert read_date("13/7/1967").flags == read_date("ngày 7 tháng 5 năm 1967").flags == ()


@pytest.mark.parametrize(
    ("text", "flags"),
    [("không rõ", ("unknown",)), ("30/2/1967", ("no_such_day", "not_read")), ("abc", ("not_read",)), ("", ())],
)
def test_what_is_no_date_has_no_days(text: str, flags: tuple[str, ...]) -> None:
    result = read_date(text)
    assert (result.edtf, result.earliest, result.latest, result.flags) == ("", None, None, flags)


@pytest.mark.parametrize(
    "text",
    [
        "\0",
        "9" * 500,
        "31/12/9999",
        "0000",
        "99/99/9999",
        "năm Giáp",
        "âm lịch",
        "/",
        "1967/1966",
        "\u0301",
        "tháng 13 âm lịch 1967",
    ],
)
def test_nothing_typed_breaks_it(text: str) -> None:
    assert read_date(text).text == text


def test_the_sixty_year_cycle_turns() -> None:
    assert read_date("năm Giáp Tý").earliest == date(1924, 2, 5)
