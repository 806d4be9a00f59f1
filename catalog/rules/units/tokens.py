"""The tokens of a unit as written: words, split where letters meet digits, then joined into phrases with a meaning."""

import re
from dataclasses import dataclass

from catalog.rules.text import canonical, fold
from catalog.rules.units.words import (
    ARM_SHORT,
    LETTERS,
    LEXICON,
    LONGEST_PHRASE,
    NUMERALS_VI,
    ORDINALS,
    REGION_SHORT,
    ROMAN,
    Sense,
)

WORD = re.compile(r"[^\W\d_]+|[0-9]+")
HARD = re.compile(r"[,;/\n()\[\]–—|+]|\s-|-\s")
GLUED_ARM = re.compile(rf"([{LETTERS}]|td|trd|sd|dd)({'|'.join(ARM_SHORT)}|bo)")
GLUED_ROMAN = re.compile(rf"(qk|lk|khu|mr|qd|pk)({'|'.join(ROMAN)})")
GLUED_REGION = re.compile(rf"(qk|lk|khu|mr)({'|'.join(REGION_SHORT)}|tth)")
# Read only if a number follows; alone they are an arm, or nothing.
BEFORE_NUMBER = {
    "pk": "pk",
    "mr": "qk",
    "sr": "pk",
    "ct": "worksite",
    "nt": "farm",
    "ht": "letterbox",
    "bt": "binhtram",
}
CODE = re.compile(r"k[bcdghlmnpqrstvx]{1,2}")

# First words of the names of levels.
LEVEL_WORDS = {"tieu", "trung", "dai", "su", "lu", "quan", "lien", "phan", "khu"}


@dataclass(frozen=True)
class Word:
    """A run of letters or of digits; `gap` is the text between it and the word before."""

    raw: str
    exact: str
    folded: str
    gap: str


@dataclass(frozen=True)
class UnitToken:
    """A phrase and its meaning. kind: as in `words.Sense`, or letter, num, code, place_code, bo, other."""

    kind: str
    value: str
    raw: str
    gap: str
    lang: str = ""
    suffix: str = ""

    @property
    def hard(self) -> bool:
        """Whether a comma, slash, dash or bracket separates it from the token before."""
        return bool(HARD.search(self.gap))

    @property
    def plain(self) -> str:
        """The words as written, folded, with single spaces."""
        return " ".join(fold(self.raw).split())


def typed_words(text: str) -> list[Word]:
    """The runs of letters and of digits in `text`, in order."""
    text = canonical(text)
    words, end = [], 0
    for run in WORD.finditer(text):
        raw = run[0]
        words.append(Word(raw, raw.lower(), fold(raw), text[end : run.start()]))
        end = run.end()
    return words


def tokens_of(words: list[Word]) -> list[UnitToken]:
    """The words joined into phrases with a meaning, longest first."""
    tokens: list[UnitToken] = []
    index = 0
    while index < len(words):
        new, size = _phrase_tokens(words, index) or (
            _number_tokens if words[index].raw.isdecimal() else _letter_tokens
        )(words, index)
        # Without a space after letters of no meaning it belongs to them: a file number, a grid reference.
        if tokens and new[0].gap == "" and tokens[-1].kind == "other" and new[0].kind != "hq":
            new = [UnitToken("other", "", new[0].raw, "")]
        tokens += new
        index += size
    return tokens


def _phrase_tokens(words: list[Word], index: int) -> tuple[list[UnitToken], int] | None:
    for size in range(min(LONGEST_PHRASE, len(words) - index), 0, -1):
        run = words[index : index + size]
        sense = LEXICON.get(tuple(word.folded for word in run))
        if sense and all(map(_can_join, run[1:])) and _is_meant(sense, words, index, size):
            raw = " ".join(word.raw for word in run)
            return [UnitToken(sense.kind, sense.value, raw, run[0].gap, sense.lang)], size
    return None


def _can_join(word: Word) -> bool:
    return word.gap.strip() in ("", ".", "-", "'", "’") or (word.raw.isdecimal() and word.gap == ",")


