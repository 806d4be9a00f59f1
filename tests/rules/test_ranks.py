"""Ranks and posts, by docs/field/people.md, Ranks and posts."""

import pytest

from catalog.rules.ranks import TERMS, read_rank, strip_rank


@pytest.mark.parametrize(
    ("text", "code", "en", "kind"),
    [
        ("binh nhì", "binh-nhi", "Private", "rank"),
        ("Hạ sỹ", "ha-si", "Corporal", "rank"),
        ("thuong si", "thuong-si", "Master Sergeant", "rank"),
        ("Chuẩn uý", "chuan-uy", "Aspirant", "rank"),
        ("THIẾU ÚY", "thieu-uy", "Second Lieutenant", "rank"),
        ("thieu uy", "thieu-uy", "Second Lieutenant", "rank"),
        ("Thượng tá", "thuong-ta", "Senior Lieutenant Colonel", "rank"),
        ("đại tướng", "dai-tuong", "General", "rank"),
        ("Pvt", "binh-nhi", "Private", "rank"),
        ("1LT", "trung-uy", "Lieutenant", "rank"),
        ("trung đội trưởng", "b-truong", "platoon leader", "post"),
        ("b trưởng", "b-truong", "platoon leader", "post"),
        ("B-trưởng", "b-truong", "platoon leader", "post"),
        ("c phó", "c-pho", "deputy company commander", "post"),
        ("a pho", "a-pho", "deputy squad leader", "post"),
        ("squad leader", "a-truong", "squad leader", "post"),
        ("assistant platoon leader", "b-pho", "deputy platoon leader", "post"),
        ("Platoon Leader", "b-truong", "platoon leader", "post"),
        ("b bậc phó", "b-bac-pho", "deputy platoon leader grade", "grade"),
        ("trung đội bậc trưởng", "b-bac-truong", "platoon leader grade", "grade"),
        ("cấp bậc Tiểu đội trưởng, chức vụ quản lý đại đội", "a-bac-truong", "squad leader grade", "grade"),
        ("chức vụ: quản lý đại đội", "quan-ly", "quartermaster", "post"),
        ("thiếu úy, trung đội trưởng", "thieu-uy", "Second Lieutenant", "rank"),
        ("đại đội trưởng c3", "c-truong", "company commander", "post"),
        ("chính trị viên phó", "chinh-tri-vien-pho", "deputy political officer", "post"),
        ("giao liên", "giao-lien", "courier", "post"),
        ("CS", "chien-si", "soldier", "post"),
        ("chiến sỹ", "chien-si", "soldier", "post"),
        ("quan ly", "quan-ly", "quartermaster", "post"),
        ("trợ lí", "tro-ly", "staff assistant", "post"),
        ("regimental commander", "e-truong", "regiment commander", "post"),
    ],
)
def test_ranks_and_posts_are_read(text: str, code: str, en: str, kind: str) -> None:
    reading = read_rank(text)
    assert (reading.code, reading.en, reading.kind, reading.text) == (code, en, kind, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\0",
        "TĐT",
        "B1",
        "úy",
        "Senior Captain",
        "thường sĩ",
        "Trần Văn Phú",
        "😀",
        "a" * 70000,
        "b",
        "thiếu",
        "cấp bậc",
        "chiến sĩ thi đua",
        "\u0301\u0301",
    ],
)
def test_what_is_not_sure_stays_unknown(text: str) -> None:
    reading = read_rank(text)
    assert (reading.code, reading.vi, reading.en, reading.kind) == ("", "", "", "unknown")


def test_every_name_reads_as_itself() -> None:
    assert {term.kind for _, term in TERMS.values()} == {"rank", "post", "grade"}
    for spelling, term in TERMS.values():
        assert read_rank(spelling).code == term.code
        assert read_rank(term.vi).code == term.code


