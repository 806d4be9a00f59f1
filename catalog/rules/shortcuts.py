"""Extra terms in the index that make queries of very common words as cheap as those of rare ones.

Vietnamese is written with few syllables, and each is frequent. A phrase of two very frequent ones (`tiểu đoàn`,
`của các`) would need a look at the positions in nearly every page; indexed as one term, it is a single look-up. The
same holds for word beginnings of two letters. Source of the pairs: "common grams", as large digital libraries index
phrases.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

# Folded: the most frequent words of the language, then of wartime papers (general knowledge of such texts). A short
# list, since each pair of them makes the index entry of a page larger.
VERY_COMMON = frozenset(
    """
    va cua la cac co cho trong duoc voi mot nguoi nhung da khong ngay den khi ve ra tai theo nam nay do o tu nhu de vao
    len lam con se thi ma bi o ong anh chi em
    dong doan tieu dai trung doi quan so don vi mat tran bo su duong thang xa huyen tinh hy sinh nguyen van thi
    """.split()
)
LETTERS = 2


# The sign between the two words of a pair: folded, exact, folded and in the title.
FOLDED_PAIR, EXACT_PAIR, TITLE_PAIR = "_", "=", "^"


def pairs_of(
    title_exact: Sequence[str], title_folded: Sequence[str], body_exact: Sequence[str], body_folded: Sequence[str]
) -> set[str]:
    """Pairs of neighbouring very common words: folded `a_b` and exact `a=b` of title and body, and the folded ones of
    the title also as `a^b`. The arguments are as `rules.text.exact_and_folded` returns them."""
    pairs: set[str] = set()
    for exact, folded, joiners in (
        (title_exact, title_folded, FOLDED_PAIR + TITLE_PAIR),
        (body_exact, body_folded, FOLDED_PAIR),
    ):
        previous: tuple[str, str] | None = None
        for current in zip(exact, folded, strict=True):
            if current[1] not in VERY_COMMON:
                previous = None
                continue
            if previous is not None:
                pairs.add(f"{previous[0]}{EXACT_PAIR}{current[0]}")
                for joiner in joiners:
                    pairs.add(f"{previous[1]}{joiner}{current[1]}")
            previous = current
    return pairs


def pairs_within(spelling: Sequence[str], folded: Sequence[str], joiner: str) -> list[str]:
    """The pairs of a phrase that `pairs_of` puts into the index, joined by `joiner`; empty if none is very common.

    spelling: the words of the phrase as written in the pair; folded: the same words folded.
    """
    return [
        joiner.join(pair)
        for pair, (word, next_word) in zip(pairwise(spelling), pairwise(folded), strict=True)
        if word in VERY_COMMON and next_word in VERY_COMMON
    ]


def beginnings_of(title: Iterable[str], body: Iterable[str]) -> set[str]:
    """The first two letters of every folded word, for words of the title also as `^ab`; a word of one letter as it
    is."""
    in_title = {word[:LETTERS] for word in title}
    return {word[:LETTERS] for word in set(body)} | in_title | {f"^{letters}" for letters in in_title}
