"""Reading a typed or transcribed name; keys under which candidates are looked up."""

import re
import unicodedata
from functools import lru_cache

from catalog.rules.text import canonical, fold, has_marks

MOST_TOKENS = 6
HONORIFIC = re.compile(r"^(liệt\s+s[ĩỹ]|ls|đ/c|đồng chí|ông|bà|anh|chị|bác s[ĩỹ])[\s.]+", re.IGNORECASE)
ALIAS = re.compile(r"[(\[,]?\s*\b(?:tức|bí danh|tên khác)\b\s*:?\s*([^)\],;]+)[)\]]?", re.IGNORECASE)
REPORT = re.compile(r"\(\(([^)]*)\)\)")
NUMBER = re.compile(r"(?:\(?\s*số hiệu\s*)?\b\d{4,}\b\s*\)?", re.IGNORECASE)
TONES = {"s": "\u0301", "f": "\u0300", "r": "\u0309", "x": "\u0303", "j": "\u0323"}
DOUBLES = (("aa", "â"), ("ee", "ê"), ("oo", "ô"), ("aw", "ă"), ("ow", "ơ"), ("uw", "ư"), ("dd", "đ"))
SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdđghklmnprstvx])?[aăâeêioôơuưy]{1,3}(?:ch|ng|nh|[cmnpt])?"
)
# Sounds alike at the start and at the end of a syllable (5.1 step 4, phonetic).
STARTS = (("gi", "d"), ("v", "d"), ("r", "d"), ("ch", "tr"), ("x", "s"), ("l", "n"))


def readings(text: str) -> tuple[list[str], str]:
    """Every reading of a name, the plainest first, and the service number behind it ('' where none). Never raises."""
    text = canonical(text[:300])
    number = "".join(re.findall(r"\d{4,}", text)[:1])
    inside = REPORT.findall(text)
    aliases = [found.strip() for found in ALIAS.findall(text)]
    plain = ALIAS.sub(" ", REPORT.sub(" ", NUMBER.sub(" ", text)))
    read: list[str] = []
    for one in [plain, *inside, *aliases]:
        one = HONORIFIC.sub("", one.strip())
        orders = [one]
        if "," in one:
            first, _, last = one.partition(",")
            orders = [f"{last} {first}", f"{first} {last}"]
        for order in orders:
            tidy = " ".join(re.sub(r"[-.,()\[\]/_]+", " ", order).split())
            if tidy:
                read += [tidy, *_telex(tidy)]
    return list(dict.fromkeys(read)), number


def name_keys(text: str, *, asked: bool = False) -> tuple[str, ...]:
    """Keys: family with given, given with any one middle; sounds merged, so that candidates meet.

    A stored name also has the key of its given name alone; one `asked` for has it only where it holds initials, since
    that key finds very many.
    """
    keys: list[str] = []
    for reading in readings(text)[0]:
        words = [sound(word) for word in fold(reading).split()]
        if not 2 <= len(words) <= MOST_TOKENS:
            continue
        pairs = [f"{words[0]} {words[-1]}", *(f"{word} {words[-1]}" for word in words[1:-1])]
        # Given name written first: its pairs are those of the order turned round.
        turned = [f"{words[1]} {words[0]}", f"{words[-1]} {words[0]}"] if len(words) > 2 else []
        keys += pairs + turned
        if not asked or any(len(word) <= 2 for word in words[:-1]):
            keys.append(f"~ {words[-1]}")
    return tuple(dict.fromkeys(keys))


@lru_cache(maxsize=65536)
def sound(word: str) -> str:
    """A folded syllable with what sounds alike made one (i/y too)."""
    word = word.replace("y", "i")
    for start, merged in STARTS:
        if word.startswith(start) and len(word) > len(start):
            word = merged + word[len(start) :]
            break
    return re.sub(r"(?:ng|nh)$", "n", re.sub(r"c$", "t", re.sub(r"ch$", "t", word)))


def _telex(text: str) -> list[str]:
    """The text decoded as Telex, where every changed word becomes a syllable; never in place of the text."""
    if has_marks(text) or not text.isascii():
        return []
    decoded = [_telex_word(word) for word in text.split()]
    return [" ".join(decoded)] if any(has_marks(word) for word in decoded) else []


@lru_cache(maxsize=65536)
def _telex_word(word: str) -> str:
    low, tone = word.lower(), ""
    if len(low) > 2 and (low[-1] in TONES or (low[-1] in "nmgchtp" and any(letter in "sfrxj" for letter in low[2:-1]))):
        at = max((low.rfind(letter) for letter in TONES if low.rfind(letter) >= 2), default=-1)
        if at > 0:
            tone, low = TONES[low[at]], low[:at] + low[at + 1 :]
    low = low.replace("uow", "ươ").replace("uwow", "ươ")
    for typed, letter in DOUBLES:
        low = low.replace(typed, letter)
    if not SYLLABLE.fullmatch(low):
        return word
    if tone:
        marked = [at for at, letter in enumerate(low) if letter in "ăâêôơư"]
        vowels = [
            at
            for at, letter in enumerate(low)
            if letter in "aăâeêioôơuưy" and not (at == 1 and low[:2] in ("qu", "gi") and len(low) > 2)
        ]
        if not vowels:
            return word
        closed = low[-1] not in "aăâeêioôơuưy"
        at = marked[-1] if marked else vowels[-1] if closed else vowels[-2] if len(vowels) > 1 else vowels[0]
        low = unicodedata.normalize("NFC", low[: at + 1] + tone + low[at + 1 :])
    return canonical(low).capitalize()