@pytest.mark.parametrize(
    ("text", "name", "title"),
    [
        ("Thiếu úy Trần Văn Phú", "Trần Văn Phú", "thiếu úy"),
        ("thieu uy Tran Van Phu", "Tran Van Phu", "thieu uy"),
        ("THIẾU ÚY TRẦN VĂN PHÚ", "TRẦN VĂN PHÚ", "thiếu úy"),
        ("b trưởng Nguyễn Văn A", "Nguyễn Văn A", "b trưởng"),
        ("Chuẩn uý Lê Đức", "Lê Đức", "chuẩn úy"),
        ("Đ/c Phan Xuân Niêm", "Phan Xuân Niêm", "đ/c"),
        ("đ/c Niêm", "Niêm", "đ/c"),
        ("Đồng chí Phan Xuân Niêm", "Phan Xuân Niêm", "đồng chí"),
        ("liệt sĩ Trần Văn Phú", "Trần Văn Phú", "liệt sĩ"),
        ("liệt sỹ Trần Văn Phú", "Trần Văn Phú", "liệt sỹ"),
        ("Liệt sĩ, thiếu úy Trần Văn Phú", "Trần Văn Phú", "liệt sĩ thiếu úy"),
        ("LS. Trần Văn Phú", "Trần Văn Phú", "ls"),
        ("LS Trần Văn Phú", "Trần Văn Phú", "ls"),
        ("bác sĩ Đặng Thùy Trâm", "Đặng Thùy Trâm", "bác sĩ"),
        ("ông Trần Văn Quý", "Trần Văn Quý", "ông"),
        ("Ông Trần Văn Quý", "Trần Văn Quý", "ông"),
        ("Bà Trần Thu Hà", "Trần Thu Hà", "bà"),
        ("cụ Lý", "Lý", "cụ"),
        ("anh Phú", "Phú", "anh"),
        ("Anh Trần Văn Phú", "Trần Văn Phú", "anh"),
        ("Ông Văn Tiến Dũng", "Văn Tiến Dũng", "ông"),
        ("ong Tran Van Quy", "Tran Van Quy", "ong"),
        ("anh hùng LLVT Nguyễn Văn Trỗi", "Nguyễn Văn Trỗi", "anh hùng llvt"),
        ("Anh hùng Nguyễn Văn Trỗi", "Nguyễn Văn Trỗi", "anh hùng"),
        ("Lt. Tran Van Phu", "Tran Van Phu", "lt"),
        ("Pvt Le Van B", "Le Van B", "pvt"),
        ("PFC Le Van B", "Le Van B", "pfc"),
        ("y tá Nguyễn Thị B", "Nguyễn Thị B", "y tá"),
        ("Chiến sĩ Đỗ Ngọc", "Đỗ Ngọc", "chiến sĩ"),
        ("platoon leader Tran Van Phu", "Tran Van Phu", "platoon leader"),
        ("a trưởng a2 Nguyễn Văn A", "Nguyễn Văn A", "a trưởng"),
        ("Mr. Tran Van Quy", "Tran Van Quy", "mr"),
        ("Thiếu úy", "", "thiếu úy"),
    ],
)
def test_a_title_comes_off(text: str, name: str, title: str) -> None:
    assert strip_rank(text) == (name, title)


@pytest.mark.parametrize(
    "name",
    [
        "Trần Văn Phú",
        "Đại Văn Nam",
        "Ông Văn Hai",
        "Ông Thị Lan",
        "Tá Văn Bình",
        "Nguyễn Văn Tá",
        "Úy Văn An",
        "Anh Đào",
        "Anh Đức",
        "Hạ Văn Sĩ",
        "Hà Sỹ Phu",
        "Ha Sy Phu",
        "Hà Sĩ",
        "Y Bih",
        "Y Bih Aleo",
        "Y Ngông Niê Kdăm",
        "Y Ta Nie",
        "Chu Văn An",
        "Chu Van An",
        "Cù Huy Cận",
        "Bá Văn Minh",
        "Ba Văn Minh",
        "Trung Văn Tá",
        "Cô Văn Bảy",
        "Anh Hùng",
        "Trương Văn B",
        "Thượng Văn Úy",
        "Quản Lý",
        "Bác Hồ",
        "Ls Trần",
        "Ông",
        "B Truong Van A",
        "Thiếu Văn",
        "Thông Văn Tin",
        "La Văn Cầu",
        "Bế Văn Đàn",
        "Phó Đức Chính",
        "Trưởng Văn Ba",
        "Lê Liên Lạc",
        "",
        "😀",
        "Col",
    ],
)
def test_a_name_is_never_eaten(name: str) -> None:
    assert strip_rank(name) == (name, "")


def test_nothing_typed_fails() -> None:
    for text in ["\0", "\u0301", "thiếu úy " * 5000, "a" * 70000, "/" * 900, "ông " * 50]:
        strip_rank(text)
        read_rank(text)
