"""Grid references on wartime maps: read, repaired, converted to WGS84, and made coarser where a grave may lie.

Source: docs/field/grids.md. The sheets are UTM on Indian 1960 (Everest 1830), not WGS84. The two letters of the
square alone determine the zone and, in this part of the world, the northing; so they overrule a typed zone or band. The
letters are decoded here and not by the `mgrs` library: given a wrong band, it returns a point 2,000 km away.
"""

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from pyproj import Transformer

from catalog.rules.text import canonical, fold

LONGEST = 80
MOST_READINGS = 5
COLUMNS = {47: "JKLMNPQR", 48: "STUVWXYZ", 49: "ABCDEFGH", 50: "JKLMNPQR"}
ROWS = "ABCDEFGHJKLMNPQRSTUV"
BANDS = "NPQR"
# Rows repeat every 2,000 km; from 7.2° to 25.3° N each occurs once.
MIN_NORTHING, ROW_CYCLE = 800_000, 2_000_000
# Accuracy of the datum shift (44 m), and the uncertainty of what a point of capture or report means; together with the
# cell, 250 m for six digits.
SHIFT_ACCURACY_M, MEANING_M = 44, 150
PUBLIC_CELL_M = 1000
# One fixed operation: if PROJ chooses by area, it applies no shift at all outside 14°-18° N (about 500 m wrong).
PIPELINE = (
    "+proj=pipeline +step +inv +proj=utm +zone={zone} +ellps=evrst30 +step +proj=push +v_3 "
    "+step +proj=cart +ellps=evrst30 +step +proj=helmert +x=198 +y=881 +z=317 "
    "+step +inv +proj=cart +ellps=WGS84 +step +proj=pop +v_3 +step +proj=unitconvert +xy_in=rad +xy_out=deg"
)
# Vietnam, Laos and Cambodia with a margin of some tens of kilometres, then the two archipelagos: latitude, longitude.
REGION = (
    (23.0, 103.0), (23.8, 104.2), (23.8, 105.8), (23.3, 107.0), (22.0, 108.6), (20.0, 108.8), (18.6, 107.4),
    (17.3, 108.4), (16.0, 109.4), (13.5, 110.1), (11.3, 110.0), (9.9, 109.3), (8.1, 107.2), (7.9, 104.3), (9.0, 102.6),
    (10.5, 102.3), (12.0, 102.0), (13.8, 101.9), (14.7, 102.8), (14.8, 104.8), (15.8, 104.9), (16.4, 104.2),
    (17.5, 103.7), (17.6, 102.7), (17.2, 101.8), (17.2, 100.8), (19.0, 100.1), (20.0, 99.7), (20.8, 99.7),
    (21.8, 100.8), (22.8, 101.5), (22.9, 102.3),
)  # fmt: skip
SEA_BOXES = ((15.3, 110.9, 17.4, 113.1), (6.3, 109.3, 12.2, 117.5))

LABEL = re.compile(
    r"^(?:(?:grid|map|mgrs|utm)\s*(?:refs?|references?|squares?|coordinates?|coords?)?|coordinates?|coords?|toa do"
    r"|vicinity(?: of)?|vic|at|tai)\s*[.:=]?\s+"
)
SEPARATORS = r"[\s.,:\-–/]*"
# Digits as a pen or a poor scan leaves them; for the same reason one of the two letters may look like a digit.
SQUARE = re.compile(
    rf"(?:(\d{{2}}){SEPARATORS}([A-Z])?{SEPARATORS})?([A-Z05][A-Z]|[A-Z][05])((?:{SEPARATORS}[0-9OIL|S])*)", re.ASCII
)
UTM = re.compile(
    rf"(?:ZONE\s*)?(\d{{1,2}})\s*([A-Z])?{SEPARATORS}(?:E\s*)?(\d{{6}})(?:\.\d+)?\s*(?:M?E)?[\s,;/]+"
    r"(?:N\s*)?(\d{6,7})(?:\.\d+)?\s*(?:M?N)?",
    re.ASCII,
)
DIGIT_REPAIRS = str.maketrans("OIL|S", "01115")
LETTER_REPAIRS = str.maketrans("O05", "DDS")
LOOK_ALIKES = {"X": "Y", "Y": "X", "1": "7", "7": "1"}


