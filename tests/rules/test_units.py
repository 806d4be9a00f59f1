"""Units, by the table of examples and many more of the same kinds."""

import csv
import random
import unicodedata
from pathlib import Path

import pytest

from catalog.rules.units import (
    base_number,
    compare_units,
    is_unit_query,
    parse_unit,
    unit_contains,
    unit_family,
)

ROWS = list(csv.DictReader((Path(__file__).parent.parent / "data" / "units.csv").open(encoding="utf-8")))
# As written, and the normal form, in the order: letters, words, abbreviations, arms, English, headquarters, codes,
# fronts, posts, regions, provinces, attachments, disagreements, bare numbers, what is no unit, foreign units.
MORE = [
    tuple(line.split(" => "))
    for line in """
c3.d9.e90.f324 => c3/d9/e90/f324
c21 ts e90 => c21[trinhsat]/e90
e.bb 90 => e90[bobinh]
C3 bb d9 => c3[bobinh]/d9
bộ đội c3 => c3
304-3-2-5 => -
K.4 => code:k4?
IV Corps => qd4
Quân khu Năm => qk5
Northwest Military Region => qktb
c15 tc d8 => c15+d8
d15 công binh f304 => d15[congbinh]/f304
4th Bn, 198th Sapper Regt, 3d Corps => d4/e198[daccong]/qd3
1.5.324 => d1/e5/f324
c3-d9-e90-f324 => c3/d9/e90/f324
c3 – d9 – e90 – f324 => c3/d9/e90/f324
c3;d9;e90;f324 => c3/d9/e90/f324
c3:d9:e90:f324 => c3/d9/e90/f324
C 3 D 9 E 90 F 324 => c3/d9/e90/f324
c.3 d.9 e.90 f.324 => c3/d9/e90/f324
f324 e90 d9 c3 => c3/d9/e90/f324
f324b/e90/d9/c3 => c3/d9/e90/f324b
E90F324B => e90/f324b
Sư đoàn 324, Trung đoàn 90, Tiểu đoàn 9, Đại đội 3 => c3/d9/e90/f324
Trung đoàn 90 - Sư đoàn 324B => e90/f324b
TRUNG ĐOÀN 90, SƯ ĐOÀN 324 B => e90/f324b
Sư đoàn 325 C, quân khu 4 => f325c/qk4
Sư đoàn 325D => f325d
sđ 324, trđ 90, tđ 9, đđ 3 => c3/d9/e90/f324
Tr.đ 90, SĐ 324 => e90/f324
Tr.đoàn 90 => e90
ĐĐ3 TĐ9 E90 => c3/d9/e90
TĐ9 => d9|e9
TĐ 9, E90 => d9/e90
TĐ90, D9 => d9/e90
C3, TĐ9, F324 => c3/d9/f324|c3/e9/f324
e bộ binh 90 => e90[bobinh]
eBB 90 => e90[bobinh]
dBB9 eBB90 => d9[bobinh]/e90[bobinh]
cCB15 e90 => c15[congbinh]/e90
dĐC10 => d10[daccong]
dPB16 => d16[phaobinh]
cTT18 => c18[thongtin]
cTS21, eBB90 => c21[trinhsat]/e90[bobinh]
tiểu đoàn bộ binh 9 => d9[bobinh]
trung đoàn pháo binh 84 => e84[phaobinh]
C21 trinh sát => c21[trinhsat]
C21 (trinh sát), E90 => c21[trinhsat]/e90
c21 TS e90 => c21[trinhsat]/e90
tiểu đoàn 10 đặc công => d10[daccong]
đại đội công binh 15 => c15[congbinh]
trung đoàn 367 cao xạ => e367[caoxa]
trung đoàn pháo cao xạ 230 => e230[phaocaoxa]
D25 vận tải, F304 => d25[vantai]/f304
c24 quân y e90 => c24[quany]/e90
d33 đặc công, QK5 => d33[daccong]/qk5
trinh sát C21 => c21[trinhsat]
đại đội cối 82 => -
C4 cối 82, d9 => c4[coi]/d9
c17 DKZ => c17[dkz]
trung đoàn xe tăng 203 => e203[tang]
Trung đoàn tăng thiết giáp 202 => e202[tangthietgiap]
the 9th Battalion of the 90th Regiment => d9/e90
Regiment 90 => e90
Third Company, 9th Battalion => c3/d9
3rd Co., 9th Bn., 90th Regt., 324B Div. => c3/d9/e90/f324b
3d Co 9th Bn 90th Regt 324th Div => c3/d9/e90/f324
Co 3, Bn 9, Regt 90, Div 324 => c3/d9/e90/f324
3 Company 9 Battalion 90 Regiment => c3/d9/e90
2d Plt, 3d Co, 9th Bn => b2/c3/d9
1st Sqd, 2nd Plt, Co. 3 => a1/b2/c3
803d Regiment => e803
22d NVA Regiment => e22
325C Division (NVA) => f325c
NVA 324B Division => f324b
PAVN 90th Infantry Regiment, 324th Division => e90[bobinh]/f324
33rd Regiment, PAVN => e33
24th Reconnaissance Company => c24[trinhsat]
Artillery Regiment 84 => e84[phaobinh]
21st Recon Co, 90th Regt => c21[trinhsat]/e90
18th Signal Company, Regiment 9 => c18[thongtin]/e9
D445 Main Force Battalion => d445
409th Sapper Bn, MR5 => d409[daccong]/qk5
HQ, 90th Regiment => e90[bo]
90th Regiment HQ => e90[bo]
e bộ e90 => e90[bo]
e bộ 90, f324 => e90[bo]/f324
tiểu đoàn bộ 9 => d9[bo]
tiểu đoàn bộ tiểu đoàn 9, e90 => d9[bo]/e90
Sư đoàn bộ 324 => f324[bo]
Ban chỉ huy tiểu đoàn 9 => d9[bo]
Battalion headquarters => -
K4 => code:k4?
Công trường 7 => alias:congtruong7->f7?
C3, CT9 => c3/alias:congtruong9->f9?
CT => code:ct?
Q762 => alias:q762->e2/f9
Q 763 => alias:q763->e3/f9
273rd VC Regiment => alias:273us->e3/f9
272nd Regiment, 9th VC Division => alias:272us->e2/f9
3rd Bn, 271st VC Regiment => d3/alias:271us->e1/f9
Trung đoàn 273 => e273
Trung đoàn 271 => e271
Đoàn 559 => doan:559?
Doan 5 => doan:5?
Group 559 => doan:559?
D2, Đoàn 5 => d2/doan:5?
Hòm thư số 86.123 YK => letterbox:86123yk
HT 12345 => letterbox:12345
hòm thư 12.345 JA => letterbox:12345ja
C3, D9, hòm thư 12345 JA => c3/d9/letterbox:12345ja
LBN 12345 => letterbox:12345
KH => code:kh?
KBM => code:kbm?
kb => code:kb?
H67 => -
C3, H40 => c3
T2 => code:t2?
T4 => code:t4?
B3 => front:b3|b3
b5 => front:b5|b5
B6 => b6
B3 C2 => b3/c2
b2 e90 => b2/e90
trung đội 5 => b5
B5 Front => front:b5
Front B5 => front:b5
Mặt trận B5 => front:b5
mặt trận 4 => front:4
Front 44 => front:44
44th Front => front:44
Mặt trận Tây Nguyên => front:tay-nguyen
chiến trường B => -
C2 d4, Mặt trận B3 => c2/d4/front:b3
vào B => -
B dài => -
đi B năm 1967 => -
đi B2 => front:b2
đi C => -
b trưởng => -
a phó => -
c trưởng => -
trung đội trưởng => -
tiểu đội phó => -
đại đội trưởng c3 => c3
Platoon leader, 3d Co => c3
trung đội trưởng, Trung đoàn 90 => e90
Trung đội trưởng Trung đoàn 90 => e90
Company commander => -
e trưởng e90 => e90
Tiểu đội trưởng Đại đội 3 => c3
b phó b2 c3 d9 => b2/c3/d9
chính trị viên đại đội 3 => c3
commander of the 9th Battalion => d9
QK IV => qk4
QKIV => qk4
Military Region 4 => qk4
MR4 => qk4
MR IV => qk4
4th Military Region => qk4
Quân khu Trị Thiên => qktt
Quân khu Trị - Thiên => qktt
QKTT => qktt
Quân khu Việt Bắc => qkvb
Quân khu Tây Bắc => qktb
Quân khu Đông Bắc => qkdb
Quân khu Hữu Ngạn => qkhn
Khu V => khu5
khu 6 => khu6
Region 5 => khu5
Liên khu IV => lk4
LK4 => lk4
Interzone 4 => lk4
Inter-zone IV => lk4
Phân khu 1 => pk1
Sub-region 1 => pk1
SR1 => pk1
SR-4 => pk4
PK2 => pk2
QĐ2 => qd2
2nd Corps => qd2
Quân đoàn III => qd3
Army Corps 3 => qd3
E66, F10, QĐ3 => e66/f10/qd3
Tỉnh đội Quảng Ngãi => tinhdoi:quang-ngai
tinh doi quang ngai => tinhdoi:quang-ngai
Tỉnh đội Quảng Nam => tinhdoi:quang-nam
D83 Quảng Ngãi => d83/tinhdoi:quang-ngai
d83, Quang Ngai => d83/tinhdoi:quang-ngai
C2, D40 - Quảng Ngãi => c2/d40/tinhdoi:quang-ngai
Tiểu đoàn 14, tỉnh Tây Ninh => d14/tinhdoi:tay-ninh
Quang Ngai provincial unit => tinhdoi:quang-ngai
D445, tỉnh đội Bà Rịa => d445/tinhdoi:ba-ria
Huyện đội Gio Linh => huyendoi:gio-linh
E90 F324 Quảng Trị => e90/f324
du kích xã Hòa An => -
C15 công binh tăng cường cho D8 => c15[congbinh]+d8
c15 phối thuộc d8, e90 => c15+d8/e90
15th Engineer Company attached to the 8th Battalion => c15[congbinh]+d8
c15 + d8 => c15+d8
d8 được tăng cường c15 => c15+d8
tăng cường cho d8 => d8
e90 e101 => e90|e101
e90, trung đoàn 90 => e90
c3 d9 e90 e101 f324 => c3/d9/e90/f324|c3/d9/e101/f324
c, d9, e90 => d9/e90
C3, D, E90 => c3/e90
5-2-3-304 => c5/d2/e3/f304
3/9/90/324 => c3/d9/e90/f324
9-90-324 => d9/e90/f324
3 9 90 324B => c3/d9/e90/f324b
c3/9/90/324 => c3/d9/e90/f324
e90/324 => e90/f324
Trung đoàn 90, 324B => e90/f324b
12-8-72 => -
5/7/1967 => -
05-1234-67 => -
90/324 => -
F034602421337 => -
F0346 0242 1337 => -
YD123456 => -
B40 => -
B52 => -
K54 => -
Nguyễn Văn Phú => -
Trần Phú => -
??? => -
2nd Battalion, 7th Cavalry => us:2bn/7cav
1/7 Cav => us:1bn/7cav
1st Cavalry Division => us:1cavdiv
101st Airborne Division => us:101abndiv
173rd Airborne Brigade => us:173abnbde
9th Marines => us:9mar
9th Marine Regiment => us:9mar
3d Marine Division => us:3mardiv
Co G, 2nd Bn, 9th Marines => us:gco/2bn/9mar
25th Infantry Division (US) => us:25infdiv
Sư đoàn 25 Mỹ => us:25div
Sư đoàn kỵ binh bay số 1 => us:1cavdiv
Sư đoàn 1 kỵ binh bay Mỹ => us:1cavdiv
Lữ dù 173 Mỹ => us:173abnbde
Tiểu đoàn 3 Thủy quân lục chiến Mỹ => us:3marbn
1st ARVN Division => arvn:1div
Sư đoàn 1 VNCH => arvn:1div
Trung đoàn 51 QLVNCH => arvn:51regt
Tiểu đoàn 37 biệt động quân => arvn:37rangerbn
2nd ROK Marine Brigade => rok:2marbde
Sư đoàn Mãnh Hổ => rok:tigerdiv
lính Mỹ => -
d9 ở Mỹ Tho => d9
Lữ đoàn 126 => lu126
Lữ đoàn 316, QĐ2 => lu316/qd2
c03 d09 => c3/d9
Đại đội 3, e 90, sư 324 => c3/e90/f324
Đại đoàn 308 => f308
đơn vị: c3 d9 e90 f324 => c3/d9/e90/f324
Đơn vị C3, D9, E90, F324, hy sinh ngày 5/7/1967 => c3/d9/e90/f324
(c3, d9) e90 => c3/d9/e90
"C3" "D9" => c3/d9
c3d9e90f324b => c3/d9/e90/f324b
đại đội ba, tiểu đoàn chín => c3/d9
Đồi A1 => -
phòng B3 => -
lớp 10A => -
Mặt trận Dân tộc Giải phóng => -
Trung đoàn 95C, sư đoàn 325C => e95c/f325c
E18B F325 => e18b/f325
a 3 day march => -
e90 của f324 => e90/f324
Trung đoàn bộ binh 90 thuộc Sư đoàn 324 => e90[bobinh]/f324
C20 D10 ĐC QK5 => c20/d10[daccong]/qk5
K8, E90 => e90/code:k8?
d7, Quân khu 7, Miền => d7/qk7
F9 => f9
chiến sĩ c3 d9 => c3/d9
Sư đoàn 9, Quân giải phóng miền Nam => f9
KB, mặt trận phía Nam => code:kb?
C2 KB => c2/code:kb?
Binh trạm 34, Đoàn 559 => binhtram:34
Regiment No. 90 => e90
Trung đoàn số 90 => e90
90 Regiment => e90
F 324 => f324
Bn 9 90th Regt => d9/e90
C3/D9/E90/F324/QK4 => c3/d9/e90/f324/qk4
d3 TQLC Mỹ => us:3marbn
C3 D9 E90, bị lính Mỹ bắt => c3/d9/e90
dũng sĩ diệt Mỹ c3 d9 => c3/d9
Đại đội 5 - D7 – E90 ; F324 => c5/d7/e90/f324
Trung đoàn 1 (Ba Gia), Sư đoàn 2 => e1/f2
320th Division => f320
Company C3 => c3
Tiểu đoàn D9 => d9
Tiểu đoàn d9, trung đoàn e90 => d9/e90
Trung đoàn 6, Quân khu Trị Thiên => e6/qktt
6th Regiment, Tri-Thien Military Region => e6/qktt
E4, Tri Thien => e4
Trung đoàn 24A, B3 => b3/e24a
c3,d9,e90 (f324) => c3/d9/e90/f324
C3 - D9 - E90 - F324 - Quảng Trị => c3/d9/e90/f324
c 7 d 3 e 66 pk 1 => c7/d3/e66/pk1
đoàn viên => -
Tiểu đoàn 8 dù => us:8abnbn
G Company, 2nd Battalion, 9th Marines => us:gco/2bn/9mar
Tri Thien Front => front:tri-thien
Mặt trận B.5 => front:b5
Trđoàn 90 Sđoàn 324 => e90/f324
KBM, B2 => front:b2/code:kbm?|b2/code:kbm?
hòm thư 12345 ja => letterbox:12345ja
D10 Đặc Công, Mặt trận 4 Quảng Đà => d10[daccong]/front:4
Lữ đoàn công binh 219 => lu219[congbinh]
Lữ đoàn 203 xe tăng, Quân đoàn 2 => lu203[tang]/qd2
Lữ đoàn 3 dù => us:3abnbde
E Co 2/9 Marines => us:eco/2bn/9mar
Company A, 3d Battalion, 803d Regiment => d3/e803
25th Infantry Division => us:25infdiv
324th Infantry Division => f324[bobinh]
khu v => khu5
C3D9E90F324QK4 => c3/d9/e90/f324/qk4
E90/HQ => e90[bo]
dBộ d9 => d9[bo]
Quân khu Tả Ngạn => qktn
D3, Lữ đoàn 126 => d3/lu126
""".strip().splitlines()
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["written"])
def test_the_table_is_read_as_intended(row: dict[str, str]) -> None:
    assert parse_unit(row["written"]).normal == row["normal_form"]