def _is_meant(sense: Sense, words: list[Word], index: int, size: int) -> bool:
    """Whether words that equal a phrase when folded really are that phrase here."""
    run = words[index : index + size]
    exact = " ".join(word.exact for word in run)
    raw = "".join(word.raw for word in run)
    number = index + size < len(words) and words[index + size].raw.isdecimal() and _is_soft_gap(words[index + size].gap)
    if sense.caps and not (raw.isupper() or (sense.kind == "arm" and _is_next_to_number(words, index))):
        return False
    if exact in BEFORE_NUMBER and number:
        return False
    if sense.kind in ("nation", "foreign_arm", "against"):
        return _stop_sign(exact, words, index, size)
    # Đ. Đ. and not d, d; đoàn, not đoạn or đoán; Co. with its number, not cô.
    if size == 2 and all(len(word.raw) == 1 for word in run) and (run[1].gap == "" or "đ" not in run[-1].exact):
        return False
    if exact == "co":
        return (
            words[index].raw[0].isupper()
            or (index > 0 and not words[index - 1].raw.isalpha())
            or _is_ordinal(words, index - 1)
        )
    if exact in ("su", "sư"):
        return number
    if size == 1 and not exact.isascii():
        return exact in VALID_WITH_MARKS
    return True


def _is_next_to_number(words: list[Word], index: int) -> bool:
    """Whether lower-case letters are in the place of an arm: c21 ts, c.ts 21."""
    before = words[index - 1] if index else None
    return (
        before is not None
        and _is_soft_gap(words[index].gap)
        and (before.raw.isdecimal() or before.exact in tuple(LETTERS))
    )


def _stop_sign(exact: str, words: list[Word], index: int, size: int) -> bool:
    after = words[index + size] if index + size < len(words) else None
    begins_name = after is not None and after.gap == " " and after.raw[0].isupper() and after.raw[0].isalpha()
    last = exact.split()[-1]
    if last in ("mỹ", "mĩ", "my", "mi", "ngụy", "nguy"):
        # Mỹ Tho is a place and Ngụy a surname; "chống Mỹ" is no unit's nation.
        marked = last in ("mỹ", "mĩ", "ngụy") or size > 1
        return (
            marked
            and not begins_name
            and not (index and words[index - 1].folded in ("chong", "danh", "diet", "khang", "dong"))
        )
    if size == 1 and fold(exact) in ("du", "bi", "danh", "chong", "diet"):
        is_near_number = any(
            word.raw.isdecimal() or word.folded in ("doan", "lu") for word in words[max(0, index - 2) : index]
        )
        return exact in ("bị", "đánh", "chống", "diệt") or (exact == "dù" and is_near_number)
    return True


VALID_WITH_MARKS = {
    "đoàn",
    "lữ",
    "qđ",
    "sđ",
    "tđ",
    "đđ",
    "trđ",
    "trđoàn",
    "sđoàn",
    "tđoàn",
    "trđội",
    "đđội",
    "khu",
    "pháo",
    "cối",
    "của",
    "thuộc",
    "và",
    "tỉnh",
    "số",
    "thứ",
    "được",
    "đk",
    "đkz",
    "đc",
    "đv",
    "huế",
}


def _is_ordinal(words: list[Word], index: int) -> bool:
    return index >= 0 and words[index].folded in {"st", "nd", "rd", "th", "d", *ORDINALS}


def _number_tokens(words: list[Word], index: int) -> tuple[list[UnitToken], int]:
    word = words[index]
    following = words[index + 1] if index + 1 < len(words) and words[index + 1].gap == "" else None
    if len(word.raw) > 4 or (len(word.raw) > 3 and word.raw[0] == "0") or not int(word.raw):
        return [UnitToken("other", "", word.raw, word.gap)], 1
    number = str(int(word.raw))
    if following and following.folded in ("st", "nd", "rd", "th"):
        return [UnitToken("num", number, word.raw, word.gap, "ordinal")], 2
    ends_here = index + 2 >= len(words) or not (words[index + 2].gap == "" and words[index + 2].raw.isdecimal())
    if following and ends_here and following.exact in ("a", "b", "c", "d"):
        return [UnitToken("num", number, word.raw, word.gap, suffix=following.exact)], 2
    return [UnitToken("num", number, word.raw, word.gap)], 1


