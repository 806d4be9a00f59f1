"""What a catalogue would otherwise have: folded words in SQLite FTS5, its trigrams, and Whoosh's FuzzyTerm."""

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from catalog.management.benchmarks.fuzzy_baseline import fuzzy_names
from catalog.rules.text import fold, tokens

Search = Callable[[str], list[str]]


def fts5(names: Sequence[str], tokenizer: str) -> Search:
    """A folded index in memory. Words: every word as typed must stand in the name, ranked by bm25; trigrams: any
    may."""
    base = sqlite3.connect(":memory:")
    base.execute(f"CREATE VIRTUAL TABLE names USING fts5(folded, name UNINDEXED, tokenize='{tokenizer}')")
    base.executemany("INSERT INTO names VALUES (?, ?)", ((fold(name), name) for name in names))
    trigrams = tokenizer.startswith("trigram")

    def search(text: str) -> list[str]:
        words = [token.folded for token in tokens(text)]
        if trigrams:
            whole = " ".join(words)
            grams = dict.fromkeys(whole[at : at + 3] for at in range(max(len(whole) - 2, 0)))
            match = " OR ".join(f'"{gram}"' for gram in grams)
        else:
            match = " ".join(f'"{word}"' for word in words)
        if not match:
            return []
        rows = base.execute("SELECT name FROM names WHERE names MATCH ? ORDER BY rank LIMIT 10", [match])
        return [row[0] for row in rows]

    return search


def whoosh_fuzzy(names: Sequence[str]) -> tuple[Search, Callable[[], None]]:
    """Every word within one letter (FuzzyTerm, first letter kept), all needed; and how to clear up."""
    folder = Path(tempfile.mkdtemp(prefix="kyuc-bench-"))
    search = fuzzy_names(folder, names)
    return search, lambda: shutil.rmtree(folder, ignore_errors=True)
