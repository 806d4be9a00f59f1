"""The dated provinces: found in what is written, widened to what the same land was called, and compared as homes.

Source: domain notes, section 3 (table of former units and its five rules). The rows stand in `provinces_data.py`. A
unit is a set of pieces of land; units that share a piece overlap. So Nam Định meets Hà Nam Ninh, but not Hà Nam.
"""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from catalog.rules.provinces_data import UNITS
from catalog.rules.text import Token, canonical, fold, has_marks, tokens

LONGEST = 500
PROVINCE_BEFORE, PROVINCE_AFTER = ("tỉnh", "tinh", "province"), ("province",)
# A commune or a street may bear a province's name.
BELOW_BEFORE = {
    "xã", "xa", "phường", "phuong", "thôn", "thon", "xóm", "xom", "làng", "lang", "ấp", "ap", "bản", "buôn", "huyện",
    "huyen", "quận", "quan", "phố", "đường", "tx",
}  # fmt: skip
BELOW_TWO_BEFORE = {("thị", "trấn"), ("thi", "tran")}
BELOW_AFTER = {"commune", "district", "village", "hamlet", "ward", "town", "street"}
OCEAN = {("thai", "binh", "duong")}
NOW = re.compile(r"\b(nay|hien|now|today)\b(\s+(la|thuoc|in|part|of|tinh|thanh pho|tp\.?))*\s*$")
CITY = re.compile(r"\b(thanh pho|tp\.?)\s*$")
CLAUSE_BREAK = re.compile(r"[;()/–—]|\b(va|and|hoac|or|tuc|nay)\b")
HOME_WORDS = re.compile(
    r"^(quê quán|nguyên quán|trú quán|quê|que quan|nguyen quan|native of|from|home(?: place)?)\b\s*[:.]?\s*"
)
LABELS = {
    "commune": re.compile(r"^(?:xã|x\.|phường|p\.|thị trấn|tt\.?)\s+(?=\S)|\s+(?:commune|ward|village)$"),
    "district": re.compile(r"^(?:huyện|h\.|quận|q\.|thị xã|tx\.?|thành phố|tp\.?)\s+(?=\S)|\s+(?:district|town|city)$"),
    "hamlet": re.compile(r"^(?:thôn|xóm|làng|ấp|bản|buôn|khóm|tổ|đội)\s+(?=\S)|\s+hamlet$"),
}
# Without marks Quan Hóa, Lang Chánh and Ban Mê Thuột would lose a syllable: only labels that no name begins with.
BARE_LABELS = {
    "commune": re.compile(r"^(?:xa|phuong|thi tran)\s+(?=\S)"),
    "district": re.compile(r"^(?:huyen|quan(?=\s+\d)|thi xa|thanh pho)\s+(?=\S)"),
    "hamlet": re.compile(r"^(?:thon|xom|ap)\s+(?=\S)"),
}
# Where there are no commas the marked labels, and the unmarked that no name holds, part the levels.
INNER_LABEL = re.compile(
    r"(?<!thị)\s+(?=(?:xã|phường|thị trấn|huyện|huyen|quận|thị xã|thi tran|thi xa|thành phố)\s)", re.IGNORECASE
)


@dataclass(frozen=True)
class Province:
    """A unit in one period. from_year, to_year: None where older than these papers, or still so; both years included.

    parts: pieces of land; away: years in which a larger unit stood in its place; kind: province, city, zone, front;
    source: T, S43, GK, as in domain notes, section 3; spellings: other ways to write the name.
    """

    slug: str
    name: str
    from_year: int | None
    to_year: int | None
    parts: tuple[str, ...] = ()
    kind: str = "province"
    source: str = "GK"
    away: tuple[int, int] | None = None
    spellings: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlaceComparison:
    """band: same, overlap, other, unknown. factor: to multiply a score by. reason: same_commune, same_district,
    same_province, province_since, province_before, other_province, commune_alone, not_comparable. left, right: the two
    places named, as asked and as written."""

    band: str
    factor: float
    reason: str
    left: str = ""
    right: str = ""


@dataclass(frozen=True)
class Mention:
    """A province's name in a text: every dated unit it may mean, where it stands, whether "tỉnh" or "nay" is said."""

    senses: tuple[Province, ...]
    words: int
    start: int
    end: int
    labelled: bool
    now: bool


