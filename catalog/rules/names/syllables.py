"""The Vietnamese syllable: its parts, whether it can exist, and keys of what it sounds and looks like.

Source: docs/field/names.md, Pipeline, steps 3 and 4; the list of rimes is that of any Vietnamese grammar.
"""

import unicodedata
from functools import lru_cache

from catalog.rules.names.weights import FAMILY_PAIRS, GIVEN_PAIRS
from catalog.rules.text import canonical, fold

TONES = "\u0300\u0301\u0303\u0309\u0323"
ONSETS = ("ngh", "ng", "nh", "ch", "gh", "gi", "kh", "ph", "qu", "th", "tr", *"bcdđghklmnprstvx")
RIMES = frozenset(
    (
        "a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây e ec em en eng eo ep et "
        "ê "
        "êch êm ên ênh êp êt êu i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu o oa oac oach oai oam oan "
        "oang "
        "oanh oao oap oat oay oăc oăm oăn oăng oăt oe oen oeo oet oc oi om on ong ooc oong op ot ô ôc ôi ôm ôn ông ôp "
        "ôt ơ ơi ơm ơn ơp ơt u ua uân uâng uât uây uc uê uêch uên uênh ui um un ung uơ uôc uôi uôm uôn uông uôt up ut "
        "uy uya uych uyên uyêt uynh uyt uyu uyn uyp ư ưa ưc ưi ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu y yêm yên "
        "yêng yêt yêu"
    ).split()
)
# After qu the u is part of the consonant; these rimes exist only after qu.
AFTER_QU = frozenset("ên êt êch ynh yt ych yn yên yêt yp ơ ơi ơn ây ât ân âng".split())
FOLDED_RIMES = frozenset(fold(rime) for rime in RIMES | AFTER_QU)
CODAS = ("ch", "ng", "nh", *"cmnpt")
VOWELS = "aăâeêioôơuưy"

# Similar sounds at the start and at the end of a syllable (docs/field/names.md, Pipeline, step 4, phonetic). đ is a
# sound of its own.
START_CLASSES = {
    "v": "d",
    "d": "d",
    "gi": "d",
    "r": "d",
    "ch": "ch",
    "tr": "ch",
    "s": "s",
    "x": "s",
    "l": "n",
    "n": "n",
}
END_CLASSES = {"n": "n", "ng": "n", "nh": "n", "t": "t", "c": "t", "ch": "t"}
# Letters that are confused when worn or badly typed (docs/field/names.md, Pipeline, step 4, skeleton).
LOOKS = {
    **dict.fromkeys("nu", "n"),
    **dict.fromkeys("aop", "o"),
    **dict.fromkeys("hlbij", "l"),
    **dict.fromkeys("cge", "c"),
}
LOOK_PAIRS = frozenset(
    frozenset(pair) for pair in ("nu", "ao", "hl", "hb", "lb", "cg", "ce", "ge", "ij", "il", "jl", "op")
)


@lru_cache(maxsize=65536)
def tone(word: str) -> str:
    """The combining tone mark of a syllable, '' for the level tone."""
    return next((letter for letter in unicodedata.normalize("NFD", word) if letter in TONES), "")


@lru_cache(maxsize=65536)
def toneless(word: str) -> str:
    """The syllable without its tone; circumflexes, breves, horns and đ stay."""
    bare = "".join(letter for letter in unicodedata.normalize("NFD", word) if letter not in TONES)
    return unicodedata.normalize("NFC", bare)


@lru_cache(maxsize=65536)
def marked(word: str) -> bool:
    """Whether a token carries any Vietnamese mark."""
    return fold(word) != word.lower()


@lru_cache(maxsize=65536)
def parts(word: str) -> tuple[str, str, str]:
    """Onset, vowels and coda of a toneless (or folded) token; ('', word, '') if it is no syllable."""
    for onset in (*ONSETS, ""):
        rest = word[len(onset) :]
        if not word.startswith(onset) or not rest or rest[0] not in VOWELS:
            continue
        coda = next((ending for ending in CODAS if rest.endswith(ending) and len(rest) > len(ending)), "")
        middle = rest[: len(rest) - len(coda)] if coda else rest
        if all(letter in VOWELS for letter in middle):
            return onset, middle, coda
    # gi and qu alone: the vowel is in the onset.
    return ("g", "i", "") if word == "gi" else ("", word, "")


