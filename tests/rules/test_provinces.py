"""The dated provinces, by the table and docs/field/places.md, Rules."""

import pytest

from catalog.rules.provinces import (
    BY_SLUG,
    PROVINCES,
    SUCCESSIONS,
    compare_homes,
    expand,
    find_provinces,
    name_at,
    today_of,
)


def slugs(text: str) -> list[str]:
    return [unit.slug for unit in find_provinces(text)]


def test_the_units_of_2025_are_thirty_four_and_cover_all_land_once() -> None:
    today = [unit for unit in PROVINCES if unit.to_year is None]
    assert len(today) == 34
    pieces = [piece for unit in today for piece in unit.parts]
    assert len(pieces) == len(set(pieces))
    assert set(pieces) - {piece for unit in PROVINCES for piece in unit.parts} == set()
    assert {piece for unit in PROVINCES for piece in unit.parts} == set(pieces)


def test_the_units_of_2010_are_sixty_three() -> None:
    existing = [
        unit
        for unit in PROVINCES
        if (unit.from_year or 0) <= 2010 <= (unit.to_year or 9999)
        and not (unit.away and unit.away[0] < 2010 < unit.away[1])
    ]
    assert len(existing) == 63
    assert len({unit.slug for unit in PROVINCES}) == len(PROVINCES)
    assert not [unit for unit in PROVINCES if unit.source not in ("T", "S43", "GK")]


def test_successions_join_the_table() -> None:
    for row in [
        ("nam-dinh", "nam-ha", 1965, False),
        ("nam-ha", "ha-nam-ninh", 1975, False),
        ("ha-nam-ninh", "nam-ha", 1991, True),
        ("ha-nam-ninh", "ninh-binh", 1991, True),
        ("nam-dinh", "ninh-binh-2025", 2025, False),
        ("ha-son-binh", "hoa-binh", 1991, True),
        ("hong-quang", "quang-ninh", 1963, False),
        ("phuoc-tuy", "dong-nai-1976", 1976, False),
        ("thua-thien-hue", "hue", 2025, False),
    ]:
        assert row in SUCCESSIONS
    assert not [row for row in SUCCESSIONS if row[:2] == ("ha-nam-ninh", "ha-nam")]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("xã Song An, huyện Vũ Thư, tỉnh Thái Bình", ["thai-binh"]),
        ("xa Song An, huyen Vu Thu, tinh Thai Binh", ["thai-binh"]),
        ("Ha Nam Ninh", ["ha-nam-ninh"]),
        ("Hà-Nam-Ninh", ["ha-nam-ninh"]),
        ("Hà Nam - Ninh Bình", ["ha-nam", "ninh-binh", "ninh-binh-2025"]),
        ("Hà Nam-Ninh Bình", ["ha-nam", "ninh-binh", "ninh-binh-2025"]),
        ("Quảng Nam–Đà Nẵng", ["quang-nam-da-nang"]),
        ("quang nam - da nang", ["quang-nam-da-nang"]),
        ("TP.HCM", ["ho-chi-minh", "ho-chi-minh-2025"]),
        ("TP. Hồ Chí Minh", ["ho-chi-minh", "ho-chi-minh-2025"]),
        ("Nam Hà (nay thuộc Ninh Bình)", ["nam-ha", "ninh-binh-2025"]),
        ("Nghĩa Thịnh, Nghĩa Hưng, Hà Nam Ninh (now Nam Định)", ["ha-nam-ninh", "nam-dinh"]),
        ("Thừa Thiên - Huế", ["thua-thien-hue"]),
        ("Thua Thien Hue", ["thua-thien-hue"]),
        ("xã Hòa Bình, huyện Kiến Xương, tỉnh Thái Bình", ["thai-binh"]),
        ("Hòa Bình, Kiến Xương, Thái Bình", ["thai-binh"]),
        ("Song An commune, Vu Thu district, Thai Binh province", ["thai-binh"]),
        ("Hoa Binh commune, Nam Ha province", ["nam-ha"]),
        ("thành phố Nam Định, tỉnh Nam Định", ["nam-dinh"]),
        ("TP Biên Hòa, Đồng Nai", ["dong-nai-1976", "dong-nai", "dong-nai-2025"]),
        ("Bình Dương, Thăng Bình, Quảng Nam", ["quang-nam"]),
        ("C2, D83 – Quảng Ngãi, QK5", ["quang-ngai", "quang-ngai-2025"]),
        ("former Quảng Trị", ["quang-tri", "quang-tri-1954", "quang-tri-2025"]),
        ("Đắc Lắc", ["dak-lak", "dak-lak-2004", "dak-lak-2025"]),
        ("Hoà Bình", ["hoa-binh"]),
        ("Nam Định, Hà Nam", ["nam-dinh", "ha-nam"]),
        ("Thái Bình Dương", []),
        ("Hạ Nam", []),
        ("Hồ Chí Minh", []),
        ("huyện Vĩnh Linh", []),
        ("", []),
        ("😀\0", []),
    ],
)
def test_provinces_are_found_in_what_is_written(text: str, first: list[str]) -> None:
    assert slugs(text) == first


