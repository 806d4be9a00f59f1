"""What an index keeps beside the words themselves, so that questions of very common words cost no more than rare ones.

Vietnamese is written in few syllables, each of them frequent. A phrase of two of the most frequent ones (`tiểu đoàn`,
`của các`) has nearly every page looked through word by word; kept as one word, it is looked up. So it is with words of
which two letters are known. Source of the first: "common grams", as large digital libraries index their phrases.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

# Folded: the most frequent words of the language, then of wartime papers (general knowledge of such texts). Few, since
# every page pays for each pair of them that it holds.
VERY_COMMON = frozenset(
    """
    va cua la cac co cho trong duoc voi mot nguoi nhung da khong ngay den khi ve ra tai theo nam nay do o tu nhu de vao
    len lam con se thi ma bi o ong anh chi em
    dong doan tieu dai trung doi quan so don vi mat tran bo su duong thang xa huyen tinh hy sinh nguyen van thi
    """.split()
)
LETTERS = 2


# What stands between the two words of a pair: folded, exact, folded and in the title.
FOLDED_PAIR, EXACT_PAIR, TITLE_PAIR = "_", "=", "^"


def pairs_of(
    title_exact: Sequence[str], title_folded: Sequence[str], body_exact: Sequence[str], body_folded: Sequence[str]
) -> set[str]:
    """Neighbouring very common words: folded `a_b` and exact `a=b` of title and body, and folded ones of the title once
    more as `a^b`. The words are as `rules.text.analysed` gives them."""
    pairs: set[str] = set()
    for exact, folded, signs in (
        (title_exact, title_folded, FOLDED_PAIR + TITLE_PAIR),
        (body_exact, body_folded, FOLDED_PAIR),
    ):
        before: tuple[str, str] | None = None
        for word in zip(exact, folded, strict=True):
            if word[1] not in VERY_COMMON:
                before = None
                continue
            if before is not None:
                pairs.add(f"{before[0]}{EXACT_PAIR}{word[0]}")
                for sign in signs:
                    pairs.add(f"{before[1]}{sign}{word[1]}")
            before = word
    return pairs


def pairs_within(spelled: Sequence[str], folded: Sequence[str], sign: str) -> list[str]:
    """Those pairs of a phrase that `pairs_of` keeps, joined by `sign`; empty where none of them is very common.

    spelled: the phrase's words as they shall stand in the pair; folded: the same words folded.
    """
    return [
        sign.join(pair)
        for pair, (one, two) in zip(pairwise(spelled), pairwise(folded), strict=True)
        if one in VERY_COMMON and two in VERY_COMMON
    ]


def beginnings_of(title: Iterable[str], body: Iterable[str]) -> set[str]:
    """The first two letters of every folded word, and of words of the title as `^ab` too; a word of one letter as it
    is."""
    in_title = {word[:LETTERS] for word in title}
    return {word[:LETTERS] for word in set(body)} | in_title | {f"^{two}" for two in in_title}
