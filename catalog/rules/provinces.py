"""The dated provinces: found in a text, expanded to all names of the same land, and compared as home places.

Source: docs/field/places.md. The rows are in `provinces_data.py`. A
unit is a set of pieces of land; units that share a piece overlap. So Nam Định overlaps Hà Nam Ninh, but not Hà Nam.
"""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise, product

from catalog.rules.provinces_data import UNITS
from catalog.rules.text import Token, canonical, fold, has_marks, tokens

LONGEST = 500
PROVINCE_BEFORE, PROVINCE_AFTER = ("tỉnh", "tinh", "province"), ("province",)
# A commune or a street may have the name of a province: words that show it, before and after the name.
LOWER_PLACE_BEFORE = {
    "xã", "xa", "phường", "phuong", "thôn", "thon", "xóm", "xom", "làng", "lang", "ấp", "ap", "bản", "buôn", "huyện",
    "huyen", "quận", "quan", "phố", "đường", "tx",
}  # fmt: skip
TWO_WORDS_BEFORE = {("thị", "trấn"), ("thi", "tran")}
LOWER_PLACE_AFTER = {"commune", "district", "village", "hamlet", "ward", "town", "street"}
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
# For text without marks: only labels with which no name begins, or Quan Hóa, Lang Chánh and Ban Mê Thuột would lose a
# syllable.
BARE_LABELS = {
    "commune": re.compile(r"^(?:xa|phuong|thi tran)\s+(?=\S)"),
    "district": re.compile(r"^(?:huyen|quan(?=\s+\d)|thi xa|thanh pho)\s+(?=\S)"),
    "hamlet": re.compile(r"^(?:thon|xom|ap)\s+(?=\S)"),
}
# Without commas, a label inside the text separates the levels: the labels with marks, and the unmarked ones that are
# part of no name.
LABEL_INSIDE = re.compile(
    r"(?<!thị)\s+(?=(?:xã|phường|thị trấn|huyện|huyen|quận|thị xã|thi tran|thi xa|thành phố)\s)", re.IGNORECASE
)


