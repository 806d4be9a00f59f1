"""Ranks and posts: read from free text, and split off from the name after them.

Source: docs/field/people.md, Ranks and posts. The Vietnamese code is stored; English is for display only, since lists
disagree above captain. The southern forces used the post as the grade ("b bậc phó"). Terms with two readings (TĐT, B1,
Senior Captain) are left unknown. English abbreviations are general knowledge.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from catalog.rules.families import FOLDED_FAMILIES
from catalog.rules.text import Token, has_marks, tokens

LONGEST = 200
RANKS = """
binh nhì | Private | private, pvt
binh nhất | Private First Class | private first class, pfc
hạ sĩ | Corporal | corporal, cpl
trung sĩ | Sergeant | sergeant, sgt
thượng sĩ | Master Sergeant | master sergeant, msgt
chuẩn úy | Aspirant | aspirant
thiếu úy | Second Lieutenant | second lieutenant, 2nd lieutenant, 2lt, 2nd lt
trung úy | Lieutenant | lieutenant, first lieutenant, 1st lieutenant, 1lt, 1st lt
thượng úy | Senior Lieutenant | senior lieutenant, sr lt
đại úy | Captain | captain, capt, cpt
thiếu tá | Major | major, maj
trung tá | Lieutenant Colonel | lieutenant colonel, lt col, ltc
thượng tá | Senior Lieutenant Colonel | senior lieutenant colonel
đại tá | Colonel | colonel
thiếu tướng | Major General | major general
trung tướng | Lieutenant General | lieutenant general
thượng tướng | Colonel General | colonel general
đại tướng | General |
"""
POSTS = """
chiến sĩ | soldier | soldier, cs
chính trị viên | political officer | political officer, ctv
chính trị viên phó | deputy political officer | deputy political officer, assistant political officer
chính ủy | commissar | commissar, political commissar
phó chính ủy | deputy commissar | deputy commissar, deputy political commissar
trợ lý | staff assistant | staff assistant
quản lý | quartermaster | quartermaster
y tá | medic | medic, medical corpsman
y sĩ | assistant doctor | assistant doctor
bác sĩ | doctor | doctor
liên lạc | runner | runner
trinh sát | scout | scout
xạ thủ | gunner | gunner
thông tin | signaller | signaller, signalman
công binh | engineer |
đặc công | sapper | sapper
anh nuôi | cook | cook
giao liên | courier | courier
du kích | guerrilla | guerrilla
"""
# Letter, Vietnamese and English name of the level, and the English title of its leader.
LEVELS = (
    ("a", "tiểu đội", "squad", "leader"),
    ("b", "trung đội", "platoon", "leader"),
    ("c", "đại đội", "company", "commander"),
    ("d", "tiểu đoàn", "battalion", "commander"),
    ("e", "trung đoàn", "regiment", "commander"),
    ("f", "sư đoàn", "division", "commander"),
)
HONORIFIC_LIST = """
liệt sĩ|đồng chí|đ/c|anh hùng|anh hùng llvt|anh hùng llvtnd|anh hùng lực lượng vũ trang|ahllvt|ahllvtnd
anh hùng lực lượng vũ trang nhân dân|mẹ việt nam anh hùng|bà mẹ việt nam anh hùng|cựu chiến binh|tử sĩ|thương binh
ông|bà|cụ|anh|chị|cô|chú|bác|ls|bs|ccb|lt|col|gen|mr|mrs|ms|dr|comrade|martyr|nurse
"""
HONORIFICS = tuple(re.split(r"[|\n]", HONORIFIC_LIST.strip()))
ABBREVIATIONS = {"ls", "bs", "ccb", "cs", "ctv"}
# These are also names or parts of names: split off only before what is clearly a whole name.
NAMES_TOO = {
    "ông",
    "bà",
    "cụ",
    "anh",
    "chị",
    "cô",
    "chú",
    "bác",
    "anh hùng",
    "cook",
    "major",
    "private",
    "general",
    *ABBREVIATIONS,
}
LABEL = re.compile(r"^(cap bac|quan ham|chuc vu|rank|grade|post|position)\b")
UNIT_AFTER = re.compile(r"[a-f]?\d+[a-z]?", re.ASCII)
UNIT_WORDS = {"tieu", "trung", "dai", "su", "doi", "doan"}


@dataclass(frozen=True)
class RankReading:
    """A rank or post as read. code: "thieu-uy", "b-truong", "b-bac-pho", '' if unknown; vi, en: names for display.

    kind: rank, post, grade (a post used as a rank), unknown.
    """

    text: str
    code: str
    vi: str
    en: str
    kind: str


@dataclass(frozen=True)
class Term:
    """A rank or post: its code, its names, its kind."""

    code: str
    vi: str
    en: str
    kind: str


def _terms() -> dict[tuple[str, ...], tuple[str, Term]]:
    """Every spelling by its `term_key`: the spelling with marks, and what it means."""
    terms: dict[tuple[str, ...], tuple[str, Term]] = {}

    def add(spelling: str, term: Term) -> None:
        terms[term_key(tokens(spelling))] = (spelling, term)

    for table, kind in ((RANKS, "rank"), (POSTS, "post")):
        for row in table.strip().splitlines():
            vi, en, more = (cell.strip() for cell in row.split("|"))
            term = Term("-".join(word.folded for word in tokens(vi)), vi, en, kind)
            for spelling in (vi, *filter(None, map(str.strip, more.split(",")))):
                add(spelling, term)
    for letter, vi, en, leader in LEVELS:
        for word, code, deputy in (("trưởng", "truong", ""), ("phó", "pho", "deputy ")):
            post = Term(f"{letter}-{code}", f"{vi} {word}", f"{deputy}{en} {leader}", "post")
            grade = Term(f"{letter}-bac-{code}", f"{vi} bậc {word}", f"{deputy}{en} {leader} grade", "grade")
            for spelling in (f"{vi} {word}", f"{letter} {word}", post.en):
                add(spelling, post)
            for spelling in (f"{vi} bậc {word}", f"{letter} bậc {word}"):
                add(spelling, grade)
        add(f"assistant {en} {leader}", terms[term_key(tokens(f"deputy {en} {leader}"))][1])
        add(f"phó {vi} trưởng", terms[term_key(tokens(f"{vi} phó"))][1])
    for row in ("regimental commander|e trưởng", "division commander|f trưởng"):
        english, vi = row.split("|")
        add(english, terms[term_key(tokens(vi))][1])
    return terms


def term_key(words: list[Token]) -> tuple[str, ...]:
    """The key of these words in TERMS: folded, with sĩ and sỹ, lý and lí as one."""
    return tuple(re.sub(r"^([hklmst])y$", r"\1i", word.folded) for word in words)


TERMS = _terms()
TITLES = {
    **{term_key(tokens(title)): title for title in HONORIFICS},
    **{key: spelling for key, (spelling, _) in TERMS.items()},
}
MOST_WORDS = max(map(len, TITLES))


def read_rank(text: str) -> RankReading:
    """Read a rank, a post or a grade, with or without marks, in Vietnamese or English. Never raises.

    Of several, as in "thiếu úy, trung đội trưởng", the first is read. A post labelled "cấp bậc" is a grade. Source:
    docs/field/people.md, Ranks and posts.
    """
    words = tokens(text[:LONGEST])
    label = LABEL.match(" ".join(word.folded for word in words))
    if label:
        words = words[len(label[1].split()) :]
    for size in range(min(MOST_WORDS, len(words)), 0, -1):
        spelling, term = TERMS.get(term_key(words[:size]), ("", None))
        if term is None or not _written_as(words[:size], spelling) or not _may_end_title(text, words, size):
            continue
        if (
            label
            and label[1] in ("cap bac", "quan ham", "rank", "grade")
            and term.kind == "post"
            and "-" in term.code[:2]
        ):
            term = Term(
                term.code.replace("-", "-bac-"),
                re.sub(r" (trưởng|phó)$", r" bậc \1", term.vi),
                term.en + " grade",
                "grade",
            )
        return RankReading(text, term.code, term.vi, term.en, term.kind)
    return RankReading(text, "", "", "", "unknown")


def strip_rank(name: str) -> tuple[str, str]:
    """Split ranks, posts and honorifics off the front of a personal name.

    Returns the name and the titles in lower case, '' for none: ("Trần Văn Phú", "thiếu úy"). What may be part of the
    name stays: "Ông Văn Hai", "Anh Đào", "Y Bih", "Ha Sy Phu". Source: docs/field/people.md, Ranks and posts.
    """
    titles: list[str] = []
    rest = name
    while len(titles) < 4:
        words = tokens(rest[:LONGEST])
        size = next((size for size in range(min(MOST_WORDS, len(words)), 0, -1) if _is_title(rest, words, size)), 0)
        if not size:
            break
        piece = rest[words[0].start : words[size - 1].end]
        titles.append(("/" if "/" in piece else " ").join(word.exact for word in words[:size]))
        while size < len(words) and UNIT_AFTER.fullmatch(words[size].exact):
            size += 1
        rest = rest[words[size].start :] if size < len(words) else ""
    return (rest.strip(" ,.:;-–") if titles else name.strip()), " ".join(titles)


def _written_as(words: list[Token], spelling: str) -> bool:
    """Whether the words are written without marks, or with those of the spelling."""
    exact = [word.exact for word in words]
    if not has_marks(" ".join(exact)):
        return True
    return [_with_plain_i(word) for word in exact] == [_with_plain_i(word.exact) for word in tokens(spelling)]


def _with_plain_i(word: str) -> str:
    return re.sub(r"^([hklmst])([yýỳỷỹỵ])$", lambda match: match[1] + "iíìỉĩị"["yýỳỷỹỵ".index(match[2])], word)


def _may_end_title(text: str, words: list[Token], size: int) -> bool:
    if size == len(words):
        return True
    following = words[size]
    gap = text[words[size - 1].end : following.start]
    return (
        bool(set(gap) & set(",;(/–")) or bool(UNIT_AFTER.fullmatch(following.folded)) or following.folded in UNIT_WORDS
    )


def _is_title(text: str, words: list[Token], size: int) -> bool:
    key = term_key(words[:size])
    spelling = TITLES.get(key)
    if spelling is None or not _written_as(words[:size], spelling) or not _is_unbroken(text, words[:size]):
        return False
    rest = words[size:]
    while rest and UNIT_AFTER.fullmatch(rest[0].exact):
        rest = rest[1:]
    exact = has_marks(words[0].text + words[size - 1].text) or not has_marks(spelling)
    if not rest:
        # "Thiếu úy" alone leaves no name; "Quản Lý" or "Anh Hùng" alone may be one.
        term = TERMS[key][1] if key in TERMS else None
        return term is not None and exact and size > 1 and (term.kind == "rank" or term.code[1] == "-")
    dotted = text[words[size - 1].end :].startswith(".")
    is_lower_case = words[0].text.islower() and rest[0].text[:1].isupper()
    if spelling in NAMES_TOO:
        if not exact and has_marks(text):
            # A text with marks would have chú, not Chu.
            return False
        if spelling in ABBREVIATIONS:
            # A full stop or capitals mark the abbreviation.
            return dotted or (words[0].text.isupper() and _is_whole_name(rest, 2))
        return _is_whole_name(rest, 2 if exact else 3) or (is_lower_case and exact)
    return exact or is_lower_case or _is_whole_name(rest, 2)


def _is_unbroken(text: str, words: list[Token]) -> bool:
    gaps = [text[word.end : next_word.start] for word, next_word in pairwise(words)]
    return all(re.fullmatch(r"\s+|\s*[./-]\s*", gap) for gap in gaps)


def _is_whole_name(words: list[Token], minimum: int) -> bool:
    """Whether these words begin with a family name and are long enough for a name; after Văn two more are needed."""
    family = words[0].folded
    return family in FOLDED_FAMILIES and len(words) >= (3 if family in ("van", "y") else minimum)