@dataclass
class Address:
    """The levels below the province, folded or exact as asked for."""

    names: dict[str, str] = field(default_factory=dict)
    district_labelled: bool = False


def _read(rows: str) -> tuple[Province, ...]:
    found = []
    for row in rows.splitlines():
        if not row.strip() or row.startswith("#"):
            continue
        slug, name, first, last, away, parts, kind, source, more = (cell.strip() for cell in row.split("|"))
        years = tuple(int(year) for year in away.split("-")) if away else ()
        spellings = tuple(one.strip() for one in more.split(",") if one.strip())
        found.append(
            Province(
                slug,
                name,
                int(first) if first else None,
                int(last) if last else None,
                tuple(parts.split()),
                kind,
                source,
                (years[0], years[1]) if years else None,
                spellings,
            )
        )
    return tuple(found)


def _successions(units: tuple[Province, ...]) -> tuple[tuple[str, str, int, bool], ...]:
    found = []
    for before in units:
        for after in units:
            if before is after or set(before.parts).isdisjoint(after.parts):
                continue
            ends = {before.to_year, before.away[0] if before.away else None} - {None}
            starts = {after.from_year, after.away[1] if after.away else None} - {None}
            # A decree late in one year took effect in the next.
            years = [start for end in ends for start in starts if start is not None and start - (end or 0) in (0, 1)]
            if years:
                found.append((before.slug, after.slug, min(years), not set(before.parts) <= set(after.parts)))
    return tuple(found)


PROVINCES = _read(UNITS)
BY_SLUG = {unit.slug: unit for unit in PROVINCES}
# Predecessor, successor, year, and whether only a part of the predecessor went there.
SUCCESSIONS = _successions(PROVINCES)


def _spelling_table() -> dict[tuple[str, ...], list[tuple[tuple[str, ...], frozenset[int], Province]]]:
    table: dict[tuple[str, ...], list[tuple[tuple[str, ...], frozenset[int], Province]]] = defaultdict(list)
    for unit in PROVINCES:
        for spelling in (unit.name, *unit.spellings):
            words = tokens(spelling)
            dashes = frozenset(
                at for at in range(1, len(words)) if "–" in spelling[words[at - 1].end : words[at].start]
            )
            table[tuple(word.folded for word in words)].append((tuple(word.exact for word in words), dashes, unit))
    return dict(table)


SPELLINGS = _spelling_table()
MOST_WORDS = max(map(len, SPELLINGS))


def find_provinces(text: str) -> tuple[Province, ...]:
    """The provinces named in `text`, with or without marks; longer names first, then as they stand.

    A name borne in several periods gives each of its units, oldest first. "nay thuộc X" means today's X alone. Names of
    communes, districts and streets are passed over. Source: domain notes, section 3.
    """
    mentions = sorted(_mentions(text), key=lambda mention: (-mention.words, mention.start))
    return tuple(dict.fromkeys(unit for mention in mentions for unit in mention.senses))


@lru_cache(maxsize=512)
def expand(slug: str) -> frozenset[str]:
    """The slugs of all units, of any time, that share land with `slug`, itself included; empty for an unknown slug.

    Source: domain notes, section 3, rule 3. Sharing is not passed on: Hà Tĩnh meets Nghệ Tĩnh, not Nghệ An.
    """
    unit = BY_SLUG.get(slug)
    return frozenset(other.slug for other in PROVINCES if unit and set(unit.parts) & set(other.parts))


def name_at(slug: str, year: int) -> tuple[str, ...]:
    """What the land of `slug` was called in `year`; in a year of change, both names."""
    return _names(slug, lambda unit: _stands(unit, year))


def today_of(slug: str) -> tuple[str, ...]:
    """What the land of `slug` is called since 1 July 2025, for "Nam Hà (nay thuộc Ninh Bình)"."""
    return _names(slug, lambda unit: unit.to_year is None)


