"""Whoosh's FuzzyTerm over folded names, as a baseline for the benchmark of the people search. Used nowhere else."""

from collections.abc import Callable, Iterable
from pathlib import Path

from whoosh.analysis import SpaceSeparatedTokenizer
from whoosh.fields import STORED, TEXT, Schema
from whoosh.index import create_in
from whoosh.query import And, FuzzyTerm

from catalog.rules.text import fold, tokens


def fuzzy_names(folder: Path, names: Iterable[str]) -> Callable[[str], list[str]]:
    """Build an index of folded names in the empty `folder`. Returns a search function with at most ten results: every
    word of the query must be within one letter of a word of the name, with an equal first letter."""
    index = create_in(str(folder), Schema(folded=TEXT(analyzer=SpaceSeparatedTokenizer()), name=STORED))
    with index.writer(limitmb=256) as writer:
        for name in names:
            writer.add_document(folded=fold(name), name=name)
    searcher = index.searcher()

    def search(text: str) -> list[str]:
        words = [token.folded for token in tokens(text)]
        if not words:
            return []
        query = And([FuzzyTerm("folded", word, maxdist=1, prefixlength=1) for word in words])
        return [hit["name"] for hit in searcher.search(query, limit=10)]

    return search