@dataclass(frozen=True)
class GridReading:
    """A reference as read. text: as given; normal: "48QYD123456", with the correct zone and band, or "-".

    easting, northing: the centre of the cell in metres, Indian 1960 / UTM `zone`. latitude, longitude: degrees, WGS84.
    radius_m: how far the place may lie from there; cell_m: the side of the cell. readings: normal forms of other
    readings of characters that look alike (X/Y, 1/7) in or near Vietnam. notes: zone_missing, zone_repaired:48P,
    band_repaired:48P, band_ambiguous, letter_repaired:YD, digits_repaired, utm, odd_digits, digit_count,
    uneven_digits, bare_square, no_such_square, outside, rounded.
    """

    text: str
    normal: str
    zone: int | None
    easting: float | None
    northing: float | None
    latitude: float | None
    longitude: float | None
    radius_m: int | None
    cell_m: int | None
    readings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_grid(text: str) -> GridReading:
    """Read a military grid reference of 4, 6, 8 or 10 digits, or a UTM position. Never raises.

    text: as typed, with or without zone, band, spaces, brackets or a label. `normal` is "-" if it is no reference.
    Source: docs/field/grids.md, Conversion.
    """
    words, labelled = _without_label(text)
    if match := UTM.fullmatch(words.upper()):
        return _from_utm(text, match)
    match = SQUARE.fullmatch(words.upper())
    if not match:
        return _not_a_grid(text)
    zone, band, letters, tail = match.groups()
    characters = re.sub(r"[^0-9A-Z|]", "", tail)
    digits = characters.translate(DIGIT_REPAIRS)
    digit_count = sum(character.isdigit() for character in characters)
    if characters and digit_count * 2 < len(characters):
        return _not_a_grid(text)
    if not (zone or labelled or words[:2].isupper()) and re.fullmatch(r"(19|20)\d\d", digits):
        # "an 1967" in running text is a word and a year.
        return _not_a_grid(text)
    if faults := _faults(digits, tail, bool(zone or labelled)):
        return _not_a_grid(text, *faults)
    repaired = letters.translate(LETTER_REPAIRS)
    typed_zone = int(zone) if zone else None
    notes = [f"letter_repaired:{repaired}"] * (repaired != letters) + ["digits_repaired"] * (characters != digits)
    location = _locate(typed_zone, repaired, digits)
    if location is None:
        return _not_a_grid(text, "no_such_square")
    actual_zone, easting, northing, cell = location
    actual_band = _band(actual_zone, easting, northing)
    if typed_zone is None:
        notes.append("zone_missing")
    elif typed_zone != actual_zone:
        notes.append(f"zone_repaired:{actual_zone}{actual_band}")
    elif band and band != actual_band:
        is_on_border = band in (_band(actual_zone, easting, edge) for edge in _row_edges(northing))
        notes.append("band_ambiguous" if is_on_border else f"band_repaired:{actual_zone}{actual_band}")
    return _reading(text, actual_zone, easting, northing, cell, repaired, digits, tuple(notes))


def shown_publicly(reading: GridReading, *, suspected_grave: bool) -> GridReading:
    """The reading as the public may see it. suspected_grave: True moves it to the centre of its 1 km square, with a
    radius of at least 1,000 m, and removes the exact text and other readings. Source: docs/field/grids.md, Privacy."""
    if not suspected_grave:
        return reading
    if reading.zone is None or reading.easting is None or reading.northing is None:
        # Even text that could not be read may reveal the place.
        return _not_a_grid("")
    half = PUBLIC_CELL_M / 2
    easting = reading.easting // PUBLIC_CELL_M * PUBLIC_CELL_M + half
    northing = reading.northing // PUBLIC_CELL_M * PUBLIC_CELL_M + half
    digits = f"{int(easting) % 100_000 // 1000:02}{int(northing) % 100_000 // 1000:02}"
    letters = _letters(reading.zone, easting, northing)
    rounded = _reading("", reading.zone, easting, northing, PUBLIC_CELL_M, letters, digits, ("rounded",))
    return replace(rounded, text=rounded.normal, readings=())


def _without_label(text: str) -> tuple[str, bool]:
    if len(text) > LONGEST:
        return "", False
    words = " ".join(canonical(text).split()).strip(" ()[]{}.,;:'\"“”")
    # A remark after it, such as "(Khe Sanh)", says nothing about the square, unless it names another datum.
    words = re.sub(r"(\d)\s*\)?\s*\((?![^()]*wgs)[^()]*$", r"\1", words, flags=re.IGNORECASE)
    folded = fold(words)
    # A square may be called AT.
    label = None if SQUARE.fullmatch(words.upper()) else LABEL.match(folded)
    # Also for "UTM 48 712350…". Folding keeps the length, except for stray combining marks.
    if not label or len(folded) != len(words):
        return words, False
    return words[label.end() :].strip(" ()[]:.,;"), True


def _faults(digits: str, tail: str, certain: bool) -> tuple[str, ...]:
    groups = re.findall(r"[0-9A-Za-z|]+", tail)
    if not digits:
        return ("bare_square",) if certain or not tail else ()
    if len(digits) % 2:
        return ("odd_digits",)
    if not 4 <= len(digits) <= 10:
        return ("digit_count",)
    if len(groups) == 2 and len(groups[0]) != len(groups[1]):
        return ("uneven_digits",)
    return ()


