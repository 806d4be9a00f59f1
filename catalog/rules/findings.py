"""People named in a running text, with what the same lines say about them: proposals for a person to judge, not facts.

A name is two to four capitalised Vietnamese syllables of which the first is a family name. Its score adds up what
speaks for it (a rank or "đồng chí" before it, a common middle name, facts after it) and against it (a place word before
it, a province with that name). Sources: docs/field/people.md, Fields; docs/field/units.md, Reading;
docs/field/names.md, Pipeline.
"""

import re
from dataclasses import dataclass, field

from catalog.rules.dates import years_of
from catalog.rules.families import COMMON_MIDDLES, FAMILIES, FOLDED_FAMILIES, FREQUENT
from catalog.rules.names.syllables import is_syllable
from catalog.rules.provinces import find_provinces
from catalog.rules.ranks import TERMS, read_rank, term_key
from catalog.rules.text import Token, canonical, fold, has_marks, tokens
from catalog.rules.units import parse_unit

MIN_SCORE = 3
MOST_SYLLABLES = 4
# Facts are looked for within this many characters and lines after a name, but not past the next name or a blank line.
MAX_DISTANCE, MAX_LINES = 420, 8
MAX_FINDINGS = 500
PLACE_WORDS = {
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
FOLDED_PLACE_WORDS = {fold(word) for word in PLACE_WORDS if len(word) > 3} | {"xa", "thon", "song"}
# Words that announce a name right after them: forms of address, "name:", "sent by".
NAME_CUE = re.compile(
    r"(?:đồng chí|đ/c|đc|liệt sĩ|liệt sỹ|ông|bà|anh|chị|họ và tên|họ tên|tên|tên là|tên tôi là|tôi là|ký tên|"
    r"người viết|"
    r"người nhận|gửi|báo tử|quân nhân|chiến sĩ|chiến sỹ|kính gửi|dong chi|liet si|ho va ten|ho ten|name|comrade|martyr)"
    r"\s*[:\-–.]?\s*\Z",
    re.IGNORECASE,
)
LIST_MARK = re.compile(r"^\s*(?:\d{1,3}|[-–•*+])\s*[.)\-–:/]?\s*\Z")
# Phrases that look like names but are none: headings of forms, offices, slogans.
NOT_NAMES = {
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
VALUE_END = re.compile(r"[;\n]|\.(?=\s+[A-ZĐÀ-Ỹ]|\s*$)|\s[-–—]\s")
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
    """A name with what the text says about the person. start, end: its slice of the text; from_line, to_line: the slice
    of the lines that it was read from; score: at least MIN_SCORE. Facts are as written, '' if the text says nothing."""

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
    """The people that `text` seems to name, in order. Slices refer to `text` as given. Never raises."""
    names: list[_Name] = []
    start = 0
    for line in text.split("\n"):
        names += _names_in(line, start)
        start += len(line) + 1
        if len(names) > MAX_FINDINGS:
            break
    findings = []
    for index, name in enumerate(names):
        next_start = names[index + 1].start if index + 1 < len(names) else len(text)
        facts_end = _facts_end(text, name.end, next_start)
        _read_facts(text[name.end : facts_end], name)
        if name.score + _facts_score(name) < MIN_SCORE:
            continue
        line_start = text.rfind("\n", 0, name.start) + 1
        findings.append(
            Finding(
                " ".join(name.text.split()),
                name.start,
                name.end,
                line_start,
                _last_line_end(text, name, facts_end),
                name.score + _facts_score(name),
                name.rank,
                name.post,
                **name.facts,
            )
        )
    return findings


def _last_line_end(text: str, name: _Name, facts_end: int) -> int:
    """The end of the line that holds the last of the facts."""
    last = name.end
    for value in (name.rank, name.post, *name.facts.values()):
        if value and (offset := text.find(value.split()[-1], name.end, facts_end)) >= 0:
            last = max(last, offset + len(value.split()[-1]))
    end = text.find("\n", last)
    return len(text) if end < 0 else end


def _facts_score(name: _Name) -> int:
    return min(2, len(name.facts) + bool(name.rank) + bool(name.post))


def _names_in(line: str, offset: int) -> list[_Name]:
    words = tokens(line)
    names: list[_Name] = []
    index = 0
    while index < len(words):
        size = _name_length(line, words, index)
        if not size:
            index += 1
            continue
        name = _name_at(line, words, index, size, offset)
        if name is None:
            index += 1
            continue
        names.append(name)
        index += size
    return names


def _name_length(line: str, words: list[Token], index: int) -> int:
    """How many consecutive words from `index` on are capitalised syllables; 0 if no name can begin there."""
    first = words[index]
    if not _is_capitalised(first.text) or not _is_family(first):
        return 0
    before = words[index - 1] if index else None
    if (
        before is not None
        and _is_capitalised(before.text)
        and line[before.end : first.start] == " "
        and not _follows_title(words, index)
    ):
        # Inside a run of capitalised words: part of another name or of a heading.
        return 0
    length = 1
    while index + length < len(words) and length <= MOST_SYLLABLES:
        word = words[index + length]
        gap = line[words[index + length - 1].end : word.start]
        if gap not in (" ", "  ", "-") or not _is_capitalised(word.text) or not is_syllable(word.exact):
            break
        if (word.text.isupper() != first.text.isupper()) and len(word.text) > 1:
            break
        length += 1
    return length


def _name_at(line: str, words: list[Token], index: int, length: int, offset: int) -> _Name | None:
    if length < 2 or length > MOST_SYLLABLES:
        return None
    run = words[index : index + length]
    start, end = run[0].start, run[-1].end
    text, folded = line[start:end], " ".join(word.folded for word in run)
    before = line[:start]
    rank, post, titled = _title_before(line, words, index)
    if any(folded.startswith(phrase) for phrase in NOT_NAMES) or (not titled and _is_place(text, before, words, index)):
        return None
    if any(letter.isdigit() for letter in text):
        return None
    score = 2 if _exact_family(run[0]) in FREQUENT else 1
    score += 1 if length > 2 else 0
    score += 2 if length > 2 and any(word.folded in COMMON_MIDDLES for word in run[1:-1]) else 0
    score += 3 if titled or NAME_CUE.search(before) else 0
    score += 1 if LIST_MARK.match(before) else 0
    score -= 2 if text.isupper() and line.strip().isupper() and len(words) > length + 2 else 0
    score -= 1 if not is_syllable(run[0].exact) else 0
    if score < 2:
        return None
    return _Name(offset + start, offset + end, text, score, rank, post)


def _is_place(text: str, before: str, words: list[Token], index: int) -> bool:
    previous = words[index - 1] if index else None
    if previous is not None and not before[previous.end :].strip(" "):
        pair = f"{words[index - 2].exact} {previous.exact}" if index > 1 else ""
        if previous.exact in PLACE_WORDS or pair in PLACE_WORDS:
            return True
        if not has_marks(text) and (previous.folded in FOLDED_PLACE_WORDS or fold(pair) in FOLDED_PLACE_WORDS):
            return True
    provinces = find_provinces(text)
    return any(fold(text) == fold(spelling) for unit in provinces for spelling in (unit.name, *unit.spellings))


def _title_before(line: str, words: list[Token], index: int) -> tuple[str, str, bool]:
    """The rank and the post right before the name, and whether there is either. Up to two titles are read, as in "thiếu
    úy, trung đội trưởng"."""
    rank = post = ""
    end = index
    for _ in range(2):
        for size in range(min(5, end), 0, -1):
            phrase = words[end - size : end]
            between = line[phrase[-1].end : words[end].start] if end < len(words) else ""
            if term_key(phrase) not in TERMS or len(between.strip(" ,:.-–/")) > 0:
                continue
            written = line[phrase[0].start : phrase[-1].end]
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
    return rank, post, end != index


def _follows_title(words: list[Token], index: int) -> bool:
    """Whether the words right before are a title written with capitals, as in "Thiếu Úy Trần Văn Phú"."""
    for size in range(min(4, index), 0, -1):
        if term_key(words[index - size : index]) in TERMS:
            return True
    return words[index - 1].exact in ("chí", "sĩ", "sỹ", "ông", "bà", "anh", "chị", "tên")


def _facts_end(text: str, start: int, next_name: int) -> int:
    """The offset where the text about the name that ends at `start` stops."""
    end = min(len(text), start + MAX_DISTANCE, next_name)
    blank = re.search(r"\n\s*\n", text[start:end])
    if blank:
        end = start + blank.start()
    lines = 0
    for offset in range(start, end):
        if text[offset] == "\n":
            lines += 1
            if lines == MAX_LINES:
                return offset
    # A number or a rank at the start of the next name's line belongs to that next name.
    if end == next_name:
        line = text.rfind("\n", start, end)
        if line >= 0 and len(text[line + 1 : end]) < 40 and not LABEL.search(text[line + 1 : end]):
            end = line
    return end


def _read_facts(words: str, name: _Name) -> None:
    labels = list(LABEL.finditer(words))
    for index, label in enumerate(labels):
        stop = labels[index + 1].start() if index + 1 < len(labels) else len(words)
        value = words[label.end() : stop]
        end = VALUE_END.search(value)
        value = value[: end.start()] if end else value
        value = " ".join(value.split()).strip(" ,.;:–-")
        field_name = str(label.lastgroup)
        if value and field_name != "other":
            _record_fact(field_name, value, label[0], name)
    if "unit_text" not in name.facts and (unit := _unit_in(words)):
        name.facts["unit_text"] = unit
    if not (name.rank and name.post):
        _read_title_after(words, name)


def _record_fact(label_name: str, value: str, label: str, person: _Name) -> None:
    match label_name:
        case "born" | "enlisted" | "died":
            match = DATE.search(value)
            if match is None or match.start() > 12 or years_of(match[0]) == (None, None):
                return
            person.facts.setdefault(f"{label_name}_text", match[0].strip(" ,"))
        case "home":
            if any(letter.isalpha() for letter in value) and len(value) < 160:
                person.facts.setdefault("home_text", value)
        case "unit":
            # "đơn vị vượt sông" is running text, not a form: what does not read as a unit is taken only after a colon.
            if unit := (_unit_in(value) or (value if ":" in label and len(value) < 60 else "")):
                person.facts.setdefault("unit_text", unit)
        case "rank":
            person.rank = person.rank or value.split(",")[0][:80]
        case "post":
            person.post = person.post or value.split(",")[0][:120]
        case "number":
            if match := NUMBER.search(value):
                person.facts.setdefault("number", match[0].strip())


def _unit_in(words: str) -> str:
    """The first part of `words` that reads as a unit."""
    for start in UNIT_START.finditer(words):
        match = UNIT_WORD.match(words, start.start())
        value = " ".join((match[0] if match else start[0]).split("\n")[0].split()).strip(" ,.;-–/")
        while value and not value[-1].isalnum():
            value = value[:-1]
        value = re.sub(r"(?:\s|,)+(?:thuộc|của|số|of|the)$", "", value, flags=re.IGNORECASE)
        if any(letter.isdigit() for letter in value) and parse_unit(value).levels:
            return value
    return ""


def _read_title_after(words: str, name: _Name) -> None:
    """Read a rank or post that follows the name after a comma: "Trần Văn Phú, trung đội trưởng, …"."""
    for piece in re.split(r"[,;\n–—()-]", words[:90])[1:4]:
        reading = read_rank(piece.strip())
        if reading.kind == "rank" and not name.rank:
            name.rank = " ".join(piece.split())[:80]
        elif reading.kind in ("post", "grade") and not name.post:
            name.post = " ".join(piece.split())[:120]


def _is_capitalised(word: str) -> bool:
    return word[:1].isupper() and (len(word) == 1 or word.istitle() or word.isupper())


def _is_family(word: Token) -> bool:
    if has_marks(word.exact):
        return canonical(word.exact) in FAMILIES
    return word.folded in FOLDED_FAMILIES


def _exact_family(word: Token) -> str:
    if has_marks(word.exact):
        return word.exact
    return next((name for name in FREQUENT if fold(name) == word.folded), word.exact)