@pytest.mark.parametrize(("written", "normal"), MORE, ids=[written for written, _ in MORE])
def test_more_of_the_kind(written: str, normal: str) -> None:
    assert parse_unit(written).normal == normal


@pytest.mark.parametrize("normal", sorted({row["normal_form"] for row in ROWS} | {normal for _, normal in MORE}))
def test_a_normal_form_reads_as_itself(normal: str) -> None:
    # Only "b5" is ambiguous again, once it is without the word for platoon.
    assert parse_unit(normal).normal == {"b5": "front:b5|b5"}.get(normal, normal)


@pytest.mark.parametrize("written", [written for written, _ in MORE if not written.isascii()])
def test_decomposed_text_reads_the_same(written: str) -> None:
    assert parse_unit(unicodedata.normalize("NFD", written)).normal == parse_unit(written).normal


@pytest.mark.parametrize(
    ("written", "note"),
    [
        ("D, b7, e3", "level_without_number:d"),
        ("e90 e101", "conflict:e"),
        ("5-2-3-304", "bare_numbers"),
        ("B5", "ambiguous"),
        ("TĐ9", "ambiguous"),
        ("KB", "unresolved_code"),
        ("Đoàn 5", "cover_name"),
        ("đại đội trưởng c3", "position_not_unit"),
        ("3/9 Marines", "foreign"),
        ("H40", "place_code"),
        ("c15 tăng cường cho d8", "attachment"),
        ("Hòm thư 12345 JA", "letterbox"),
        ("E90, QĐ2, QK4", "second_upper:qk4"),
    ],
)
def test_what_a_person_should_know_is_noted(written: str, note: str) -> None:
    assert note in parse_unit(written).notes


