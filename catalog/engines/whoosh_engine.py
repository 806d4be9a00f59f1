"""The default engine: Whoosh-Reloaded 2.7.5, pure Python, public interface only.

Nothing of the text is stored. Facets, dates and sort keys of every document are held as one stored value, read once a
generation into memory; Whoosh finds and scores, the counting is ours.
"""

import itertools
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from whoosh import index, query
from whoosh.analysis import SpaceSeparatedTokenizer
from whoosh.fields import ID, KEYWORD, STORED, TEXT, Schema
from whoosh.index import LockError

from catalog.engines.generations import Generations
from catalog.engines.interface import Document, EngineError, Hit, Results, SearchRequest
from catalog.engines.query import All, Either, Node, Not, Phrase, Prefix, Word
from catalog.rules.text import bigrams, tokens

VERSION = 1  # raise when the schema changes: an older index is then not read but rebuilt
BATCH = 1000
PREFIX_WORDS = 64


def _schema() -> Schema:
    # Pickled with the index: Whoosh's own classes only, so that no move of ours can break a standing index.
    words = TEXT(analyzer=SpaceSeparatedTokenizer(), phrase=False)
    return Schema(
        key=ID(unique=True, stored=True),
        kind=ID,
        audience=ID,
        title=words,
        folded=words,
        exact=words,
        pairs=KEYWORD(scorable=False),
        row=STORED,
    )


@dataclass(frozen=True)
class _Row:
    key: str
    kind: str
    facets: dict[str, tuple[str, ...]]
    date_from: int | None
    date_to: int | None
    number: str
    newest: float


class WhooshEngine:
    """Whoosh in a folder. One writer at a time; readers see whole commits."""

    def __init__(self, folder: Path) -> None:
        """folder: where indexes live; each is a folder within it, named by version and generation."""
        self._generations = Generations(folder, "whoosh", VERSION)
        self._lock = threading.Lock()
        self._open: tuple[str, Any, Any, dict[int, _Row]] | None = None

    def search(self, request: SearchRequest) -> Results:
        """See Engine."""
        try:
            searcher, rows = self._searcher()
            asked = [query.Or([query.Term("audience", one) for one in sorted(request.audiences)])]
            if request.query is not None:
                asked.append(_compile(request.query, searcher))
            scored = request.sort == "relevance" and request.query is not None
            found = searcher.search(query.And(asked), limit=None, scored=scored, optimize=False)
            ranked = [(found.docnum(at), found.score(at) if scored else 0.0) for at in range(found.scored_length())]
            if not scored:
                ranked = [(docnum, 0.0) for docnum in found.docs()]
        except EngineError:
            raise
        except Exception as error:
            # A damaged index surfaces as nearly any exception; to the caller all mean "not now".
            raise EngineError(f"{type(error).__name__}: {error}") from error
        return _answer(request, [(rows[docnum], score) for docnum, score in ranked])

    def apply(self, replace: Iterable[Document], remove: Iterable[str]) -> None:
        """See Engine."""
        with self._lock:
            try:
                folder = self._generations.current()
            except EngineError:
                folder = self._fresh_folder()
                self._generations.take_up(folder)
            self._write(folder, replace, remove)

    def rebuild(self, documents: Iterable[Document]) -> int:
        """See Engine."""
        with self._lock:
            folder = self._fresh_folder()
            total = 0
            source = iter(documents)
            while batch := list(itertools.islice(source, BATCH)):
                self._write(folder, batch, [])
                total += len(batch)
            self._generations.take_up(folder)
            self._generations.drop_others(folder)
        return total

    def keys(self) -> set[str]:
        """See Engine."""
        return {row.key for row in self._searcher()[1].values()}

    def words_beginning(self, prefix: str, limit: int) -> list[str]:
        """See Engine."""
        searcher, _rows = self._searcher()
        reader = searcher.reader()
        words = [term.decode() for term in itertools.islice(reader.expand_prefix("folded", prefix), 400)]
        return sorted(words, key=lambda word: (-reader.doc_frequency("folded", word), word))[:limit]

    def _fresh_folder(self) -> Path:
        folder = self._generations.fresh()
        index.create_in(str(folder), _schema())
        return folder

    def _write(self, folder: Path, replace: Iterable[Document], remove: Iterable[str]) -> None:
        try:
            writer = index.open_dir(str(folder), schema=_schema()).writer(limitmb=128)
        except (LockError, index.IndexError, OSError) as error:
            raise EngineError(f"{type(error).__name__}: {error}") from error
        try:
            for key in remove:
                writer.delete_by_term("key", key)
            for document in replace:
                writer.update_document(**_fields(document))
            writer.commit()
        except Exception as error:
            writer.cancel()
            raise EngineError(f"{type(error).__name__}: {error}") from error

    def _searcher(self) -> tuple[Any, dict[int, _Row]]:
        folder = self._generations.current()
        try:
            with self._lock:
                name = folder.name
                if self._open is None or self._open[0] != name:
                    opened = index.open_dir(str(folder), schema=_schema())
                    searcher = opened.searcher()
                    self._open = (name, opened, searcher, _rows(searcher))
                elif not self._open[2].up_to_date():
                    searcher = self._open[2].refresh()
                    self._open = (name, self._open[1], searcher, _rows(searcher))
                return self._open[2], self._open[3]
        except Exception as error:
            raise EngineError(f"{type(error).__name__}: {error}") from error