def compare_homes(asked: str, written: str) -> PlaceComparison:
    """Compare two home places in free words. Contradiction lowers, absence does not.

    Returns factors: same or successor province 1.05; with commune or district equal 1.08; a name that has overlapped
    only since its widening 1.02; a commune alone 1.02; other province 0.88. Source: domain notes, section 3 (rule 5)
    and 5.1 step 6; the numbers are judgement.
    """
    left, right = _mentions(asked), _mentions(written)
    marked = has_marks(asked) and has_marks(written)
    here, there = _address(asked, left, marked), _address(written, right, marked)
    commune, district = _levels(here, there)
    pair = _best_pair(left, right)
    if pair is None:
        return _without_province(here, there, commune, district)
    strength, one, two = pair
    if strength == 1 and not district and (here.district_labelled or there.district_labelled):
        # Districts ended on 1 July 2025, so the widened province is not meant.
        strength = 0
    if strength == 0:
        return PlaceComparison("other", 0.88, "other_province", one.name, two.name)
    if commune or district:
        reason = "same_commune" if commune else "same_district"
        return PlaceComparison("same", 1.08, reason, one.name, two.name)
    if strength == 3:
        return PlaceComparison("same", 1.05, "same_province", one.name, two.name)
    reason = "province_since" if (two.from_year or 0) > (one.from_year or 0) else "province_before"
    return PlaceComparison("overlap", 1.05 if strength == 2 else 1.02, reason, one.name, two.name)


def _names(slug: str, wanted: Callable[[Province], bool]) -> tuple[str, ...]:
    units = [BY_SLUG[other] for other in expand(slug) if wanted(BY_SLUG[other])]
    return tuple(dict.fromkeys(unit.name for unit in sorted(units, key=PROVINCES.index)))


def _mentions(text: str) -> list[Mention]:
    text = text[:LONGEST]
    words = tokens(text)
    found: list[Mention] = []
    at = 0
    while at < len(words):
        size, senses = _name_from(text, words, at)
        if not size:
            at += 1
            continue
        if senses and not _below(text, words, at, size):
            found.append(_mention(text, words, at, size, senses))
        at += size
    return [one for place, one in enumerate(found) if not _outranked(text, one, found[place + 1 :])]


def _name_from(text: str, words: list[Token], at: int) -> tuple[int, tuple[Province, ...]]:
    for size in range(min(MOST_WORDS, len(words) - at), 0, -1):
        piece = words[at : at + size]
        key = tuple(word.folded for word in piece)
        if key in OCEAN:
            return size, ()
        gaps = [text[one.end : two.start] for one, two in pairwise(piece)]
        senses = [
            unit
            for exact, dashes, unit in SPELLINGS.get(key, ())
            if _joined(piece, gaps, dashes)
            and all(word.exact in (name, word.folded) for word, name in zip(piece, exact, strict=True))
        ]
        if senses:
            return size, tuple(dict.fromkeys(senses))
    return 0, ()


def _joined(piece: list[Token], gaps: list[str], dashes: frozenset[int]) -> bool:
    plain = [gap for at, gap in enumerate(gaps, 1) if at not in dashes]
    if piece[0].folded in ("tp", "tt") and plain and set(plain[0]) <= set(" ."):
        plain = plain[1:]
    # Old papers hyphenate inside a name; "Hà Nam-Ninh Bình" is two names.
    inside = all(gap.isspace() for gap in plain) or (all(gap == "-" for gap in plain) and not dashes)
    return inside and all(re.fullmatch(r"\s*[-–—]\s*|\s+", gaps[at - 1]) for at in dashes)


def _below(text: str, words: list[Token], at: int, size: int) -> bool:
    before = words[at - 1] if at and re.fullmatch(r"[\s.:]*", text[words[at - 1].end : words[at].start]) else None
    after = words[at + size] if at + size < len(words) else None
    if after and after.folded in BELOW_AFTER and text[words[at + size - 1].end : after.start].isspace():
        return True
    if before is None:
        return False
    return before.exact in BELOW_BEFORE or (at > 1 and (words[at - 2].exact, before.exact) in BELOW_TWO_BEFORE)


def _mention(text: str, words: list[Token], at: int, size: int, senses: tuple[Province, ...]) -> Mention:
    start, end = words[at].start, words[at + size - 1].end
    labelled = False
    if at and words[at - 1].exact in PROVINCE_BEFORE and re.fullmatch(r"[\s.:]+", text[words[at - 1].end : start]):
        labelled, start = True, words[at - 1].start
    elif (
        at + size < len(words)
        and words[at + size].folded in PROVINCE_AFTER
        and text[end : words[at + size].start] == " "
    ):
        labelled, end = True, words[at + size].end
    now = bool(NOW.search(fold(text[max(0, start - 30) : start])))
    still = tuple(unit for unit in senses if unit.to_year is None)
    return Mention(still if now and still else senses, size, start, end, labelled, now)