@pytest.mark.parametrize(
    ("written", "levels"),
    [
        ("c21 trinh sát, e90, f324b, qk4", {"c": "c21", "e": "e90", "f": "f324b", "upper": "qk4"}),
        ("c15[congbinh]+d8", {"c": "c15"}),
        ("B5", {"upper": "front:b5"}),
        ("c3 e90 e101 f324", {"c": "c3", "f": "f324"}),
        ("TĐ9 c3", {"c": "c3"}),
        ("3/9 Marines", {}),
        ("KB", {}),
        ("Q761", {}),
        ("Hòm thư 12345 JA", {}),
        ("Trần Phú", {}),
        ("C2, D83 – Quảng Ngãi, QK5", {"c": "c2", "d": "d83", "upper": "tinhdoi:quang-ngai/qk5"}),
    ],
)
def test_the_level_columns(written: str, levels: dict[str, str]) -> None:
    assert parse_unit(written).levels == levels


def test_readings_and_inference() -> None:
    assert parse_unit("B5").readings == ("front:b5", "b5")
    assert parse_unit("E90").readings == ("e90",)
    assert parse_unit("đi B").readings == ()
    assert parse_unit("5-2-3-304").inferred
    assert not parse_unit("c5 d2 e3 f304").inferred


@pytest.mark.parametrize(
    "text",
    [
        "e90 f324",
        "C3D9E90F324",
        "Trung đoàn 90",
        "90th Regiment",
        "B5",
        "KB",
        "Khu 5",
        "Đoàn 5",
        "3/9 Marines",
        "e90/f324",
        "front:b5|b5",
        "c21[trinhsat]/e9",
        "D83 Quảng Ngãi",
        "5-2-3-304",
        "  e90  ",
        "sư đoàn 324b",
    ],
)
def test_a_unit_and_nothing_else_is_a_unit_query(text: str) -> None:
    assert is_unit_query(text)