@dataclass(frozen=True)
class Province:
    """A unit in one period. from_year, to_year: both included; None if older than these papers, or still existing.

    parts: pieces of land; away: years in which it was part of a larger unit; kind: province, city, zone, front;
    source: T, S43, GK, as in docs/field/places.md, Provinces; spellings: other ways to write the name.
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
    """How two home places compare. band: same, overlap, other, unknown. factor: to multiply a score by. reason:
    same_commune, same_district, same_province, province_since, province_before, other_province, commune_alone,
    not_comparable. left, right: the two places, as asked and as written."""

    band: str
    factor: float
    reason: str
    left: str = ""
    right: str = ""


@dataclass(frozen=True)
class ProvinceMention:
    """The name of a province in a text. senses: every dated unit it may mean; words: how many words it has; start, end:
    its slice of the text; labelled: "tỉnh" or "province" is written; now: "nay" or "today" is written before it."""

    senses: tuple[Province, ...]
    words: int
    start: int
    end: int
    labelled: bool
    now: bool


@dataclass
class HomeAddress:
    """The levels below the province, by name of the level; words folded or exact, as requested."""

    names: dict[str, str] = field(default_factory=dict)
    district_labelled: bool = False


def _read_table(rows: str) -> tuple[Province, ...]:
    provinces = []
    for row in rows.splitlines():
        if not row.strip() or row.startswith("#"):
            continue
        slug, name, first, last, away, parts, kind, source, more = (cell.strip() for cell in row.split("|"))
        years = tuple(int(year) for year in away.split("-")) if away else ()
        spellings = tuple(spelling.strip() for spelling in more.split(",") if spelling.strip())
        provinces.append(
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
    return tuple(provinces)


def _successions(units: tuple[Province, ...]) -> tuple[tuple[str, str, int, bool], ...]:
    successions = []
    for before in units:
        for after in units:
            if before is after or set(before.parts).isdisjoint(after.parts):
                continue
            ends = {before.to_year, before.away[0] if before.away else None} - {None}
            starts = {after.from_year, after.away[1] if after.away else None} - {None}
            # A decree of late in one year took effect in the next.
            years = [start for end in ends for start in starts if start is not None and start - (end or 0) in (0, 1)]
            if years:
                successions.append((before.slug, after.slug, min(years), not set(before.parts) <= set(after.parts)))
    return tuple(successions)


PROVINCES = _read_table(UNITS)
BY_SLUG = {unit.slug: unit for unit in PROVINCES}
# Predecessor, successor, year, and whether only a part of the predecessor went there.
SUCCESSIONS = _successions(PROVINCES)


def _spelling_table() -> dict[tuple[str, ...], list[tuple[tuple[str, ...], frozenset[int], Province]]]:
    table: dict[tuple[str, ...], list[tuple[tuple[str, ...], frozenset[int], Province]]] = defaultdict(list)
    for unit in PROVINCES:
        for spelling in (unit.name, *unit.spellings):
            words = tokens(spelling)
            dashes = frozenset(
                index for index in range(1, len(words)) if "–" in spelling[words[index - 1].end : words[index].start]
            )
            table[tuple(word.folded for word in words)].append((tuple(word.exact for word in words), dashes, unit))
    return dict(table)


SPELLINGS = _spelling_table()
MOST_WORDS = max(map(len, SPELLINGS))


def find_provinces(text: str) -> tuple[Province, ...]:
    """The provinces named in `text`, with or without marks; longer names first, then in order of the text.

    A name that was used in several periods gives each of its units, oldest first. "nay thuộc X" means only today's X.
    Names of communes, districts and streets are ignored. Source: docs/field/places.md, Rules.
    """
    mentions = sorted(_find_mentions(text), key=lambda mention: (-mention.words, mention.start))
    return tuple(dict.fromkeys(unit for mention in mentions for unit in mention.senses))


@lru_cache(maxsize=512)
def expand(slug: str) -> frozenset[str]:
    """The slugs of all units of any period that share land with `slug`, including itself; empty for an unknown slug.

    Source: docs/field/places.md, Rules, rule 3. Sharing is not transitive: Hà Tĩnh overlaps Nghệ Tĩnh, but not Nghệ An.
    """
    unit = BY_SLUG.get(slug)
    return frozenset(other.slug for other in PROVINCES if unit and set(unit.parts) & set(other.parts))


def name_at(slug: str, year: int) -> tuple[str, ...]:
    """The names of the land of `slug` in `year`; in a year of change, the names before and after."""
    return _names_of_land(slug, lambda unit: _exists_in(unit, year))


def today_of(slug: str) -> tuple[str, ...]:
    """The names of the land of `slug` since 1 July 2025, for "Nam Hà (nay thuộc Ninh Bình)"."""
    return _names_of_land(slug, lambda unit: unit.to_year is None)


def compare_homes(asked: str, written: str) -> PlaceComparison:
    """Compare two home places in free words. A contradiction lowers the factor, a missing place does not.

    Factors: same or successor province 1.05; with equal commune or district 1.08; overlap only because the province
    was enlarged later 1.02; equal commune alone 1.02; other province 0.88. Source: docs/field/places.md, Rules, rule 5,
    and Comparing homes; the numbers are judgement.
    """
    asked_mentions, written_mentions = _find_mentions(asked), _find_mentions(written)
    both_marked = has_marks(asked) and has_marks(written)
    asked_address, written_address = (
        _home_address(asked, asked_mentions, both_marked),
        _home_address(written, written_mentions, both_marked),
    )
    commune, district = _same_levels(asked_address, written_address)
    pair = _best_pair(asked_mentions, written_mentions)
    if pair is None:
        return _compare_without_province(asked_address, written_address, commune, district)
    strength, asked_unit, written_unit = pair
    if strength == 1 and not district and (asked_address.district_labelled or written_address.district_labelled):
        # Districts were abolished on 1 July 2025, so the enlarged province is not meant.
        strength = 0
    if strength == 0:
        return PlaceComparison("other", 0.88, "other_province", asked_unit.name, written_unit.name)
    if commune or district:
        reason = "same_commune" if commune else "same_district"
        return PlaceComparison("same", 1.08, reason, asked_unit.name, written_unit.name)
    if strength == 3:
        return PlaceComparison("same", 1.05, "same_province", asked_unit.name, written_unit.name)
    reason = "province_since" if (written_unit.from_year or 0) > (asked_unit.from_year or 0) else "province_before"
    return PlaceComparison("overlap", 1.05 if strength == 2 else 1.02, reason, asked_unit.name, written_unit.name)


def _names_of_land(slug: str, is_wanted: Callable[[Province], bool]) -> tuple[str, ...]:
    units = [BY_SLUG[other] for other in expand(slug) if is_wanted(BY_SLUG[other])]
    return tuple(dict.fromkeys(unit.name for unit in sorted(units, key=PROVINCES.index)))


def _find_mentions(text: str) -> list[ProvinceMention]:
    text = text[:LONGEST]
    words = tokens(text)
    mentions: list[ProvinceMention] = []
    index = 0
    while index < len(words):
        size, senses = _longest_name_at(text, words, index)
        if not size:
            index += 1
            continue
        if senses and not _names_lower_place(text, words, index, size):
            mentions.append(_province_mention(text, words, index, size, senses))
        index += size
    return [
        mention
        for position, mention in enumerate(mentions)
        if not _lies_in_later(text, mention, mentions[position + 1 :])
    ]


def _longest_name_at(text: str, words: list[Token], index: int) -> tuple[int, tuple[Province, ...]]:
    for size in range(min(MOST_WORDS, len(words) - index), 0, -1):
        run = words[index : index + size]
        key = tuple(word.folded for word in run)
        if key in OCEAN:
            return size, ()
        gaps = [text[word.end : next_word.start] for word, next_word in pairwise(run)]
        senses = [
            unit
            for exact, dashes, unit in SPELLINGS.get(key, ())
            if _is_joined(run, gaps, dashes)
            and all(word.exact in (name, word.folded) for word, name in zip(run, exact, strict=True))
        ]
        if senses:
            return size, tuple(dict.fromkeys(senses))
    return 0, ()


def _is_joined(run: list[Token], gaps: list[str], dashes: frozenset[int]) -> bool:
    space_gaps = [gap for index, gap in enumerate(gaps, 1) if index not in dashes]
    if run[0].folded in ("tp", "tt") and space_gaps and set(space_gaps[0]) <= set(" ."):
        space_gaps = space_gaps[1:]
    # Old papers write hyphens inside a name; "Hà Nam-Ninh Bình" is two names.
    is_one_name = all(gap.isspace() for gap in space_gaps) or (all(gap == "-" for gap in space_gaps) and not dashes)
    return is_one_name and all(re.fullmatch(r"\s*[-–—]\s*|\s+", gaps[index - 1]) for index in dashes)


def _names_lower_place(text: str, words: list[Token], index: int, size: int) -> bool:
    before = (
        words[index - 1]
        if index and re.fullmatch(r"[\s.:]*", text[words[index - 1].end : words[index].start])
        else None
    )
    after = words[index + size] if index + size < len(words) else None
    if after and after.folded in LOWER_PLACE_AFTER and text[words[index + size - 1].end : after.start].isspace():
        return True
    if before is None:
        return False
    return before.exact in LOWER_PLACE_BEFORE or (
        index > 1 and (words[index - 2].exact, before.exact) in TWO_WORDS_BEFORE
    )


def _province_mention(
    text: str, words: list[Token], index: int, size: int, senses: tuple[Province, ...]
) -> ProvinceMention:
    start, end = words[index].start, words[index + size - 1].end
    labelled = False
    if (
        index
        and words[index - 1].exact in PROVINCE_BEFORE
        and re.fullmatch(r"[\s.:]+", text[words[index - 1].end : start])
    ):
        labelled, start = True, words[index - 1].start
    elif (
        index + size < len(words)
        and words[index + size].folded in PROVINCE_AFTER
        and text[end : words[index + size].start] == " "
    ):
        labelled, end = True, words[index + size].end
    is_today = bool(NOW.search(fold(text[max(0, start - 30) : start])))
    current = tuple(unit for unit in senses if unit.to_year is None)
    return ProvinceMention(current if is_today and current else senses, size, start, end, labelled, is_today)


def _lies_in_later(text: str, mention: ProvinceMention, later: list[ProvinceMention]) -> bool:
    # "Hòa Bình, Kiến Xương, Thái Bình" and "thành phố Nam Định, tỉnh Nam Định": the first is a place inside the last.
    is_city = bool(CITY.search(fold(text[max(0, mention.start - 12) : mention.start])))
    for other in later:
        between = fold(text[mention.end : other.start])
        if mention.labelled or other.now or not between.lstrip().startswith(",") or CLAUSE_BREAK.search(between):
            continue
        if other.labelled or is_city or between.count(",") > 1:
            return True
    return False


def _exists_in(unit: Province, year: int) -> bool:
    if unit.away and unit.away[0] < year < unit.away[1]:
        return False
    return (unit.from_year or year) <= year <= (unit.to_year or year)


def _best_pair(left: list[ProvinceMention], right: list[ProvinceMention]) -> tuple[int, Province, Province] | None:
    """The pair of units that agree best, with how well: 3 the same unit, 2 shared land, 1 shared only with the latest,
    enlarged unit of a name, 0 nothing shared."""
    best: tuple[int, Province, Province] | None = None
    for left_mention, right_mention in product(left, right):
        for left_unit, right_unit in product(left_mention.senses, right_mention.senses):
            only_later = _is_enlarged_later(left_unit, left_mention) or _is_enlarged_later(right_unit, right_mention)
            strength = _strength(left_unit, right_unit, only_later=only_later)
            if best is None or strength > best[0]:
                best = strength, left_unit, right_unit
    return best


def _strength(left: Province, right: Province, *, only_later: bool) -> int:
    if left == right:
        return 3
    if not set(left.parts) & set(right.parts):
        return 0
    if left.name == right.name:
        return 3
    return 1 if only_later else 2


def _is_enlarged_later(unit: Province, mention: ProvinceMention) -> bool:
    return unit.to_year is None and not mention.now and any(other.to_year for other in mention.senses)


def _home_address(text: str, mentions: list[ProvinceMention], marked: bool) -> HomeAddress:
    text = text[:LONGEST]
    if mentions:
        # Text after the province is a military unit or a remark.
        text = text[: min(mention.start for mention in mentions)]
    address = HomeAddress()
    unlabelled = []
    is_unmarked = not has_marks(text)
    for piece in re.split(r"[,;()\n]|\s[-–—]\s", LABEL_INSIDE.sub(", ", text)):
        written = HOME_WORDS.sub("", canonical(" ".join(piece.split())).lower())
        level, name = _labelled_level(written, is_unmarked)
        words = " ".join(token.exact if marked else token.folded for token in tokens(name))
        if level:
            address.names[level] = words
            address.district_labelled |= level == "district"
        elif len(words) > 1 and not any(letter.isdigit() for letter in words):
            unlabelled.append(words)
    _assign_levels(address, unlabelled, bool(mentions))
    return address


def _labelled_level(words: str, is_unmarked: bool) -> tuple[str, str]:
    for labels in (LABELS, BARE_LABELS) if is_unmarked else (LABELS,):
        for level, label in labels.items():
            if label.search(words):
                return level, label.sub("", words, count=1)
    return "", words


def _assign_levels(address: HomeAddress, unlabelled: list[str], has_province: bool) -> None:
    levels = [level for level in ("district", "commune") if level not in address.names]
    if not has_province and len(unlabelled) == 1 and not address.names:
        address.names["either"] = unlabelled[0]
        return
    for level, words in zip(levels, reversed(unlabelled), strict=False):
        address.names[level] = words


def _same_levels(asked: HomeAddress, written: HomeAddress) -> tuple[bool, bool]:
    """Whether the commune, and whether the district, is the same on both sides."""
    asked_names, written_names = asked.names, written.names
    district = bool(asked_names.get("district")) and asked_names.get("district") == written_names.get("district")
    commune = bool(asked_names.get("commune")) and asked_names.get("commune") == written_names.get("commune")
    if commune and not district and "district" in asked_names and "district" in written_names:
        commune = False
    for either, full in ((asked_names.get("either"), written_names), (written_names.get("either"), asked_names)):
        if either:
            district = district or either == full.get("district")
            commune = commune or either in (full.get("commune"), full.get("either"))
    return commune, district


def _compare_without_province(
    asked: HomeAddress, written: HomeAddress, commune: bool, district: bool
) -> PlaceComparison:
    names = {level: asked.names.get(level, asked.names.get("either", "")) for level in ("commune", "district")}
    if district:
        reason, factor = ("same_commune", 1.08) if commune else ("same_district", 1.05)
        return PlaceComparison("same", factor, reason, names["district"], names["district"])
    if commune:
        return PlaceComparison("same", 1.02, "commune_alone", names["commune"], names["commune"])
    return PlaceComparison("unknown", 1.0, "not_comparable")