def _outranked(text: str, one: Mention, later: list[Mention]) -> bool:
    # "Hòa Bình, Kiến Xương, Thái Bình" and "thành phố Nam Định, tỉnh Nam Định": the first is a place in the province.
    city = bool(CITY.search(fold(text[max(0, one.start - 12) : one.start])))
    for other in later:
        between = fold(text[one.end : other.start])
        if one.labelled or other.now or not between.lstrip().startswith(",") or CLAUSE_BREAK.search(between):
            continue
        if other.labelled or city or between.count(",") > 1:
            return True
    return False


def _stands(unit: Province, year: int) -> bool:
    if unit.away and unit.away[0] < year < unit.away[1]:
        return False
    return (unit.from_year or year) <= year <= (unit.to_year or year)


def _best_pair(left: list[Mention], right: list[Mention]) -> tuple[int, Province, Province] | None:
    """3 the same unit, 2 shared land, 1 shared only with the name's latest, wider unit, 0 none; and the two units."""
    best: tuple[int, Province, Province] | None = None
    for here in left:
        for there in right:
            for one in here.senses:
                for two in there.senses:
                    strength = 0
                    if one == two:
                        strength = 3
                    elif set(one.parts) & set(two.parts):
                        strength = (
                            3 if one.name == two.name else 1 if _widened(one, here) or _widened(two, there) else 2
                        )
                    if best is None or strength > best[0]:
                        best = strength, one, two
    return best


def _widened(unit: Province, mention: Mention) -> bool:
    return unit.to_year is None and not mention.now and any(other.to_year for other in mention.senses)


def _address(text: str, mentions: list[Mention], marked: bool) -> Address:
    text = text[:LONGEST]
    if mentions:
        # What stands behind the province is a unit or a remark.
        text = text[: min(mention.start for mention in mentions)]
    address = Address()
    loose = []
    bare = not has_marks(text)
    for piece in re.split(r"[,;()\n]|\s[-–—]\s", INNER_LABEL.sub(", ", text)):
        written = HOME_WORDS.sub("", canonical(" ".join(piece.split())).lower())
        level, name = _labelled(written, bare)
        words = " ".join(token.exact if marked else token.folded for token in tokens(name))
        if level:
            address.names[level] = words
            address.district_labelled |= level == "district"
        elif len(words) > 1 and not any(letter.isdigit() for letter in words):
            loose.append(words)
    _place_loose(address, loose, bool(mentions))
    return address


def _labelled(words: str, bare: bool) -> tuple[str, str]:
    for labels in (LABELS, BARE_LABELS) if bare else (LABELS,):
        for level, label in labels.items():
            if label.search(words):
                return level, label.sub("", words, count=1)
    return "", words


def _place_loose(address: Address, loose: list[str], has_province: bool) -> None:
    levels = [level for level in ("district", "commune") if level not in address.names]
    if not has_province and len(loose) == 1 and not address.names:
        address.names["either"] = loose[0]
        return
    for level, words in zip(levels, reversed(loose), strict=False):
        address.names[level] = words


def _levels(here: Address, there: Address) -> tuple[bool, bool]:
    """Whether the commune, and whether the district, is the same on both sides."""
    one, two = here.names, there.names
    district = bool(one.get("district")) and one.get("district") == two.get("district")
    commune = bool(one.get("commune")) and one.get("commune") == two.get("commune")
    if commune and not district and "district" in one and "district" in two:
        commune = False
    for either, full in ((one.get("either"), two), (two.get("either"), one)):
        if either:
            district = district or either == full.get("district")
            commune = commune or either in (full.get("commune"), full.get("either"))
    return commune, district


def _without_province(here: Address, there: Address, commune: bool, district: bool) -> PlaceComparison:
    name = {level: here.names.get(level, here.names.get("either", "")) for level in ("commune", "district")}
    if district:
        reason, factor = ("same_commune", 1.08) if commune else ("same_district", 1.05)
        return PlaceComparison("same", factor, reason, name["district"], name["district"])
    if commune:
        return PlaceComparison("same", 1.02, "commune_alone", name["commune"], name["commune"])
    return PlaceComparison("unknown", 1.0, "not_comparable")