@lru_cache(maxsize=65536)
def is_syllable(word: str) -> bool:
    """Whether a lower-case token can be a Vietnamese syllable; marks count if there are any."""
    if word in ("gi", "gì", "gỉ"):
        return True
    bare = toneless(word)
    plain = bare.isascii()
    for onset in (*ONSETS, ""):
        rime = bare[len(onset) :]
        if not bare.startswith(onset) or not rime:
            continue
        # yên, yêu: only without an onset.
        if len(rime) > 1 and rime[0] == "y" and onset not in ("", "qu"):
            continue
        if rime in RIMES or (onset == "qu" and rime in AFTER_QU) or (plain and rime in FOLDED_RIMES):
            return True
        if onset == "gi" and (("i" + rime) in RIMES or ("i" + rime in FOLDED_RIMES and plain)):
            return True
    return False


@lru_cache(maxsize=65536)
def iy(word: str) -> str:
    """The word with i for y after h k l m s t v qu in an open syllable (Lý/Lí, Kỳ/Kì); never uy, ui, ay, ai."""
    bare = fold(word)
    if (len(bare) == 2 and bare[0] in "hklmstv" and bare[1] == "y") or bare == "quy":
        decomposed = unicodedata.normalize("NFD", word)
        index = decomposed.rfind("y")
        return canonical(decomposed[:index] + "i" + decomposed[index + 1 :])
    return word


@lru_cache(maxsize=65536)
def base(word: str) -> str:
    """The folded token with foreign spellings (f for ph) and i/y unified: every other key is built from it."""
    bare = iy(fold(word))
    return "ph" + bare[1:] if bare.startswith("f") else bare


@lru_cache(maxsize=65536)
def sound(word: str) -> str:
    """The phonetic key of a token."""
    onset, middle, coda = parts(base(word))
    return START_CLASSES.get(onset, onset) + middle + END_CLASSES.get(coda, coda)


@lru_cache(maxsize=65536)
def skeleton(word: str) -> str:
    """The key of a token for misreadings."""
    return "".join(LOOKS.get(letter, letter) for letter in base(word))


@lru_cache(maxsize=65536)
def initial(word: str) -> str:
    """The consonants of a token that abbreviates a name (`v`, `ng`, `tr`), '' for a longer token."""
    bare = fold(word)
    if bare in ("ng", "nh", "tr", "th", "ph", "kh", "ch", "gi", "qu", "ngh", "gh", "ngt") or len(bare) == 1:
        return bare
    return ""


@lru_cache(maxsize=65536)
def stored_keys(word: str) -> tuple[str, ...]:
    """Every key under which a stored token can be found."""
    if short := initial(word):
        return (f"!{short}",)
    bare = base(word)
    keys = [f"s:{sound(word)}", f"k:{skeleton(word)}", f"d:{bare}", f"^{bare[:1]}", f"^{bare[:2]}"]
    keys += [f"d:{bare[:index]}{bare[index + 1 :]}" for index in range(len(bare))] if len(bare) > 2 else []
    return tuple(dict.fromkeys(keys))


@lru_cache(maxsize=65536)
def query_keys(word: str, *, given: bool) -> tuple[str, ...]:
    """Every key under which a token of a query is looked up; a given name is never an initial."""
    if short := initial(word):
        return () if given else (f"^{short}", f"!{short}", f"!{short[:1]}")
    bare = base(word)
    keys = [f"s:{sound(word)}", f"k:{skeleton(word)}"]
    for pair in GIVEN_PAIRS | FAMILY_PAIRS:
        if bare in pair:
            keys += [f"s:{sound(other)}" for other in pair - {bare}]
    if len(bare) > 2:
        keys += [f"d:{bare}", *(f"d:{bare[:index]}{bare[index + 1 :]}" for index in range(len(bare)))]
    if not given:
        keys += [f"!{bare[:1]}", f"!{bare[:2]}"]
    return tuple(dict.fromkeys(keys))