@pytest.mark.parametrize(
    "text",
    [
        "Trần Phú",
        "Văn",
        "b",
        "an",
        "Hà",
        "D",
        "F034602421337",
        "",
        " ",
        "5/7/1967",
        "Trung đoàn",
        "Mỹ Tho",
        "đi B",
        "Nguyễn Văn Phú e90",
        "Quảng Trị",
        "1967",
        "e90 ở đâu",
        "Đoàn Văn Hậu",
        "H40",
        "12-8-72",
        "B40",
        "hòm thư",
        "Lê Văn B",
        "Ngụy Như Kon Tum",
        "Lữ Anh",
        "Cao Xa",
        "Đặc Công",
        "e" * 400,
    ],
)
def test_a_name_place_or_date_is_no_unit_query(text: str) -> None:
    assert not is_unit_query(text)


def test_families_go_by_the_number() -> None:
    assert unit_family("e90/f324") == ("e90/f324", "e90/f324b")
    assert unit_family("f324b") == ("f324b", "f324")
    assert unit_family("c3/d9") == ("c3/d9",)
    assert unit_family("front:b5|b5") == ("front:b5|b5",)
    assert (base_number("f324b"), base_number("f324")) == ("f324", "f324")


@pytest.mark.parametrize(
    ("upper", "lower", "contains"),
    [
        ("f324", "e90/f324b", True),
        ("e90/f324", "c3/d9/e90/f324", True),
        ("e90/f324", "c21[trinhsat]/e90/f324", True),
        ("e90", "e90/f324", True),
        ("e90/f324", "e90", False),
        ("f32", "f324", False),
        ("f324", "f320", False),
        ("qk5", "c2/d83/tinhdoi:quang-ngai/qk5", True),
        ("qk4", "e90/f324", False),
        ("khu5", "qk5", False),
        ("us:9mar", "us:3bn/9mar", True),
        ("e9", "us:9mar", False),
        ("-", "e90", False),
        ("-", "-", False),
        ("front:b5|b5", "e90/front:b5", True),
        ("d8", "c15[congbinh]+d8", False),
        ("code:kb?", "c2/code:kb?", True),
    ],
)
def test_which_record_is_below_which(upper: str, lower: str, contains: bool) -> None:
    assert unit_contains(upper, lower) is contains