def _rows(searcher: Any) -> dict[int, _Row]:
    reader = searcher.reader()
    return {docnum: _Row(**fields["row"]) for docnum, fields in reader.iter_docs()}


def _fields(document: Document) -> dict[str, Any]:
    title, body = tokens(document.title), tokens(document.body)
    pairs: list[str] = []
    for part in (title, body):
        folded, exact = [token.folded for token in part], [token.exact for token in part]
        pairs += bigrams(folded)
        pairs += ["=" + pair for pair in bigrams(exact)]
    return {
        "key": document.key,
        "kind": document.kind,
        "audience": document.audience,
        "title": " ".join(token.folded for token in title),
        "folded": " ".join(token.folded for token in body),
        "exact": " ".join(token.exact for token in (*title, *body)),
        "pairs": " ".join(dict.fromkeys(pairs)),
        "row": {
            "key": document.key,
            "kind": document.kind,
            "facets": dict(document.facets),
            "date_from": document.date_from,
            "date_to": document.date_to,
            "number": document.number,
            "newest": document.newest,
        },
    }


def _compile(node: Node, searcher: Any) -> Any:
    match node:
        case Word(exact, folded, marked):
            anywhere = query.Or([query.Term("title", folded, boost=3.0), query.Term("folded", folded)])
            return query.And([anywhere, query.Term("exact", exact)]) if marked else anywhere
        case Prefix(folded):
            reader = searcher.reader()
            found = {
                term.decode()
                for name in ("folded", "title")
                for term in itertools.islice(reader.expand_prefix(name, folded), PREFIX_WORDS)
            }
            terms = [query.Term(name, word) for word in sorted(found) for name in ("folded", "title")]
            return query.Or(terms) if terms else query.NullQuery
        case Phrase(words):
            steps = [
                query.Term(
                    "pairs",
                    f"={one.exact}_{two.exact}" if one.marked and two.marked else f"{one.folded}_{two.folded}",
                )
                for one, two in itertools.pairwise(words)
            ]
            return query.And(steps + [_compile(word, searcher) for word in words])
        case Not(inner):
            return query.Not(_compile(inner, searcher))
        case All(nodes):
            return query.And([_compile(one, searcher) for one in nodes])
        case Either(nodes):
            return query.Or([_compile(one, searcher) for one in nodes])


def _answer(request: SearchRequest, found: list[tuple[_Row, float]]) -> Results:
    def passes(row: _Row, leaving_out: str = "") -> bool:
        if leaving_out != "kind" and row.kind not in request.kinds:
            return False
        if request.date_from is not None and (row.date_to is None or row.date_to < request.date_from):
            return False
        if request.date_to is not None and (row.date_from is None or row.date_from > request.date_to):
            return False
        return all(
            name == leaving_out or any(value in row.facets.get(name, ()) for value in values)
            for name, values in request.filters.items()
        )

    kept = [(row, score) for row, score in found if passes(row)]
    facets: dict[str, list[tuple[str, int]]] = {}
    for name in request.facets:
        rows = [row for row, _ in found if passes(row, name)] if name in request.filters else [row for row, _ in kept]
        counted = Counter(value for row in rows for value in row.facets.get(name, ()))
        facets[name] = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    match request.sort:
        case "date":
            kept.sort(key=lambda pair: (pair[0].date_from is None, pair[0].date_from or 0, pair[0].key))
        case "number":
            kept.sort(key=lambda pair: (pair[0].number, pair[0].key))
        case "newest":
            kept.sort(key=lambda pair: (-pair[0].newest, pair[0].key))
        case _:
            kept.sort(key=lambda pair: (-pair[1], pair[0].key))
    return Results(
        total=len(kept),
        hits=[Hit(row.key, score) for row, score in kept[request.offset : request.offset + request.limit]],
        kinds=Counter(row.kind for row, _ in found if passes(row, "kind")),
        facets=facets,
    )