def test_nothing_typed_fails() -> None:
    for text in ["\u0301", "a" * 70000, "((((", "tỉnh", "tỉnh tỉnh", ",,,", "Hà " * 9000, "nay thuộc"]:
        find_provinces(text)
        compare_homes(text, text)
        compare_homes(text, "Nam Hà")
    assert expand("nowhere") == frozenset()
    assert today_of("nowhere") == name_at("nowhere", 1967) == ()


def test_expansion_follows_the_land_and_does_not_leak() -> None:
    assert expand("nam-dinh") == {"nam-dinh", "nam-ha", "ha-nam-ninh", "ninh-binh-2025"}
    assert {"nam-dinh", "ha-nam", "nam-ha", "ninh-binh", "ninh-binh-2025"} < expand("ha-nam-ninh")
    assert expand("ha-tinh") == {"ha-tinh", "nghe-tinh"}
    assert "ha-nam" not in expand("nam-dinh")
    assert "quang-nam" not in expand("da-nang")
    for unit in PROVINCES:
        assert unit.slug in expand(unit.slug)
        assert all(unit.slug in expand(other) for other in expand(unit.slug))


@pytest.mark.parametrize(
    ("slug", "year", "names"),
    [
        ("ninh-binh-2025", 1967, {"Nam Hà", "Ninh Bình"}),
        ("nam-dinh", 1980, {"Hà Nam Ninh"}),
        ("nam-dinh", 1960, {"Nam Định"}),
        ("nam-dinh", 2026, {"Ninh Bình"}),
        ("ha-tay", 1985, {"Hà Sơn Bình", "Hà Nội"}),
        ("quang-tri", 1967, {"Quảng Trị", "Vĩnh Linh", "Trị Thiên"}),
        ("ben-tre", 1970, {"Bến Tre", "Kiến Hòa"}),
    ],
)
def test_the_name_of_a_year(slug: str, year: int, names: set[str]) -> None:
    assert set(name_at(slug, year)) == names


@pytest.mark.parametrize(
    ("slug", "names"),
    [
        ("nam-ha", {"Ninh Bình"}),
        ("ha-son-binh", {"Hà Nội", "Phú Thọ"}),
        ("hai-hung", {"Hải Phòng", "Hưng Yên"}),
        ("vinh-phu", {"Phú Thọ"}),
        ("ha-bac", {"Bắc Ninh"}),
        ("bac-thai", {"Thái Nguyên"}),
        ("kien-an", {"Hải Phòng"}),
        ("hai-ninh", {"Quảng Ninh"}),
        ("nghe-tinh", {"Nghệ An", "Hà Tĩnh"}),
        ("binh-tri-thien", {"Quảng Trị", "Huế"}),
        ("quang-da", {"Đà Nẵng"}),
        ("quang-tin", {"Đà Nẵng"}),
        ("nghia-binh", {"Quảng Ngãi", "Gia Lai"}),
        ("phu-khanh", {"Đắk Lắk", "Khánh Hòa"}),
        ("gia-lai-kon-tum", {"Gia Lai", "Quảng Ngãi"}),
        ("thuan-hai", {"Khánh Hòa", "Lâm Đồng"}),
        ("song-be", {"TP. Hồ Chí Minh", "Đồng Nai"}),
        ("kien-hoa", {"Vĩnh Long"}),
        ("dinh-tuong", {"Đồng Tháp"}),
        ("vinh-binh", {"Vĩnh Long"}),
        ("minh-hai", {"Cà Mau"}),
        ("cuu-long", {"Vĩnh Long"}),
        ("hau-giang-1976", {"Cần Thơ"}),
        ("ha-dong", {"Hà Nội"}),
        ("phuoc-tuy", {"TP. Hồ Chí Minh"}),
        ("long-khanh", {"Đồng Nai"}),
    ],
)
def test_the_table_of_former_units(slug: str, names: set[str]) -> None:
    assert set(today_of(slug)) == names
    assert BY_SLUG[slug].source == "T"


