"""Reading a typed or transcribed name in every way it can be read, and arranging it as family, middle and given name.

Source: domain notes 5.1, steps 1, 2 and 5.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from catalog.rules.families import COMMON_MIDDLES, FOLDED_FAMILIES
from catalog.rules.names.keyboards import decoded
from catalog.rules.names.syllables import initial, is_syllable, marked
from catalog.rules.names.weights import TOKEN, WHOLE
from catalog.rules.ranks import strip_rank
from catalog.rules.text import canonical, fold

LONGEST, MOST_TOKENS, MOST_READINGS = 300, 6, 8
REPORT = re.compile(r"\(\(([^()]*)\)\)?")
ALIAS = re.compile(
    r"[(\[,;/]?\s*\b(?:tức là|tức|bí danh|tên khác|tên thường gọi|tên thật(?: là)?|còn gọi là|tên khai sinh|"
    r"hay còn gọi là|"
    r"tuc la|tuc|bi danh|ten that(?: la)?|con goi la|alias|a\.?k\.?a\.?|"
    r"also known as)\b\s*[:\-–]?\s*([^)\],;(]+)[)\]]?",
    re.IGNORECASE,
)
NUMBER = re.compile(
    r"[(\[,;-]?\s*(?:\b(?:số hiệu(?: quân nhân)?|số quân|so hieu|shqn|số|so|no\.?|number|serial)\s*:?\s*#?)?\s*"
    r"\b(\d{4,})\b\s*[)\]]?",
    re.IGNORECASE,
)
# Another name in brackets, behind @ or behind a stroke, as registers write aliases.
BESIDE = re.compile(r"(?<=\w)\s*\(\s*([^\W\d_][^()]*?)\s*\)|(?<=\w)\s*[@/]\s*([^\W\d_][^@/,(]*)$")
# The number of a row, as lists are copied: "12. Trần Văn Phú", "3) ...".
ROW = re.compile(r"^\s*(?:stt\s*)?\d{1,3}\s*[.)\]:]\s*(?=[^\W\d_])", re.IGNORECASE)
YEAR = re.compile(r"1[89]\d\d|20[0-2]\d")
FACTS = re.compile(
    r"[,;(\s]+\b(?:(?:sinh|born|nhập ngũ|nhap ngu)(?=[\s:]+(?:năm|nam|ngày|ngay|tháng|khoảng|in|on|about|\d))|"
    r"(?:quê quán|nguyên quán|que quan|nguyen quan|native of)\b)(?=[\s:]).*|[,;(]\s*(?:quê|que|đơn vị|don vi|unit)\b.*",
    re.IGNORECASE,
)
MARKED_PLACES = frozenset("đường phố phường quận huyện tỉnh xã thôn làng".split())
MARKED_TOWNS = re.compile(r"\b(thị xã|thị trấn|thành phố|tp\.)(?:\s|$)")
PLACE_WORDS = re.compile(
    r"\b(thi xa|thi tran|thanh pho|tp|phuong|huyen|tinh|xa|thon|street|ward|province|district|village)\b"
)
# Letters and single spaces alone: nothing there for the readings of reports, lists and keyboards.
PLAIN = re.compile(r"[^\W\d_]+(?: [^\W\d_]+){1,4}")
ALIAS_WORDS = frozenset("tức hay alias aka tuc bí bi còn con tên ten or".split())
JOINERS = re.compile(r"[-.,()\[\]/_\\;:\"“”*+^`~?!|<>{}=#&]+")
# First words of highland names (Ê Đê, Gia Rai, Ba Na, Xơ Đăng); such names are left as they stand.
HIGHLAND = frozenset(
    "y h k a kpa ksor rmah rcom ro siu kso hbia nie eban mlo knul bya ayun kbuor adrong amoa ma".split()
)


@dataclass(frozen=True)
class NameReading:
    """One way to read a name: `text`, its tokens (lower case), and `how` it came about (telex, vni, viqr, comma,
    run_together, report, alias)."""

    text: str
    tokens: tuple[str, ...]
    how: tuple[str, ...] = ()


@dataclass(frozen=True)
class NameText:
    """A name as read: the plainest reading first; the service number behind it; what was stripped before it."""

    text: str
    readings: tuple[NameReading, ...]
    number: str = ""
    stripped: tuple[str, ...] = ()
    highland: bool = False
    notes: tuple[str, ...] = ()

    @property
    def normal(self) -> str:
        """The reading that says most: decoded before bare, in title case; '-' where there is no name."""
        own = [one for one in self.readings if "alias" not in one.how]
        best = max(
            own,
            key=lambda one: (all(map(is_syllable, one.tokens)), sum(map(marked, one.tokens)), -own.index(one)),
            default=None,
        )
        if best is None:
            return "-"
        return best.text if self.highland else " ".join(word[:1].upper() + word[1:] for word in best.tokens)


class Arrangement(NamedTuple):
    """Tokens as family, middle and given name (lower case, '' where left out), with what that costs."""

    family: str
    middle: str
    given: str
    how: tuple[str, ...] = ()
    factor: float = 1.0
    bare: bool = False


@lru_cache(maxsize=20_000)
def read_name(text: str) -> NameText:
    """Read `text` every way it can be read. Never raises; what is no name has no readings."""
    given = canonical(text[:LONGEST])
    if quick := _plain(given):
        return NameText(text, (quick,))
    if is_address(given):
        return NameText(text, (), notes=("address",))
    plain, title = strip_rank(FACTS.sub("", ROW.sub("", given)).strip(" ,.;"))
    stripped = (title,) if title else ()
    # A year of birth or death behind a name is no service number.
    numbers = [found for found in NUMBER.findall(plain) if not YEAR.fullmatch(found)]
    number = numbers[-1] if numbers else ""
    plain = NUMBER.sub(" ", plain)
    inside = [found.strip() for found in REPORT.findall(plain)]
    plain = REPORT.sub(" ", plain)
    aliases = [found.strip() for found in ALIAS.findall(plain)]
    aliases += [found.strip() for pair in BESIDE.findall(ALIAS.sub(" ", plain)) for found in pair if found]
    plain = BESIDE.sub(" ", ALIAS.sub(" ", plain))
    read: list[NameReading] = []
    highland = _is_highland(plain)
    for words, how in [(plain, ()), *((one, ("report",)) for one in inside), *((one, ("alias",)) for one in aliases)]:
        read += _read(words, how, highland=highland and not how)
    unique = {(one.tokens, "alias" in one.how): one for one in reversed(read) if one.tokens}
    ordered = [one for one in read if unique.get((one.tokens, "alias" in one.how)) is one]
    notes = tuple(dict.fromkeys(code for one in ordered for code in one.how))
    return NameText(text, tuple(ordered[:MOST_READINGS]), number, stripped, highland, ("highland",) * highland + notes)


def _plain(text: str) -> NameReading | None:
    """The one reading of a name that is written with all its marks and nothing else; None where there may be more to
    it."""
    if not PLAIN.fullmatch(text) or not text.istitle():
        return None
    tokens = tuple(text.lower().split())
    if not marked(tokens[0]) or fold(tokens[0]) not in FOLDED_FAMILIES or ALIAS_WORDS & set(tokens):
        return None
    # A bare token may be typed in Telex; all of them must be syllables as they stand.
    return NameReading(text, tokens) if all(map(is_syllable, tokens)) and not decoded(text)[0] else None


def is_address(text: str) -> bool:
    """Whether a text is an address or another place rather than a name.

    Marked words are taken at their marks: Dương, Quan and Thị Trân are names, đường, quận and thị trấn are not.
    """
    low = text.lower()
    if any(letter in low for letter in "đăâêôơư") or not text.isascii():
        written = text.split()
        small = [word for word in written if word.strip(",.;") in MARKED_PLACES]
        return bool(re.match(r"\s*(?:số )?\d+[a-z]?\b.*,", low) or MARKED_TOWNS.search(low)) or (
            bool(small) and (len(small) > 1 or any(word[:1].isupper() for word in written))
        )
    found = PLACE_WORDS.findall(low)
    return bool(found) and (
        bool(re.match(r"\s*(?:so )?\d+[a-z]?\b", low)) or (len(found) > 1 and low.startswith(found[0]))
    )


def arrangements_asked(name: NameText) -> list[Arrangement]:
    """Every order a typed name may be in, and every part it may lack (5.1 step 5: F M G; G F M; middle and given
    exchanged is not allowed)."""
    arranged: list[Arrangement] = []
    for one in name.readings:
        tokens, how = one.tokens, one.how
        factor = TOKEN["decoded"][0] if {"telex", "vni", "viqr"} & set(how) else 1.0
        bare = not any(map(marked, tokens))
        if "comma_turned" in how:
            factor *= WHOLE["given_first"]
        if len(tokens) == 1:
            arranged.append(Arrangement("", "", tokens[0], how, factor, bare))
            continue
        arranged.append(Arrangement(tokens[0], " ".join(tokens[1:-1]), tokens[-1], how, factor, bare))
        if name.highland:
            continue
        families = [_family_like(token) for token in tokens]
        # One who leaves the family name out still gives the middle name before the given one; a word that is a family
        # name itself was more likely meant as one.
        own = families[0] and fold(tokens[0]) not in COMMON_MIDDLES
        missing = (*how, "family_missing")
        arranged.append(
            Arrangement(
                "", " ".join(tokens[:-1]), tokens[-1], missing, factor * (WHOLE["unlikely"] if own else 1), bare
            )
        )
        turned = (*how, "given_first")
        if families[0] and not families[1] and not families[-1]:
            continue
        if len(tokens) > 2:
            first = factor * WHOLE["given_first"] * (1 if families[1] else WHOLE["unlikely"])
            arranged.append(Arrangement(tokens[1], " ".join(tokens[2:]), tokens[0], turned, first, bare))
            # Western order with everything turned: Phu Van Tran.
            last = factor * WHOLE["given_first"] * (1 if families[-1] else WHOLE["unlikely"])
            middle = " ".join(reversed(tokens[1:-1]))
            arranged.append(Arrangement(tokens[-1], middle, tokens[0], turned, last, bare))
        elif families[1] and not initial(tokens[0]):
            arranged.append(Arrangement(tokens[1], "", tokens[0], turned, factor * WHOLE["two_words_turned"], bare))
    return list(dict.fromkeys(one for one in arranged if not initial(one.given)))


def arrangements_stored(name: NameText) -> list[Arrangement]:
    """How a written name is kept: family first, unless its own words show that it was written otherwise."""
    arranged: list[Arrangement] = []
    for one in name.readings:
        tokens, how = one.tokens, one.how
        bare = not any(map(marked, tokens))
        if len(tokens) == 1:
            arranged.append(Arrangement("", "", tokens[0], how, 1.0, bare))
            continue
        arranged.append(Arrangement(tokens[0], " ".join(tokens[1:-1]), tokens[-1], how, 1.0, bare))
        if name.highland:
            continue
        families = [fold(token) in FOLDED_FAMILIES for token in tokens]
        if len(tokens) == 2 and not families[0] and not initial(tokens[0]) and fold(tokens[0]) in COMMON_MIDDLES:
            arranged.append(Arrangement("", tokens[0], tokens[1], how, 1.0, bare))
        if len(tokens) > 2 and families[1] and not families[0]:
            arranged.append(Arrangement(tokens[1], " ".join(tokens[2:]), tokens[0], how, WHOLE["given_first"], bare))
    return list(dict.fromkeys(arranged))


def _family_like(token: str) -> bool:
    return fold(token) in FOLDED_FAMILIES or bool(initial(token))


def _read(words: str, how: tuple[str, ...], *, highland: bool) -> list[NameReading]:
    if highland:
        tidy = re.sub(r"[.,()\[\]/_]+", " ", words)
        return [_reading(tidy, how)]
    orders: list[tuple[str, tuple[str, ...]]] = [(words, how)]
    first, comma, last = words.partition(",")
    if comma:
        last = last.replace(",", " ")
        if not _name_like(last):
            orders = [(first, how)]
        elif len(first.split()) == 1 and fold(first.strip()) in FOLDED_FAMILIES and len(last.split()) > 1:
            orders = [(f"{first} {last}", how), (f"{last} {first}", (*how, "comma"))]
        else:
            orders = [(f"{last} {first}", (*how, "comma")), (f"{first} {last}", how)]
    read: list[NameReading] = []
    for order, why in orders:
        spaced = _camel(order)
        if spaced != order:
            why = (*why, "run_together")
        plain = _reading(spaced, why)
        read.append(plain)
        typed, keyboard = decoded(
            " ".join(re.sub(r"[,()\[\]/_\-]+(?=\s|$)|(?<![a-z])-|-(?=[A-Za-z])", " ", spaced).split())
        )
        if typed:
            found = _reading(typed, (*why, keyboard))
            # Marks of VIQR are punctuation: what is left without them is no reading.
            if len(found.tokens) < len(plain.tokens):
                read.pop()
            read.append(found)
        read += [_reading(apart, (*why, "run_together")) for apart in _apart(plain.tokens)]
    return read


def _reading(words: str, how: tuple[str, ...]) -> NameReading:
    tidy = " ".join(JOINERS.sub(" ", words).split())
    tokens = tuple(token for word in tidy.split()[: MOST_TOKENS + 1] if (token := word.lower().strip("'’…")))
    return NameReading(tidy, tokens if len(tokens) <= MOST_TOKENS else (), how)


def _camel(words: str) -> str:
    return "".join(
        f" {letter}" if at and letter.isupper() and words[at - 1].islower() else letter
        for at, letter in enumerate(words)
    )


def _name_like(words: str) -> bool:
    rest, _ = strip_rank(words.strip())
    tokens = rest.split()
    return 0 < len(tokens) <= 4 and not any(letter.isdigit() for token in tokens for letter in token[:1])


def _is_highland(words: str) -> bool:
    tokens = words.split()
    if len(tokens) < 2:
        return False
    first = fold(tokens[0])
    apostrophe = any(
        re.match(r"^[A-Za-zĐđ]{1,2}['’]\w", token) and fold(token[:2])[-1:] not in "aeiouy" for token in tokens
    )
    prefix = first in HIGHLAND and not tokens[0].endswith(".") and "." not in words
    strange = any(marked(token.lower()) and not is_syllable(token.lower()) for token in tokens[1:])
    one_letter = first in ("y", "a") and prefix and len(tokens) > 1
    return apostrophe or one_letter or (prefix and len(first) > 1) or (prefix and strange)


@lru_cache(maxsize=4096)
def _apart(tokens: tuple[str, ...]) -> tuple[str, ...]:
    """Names written without spaces, parted into syllables: the partings that look most like names."""
    if not tokens or len(tokens) > 2 or all(len(token) < 5 or is_syllable(token) for token in tokens):
        return ()
    choices: list[list[list[str]]] = [_partings(token) or [[token]] for token in tokens]
    found = [[word for piece in choice for word in piece] for choice in _products(choices)]
    named = [words for words in found if 2 <= len(words) <= 4 and fold(words[0]) in FOLDED_FAMILIES]
    named.sort(key=lambda words: (-sum(fold(word) in COMMON_MIDDLES for word in words[1:-1]), abs(len(words) - 3)))
    return tuple(" ".join(words) for words in named[:3] if tuple(words) != tokens)


def _products(choices: list[list[list[str]]]) -> list[list[list[str]]]:
    combined: list[list[list[str]]] = [[]]
    for options in choices:
        combined = [[*before, one] for before in combined for one in options[:12]]
    return combined


def _partings(word: str, most: int = 4) -> list[list[str]]:
    if len(word) < 5 or not word.isalpha():
        return []
    found: list[list[str]] = []

    def go(rest: str, taken: list[str]) -> None:
        if not rest:
            found.append(taken)
            return
        if len(taken) == most or len(found) > 60:
            return
        for end in range(min(7, len(rest)), 1, -1):
            if is_syllable(rest[:end]):
                go(rest[end:], [*taken, rest[:end]])

    go(word, [])
    return [words for words in found if len(words) > 1]
