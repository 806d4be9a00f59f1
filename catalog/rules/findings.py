"""People named in a running text, with what the same lines say of them: proposals for a person to judge, never facts.

A name is two to four capitalised Vietnamese syllables that begin with a family name. What speaks for and against it is
added up: a rank or "đồng chí" before it, a common middle name, facts behind it; a place word before it, a province of
that name. Sources: domain notes, sections 3 (fields and typical lines), 4 (units) and 5.1 (names).
"""

import re
from dataclasses import dataclass, field

from catalog.rules.dates import years_of
from catalog.rules.families import COMMON_MIDDLES, FAMILIES, FOLDED_FAMILIES, FREQUENT
from catalog.rules.names.syllables import is_syllable
from catalog.rules.provinces import find_provinces
from catalog.rules.ranks import TERMS, read_rank
from catalog.rules.text import Token, canonical, fold, has_marks, tokens
from catalog.rules.units import parse_unit

ENOUGH = 3
MOST_SYLLABLES = 4
# Facts are looked for up to so many letters and lines behind a name, and never behind the next name or a blank line.
REACH, LINES = 420, 8
MOST_FOUND = 500
PLACE_BEFORE = {
    *"xã huyện tỉnh phường quận thôn làng ấp bản buôn sông suối núi đèo cầu đường phố chợ hồ đảo cảng trấn châu vịnh "
    "trại".split(),
    "thành phố",
    "thị xã",
    "thị trấn",
    "chiến dịch",
    "mặt trận",
    "liên xã",
    "nông trường",
    "căn cứ",
    "sân bay",
    "nghĩa trang",
    "bệnh viện",
    "trường",
    "xóm",
    "tổng",
    "khu",
    "chiến khu",
    "điểm cao",
    "cao điểm",
    "rừng",
    "bến",
    "ga",
    "biển",
    "quê",
    "ở",
    "tại",
}
FOLDED_PLACE_BEFORE = {fold(one) for one in PLACE_BEFORE if len(one) > 3} | {"xa", "thon", "song"}
SAID_BEFORE = re.compile(
    r"(?:đồng chí|đ/c|đc|liệt sĩ|liệt sỹ|ông|bà|anh|chị|họ và tên|họ tên|tên|tên là|tên tôi là|tôi là|ký tên|"
    r"người viết|"
    r"người nhận|gửi|báo tử|quân nhân|chiến sĩ|chiến sỹ|kính gửi|dong chi|liet si|ho va ten|ho ten|name|comrade|martyr)"
    r"\s*[:\-–.]?\s*\Z",
    re.IGNORECASE,
)
LISTED = re.compile(r"^\s*(?:\d{1,3}|[-–•*+])\s*[.)\-–:/]?\s*\Z")
# Not names though they look like them: heads of forms, offices, slogans.
NO_NAMES = {
    "ho chi minh", "viet nam", "cong hoa", "giai phong", "quan doi", "dan chu", "doc lap", "ha noi", "quan khu",
    "an ninh", "kinh te", "cao trao", "chu tich", "ho so", "ha tinh", "thai binh", "bac ho", "hoa binh", "phu tho",
    "trung uong", "van kien", "tong ket", "thong ke", "danh sach", "ho ten", "ho va ten", "dang uy", "dang vien",
    "dang bo", "dang cong san", "dang lao dong", "doan vien", "doan thanh nien", "thanh nien", "cong an", "lao dong",
    "luong thuc", "cao dang", "kim khi", "van phong", "ngay thang", "vo trang", "chinh tri", "hau can", "tham muu",
    "quang tri", "quang nam", "thua thien", "truong son",
}  # fmt: skip
LABELS: dict[str, str] = {
    "born": r"(?:ngày[, ]*tháng[, ]*năm sinh|ngày sinh|năm sinh|sinh ngày|sinh năm|sinh|born(?: in| on)?|s\.)",
    "home": r"(?:quê quán|nguyên quán|sinh quán|trú quán|chỗ ở|quê ở|quê|que quan|nguyen quan|que|native of|home)",
    "unit": r"(?:đơn vị|phiên hiệu|thuộc|don vi|unit)",
    "enlisted": r"(?:ngày nhập ngũ|nhập ngũ ngày|nhập ngũ|tái ngũ|nhap ngu|enlisted(?: in| on)?)",
    "died": r"(?:ngày hy sinh|hy sinh ngày|hy sinh|hi sinh|từ trần|hy sinh lúc|hy sinh năm|died(?: on| in)?|killed)",
    "rank": r"(?:cấp bậc|quân hàm|cap bac|rank)",
    "post": r"(?:chức vụ|chuc vu|post|position)",
    "number": r"(?:số hiệu quân nhân|số hiệu|số quân|shqn|so hieu|service number)",
    "other": (
        r"(?:dân tộc|tôn giáo|trình độ|thành phần|cha|mẹ|vợ|con|họ tên cha|họ tên mẹ|địa chỉ|báo tin|chiều cao|cao|"
        r"số súng|súng|đảng viên|đoàn viên|ghi chú|nơi|trường hợp|vào đảng|đi b|phục viên|nghề nghiệp|văn hóa|"
        r"gia đình|người)"
    ),
}
LABEL = re.compile(
    r"(?<![^\W_])(?:"
    + "|".join(f"(?P<{name}>{words})" for name, words in LABELS.items())
    + r")(?![^\W_])\s*[:\-–=.]*\s*",
    re.IGNORECASE,
)
ENDS = re.compile(r"[;\n]|\.(?=\s+[A-ZĐÀ-Ỹ]|\s*$)|\s[-–—]\s")
DATE = re.compile(
    r"(?:ngày\s+)?\d{1,2}\s*[./\-]\s*\d{1,2}\s*[./\-]\s*\d{2,4}|\d{1,2}\s*[./\-]\s*(?:19\d\d)|"
    r"(?:ngày\s+\d{1,2}\s*,?\s*)?tháng\s+\d{1,2}\s*(?:,\s*|/|năm\s+|\s)*(?:19\d\d|\d\d(?!\d))|(?:năm\s+)?1[89]\d\d|"
    r"\d{1,2}\s+[A-Za-z]+\s+19\d\d",
    re.IGNORECASE,
)
NUMBER = re.compile(r"[A-Z]{0,3}[ .-]?\d{3,10}(?:[./-]\d+)?")
UNIT_START = re.compile(
    r"(?<![\w/])(?:tiểu đội|trung đội|đại đội|tiểu đoàn|trung đoàn|sư đoàn|lữ đoàn|quân khu|quân đoàn|binh trạm|đoàn|"
    r"tieu doi|trung doi|dai doi|tieu doan|trung doan|su doan|company|battalion|regiment|division|squad|platoon|"
    r"[abcdef]\s?\.?\s?\d{1,4}(?!\d))",
    re.IGNORECASE,
)
UNIT_WORD = re.compile(
    r"(?:[\s,/\-–.]|số|thứ|thuộc|của|bộ binh|pháo|đặc công|trinh sát|công binh|thông tin|vận tải|đồng bằng|tiểu|trung|"
    r"đại|sư|lữ|quân|"
    r"đội|đoàn|khu|[abcdef]\.?|f|\d{1,4}[a-d]?|of|the|company|battalion|regiment|division|squad|platoon|trị|thiên|"
    r"mặt trận|b[1-5])+",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Finding:
    """A name with what is said of its bearer. start, end: its slice of the text; from_line, to_line: the slice of the
    lines it was read from; score: what speaks for it, from ENOUGH up. Facts are as written, '' where nothing is
    said."""

    name: str
    start: int
    end: int
    from_line: int
    to_line: int
    score: int
    rank: str = ""
    post: str = ""
    unit_text: str = ""
    home_text: str = ""
    born_text: str = ""
    enlisted_text: str = ""
    died_text: str = ""
    number: str = ""


@dataclass
class _Name:
    start: int
    end: int
    text: str
    score: int
    rank: str = ""
    post: str = ""
    facts: dict[str, str] = field(default_factory=dict)


def find_people(text: str) -> list[Finding]:
    """Everyone whom `text` seems to name, in order. Slices are into `text` as given. Never raises."""
    names: list[_Name] = []
    start = 0
    for line in text.split("\n"):
        names += _names_in(line, start)
        start += len(line) + 1
        if len(names) > MOST_FOUND:
            break
    found = []
    for at, one in enumerate(names):
        after = names[at + 1].start if at + 1 < len(names) else len(text)
        reach = _reach(text, one.end, after)
        _read_facts(text[one.end : reach], one)
        if one.score + _weight(one) < ENOUGH:
            continue
        line_start = text.rfind("\n", 0, one.start) + 1
        found.append(
            Finding(
                " ".join(one.text.split()),
                one.start,
                one.end,
                line_start,
                _last_line(text, one, reach),
                one.score + _weight(one),
                one.rank,
                one.post,
                **one.facts,
            )
        )
    return found


def _last_line(text: str, one: _Name, reach: int) -> int:
    """The end of the line on which the last of the facts stands."""
    last = one.end
    for value in (one.rank, one.post, *one.facts.values()):
        if value and (at := text.find(value.split()[-1], one.end, reach)) >= 0:
            last = max(last, at + len(value.split()[-1]))
    end = text.find("\n", last)
    return len(text) if end < 0 else end


def _weight(one: _Name) -> int:
    return min(2, len(one.facts) + bool(one.rank) + bool(one.post))


def _names_in(line: str, offset: int) -> list[_Name]:
    words = tokens(line)
    found: list[_Name] = []
    at = 0
    while at < len(words):
        size = _size(line, words, at)
        if not size:
            at += 1
            continue
        made = _name(line, words, at, size, offset)
        if made is None:
            at += 1
            continue
        found.append(made)
        at += size
    return found


def _size(line: str, words: list[Token], at: int) -> int:
    """How many words from `at` on are capitalised syllables next to one another, 0 where no name may begin."""
    first = words[at]
    if not _capital(first.text) or not _family(first):
        return 0
    before = words[at - 1] if at else None
    if (
        before is not None
        and _capital(before.text)
        and line[before.end : first.start] == " "
        and not _title_end(words, at)
    ):
        # In the middle of a run of capitals: part of another name or of a heading.
        return 0
    size = 1
    while at + size < len(words) and size <= MOST_SYLLABLES:
        one = words[at + size]
        gap = line[words[at + size - 1].end : one.start]
        if gap not in (" ", "  ", "-") or not _capital(one.text) or not is_syllable(one.exact):
            break
        if (one.text.isupper() != first.text.isupper()) and len(one.text) > 1:
            break
        size += 1
    return size


def _name(line: str, words: list[Token], at: int, size: int, offset: int) -> _Name | None:
    if size < 2 or size > MOST_SYLLABLES:
        return None
    taken = words[at : at + size]
    start, end = taken[0].start, taken[-1].end
    text, folded = line[start:end], " ".join(one.folded for one in taken)
    before = line[:start]
    rank, post, titled = _title_before(line, words, at)
    if any(folded.startswith(one) for one in NO_NAMES) or (not titled and _is_place(text, before, words, at)):
        return None
    if any(letter.isdigit() for letter in text):
        return None
    score = 2 if _exact_family(taken[0]) in FREQUENT else 1
    score += 1 if size > 2 else 0
    score += 2 if size > 2 and any(one.folded in COMMON_MIDDLES for one in taken[1:-1]) else 0
    score += 3 if titled or SAID_BEFORE.search(before) else 0
    score += 1 if LISTED.match(before) else 0
    score -= 2 if text.isupper() and line.strip().isupper() and len(words) > size + 2 else 0
    score -= 1 if not is_syllable(taken[0].exact) else 0
    if score < 2:
        return None
    return _Name(offset + start, offset + end, text, score, rank, post)


def _is_place(text: str, before: str, words: list[Token], at: int) -> bool:
    one = words[at - 1] if at else None
    if one is not None and not before[one.end :].strip(" "):
        pair = f"{words[at - 2].exact} {one.exact}" if at > 1 else ""
        if one.exact in PLACE_BEFORE or pair in PLACE_BEFORE:
            return True
        if not has_marks(text) and (one.folded in FOLDED_PLACE_BEFORE or fold(pair) in FOLDED_PLACE_BEFORE):
            return True
    named = find_provinces(text)
    return any(fold(text) == fold(spelled) for unit in named for spelled in (unit.name, *unit.spellings))


def _title_before(line: str, words: list[Token], at: int) -> tuple[str, str, bool]:
    """Rank, post, and whether either stands right before the name (up to two of them, as in "thiếu úy, trung đội
    trưởng")."""
    rank = post = ""
    end = at
    for _ in range(2):
        for size in range(min(5, end), 0, -1):
            taken = words[end - size : end]
            between = line[taken[-1].end : words[end].start] if end < len(words) else ""
            key = tuple(re.sub(r"^([hklmst])y$", r"\1i", word.folded) for word in taken)
            if key not in TERMS or len(between.strip(" ,:.-–/")) > 0:
                continue
            written = line[taken[0].start : taken[-1].end]
            reading = read_rank(written)
            if reading.kind == "rank" and not rank:
                rank = written
            elif reading.kind in ("post", "grade") and not post:
                post = written
            else:
                continue
            end -= size
            break
        else:
            break
    return rank, post, end != at


def _title_end(words: list[Token], at: int) -> bool:
    """Whether the words right before are a rank or a post written with capitals: Thiếu Úy Trần Văn Phú."""
    for size in range(min(4, at), 0, -1):
        key = tuple(re.sub(r"^([hklmst])y$", r"\1i", word.folded) for word in words[at - size : at])
        if key in TERMS:
            return True
    return words[at - 1].exact in ("chí", "sĩ", "sỹ", "ông", "bà", "anh", "chị", "tên")


def _reach(text: str, start: int, next_name: int) -> int:
    """Up to where what is written belongs to the name that ends at `start`."""
    end = min(len(text), start + REACH, next_name)
    blank = re.search(r"\n\s*\n", text[start:end])
    if blank:
        end = start + blank.start()
    lines = 0
    for at in range(start, end):
        if text[at] == "\n":
            lines += 1
            if lines == LINES:
                return at
    # What the next name's line begins with, a number or a rank, belongs to that name.
    if end == next_name:
        line = text.rfind("\n", start, end)
        if line >= 0 and len(text[line + 1 : end]) < 40 and not LABEL.search(text[line + 1 : end]):
            end = line
    return end


def _read_facts(words: str, one: _Name) -> None:
    labels = list(LABEL.finditer(words))
    for at, label in enumerate(labels):
        stop = labels[at + 1].start() if at + 1 < len(labels) else len(words)
        value = words[label.end() : stop]
        ended = ENDS.search(value)
        value = value[: ended.start()] if ended else value
        value = " ".join(value.split()).strip(" ,.;:–-")
        name = str(label.lastgroup)
        if value and name != "other":
            _keep(name, value, label[0], one)
    if "unit_text" not in one.facts and (unit := _unit_in(words)):
        one.facts["unit_text"] = unit
    if not (one.rank and one.post):
        _title_behind(words, one)


def _keep(name: str, value: str, label: str, one: _Name) -> None:
    match name:
        case "born" | "enlisted" | "died":
            found = DATE.search(value)
            if found is None or found.start() > 12 or years_of(found[0]) == (None, None):
                return
            one.facts.setdefault(f"{name}_text", found[0].strip(" ,"))
        case "home":
            if any(letter.isalpha() for letter in value) and len(value) < 160:
                one.facts.setdefault("home_text", value)
        case "unit":
            # "đơn vị vượt sông" is no form: what is no unit is kept only behind a colon.
            if unit := (_unit_in(value) or (value if ":" in label and len(value) < 60 else "")):
                one.facts.setdefault("unit_text", unit)
        case "rank":
            one.rank = one.rank or value.split(",")[0][:80]
        case "post":
            one.post = one.post or value.split(",")[0][:120]
        case "number":
            if found := NUMBER.search(value):
                one.facts.setdefault("number", found[0].strip())


def _unit_in(words: str) -> str:
    """The first stretch of `words` that reads as a unit."""
    for start in UNIT_START.finditer(words):
        run = UNIT_WORD.match(words, start.start())
        value = " ".join((run[0] if run else start[0]).split("\n")[0].split()).strip(" ,.;-–/")
        while value and not value[-1].isalnum():
            value = value[:-1]
        value = re.sub(r"(?:\s|,)+(?:thuộc|của|số|of|the)$", "", value, flags=re.IGNORECASE)
        if any(letter.isdigit() for letter in value) and parse_unit(value).levels:
            return value
    return ""


def _title_behind(words: str, one: _Name) -> None:
    """A rank or post right behind the name, parted by a comma: "Trần Văn Phú, trung đội trưởng, …"."""
    for piece in re.split(r"[,;\n–—()-]", words[:90])[1:4]:
        reading = read_rank(piece.strip())
        if reading.kind == "rank" and not one.rank:
            one.rank = " ".join(piece.split())[:80]
        elif reading.kind in ("post", "grade") and not one.post:
            one.post = " ".join(piece.split())[:120]


def _capital(word: str) -> bool:
    return word[:1].isupper() and (len(word) == 1 or word.istitle() or word.isupper())


def _family(word: Token) -> bool:
    if has_marks(word.exact):
        return canonical(word.exact) in FAMILIES
    return word.folded in FOLDED_FAMILIES


def _exact_family(word: Token) -> str:
    if has_marks(word.exact):
        return word.exact
    return next((name for name in FREQUENT if fold(name) == word.folded), word.exact)
