"""The tokens of a unit as written: words parted where letters meet digits, then joined into phrases with a meaning."""

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
# Read only where a number follows; alone they are an arm, or nothing.
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

# What the next level's own words begin with.
LEVEL_WORDS = {"tieu", "trung", "dai", "su", "lu", "quan", "lien", "phan", "khu"}


@dataclass(frozen=True)
class Word:
    """A run of letters or of digits; `gap` is what stands between it and the word before."""

    raw: str
    exact: str
    folded: str
    gap: str


@dataclass(frozen=True)
class Token:
    """A phrase and its meaning. kind: as in `words.Sense`, or letter, num, code, place_code, bo, other."""

    kind: str
    value: str
    raw: str
    gap: str
    lang: str = ""
    suffix: str = ""

    @property
    def hard(self) -> bool:
        """Whether a comma, slash, dash or bracket parts it from the token before."""
        return bool(HARD.search(self.gap))

    @property
    def plain(self) -> str:
        """The words as written, folded, with single spaces."""
        return " ".join(fold(self.raw).split())


def typed_words(text: str) -> list[Word]:
    """The runs of letters and of digits in `text`, in order."""
    text = canonical(text)
    found, end = [], 0
    for run in WORD.finditer(text):
        raw = run[0]
        found.append(Word(raw, raw.lower(), fold(raw), text[end : run.start()]))
        end = run.end()
    return found


def tokens_of(words: list[Word]) -> list[Token]:
    """The words joined into phrases with a meaning, longest first."""
    found: list[Token] = []
    at = 0
    while at < len(words):
        made, used = _phrase(words, at) or (_number if words[at].raw.isdecimal() else _letters)(words, at)
        # What is glued to letters that mean nothing belongs to them: a file number, a grid reference.
        if found and made[0].gap == "" and found[-1].kind == "other" and made[0].kind != "hq":
            made = [Token("other", "", made[0].raw, "")]
        found += made
        at += used
    return found


def _phrase(words: list[Word], at: int) -> tuple[list[Token], int] | None:
    for size in range(min(LONGEST_PHRASE, len(words) - at), 0, -1):
        taken = words[at : at + size]
        sense = LEXICON.get(tuple(word.folded for word in taken))
        if sense and all(map(_joins, taken[1:])) and _meant(sense, words, at, size):
            raw = " ".join(word.raw for word in taken)
            return [Token(sense.kind, sense.value, raw, taken[0].gap, sense.lang)], size
    return None


def _joins(word: Word) -> bool:
    return word.gap.strip() in ("", ".", "-", "'", "’") or (word.raw.isdecimal() and word.gap == ",")


def _meant(sense: Sense, words: list[Word], at: int, size: int) -> bool:
    """Whether a phrase that folds alike is really that phrase here."""
    taken = words[at : at + size]
    exact = " ".join(word.exact for word in taken)
    raw = "".join(word.raw for word in taken)
    number = at + size < len(words) and words[at + size].raw.isdecimal() and _soft(words[at + size].gap)
    if sense.caps and not (raw.isupper() or (sense.kind == "arm" and _by_number(words, at))):
        return False
    if exact in BEFORE_NUMBER and number:
        return False
    if sense.kind in ("nation", "foreign_arm", "against"):
        return _stop_sign(exact, words, at, size)
    # Đ. Đ. and not d, d; đoàn, not đoạn or đoán; Co. with its number, not cô.
    if size == 2 and all(len(word.raw) == 1 for word in taken) and (taken[1].gap == "" or "đ" not in taken[-1].exact):
        return False
    if exact == "co":
        return words[at].raw[0].isupper() or (at > 0 and not words[at - 1].raw.isalpha()) or _ordinal(words, at - 1)
    if exact in ("su", "sư"):
        return number
    if size == 1 and not exact.isascii():
        return exact in EXACT
    return True


def _by_number(words: list[Word], at: int) -> bool:
    """Whether small letters stand where an arm's letters do: c21 ts, c.ts 21."""
    before = words[at - 1] if at else None
    return before is not None and _soft(words[at].gap) and (before.raw.isdecimal() or before.exact in tuple(LETTERS))


def _stop_sign(exact: str, words: list[Word], at: int, size: int) -> bool:
    after = words[at + size] if at + size < len(words) else None
    named = after is not None and after.gap == " " and after.raw[0].isupper() and after.raw[0].isalpha()
    last = exact.split()[-1]
    if last in ("mỹ", "mĩ", "my", "mi", "ngụy", "nguy"):
        # Mỹ Tho is a place and Ngụy a surname; "chống Mỹ" is no unit's nation.
        marked = last in ("mỹ", "mĩ", "ngụy") or size > 1
        return marked and not named and not (at and words[at - 1].folded in ("chong", "danh", "diet", "khang", "dong"))
    if size == 1 and fold(exact) in ("du", "bi", "danh", "chong", "diet"):
        near = any(word.raw.isdecimal() or word.folded in ("doan", "lu") for word in words[max(0, at - 2) : at])
        return exact in ("bị", "đánh", "chống", "diệt") or (exact == "dù" and near)
    return True