@pytest.mark.parametrize(
    ("parameters", "written", "band", "factor", "reason"),
    [
        ("c3 d9 e90 f324", "C3/D9/E90/F324", "same", 1.08, "same_unit"),
        ("e90 f324", "c3 d9 e90 f324", "same_regiment", 1.06, "same_regiment"),
        ("e90 f324", "e90 f324b", "same_regiment", 1.06, "same_regiment"),
        ("e90", "e90 f324", "same_regiment", 1.04, "same_regiment"),
        ("f324", "c3 f324", "same_division", 1.02, "same_division"),
        ("f324", "f324b", "same_division", 1.02, "same_division_family"),
        ("e90 f324", "e812 f324b", "contradicts", 0.85, "other_regiment"),
        ("e90 f324", "e90 f304", "contradicts", 0.88, "other_division"),
        ("e90", "e812 f324", "unknown", 1.0, "not_comparable"),
        ("c3 d9", "c3 d9", "unknown", 1.0, "not_comparable"),
        ("khu 5", "qk5", "near", 1.0, "same_region"),
        ("Trần Phú", "e90", "unknown", 1.0, "not_comparable"),
        ("e90 e101 f324", "e101 f324", "same", 1.08, "same_unit"),
    ],
)
def test_what_two_units_say_of_two_people(parameters: str, written: str, band: str, factor: float, reason: str) -> None:
    comparison = compare_units(parse_unit(parameters), parse_unit(written))
    assert (comparison.band, comparison.factor, comparison.reason) == (band, factor, reason)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\0",
        "😀",
        "\u0301\u0301",
        "e" * 65536,
        "9" * 65536,
        "((" * 500,
        "+",
        "|",
        "/",
        "e90|",
        "code:",
        "c3+",
        "+d8",
        "front:",
        "Ðại đội 3",
        "\u0130" * 50,
        "²³",
        "e９０",
        "hòm thư",
        "quân khu",
        "b5 " * 200,
    ],
)
def test_nothing_typed_fails(text: str) -> None:
    assert parse_unit(text).text == text
    assert is_unit_query(text) in (True, False)


def test_no_mixture_of_the_words_fails_and_every_normal_form_can_be_read_again() -> None:
    chance = random.Random(324)
    words = [word for written, _ in MORE for word in written.split()]
    for _ in range(3000):
        text = chance.choice(["", " ", ", ", "/", "-"]).join(chance.choices(words, k=chance.randint(1, 9)))
        unit = parse_unit(text)
        for reading in unit.readings:
            assert "-" in reading or parse_unit(reading).normal != "-", (text, reading)
        assert unit_contains(unit.normal, unit.normal) is (unit.normal != "-")
        compare_units(unit, unit)
