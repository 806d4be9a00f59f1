"""Whoosh's FuzzyTerm over folded names: what the benchmark of people is compared with. Nothing else uses it."""

from collections.abc import Callable, Iterable
from pathlib import Path

from whoosh.analysis import SpaceSeparatedTokenizer
from whoosh.fields import STORED, TEXT, Schema
from whoosh.index import create_in
from whoosh.query import And, FuzzyTerm

from catalog.rules.text import fold, tokens


def fuzzy_names(folder: Path, names: Iterable[str]) -> Callable[[str], list[str]]:
    """A plain index of folded names in `folder`, an empty one. Every word asked for must be within one letter of a word
    of the name, the first letter equal. Returns a search giving at most ten names."""
    index = create_in(str(folder), Schema(folded=TEXT(analyzer=SpaceSeparatedTokenizer()), name=STORED))
    with index.writer(limitmb=256) as writer:
        for name in names:
            writer.add_document(folded=fold(name), name=name)
    searcher = index.searcher()

    def search(text: str) -> list[str]:
        words = [token.folded for token in tokens(text)]
        if not words:
            return []
        asked = And([FuzzyTerm("folded", word, maxdist=1, prefixlength=1) for word in words])
        return [hit["name"] for hit in searcher.search(asked, limit=10)]

    return search
