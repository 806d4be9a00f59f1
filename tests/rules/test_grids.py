"""Grid references, by docs/field/grids.md, Vectors."""

import random
import warnings

import pytest

from catalog.rules import outline
from catalog.rules.grids import read_grid, shown_publicly

VECTORS = [
    ("48QYD123456", 48, 712350, 1845650, 16.68689, 106.98741),
    ("48QXD850418", 48, 685050, 1841850, 16.65485, 106.73119),
    ("48PXU720110", 48, 672050, 1311050, 11.85833, 106.57563),
    ("49PAR765457", 49, 176550, 1545750, 13.96665, 108.00183),
    ("49QBT030780", 49, 203050, 1778050, 16.06738, 108.21985),
]


@pytest.mark.parametrize(("text", "zone", "easting", "northing", "latitude", "longitude"), VECTORS)
def test_the_vectors_hold(
    text: str, zone: int, easting: float, northing: float, latitude: float, longitude: float
) -> None:
    reading = read_grid(text)
    assert (reading.normal, reading.notes) == (text, ())
    assert (reading.zone, reading.easting, reading.northing, reading.cell_m) == (zone, easting, northing, 100)
    assert reading.latitude == pytest.approx(latitude, abs=0.00001)
    assert reading.longitude == pytest.approx(longitude, abs=0.00001)
    assert reading.radius_m == 250


@pytest.mark.parametrize(
    "text",
    [
        "YD123456",
        "YD 123 456",
        "48Q YD 123 456",
        "yd123456",
        "(YD123456)",
        "grid YD 123456",
        "toạ độ YD 123456",
        "tọa độ: YD 123456",
        "Toa do YD123456",
        "coords YD123456",
        "coords: (YD 123 456)",
        "vic YD123456",
        "48 YD 123456",
        " 48q-yd-123-456. ",
        "grid ref. 48QYD123456",
        "to\u1ea1 \u0111\u1ed9 YD123456",
        "YD123456 (Khe Sanh)",
        "48Q YD 123 456 (Indian 1960)",
    ],
)
def test_one_place_is_written_in_many_ways(text: str) -> None:
    reading = read_grid(text)
    assert (reading.normal, reading.text) == ("48QYD123456", text)
    assert reading.easting == 712350
    assert not set(reading.notes) - {"zone_missing"}
    assert ("zone_missing" in reading.notes) == ("48" not in text)


@pytest.mark.parametrize(
    ("text", "normal", "note"),
    [
        ("48QYS426694", "48PYS426694", "band_repaired:48P"),
        ("49QYD123456", "48QYD123456", "zone_repaired:48Q"),
        ("47PYS426694", "48PYS426694", "zone_repaired:48P"),
        ("48QYDl2345O", "48QYD123450", "digits_repaired"),
        ("YD I23 456", "48QYD123456", "digits_repaired"),
        ("48QYO123456", "48QYD123456", "letter_repaired:YD"),
        ("5T528978", "48PST528978", "letter_repaired:ST"),
        ("48PX5 720110", "48PXS720110", "letter_repaired:XS"),
        ("49PBT030780", "49QBT030780", "band_ambiguous"),
        ("UTM 48 712350 1845650", "48QYD1235045650", "utm"),
        ("48N 712350 1845650", "48QYD1235045650", "utm"),
        ("48Q 712350E, 1845650N", "48QYD1235045650", "utm"),
        ("48P 712350 1845650", "48QYD1235045650", "band_repaired:48Q"),
        ("47QNA123456", "47QNA123456", "outside"),
    ],
)
def test_what_was_corrected_is_noted(text: str, normal: str, note: str) -> None:
    reading = read_grid(text)
    assert reading.normal == normal
    assert note in reading.notes


def test_a_square_may_be_named_like_a_word() -> None:
    assert read_grid("AT 930700").normal == "49PAT930700"
    assert read_grid("at AT 930700").normal == "49PAT930700"


def test_a_wrong_band_does_not_move_the_point_two_thousand_kilometres() -> None:
    assert read_grid("48QYS426694").northing == 1169450


