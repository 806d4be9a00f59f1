"""Grid references on wartime maps: read, repaired, placed on today's map, and made coarser where a grave may lie.

Source: domain notes, section 7. The sheets are UTM on Indian 1960 (Everest 1830), not WGS84. The square's two letters
alone say the zone and, in this part of the world, the northing; so a typed zone or band gives way to them. The letters
are worked out here, without the `mgrs` library: it takes a wrong band for a point 2,000 km off.
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
# Rows repeat every 2,000 km; from 7.2° to 25.3° N each stands once.
LOWEST, CYCLE = 800_000, 2_000_000
# Accuracy of the shift (44 m), and what a capture or report point leaves open; together 250 m for six digits.
SHIFT_ACCURACY_M, MEANING_M = 44, 150
PUBLIC_CELL_M = 1000
# One pinned operation: left to choose by area, PROJ applies no shift at all outside 14°-18° N (about 500 m wrong).
PIPELINE = (
    "+proj=pipeline +step +inv +proj=utm +zone={zone} +ellps=evrst30 +step +proj=push +v_3 "
    "+step +proj=cart +ellps=evrst30 +step +proj=helmert +x=198 +y=881 +z=317 "
    "+step +inv +proj=cart +ellps=WGS84 +step +proj=pop +v_3 +step +proj=unitconvert +xy_in=rad +xy_out=deg"
)
# Vietnam, Laos and Cambodia with some tens of kilometres around, then the two archipelagos: latitude, longitude.
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
# Digits as a pen or a poor scan leaves them; two of the letters may be figures for the same reason.
SQUARE = re.compile(
    rf"(?:(\d{{2}}){SEPARATORS}([A-Z])?{SEPARATORS})?([A-Z05][A-Z]|[A-Z][05])((?:{SEPARATORS}[0-9OIL|S])*)", re.ASCII
)
UTM = re.compile(
    rf"(?:ZONE\s*)?(\d{{1,2}})\s*([A-Z])?{SEPARATORS}(?:E\s*)?(\d{{6}})(?:\.\d+)?\s*(?:M?E)?[\s,;/]+"
    r"(?:N\s*)?(\d{6,7})(?:\.\d+)?\s*(?:M?N)?",
    re.ASCII,
)
WORN_DIGITS = str.maketrans("OIL|S", "01115")
WORN_LETTERS = str.maketrans("O05", "DDS")
LOOK_ALIKES = {"X": "Y", "Y": "X", "1": "7", "7": "1"}


@dataclass(frozen=True)
class GridReading:
    """A reference as read. text: as given; normal: "48QYD123456", zone and band as they must be, or "-".

    easting, northing: the cell's centre in metres, Indian 1960 / UTM `zone`. latitude, longitude: degrees, WGS84.
    radius_m: how far the place meant may lie from there; cell_m: the cell's side. readings: normal forms of other
    readings of worn signs (X/Y, 1/7) in or near Vietnam. notes: zone_missing, zone_repaired:48P, band_repaired:48P,
    band_ambiguous, letter_repaired:YD, digits_repaired, utm, odd_digits, digit_count, uneven_digits, bare_square,
    no_such_square, outside, rounded.
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

    text: as typed, with or without zone, band, spaces, brackets or a label. Returns "-" as `normal` where it is none.
    Source: domain notes, section 7.
    """
    words, labelled = _unwrapped(text)
    if found := UTM.fullmatch(words.upper()):
        return _from_utm(text, found)
    found = SQUARE.fullmatch(words.upper())
    if not found:
        return _none(text)
    zone, band, letters, rest = found.groups()
    written = re.sub(r"[^0-9A-Z|]", "", rest)
    digits = written.translate(WORN_DIGITS)
    figures = sum(sign.isdigit() for sign in written)
    if written and figures * 2 < len(written):
        return _none(text)
    if not (zone or labelled or words[:2].isupper()) and re.fullmatch(r"(19|20)\d\d", digits):
        # "an 1967" in running text is a word and a year.
        return _none(text)
    if refused := _refused(digits, rest, bool(zone or labelled)):
        return _none(text, *refused)
    repaired = letters.translate(WORN_LETTERS)
    typed_zone = int(zone) if zone else None
    notes = [f"letter_repaired:{repaired}"] * (repaired != letters) + ["digits_repaired"] * (written != digits)
    placed = _place(typed_zone, repaired, digits)
    if placed is None:
        return _none(text, "no_such_square")
    at_zone, easting, northing, cell = placed
    at_band = _band(at_zone, easting, northing)
    if typed_zone is None:
        notes.append("zone_missing")
    elif typed_zone != at_zone:
        notes.append(f"zone_repaired:{at_zone}{at_band}")
    elif band and band != at_band:
        straddles = band in (_band(at_zone, easting, edge) for edge in _row_edges(northing))
        notes.append("band_ambiguous" if straddles else f"band_repaired:{at_zone}{at_band}")
    return _reading(text, at_zone, easting, northing, cell, repaired, digits, tuple(notes))


def shown_publicly(reading: GridReading, *, suspected_grave: bool) -> GridReading:
    """The reading as strangers may see it. suspected_grave: True puts it at the centre of its 1 km square, with at
    least 1,000 m around, and takes the exact text and other readings away. Source: domain notes, section 7."""
    if not suspected_grave:
        return reading
    if reading.zone is None or reading.easting is None or reading.northing is None:
        # Even what could not be read may give the place away.
        return _none("")
    half = PUBLIC_CELL_M / 2
    easting = reading.easting // PUBLIC_CELL_M * PUBLIC_CELL_M + half
    northing = reading.northing // PUBLIC_CELL_M * PUBLIC_CELL_M + half
    digits = f"{int(easting) % 100_000 // 1000:02}{int(northing) % 100_000 // 1000:02}"
    letters = _letters(reading.zone, easting, northing)
    coarse = _reading("", reading.zone, easting, northing, PUBLIC_CELL_M, letters, digits, ("rounded",))
    return replace(coarse, text=coarse.normal, readings=())


def _unwrapped(text: str) -> tuple[str, bool]:
    if len(text) > LONGEST:
        return "", False
    words = " ".join(canonical(text).split()).strip(" ()[]{}.,;:'\"“”")
    # A remark behind, as "(Khe Sanh)", says nothing of the square; one that names another datum does.
    words = re.sub(r"(\d)\s*\)?\s*\((?![^()]*wgs)[^()]*$", r"\1", words, flags=re.IGNORECASE)
    low = fold(words)
    # A square may be called AT.
    found = None if SQUARE.fullmatch(words.upper()) else LABEL.match(low)
    # "UTM 48 712350…" loses its label too; folding keeps the length except for stray combining marks.
    if not found or len(low) != len(words):
        return words, False
    return words[found.end() :].strip(" ()[]:.,;"), True


def _refused(digits: str, rest: str, sure: bool) -> tuple[str, ...]:
    groups = re.findall(r"[0-9A-Za-z|]+", rest)
    if not digits:
        return ("bare_square",) if sure or not rest else ()
    if len(digits) % 2:
        return ("odd_digits",)
    if not 4 <= len(digits) <= 10:
        return ("digit_count",)
    if len(groups) == 2 and len(groups[0]) != len(groups[1]):
        return ("uneven_digits",)
    return ()


def _place(typed_zone: int | None, letters: str, digits: str) -> tuple[int, int | float, int | float, int] | None:
    column, row = letters[0], letters[1]
    zones = [zone for zone, columns in COLUMNS.items() if column in columns]
    if not zones or row not in ROWS:
        return None
    zone = typed_zone if typed_zone in zones else zones[0]
    half = len(digits) // 2
    cell = 10 ** (5 - half)
    east = (COLUMNS[zone].index(column) + 1) * 100_000 + int(digits[:half]) * cell + cell / 2
    # In even zones the rows begin with F.
    north = (ROWS.index(row) - (5 if zone % 2 == 0 else 0)) % 20 * 100_000
    north += CYCLE if north < LOWEST else 0
    return zone, east, north + int(digits[half:]) * cell + cell / 2, cell


def _letters(zone: int, easting: float, northing: float) -> str:
    row = (int(northing // 100_000) + (5 if zone % 2 == 0 else 0)) % 20
    return COLUMNS[zone][int(easting // 100_000) - 1] + ROWS[row]


def _row_edges(northing: float) -> tuple[float, float]:
    foot = northing // 100_000 * 100_000
    return foot, foot + 99_999


def _from_utm(text: str, found: re.Match[str]) -> GridReading:
    zone, easting, northing = int(found[1]), int(found[3]), int(found[4])
    if zone not in COLUMNS or not 100_000 <= easting < 900_000 or not LOWEST <= northing < LOWEST + CYCLE:
        return _none(text, "utm", "outside")
    digits = f"{easting % 100_000:05}{northing % 100_000:05}"
    # Whole metres name a point, not a cell's corner; the half metre is noise.
    notes = ["utm"]
    band = _band(zone, easting, northing)
    if found[2] and found[2] not in ("N", band):
        notes.append(f"band_repaired:{zone}{band}")
    letters = _letters(zone, easting, northing)
    return replace(_reading(text, zone, easting, northing, 1, letters, digits, tuple(notes)), readings=())


def _reading(
    text: str, zone: int, easting: float, northing: float, cell: int, letters: str, digits: str, notes: tuple[str, ...]
) -> GridReading:
    latitude, longitude = _wgs84(zone, easting, northing)
    if not _near(latitude, longitude):
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
        _others(zone, letters, digits),
        notes,
    )


def _others(zone: int, letters: str, digits: str) -> tuple[str, ...]:
    signs = letters + digits
    found: list[str] = []
    for at, sign in enumerate(signs):
        if sign not in LOOK_ALIKES or len(found) == MOST_READINGS:
            continue
        other = signs[:at] + LOOK_ALIKES[sign] + signs[at + 1 :]
        placed = _place(zone, other[:2], other[2:])
        if placed and _near(*_wgs84(*placed[:3])):
            found.append(f"{placed[0]}{_band(*placed[:3])}{other}")
    return tuple(found)


def _band(zone: int, easting: float, northing: float) -> str:
    _, latitude = _operation(zone, shifted=False).transform(easting, northing)
    return BANDS[min(3, max(0, int(latitude // 8)))]


def _wgs84(zone: int, easting: float, northing: float) -> tuple[float, float]:
    longitude, latitude = _operation(zone, shifted=True).transform(easting, northing)
    return round(latitude, 7), round(longitude, 7)


@lru_cache(maxsize=8)
def _operation(zone: int, *, shifted: bool) -> Transformer:
    if shifted:
        return Transformer.from_pipeline(PIPELINE.format(zone=zone))
    # Bands are counted on the map's own latitudes.
    return Transformer.from_pipeline(
        f"+proj=pipeline +step +inv +proj=utm +zone={zone} +ellps=evrst30 "
        "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
    )


def _near(latitude: float, longitude: float) -> bool:
    if any(south <= latitude <= north and west <= longitude <= east for south, west, north, east in SEA_BOXES):
        return True
    inside = False
    for (lat1, lon1), (lat2, lon2) in zip(REGION, (*REGION[1:], REGION[0]), strict=True):
        if (lat1 > latitude) != (lat2 > latitude):
            inside ^= longitude < (lon2 - lon1) * (latitude - lat1) / (lat2 - lat1) + lon1
    return inside


def _none(text: str, *notes: str) -> GridReading:
    return GridReading(text, "-", None, None, None, None, None, None, None, (), notes)
