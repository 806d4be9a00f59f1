"""Simpler searches for names to compare with: folded words and trigrams in SQLite FTS5, and Whoosh's FuzzyTerm."""

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from catalog.management.benchmarks.fuzzy_baseline import fuzzy_names
from catalog.rules.text import fold, tokens

Search = Callable[[str], list[str]]


def fts5(names: Sequence[str], tokenizer: str) -> Search:
    """A search in a folded index in memory. With words every typed word must be in the name, with trigrams any; ranked
    by bm25. tokenizer: of FTS5. The search gives at most ten names."""
    base = sqlite3.connect(":memory:")
    base.execute(f"CREATE VIRTUAL TABLE names USING fts5(folded, name UNINDEXED, tokenize='{tokenizer}')")
    base.executemany("INSERT INTO names VALUES (?, ?)", ((fold(name), name) for name in names))
    trigrams = tokenizer.startswith("trigram")

    def search(text: str) -> list[str]:
        words = [token.folded for token in tokens(text)]
        if trigrams:
            text = " ".join(words)
            grams = dict.fromkeys(text[index : index + 3] for index in range(max(len(text) - 2, 0)))
            match = " OR ".join(f'"{gram}"' for gram in grams)
        else:
            match = " ".join(f'"{word}"' for word in words)
        if not match:
            return []
        rows = base.execute("SELECT name FROM names WHERE names MATCH ? ORDER BY rank LIMIT 10", [match])
        return [row[0] for row in rows]

    return search


def whoosh_fuzzy(names: Sequence[str]) -> tuple[Search, Callable[[], None]]:
    """A search for names with every typed word within one letter (see `fuzzy_names`), and a function that removes its
    files."""
    folder = Path(tempfile.mkdtemp(prefix="kyuc-bench-"))
    search = fuzzy_names(folder, names)
    return search, lambda: shutil.rmtree(folder, ignore_errors=True)