EXACT = {
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


def _ordinal(words: list[Word], at: int) -> bool:
    return at >= 0 and words[at].folded in {"st", "nd", "rd", "th", "d", *ORDINALS}


def _number(words: list[Word], at: int) -> tuple[list[Token], int]:
    word = words[at]
    after = words[at + 1] if at + 1 < len(words) and words[at + 1].gap == "" else None
    if len(word.raw) > 4 or (len(word.raw) > 3 and word.raw[0] == "0") or not int(word.raw):
        return [Token("other", "", word.raw, word.gap)], 1
    number = str(int(word.raw))
    if after and after.folded in ("st", "nd", "rd", "th"):
        return [Token("num", number, word.raw, word.gap, "ordinal")], 2
    alone = at + 2 >= len(words) or not (words[at + 2].gap == "" and words[at + 2].raw.isdecimal())
    if after and alone and after.exact in ("a", "b", "c", "d"):
        return [Token("num", number, word.raw, word.gap, suffix=after.exact)], 2
    return [Token("num", number, word.raw, word.gap)], 1


def _letters(words: list[Word], at: int) -> tuple[list[Token], int]:
    word = words[at]
    after = words[at + 1] if at + 1 < len(words) else None
    before = words[at - 1] if at else None
    digits = after.raw if after and after.raw.isdecimal() and _soft(after.gap) else ""
    glued = digits if after and after.gap == "" else ""
    if word.exact in tuple(LETTERS):
        return [Token("letter", word.exact, word.raw, word.gap)], 1
    if word.folded in BEFORE_NUMBER and after and (digits or (word.folded in ("mr", "sr") and after.folded in ROMAN)):
        return [Token("upper", BEFORE_NUMBER[word.folded], word.raw, word.gap)], 1
    if found := GLUED_ROMAN.fullmatch(word.folded):
        kind = BEFORE_NUMBER.get(found[1]) or LEXICON[found[1],].value
        return [Token("upper", kind, word.raw, word.gap), Token("num", ROMAN[found[2]], word.raw, "")], 1
    if found := GLUED_REGION.fullmatch(word.folded):
        region = "tt" if found[2] == "tth" else found[2]
        return [Token("upper", LEXICON[found[1],].value, word.raw, word.gap), Token("region", region, "", "")], 1
    if (found := GLUED_ARM.fullmatch(word.folded)) and (digits or word.exact.endswith(("bộ", "bo"))):
        level = found[1] if found[1] in LETTERS else LEXICON[found[1],].value
        arm = Token("bo", "", "", "") if found[2] == "bo" else Token("arm", ARM_SHORT[found[2]], "", "")
        return [Token("letter", level, word.raw, word.gap), arm], 1
    if before and word.gap == "" and before.raw.isdecimal() and word.folded in ARM_SHORT:
        return [Token("arm", ARM_SHORT[word.folded], word.raw, "")], 1
    if word.exact in ("bộ", "bo"):
        return [Token("bo", "", word.raw, word.gap)], 1
    # Ba Gia, Năm Căn: a name of honour begins with a numeral, and goes on with a capital.
    honour = (
        word.raw.istitle() and after and after.raw.istitle() and after.gap == " " and after.folded not in LEVEL_WORDS
    )
    if word.folded in ORDINALS or (word.exact in NUMERALS_VI and not honour):
        number = ORDINALS.get(word.folded) or NUMERALS_VI[word.exact]
        return [Token("ordinal_word" if word.folded in ORDINALS else "numeral", number, word.raw, word.gap)], 1
    if before and word.folded in ROMAN and before.folded in ("khu", "qk", "lk", "pk", "doan"):
        return [Token("roman", ROMAN[word.folded], word.raw, word.gap)], 1
    spaced = digits if word.raw == "Q" or (word.raw == "K" and after and after.gap == ".") else ""
    return _code(word, glued or spaced, len(words))


def _code(word: Word, digits: str, count: int) -> tuple[list[Token], int]:
    whole = word.exact + digits
    if word.exact == "h" and 0 < len(digits) <= 3:
        return [Token("place_code", whole, word.raw, word.gap)], 2
    if (word.exact == "k" and 0 < len(digits) <= 3) or (
        word.exact == "t" and len(digits) == 1 and digits in "123456789"
    ):
        return [Token("code", whole, word.raw, word.gap)], 2
    if word.exact == "q" and len(digits) == 3:
        return [Token("code", whole, word.raw, word.gap)], 2
    if (CODE.fullmatch(word.exact) or word.exact == "ct") and not digits and (word.raw.isupper() or count == 1):
        return [Token("code", word.exact, word.raw, word.gap)], 1
    if (roman := ROMAN.get(word.exact)) and word.raw.isupper():
        return [Token("roman", roman, word.raw, word.gap)], 1
    return [Token("other", "", word.raw, word.gap)], 1


def _soft(gap: str) -> bool:
    return gap.strip() in ("", ".", "-", ":", "#", "°", "'", "’", '"') and not re.search(r"\s-|-\s|\n", gap)