@pytest.mark.parametrize(
    ("text", "easting", "cell", "radius"),
    [
        ("YD 12 45", 712500, 1000, 1150),
        ("YD 1234 4567", 712345, 10, 194),
        ("YD1234545678", 712345.5, 1, 194),
        ("UTM 48 712345 1845678", 712345, 1, 194),
    ],
)
def test_the_circle_follows_the_cell(text: str, easting: float, cell: int, radius: int) -> None:
    reading = read_grid(text)
    assert (reading.easting, reading.cell_m, reading.radius_m) == (easting, cell, radius)


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("YD12345", "odd_digits"),
        ("YD 123 45", "odd_digits"),
        ("48QYD", "bare_square"),
        ("YD 12 3456", "uneven_digits"),
        ("YD12", "digit_count"),
        ("YD123456123456", "digit_count"),
        ("48QYX123456", "no_such_square"),
        ("UTM 31 712350 1845650", "outside"),
    ],
)
def test_what_is_refused_says_why(text: str, note: str) -> None:
    reading = read_grid(text)
    assert reading.normal == "-"
    assert note in reading.notes
    assert reading.latitude is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\0",
        "Quảng Trị",
        "an 1967",
        "hạ 1967",
        "1967",
        "90th Regiment",
        "F034602421337",
        "đồi 158",
        "E90",
        "c2/d83",
        "😀",
        "((((",
        "\u0301" * 30,
        "9" * 70000,
        "YD" * 5000,
        "٤٨YD١٢٣٤٥٦",
        "ＹＤ１２３４５６",
        "hello so",
        "grid 850418",
        "850418",
        "YD123456 (WGS84)",
        "48QY",
        "ii oo ll",
    ],
)
def test_junk_is_no_grid(text: str) -> None:
    assert read_grid(text).normal == "-"


def test_other_readings_are_few_and_near() -> None:
    readings = read_grid("48QYD123456").readings
    assert "48QXD123456" in readings
    assert "48QYD723456" in readings
    assert len(read_grid("YD1717171717").readings) <= 5
    assert read_grid("49QBT030980").readings == ()


def test_a_suspected_grave_is_shown_to_the_kilometre() -> None:
    exact = read_grid("48QYD1234545678")
    assert shown_publicly(exact, suspected_grave=False) is exact
    place = shown_publicly(exact, suspected_grave=True)
    assert (place.text, place.normal) == ("48QYD1245", "48QYD1245")
    assert (place.easting, place.northing, place.cell_m) == (712500, 1845500, 1000)
    assert place.radius_m is not None and place.radius_m >= 1000
    assert place.readings == ()
    assert "12345" not in repr(place)
    assert place == shown_publicly(read_grid("UTM 48 712001 1845999"), suspected_grave=True)
    assert shown_publicly(read_grid("YD 12345 4567"), suspected_grave=True).text == ""


def test_the_letters_agree_with_the_library() -> None:
    mgrs = pytest.importorskip("mgrs").MGRS()
    chance = random.Random(7)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(500):
            easting, northing = chance.randrange(170_000, 830_000), chance.randrange(900_000, 2_580_000)
            reading = read_grid(f"UTM {chance.choice((48, 49))} {easting} {northing}")
            zone, _, east, north = mgrs.MGRSToUTM(reading.normal)
            assert (zone, int(east), int(north)) == (reading.zone, easting, northing)


INSIDE = {
    "Hà Nội": (21.03, 105.85),
    "Huế": (16.46, 107.59),
    "Đà Nẵng": (16.06, 108.21),
    "Pleiku": (13.98, 108.00),
    "Buôn Ma Thuột": (12.67, 108.04),
    "Sài Gòn": (10.78, 106.70),
    "Cần Thơ": (10.03, 105.78),
    "Điện Biên": (21.39, 103.02),
    "Vinh": (18.67, 105.68),
    "Lạng Sơn": (21.85, 106.76),
    "Quảng Trị": (16.75, 107.19),
    "Tây Ninh": (11.31, 106.10),
    "Khe Sanh": (16.62, 106.73),
    "A Lưới": (16.23, 107.24),
    "Lộc Ninh": (11.85, 106.59),
    "Hà Tiên": (10.39, 104.50),
}
OUTSIDE = {
    "Viêng Chăn": (17.97, 102.60),
    "Phnom Penh": (11.56, 104.92),
    "Hải Nam": (19.20, 109.70),
    "Nam Ninh": (22.82, 108.32),
    "Savannakhet": (16.55, 104.75),
    "Attapeu": (14.81, 106.83),
    "Svay Rieng": (11.08, 105.80),
    "Sầm Nưa": (20.41, 104.05),
}


@pytest.mark.parametrize("place", INSIDE)
def test_the_drawn_outline_holds_the_towns(place: str) -> None:
    assert outline.contains(*INSIDE[place])


@pytest.mark.parametrize("place", OUTSIDE)
def test_the_drawn_outline_leaves_the_neighbours_out(place: str) -> None:
    assert not outline.contains(*OUTSIDE[place])


def test_the_picture_holds_everything_drawn() -> None:
    width, height = outline.size(200)
    assert outline.OUTLINE[0] == outline.OUTLINE[-1]
    for latitude, longitude in [*outline.OUTLINE, *(dot for island in outline.ISLANDS for dot in island.dots)]:
        x, y = outline.project(latitude, longitude, width=200)
        assert 0 < x < width
        assert 0 < y < height
    assert {"Hoàng Sa", "Trường Sa"} == {island.name for island in outline.ISLANDS if island.named}
    path = outline.outline_path(200)
    assert path.startswith("M") and path.endswith("Z") and path.count("L") == len(outline.OUTLINE) - 2
