"""Every reading of a typed or transcribed name, and its arrangement as family, middle and given name.

Source: docs/field/names.md, Pipeline, steps 1, 2 and 5.
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
# Another name in brackets, after @ or after a slash, as registers write aliases.
BRACKETED_ALIAS = re.compile(r"(?<=\w)\s*\(\s*([^\W\d_][^()]*?)\s*\)|(?<=\w)\s*[@/]\s*([^\W\d_][^@/,(]*)$")
# The row number in names that are copied from lists: "12. Trần Văn Phú", "3) ...".
ROW_NUMBER = re.compile(r"^\s*(?:stt\s*)?\d{1,3}\s*[.)\]:]\s*(?=[^\W\d_])", re.IGNORECASE)
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
# Only letters and single spaces: such a name needs none of the steps for reports, lists and keyboards.
PLAIN = re.compile(r"[^\W\d_]+(?: [^\W\d_]+){1,4}")
ALIAS_WORDS = frozenset("tức hay alias aka tuc bí bi còn con tên ten or".split())
SEPARATORS = re.compile(r"[-.,()\[\]/_\\;:\"“”*+^`~?!|<>{}=#&]+")
# First words of highland names (Ê Đê, Gia Rai, Ba Na, Xơ Đăng); such names are left unchanged.
HIGHLAND = frozenset(
    "y h k a kpa ksor rmah rcom ro siu kso hbia nie eban mlo knul bya ayun kbuor adrong amoa ma".split()
)


@dataclass(frozen=True)
class NameReading:
    """One reading of a name: `text`, its tokens (lower case), and `how` it was obtained (telex, vni, viqr, comma,
    run_together, report, alias)."""

    text: str
    tokens: tuple[str, ...]
    how: tuple[str, ...] = ()


@dataclass(frozen=True)
class NameText:
    """A name as read: its readings, the plainest first; the service number after it; the titles stripped before it."""

    text: str
    readings: tuple[NameReading, ...]
    number: str = ""
    stripped: tuple[str, ...] = ()
    highland: bool = False
    notes: tuple[str, ...] = ()

    @property
    def normal(self) -> str:
        """The most complete reading, decoded rather than bare, in title case; '-' if there is no name."""
        names = [reading for reading in self.readings if "alias" not in reading.how]
        best = max(
            names,
            key=lambda reading: (
                all(map(is_syllable, reading.tokens)),
                sum(map(marked, reading.tokens)),
                -names.index(reading),
            ),
            default=None,
        )
        if best is None:
            return "-"
        return best.text if self.highland else " ".join(word[:1].upper() + word[1:] for word in best.tokens)


class Arrangement(NamedTuple):
    """Tokens as family, middle and given name (lower case, '' if missing). factor: the penalty of this order; bare:
    whether the whole name is without marks."""

    family: str
    middle: str
    given: str
    how: tuple[str, ...] = ()
    factor: float = 1.0
    bare: bool = False


@lru_cache(maxsize=20_000)
def read_name(text: str) -> NameText:
    """All readings of `text` as a name; none if it is no name. Never raises."""
    typed = canonical(text[:LONGEST])
    if reading := _read_plain(typed):
        return NameText(text, (reading,))
    if is_address(typed):
        return NameText(text, (), notes=("address",))
    plain, title = strip_rank(FACTS.sub("", ROW_NUMBER.sub("", typed)).strip(" ,.;"))
    stripped = (title,) if title else ()
    # A year of birth or death after a name is no service number.
    numbers = [value for value in NUMBER.findall(plain) if not YEAR.fullmatch(value)]
    number = numbers[-1] if numbers else ""
    plain = NUMBER.sub(" ", plain)
    reports = [value.strip() for value in REPORT.findall(plain)]
    plain = REPORT.sub(" ", plain)
    aliases = [value.strip() for value in ALIAS.findall(plain)]
    aliases += [value.strip() for pair in BRACKETED_ALIAS.findall(ALIAS.sub(" ", plain)) for value in pair if value]
    plain = BRACKETED_ALIAS.sub(" ", ALIAS.sub(" ", plain))
    readings: list[NameReading] = []
    highland = _is_highland(plain)
    for words, how in [
        (plain, ()),
        *((report, ("report",)) for report in reports),
        *((alias, ("alias",)) for alias in aliases),
    ]:
        readings += _readings(words, how, highland=highland and not how)
    unique = {(reading.tokens, "alias" in reading.how): reading for reading in reversed(readings) if reading.tokens}
    ordered = [reading for reading in readings if unique.get((reading.tokens, "alias" in reading.how)) is reading]
    notes = tuple(dict.fromkeys(code for reading in ordered for code in reading.how))
    return NameText(text, tuple(ordered[:MOST_READINGS]), number, stripped, highland, ("highland",) * highland + notes)


def _read_plain(text: str) -> NameReading | None:
    """The only reading of a name that is written with all its marks and nothing else; None if there may be others."""
    if not PLAIN.fullmatch(text) or not text.istitle():
        return None
    tokens = tuple(text.lower().split())
    if not marked(tokens[0]) or fold(tokens[0]) not in FOLDED_FAMILIES or ALIAS_WORDS & set(tokens):
        return None
    # A token without marks may be typed in Telex, so every token must already be a syllable.
    return NameReading(text, tokens) if all(map(is_syllable, tokens)) and not decoded(text)[0] else None


def is_address(text: str) -> bool:
    """Whether a text is an address or another place rather than a name.

    In text with marks the marks decide: Dương, Quan and Thị Trân are names, đường, quận and thị trấn are not.
    """
    lower = text.lower()
    if any(letter in lower for letter in "đăâêôơư") or not text.isascii():
        words = text.split()
        place_words = [word for word in words if word.strip(",.;") in MARKED_PLACES]
        return bool(re.match(r"\s*(?:số )?\d+[a-z]?\b.*,", lower) or MARKED_TOWNS.search(lower)) or (
            bool(place_words) and (len(place_words) > 1 or any(word[:1].isupper() for word in words))
        )
    place_words = PLACE_WORDS.findall(lower)
    return bool(place_words) and (
        bool(re.match(r"\s*(?:so )?\d+[a-z]?\b", lower)) or (len(place_words) > 1 and lower.startswith(place_words[0]))
    )


def query_arrangements(name: NameText) -> list[Arrangement]:
    """Every order in which a name may have been typed, and every part that may be missing (docs/field/names.md,
    Pipeline, step 5: F M G; G F M; middle and given exchanged is not allowed)."""
    arrangements: list[Arrangement] = []
    for reading in name.readings:
        tokens, how = reading.tokens, reading.how
        factor = TOKEN["decoded"][0] if {"telex", "vni", "viqr"} & set(how) else 1.0
        bare = not any(map(marked, tokens))
        if len(tokens) == 1:
            arrangements.append(Arrangement("", "", tokens[0], how, factor, bare))
            continue
        arrangements.append(Arrangement(tokens[0], " ".join(tokens[1:-1]), tokens[-1], how, factor, bare))
        if name.highland:
            continue
        families = [_may_be_family(token) for token in tokens]
        # A person who omits the family name still writes the middle name before the given name. But a first word that
        # is a family name was probably meant as one.
        has_family = families[0] and fold(tokens[0]) not in COMMON_MIDDLES
        missing = (*how, "family_missing")
        arrangements.append(
            Arrangement(
                "", " ".join(tokens[:-1]), tokens[-1], missing, factor * (WHOLE["unlikely"] if has_family else 1), bare
            )
        )
        given_first = (*how, "given_first")
        if families[0] and not families[1] and not families[-1]:
            continue
        if len(tokens) > 2:
            second_as_family = factor * WHOLE["given_first"] * (1 if families[1] else WHOLE["unlikely"])
            arrangements.append(
                Arrangement(tokens[1], " ".join(tokens[2:]), tokens[0], given_first, second_as_family, bare)
            )
            # Western order with all words reversed: Phu Van Tran.
            last_as_family = factor * WHOLE["given_first"] * (1 if families[-1] else WHOLE["unlikely"])
            middle = " ".join(reversed(tokens[1:-1]))
            arrangements.append(Arrangement(tokens[-1], middle, tokens[0], given_first, last_as_family, bare))
        elif families[1] and not initial(tokens[0]):
            arrangements.append(
                Arrangement(tokens[1], "", tokens[0], given_first, factor * WHOLE["two_words_turned"], bare)
            )
    return list(dict.fromkeys(arrangement for arrangement in arrangements if not initial(arrangement.given)))


def stored_arrangements(name: NameText) -> list[Arrangement]:
    """The arrangements under which a written name is stored: family first, unless its words show another order."""
    arrangements: list[Arrangement] = []
    for reading in name.readings:
        tokens, how = reading.tokens, reading.how
        bare = not any(map(marked, tokens))
        if len(tokens) == 1:
            arrangements.append(Arrangement("", "", tokens[0], how, 1.0, bare))
            continue
        arrangements.append(Arrangement(tokens[0], " ".join(tokens[1:-1]), tokens[-1], how, 1.0, bare))
        if name.highland:
            continue
        families = [fold(token) in FOLDED_FAMILIES for token in tokens]
        if len(tokens) == 2 and not families[0] and not initial(tokens[0]) and fold(tokens[0]) in COMMON_MIDDLES:
            arrangements.append(Arrangement("", tokens[0], tokens[1], how, 1.0, bare))
        if len(tokens) > 2 and families[1] and not families[0]:
            arrangements.append(
                Arrangement(tokens[1], " ".join(tokens[2:]), tokens[0], how, WHOLE["given_first"], bare)
            )
    return list(dict.fromkeys(arrangements))


def _may_be_family(token: str) -> bool:
    return fold(token) in FOLDED_FAMILIES or bool(initial(token))


def _readings(words: str, how: tuple[str, ...], *, highland: bool) -> list[NameReading]:
    if highland:
        cleaned = re.sub(r"[.,()\[\]/_]+", " ", words)
        return [_reading(cleaned, how)]
    orders: list[tuple[str, tuple[str, ...]]] = [(words, how)]
    before, comma, after = words.partition(",")
    if comma:
        after = after.replace(",", " ")
        if not _looks_like_name(after):
            orders = [(before, how)]
        elif len(before.split()) == 1 and fold(before.strip()) in FOLDED_FAMILIES and len(after.split()) > 1:
            orders = [(f"{before} {after}", how), (f"{after} {before}", (*how, "comma"))]
        else:
            orders = [(f"{after} {before}", (*how, "comma")), (f"{before} {after}", how)]
    readings: list[NameReading] = []
    for words_in_order, how_read in orders:
        spaced = _split_camel_case(words_in_order)
        if spaced != words_in_order:
            how_read = (*how_read, "run_together")
        reading = _reading(spaced, how_read)
        readings.append(reading)
        decoded_text, keyboard = decoded(
            " ".join(re.sub(r"[,()\[\]/_\-]+(?=\s|$)|(?<![a-z])-|-(?=[A-Za-z])", " ", spaced).split())
        )
        if decoded_text:
            decoded_reading = _reading(decoded_text, (*how_read, keyboard))
            # The marks of VIQR are punctuation: the reading without them is wrong.
            if len(decoded_reading.tokens) < len(reading.tokens):
                readings.pop()
            readings.append(decoded_reading)
        readings += [_reading(split, (*how_read, "run_together")) for split in _split_syllables(reading.tokens)]
    return readings


def _reading(words: str, how: tuple[str, ...]) -> NameReading:
    cleaned = " ".join(SEPARATORS.sub(" ", words).split())
    tokens = tuple(token for word in cleaned.split()[: MOST_TOKENS + 1] if (token := word.lower().strip("'’…")))
    return NameReading(cleaned, tokens if len(tokens) <= MOST_TOKENS else (), how)


def _split_camel_case(words: str) -> str:
    return "".join(
        f" {letter}" if index and letter.isupper() and words[index - 1].islower() else letter
        for index, letter in enumerate(words)
    )


def _looks_like_name(words: str) -> bool:
    rest, _ = strip_rank(words.strip())
    tokens = rest.split()
    return 0 < len(tokens) <= 4 and not any(letter.isdigit() for token in tokens for letter in token[:1])


def _is_highland(words: str) -> bool:
    tokens = words.split()
    if len(tokens) < 2:
        return False
    first = fold(tokens[0])
    has_apostrophe = any(
        re.match(r"^[A-Za-zĐđ]{1,2}['’]\w", token) and fold(token[:2])[-1:] not in "aeiouy" for token in tokens
    )
    has_prefix = first in HIGHLAND and not tokens[0].endswith(".") and "." not in words
    has_foreign_syllable = any(marked(token.lower()) and not is_syllable(token.lower()) for token in tokens[1:])
    is_one_letter = first in ("y", "a") and has_prefix and len(tokens) > 1
    return has_apostrophe or is_one_letter or (has_prefix and len(first) > 1) or (has_prefix and has_foreign_syllable)


@lru_cache(maxsize=4096)
def _split_syllables(tokens: tuple[str, ...]) -> tuple[str, ...]:
    """Names written without spaces, split into syllables: the three splits that look most like names."""
    if not tokens or len(tokens) > 2 or all(len(token) < 5 or is_syllable(token) for token in tokens):
        return ()
    choices: list[list[list[str]]] = [_splits(token) or [[token]] for token in tokens]
    splits = [[word for piece in choice for word in piece] for choice in _combinations(choices)]
    candidates = [words for words in splits if 2 <= len(words) <= 4 and fold(words[0]) in FOLDED_FAMILIES]
    candidates.sort(key=lambda words: (-sum(fold(word) in COMMON_MIDDLES for word in words[1:-1]), abs(len(words) - 3)))
    return tuple(" ".join(words) for words in candidates[:3] if tuple(words) != tokens)


def _combinations(choices: list[list[list[str]]]) -> list[list[list[str]]]:
    combined: list[list[list[str]]] = [[]]
    for options in choices:
        combined = [[*combination, option] for combination in combined for option in options[:12]]
    return combined


def _splits(word: str, max_parts: int = 4) -> list[list[str]]:
    if len(word) < 5 or not word.isalpha():
        return []
    splits: list[list[str]] = []

    def extend(rest: str, parts: list[str]) -> None:
        if not rest:
            splits.append(parts)
            return
        if len(parts) == max_parts or len(splits) > 60:
            return
        for end in range(min(7, len(rest)), 1, -1):
            if is_syllable(rest[:end]):
                extend(rest[end:], [*parts, rest[:end]])

    extend(word, [])
    return [words for words in splits if len(words) > 1]