@pytest.mark.parametrize(
    ("parameters", "written", "band", "factor", "reason"),
    [
        ("Thái Bình", "tỉnh Thái Bình", "same", 1.05, "same_province"),
        ("Thai Binh", "xã Song An, huyện Vũ Thư, tỉnh Thái Bình", "same", 1.05, "same_province"),
        ("Nam Định", "Hà Nam Ninh", "overlap", 1.05, "province_since"),
        ("Hà Nam Ninh", "Nam Định", "overlap", 1.05, "province_before"),
        ("Hà Tây", "Hà Nội", "overlap", 1.05, "province_since"),
        ("Nam Định", "Ninh Bình", "overlap", 1.02, "province_since"),
        ("Nam Định", "huyện Kim Sơn, tỉnh Ninh Bình", "other", 0.88, "other_province"),
        ("huyện Nghĩa Hưng, Nam Định", "huyện Nghĩa Hưng, tỉnh Ninh Bình", "same", 1.08, "same_district"),
        ("Hà Tĩnh", "Nghệ An", "other", 0.88, "other_province"),
        ("Hà Nam", "Nam Định", "other", 0.88, "other_province"),
        ("Vũ Thư, Thái Bình", "xã Song An, huyện Vũ Thư, tỉnh Thái Bình", "same", 1.08, "same_district"),
        ("Song An, Vu Thu, Thai Binh", "xã Song An huyện Vũ Thư tỉnh Thái Bình", "same", 1.08, "same_commune"),
        ("Song An commune, Thai Binh", "xã Song An, huyện Vũ Thư, tỉnh Thái Bình", "same", 1.08, "same_commune"),
        ("xã Song An, Thái Bình", "quê xã Song An, huyện Vũ Thư, Thái Bình", "same", 1.08, "same_commune"),
        (
            "xã Song An, huyện Kiến Xương, Thái Bình",
            "xã Song An, huyện Vũ Thư, Thái Bình",
            "same",
            1.05,
            "same_province",
        ),
        ("xã Song An", "xã Song An, huyện Vũ Thư, tỉnh Thái Bình", "same", 1.02, "commune_alone"),
        ("Song An", "xã Song An", "same", 1.02, "commune_alone"),
        ("Vũ Thư", "xã Song An, huyện Vũ Thư, tỉnh Thái Bình", "same", 1.05, "same_district"),
        ("thị xã Hà Đông, tỉnh Hà Tây", "TX Hà Đông, Hà Tây", "same", 1.08, "same_district"),
        ("Quan Hoa, Thanh Hoa", "huyện Quan Hóa, tỉnh Thanh Hóa", "same", 1.08, "same_district"),
        ("xa Song An huyen Vu Thu tinh Thai Binh", "Song An, Vũ Thư, Thái Bình", "same", 1.08, "same_commune"),
        ("Ban Mê Thuột, Darlac", "Ban Mê Thuột, Đắk Lắk", "same", 1.08, "same_district"),
        ("", "Thái Bình", "unknown", 1.0, "not_comparable"),
        ("Thái Bình", "huyện Vũ Thư", "unknown", 1.0, "not_comparable"),
        ("Nam Hà (nay thuộc Ninh Bình)", "Nam Định", "overlap", 1.05, "province_before"),
        ("Nam Hà (nay thuộc Ninh Bình)", "Ninh Bình", "same", 1.05, "same_province"),
    ],
)
def test_homes_compare(parameters: str, written: str, band: str, factor: float, reason: str) -> None:
    comparison = compare_homes(parameters, written)
    assert (comparison.band, comparison.factor, comparison.reason) == (band, factor, reason)