def _locate(typed_zone: int | None, letters: str, digits: str) -> tuple[int, int | float, int | float, int] | None:
    column, row = letters[0], letters[1]
    zones = [zone for zone, columns in COLUMNS.items() if column in columns]
    if not zones or row not in ROWS:
        return None
    zone = typed_zone if typed_zone in zones else zones[0]
    digits_per_axis = len(digits) // 2
    cell = 10 ** (5 - digits_per_axis)
    easting = (COLUMNS[zone].index(column) + 1) * 100_000 + int(digits[:digits_per_axis]) * cell + cell / 2
    # In even zones the rows begin at F.
    northing = (ROWS.index(row) - (5 if zone % 2 == 0 else 0)) % 20 * 100_000
    northing += ROW_CYCLE if northing < MIN_NORTHING else 0
    return zone, easting, northing + int(digits[digits_per_axis:]) * cell + cell / 2, cell


def _letters(zone: int, easting: float, northing: float) -> str:
    row = (int(northing // 100_000) + (5 if zone % 2 == 0 else 0)) % 20
    return COLUMNS[zone][int(easting // 100_000) - 1] + ROWS[row]


def _row_edges(northing: float) -> tuple[float, float]:
    south_edge = northing // 100_000 * 100_000
    return south_edge, south_edge + 99_999


def _from_utm(text: str, match: re.Match[str]) -> GridReading:
    zone, easting, northing = int(match[1]), int(match[3]), int(match[4])
    if (
        zone not in COLUMNS
        or not 100_000 <= easting < 900_000
        or not MIN_NORTHING <= northing < MIN_NORTHING + ROW_CYCLE
    ):
        return _not_a_grid(text, "utm", "outside")
    digits = f"{easting % 100_000:05}{northing % 100_000:05}"
    # Whole metres name a point, not a cell's corner; the half metre is noise.
    notes = ["utm"]
    band = _band(zone, easting, northing)
    if match[2] and match[2] not in ("N", band):
        notes.append(f"band_repaired:{zone}{band}")
    letters = _letters(zone, easting, northing)
    return replace(_reading(text, zone, easting, northing, 1, letters, digits, tuple(notes)), readings=())


def _reading(
    text: str, zone: int, easting: float, northing: float, cell: int, letters: str, digits: str, notes: tuple[str, ...]
) -> GridReading:
    latitude, longitude = _wgs84(zone, easting, northing)
    if not _in_region(latitude, longitude):
        notes = (*notes, "outside")
    return GridReading(
        text,
        f"{zone}{_band(zone, easting, northing)}{letters}{digits}",
        zone,
        float(easting),
        float(northing),
        latitude,
        longitude,
        max(cell, SHIFT_ACCURACY_M) + MEANING_M,
        cell,
        _other_readings(zone, letters, digits),
        notes,
    )


def _other_readings(zone: int, letters: str, digits: str) -> tuple[str, ...]:
    characters = letters + digits
    readings: list[str] = []
    for index, character in enumerate(characters):
        if character not in LOOK_ALIKES or len(readings) == MOST_READINGS:
            continue
        alternative = characters[:index] + LOOK_ALIKES[character] + characters[index + 1 :]
        location = _locate(zone, alternative[:2], alternative[2:])
        if location and _in_region(*_wgs84(*location[:3])):
            readings.append(f"{location[0]}{_band(*location[:3])}{alternative}")
    return tuple(readings)


def _band(zone: int, easting: float, northing: float) -> str:
    _, latitude = _transformer(zone, shifted=False).transform(easting, northing)
    return BANDS[min(3, max(0, int(latitude // 8)))]


def _wgs84(zone: int, easting: float, northing: float) -> tuple[float, float]:
    longitude, latitude = _transformer(zone, shifted=True).transform(easting, northing)
    return round(latitude, 7), round(longitude, 7)


@lru_cache(maxsize=8)
def _transformer(zone: int, *, shifted: bool) -> Transformer:
    if shifted:
        return Transformer.from_pipeline(PIPELINE.format(zone=zone))
    # Bands follow the latitudes of the map's own datum.
    return Transformer.from_pipeline(
        f"+proj=pipeline +step +inv +proj=utm +zone={zone} +ellps=evrst30 "
        "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
    )


def _in_region(latitude: float, longitude: float) -> bool:
    if any(south <= latitude <= north and west <= longitude <= east for south, west, north, east in SEA_BOXES):
        return True
    inside = False
    for (lat1, lon1), (lat2, lon2) in zip(REGION, (*REGION[1:], REGION[0]), strict=True):
        if (lat1 > latitude) != (lat2 > latitude):
            inside ^= longitude < (lon2 - lon1) * (latitude - lat1) / (lat2 - lat1) + lon1
    return inside


def _not_a_grid(text: str, *notes: str) -> GridReading:
    return GridReading(text, "-", None, None, None, None, None, None, None, (), notes)
