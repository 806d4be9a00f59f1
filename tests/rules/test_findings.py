"""People found in running text. Everybody here is invented, but for the printed lines of docs/field/people.md,
Fields."""

import pytest

from catalog.rules.findings import find_people


def names(text: str) -> list[str]:
    return [finding.name for finding in find_people(text)]


def test_a_published_line_gives_everything() -> None:
    text = (
        "Đồng chí Lê Văn Mẫu, sinh 1951, quê xã Song An, huyện Vũ Thư, tỉnh Thái Bình, nhập ngũ 3.1969, "
        "đơn vị C2, D83, hy sinh 21.4.1971."
    )
    [finding] = find_people(text)
    assert text[finding.start : finding.end] == finding.name == "Lê Văn Mẫu"
    assert (finding.born_text, finding.enlisted_text, finding.died_text) == ("1951", "3.1969", "21.4.1971")
    assert finding.home_text == "xã Song An, huyện Vũ Thư, tỉnh Thái Bình"
    assert finding.unit_text == "C2, D83"


def test_a_form_of_labels() -> None:
    [finding] = find_people(
        "Họ và tên: Ngô Văn Ví\nNăm sinh: 1939\nCấp bậc: Thượng sĩ\nChức vụ: Tiểu đội trưởng\n"
        "Quê quán: Diễn Châu, Nghệ An\nĐơn vị: c4 d7 e90 f324\nSố hiệu quân nhân: 123456"
    )
    assert (finding.rank, finding.post, finding.number) == ("Thượng sĩ", "Tiểu đội trưởng", "123456")
    assert (finding.unit_text, finding.home_text, finding.born_text) == ("c4 d7 e90 f324", "Diễn Châu, Nghệ An", "1939")


def test_each_row_of_a_list_keeps_to_itself() -> None:
    findings = find_people(
        "DANH SÁCH ĐẠI ĐỘI 3\n1. Lê Hữu Thử - c3/d9/e90/f324 - sinh 1946\n2. Phan Xuân Giả\n3. Trần Thị Ví, y tá, quê "
        "Nam Hà"
    )
    assert [hit.name for hit in findings] == ["Lê Hữu Thử", "Phan Xuân Giả", "Trần Thị Ví"]
    assert findings[0].unit_text == "c3/d9/e90/f324"
    assert findings[1].unit_text == findings[1].born_text == ""
    assert (findings[2].post, findings[2].home_text) == ("y tá", "Nam Hà")


def test_a_text_that_names_no_unit_is_taken_only_in_a_form() -> None:
    [finding] = find_people("Đồng chí Lê Văn Mẫu. Hôm nay đơn vị vượt sông, nước chảy xiết")
    assert finding.unit_text == ""
    [finding] = find_people("Họ và tên: Lê Văn Mẫu\nĐơn vị: Mặt trận đường 9")
    assert finding.unit_text == "Mặt trận đường 9"


def test_ranks_before_a_name_also_in_capitals_without_marks() -> None:
    [finding] = find_people("TRUNG DOI TRUONG TRAN VAN MAU, born 1944, native of Nam Ha")
    assert (finding.name, finding.post, finding.born_text, finding.home_text) == (
        "TRAN VAN MAU",
        "TRUNG DOI TRUONG",
        "1944",
        "Nam Ha",
    )
    [finding] = find_people("Thiếu úy Nguyễn Thị Ví, chính trị viên đại đội 3, tiểu đoàn 9, trung đoàn 90")
    assert (finding.rank, finding.post) == ("Thiếu úy", "chính trị viên đại đội 3")
    assert finding.unit_text == "đại đội 3, tiểu đoàn 9, trung đoàn 90"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Quân Giải phóng miền Nam Việt Nam",
        "ở huyện Lê Chân, sông Lô Giang",
        "thành phố Hồ Chí Minh",
        "tỉnh Hà Nam, Hà Nội, Thái Bình",
        "Ngày 5 tháng 7 năm 1967",
        "đường Trần Hưng Đạo",
        "Trung đoàn 90",
        "Danh Sách Liệt Sĩ",
        "a" * 5000,
        "Lê " * 2000,
        "￿�" * 50,
        "Lê\u0000Văn",
        "Nguyễn",
        "trần văn phú",
    ],
)
def test_what_names_nobody(text: str) -> None:
    assert names(text) == []


def test_places_of_findings_fit_the_text_they_came_from() -> None:
    text = "Gửi anh Lê Văn Mẫu,\n\nTrung sĩ Hồ Thị Thử ở lại.\nKý tên: Đặng Xuân Ví"
    findings = find_people(text)
    assert [text[hit.start : hit.end] for hit in findings] == ["Lê Văn Mẫu", "Hồ Thị Thử", "Đặng Xuân Ví"]
    for hit in findings:
        assert hit.from_line <= hit.start < hit.end <= hit.to_line <= len(text)
        assert "\n" not in text[hit.from_line : hit.start]