def _letter_tokens(words: list[Word], index: int) -> tuple[list[UnitToken], int]:
    word = words[index]
    following = words[index + 1] if index + 1 < len(words) else None
    before = words[index - 1] if index else None
    digits = following.raw if following and following.raw.isdecimal() and _is_soft_gap(following.gap) else ""
    glued = digits if following and following.gap == "" else ""
    if word.exact in tuple(LETTERS):
        return [UnitToken("letter", word.exact, word.raw, word.gap)], 1
    if (
        word.folded in BEFORE_NUMBER
        and following
        and (digits or (word.folded in ("mr", "sr") and following.folded in ROMAN))
    ):
        return [UnitToken("upper", BEFORE_NUMBER[word.folded], word.raw, word.gap)], 1
    if match := GLUED_ROMAN.fullmatch(word.folded):
        kind = BEFORE_NUMBER.get(match[1]) or LEXICON[match[1],].value
        return [UnitToken("upper", kind, word.raw, word.gap), UnitToken("num", ROMAN[match[2]], word.raw, "")], 1
    if match := GLUED_REGION.fullmatch(word.folded):
        region = "tt" if match[2] == "tth" else match[2]
        return [
            UnitToken("upper", LEXICON[match[1],].value, word.raw, word.gap),
            UnitToken("region", region, "", ""),
        ], 1
    if (match := GLUED_ARM.fullmatch(word.folded)) and (digits or word.exact.endswith(("bộ", "bo"))):
        level = match[1] if match[1] in LETTERS else LEXICON[match[1],].value
        arm = UnitToken("bo", "", "", "") if match[2] == "bo" else UnitToken("arm", ARM_SHORT[match[2]], "", "")
        return [UnitToken("letter", level, word.raw, word.gap), arm], 1
    if before and word.gap == "" and before.raw.isdecimal() and word.folded in ARM_SHORT:
        return [UnitToken("arm", ARM_SHORT[word.folded], word.raw, "")], 1
    if word.exact in ("bộ", "bo"):
        return [UnitToken("bo", "", word.raw, word.gap)], 1
    # Ba Gia, Năm Căn: a name of honour that begins with a numeral and continues with a capital.
    is_honour_name = (
        word.raw.istitle()
        and following
        and following.raw.istitle()
        and following.gap == " "
        and following.folded not in LEVEL_WORDS
    )
    if word.folded in ORDINALS or (word.exact in NUMERALS_VI and not is_honour_name):
        number = ORDINALS.get(word.folded) or NUMERALS_VI[word.exact]
        return [UnitToken("ordinal_word" if word.folded in ORDINALS else "numeral", number, word.raw, word.gap)], 1
    if before and word.folded in ROMAN and before.folded in ("khu", "qk", "lk", "pk", "doan"):
        return [UnitToken("roman", ROMAN[word.folded], word.raw, word.gap)], 1
    spaced = digits if word.raw == "Q" or (word.raw == "K" and following and following.gap == ".") else ""
    return _code_tokens(word, glued or spaced, len(words))


def _code_tokens(word: Word, digits: str, count: int) -> tuple[list[UnitToken], int]:
    code = word.exact + digits
    if word.exact == "h" and 0 < len(digits) <= 3:
        return [UnitToken("place_code", code, word.raw, word.gap)], 2
    if (word.exact == "k" and 0 < len(digits) <= 3) or (
        word.exact == "t" and len(digits) == 1 and digits in "123456789"
    ):
        return [UnitToken("code", code, word.raw, word.gap)], 2
    if word.exact == "q" and len(digits) == 3:
        return [UnitToken("code", code, word.raw, word.gap)], 2
    if (CODE.fullmatch(word.exact) or word.exact == "ct") and not digits and (word.raw.isupper() or count == 1):
        return [UnitToken("code", word.exact, word.raw, word.gap)], 1
    if (roman := ROMAN.get(word.exact)) and word.raw.isupper():
        return [UnitToken("roman", roman, word.raw, word.gap)], 1
    return [UnitToken("other", "", word.raw, word.gap)], 1


def _is_soft_gap(gap: str) -> bool:
    return gap.strip() in ("", ".", "-", ":", "#", "°", "'", "’", '"') and not re.search(r"\s-|-\s|\n", gap)
