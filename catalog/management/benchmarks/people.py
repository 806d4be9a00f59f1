"""Benchmark of the search for people on invented names: how often the right one comes first, and how fast."""

import csv
import io
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from statistics import quantiles
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import connection

from catalog.interchange.invented.names import invented_names
from catalog.interchange.mention_tables import import_mentions
from catalog.management.benchmarks.baselines import Search, fts5, whoosh_fuzzy
from catalog.management.benchmarks.mangling import SINGLES, STACKED, information_left, mangle
from catalog.records.models import Mention
from catalog.rules.names import read_name
from catalog.rules.text import canonical, fold
from catalog.search.people import PersonQuery, find_people

Say = Callable[[str], Any]
RANKS = 10
NAMES_A_PAGE, NAMES_A_FILE = 20, 200
# Whoosh's fuzzy search is so slow that only a part of the queries is measured.
WHOOSH_QUERIES = 300


@dataclass
class Tally:
    """The results of the queries of one way of mangling. times, worked: milliseconds of wall time and of this process's
    CPU for each query."""

    queries: int = 0
    unique: int = 0
    first: int = 0
    ten: int = 0
    reciprocal: float = 0.0
    answers: int = 0
    false: int = 0
    times: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Add another tally to this one."""
        for name in ("queries", "unique", "first", "ten", "reciprocal", "answers", "false"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.times += other.times
        self.worked += other.worked


@dataclass(frozen=True)
class MangledName:
    """A mangled name, the true name, and whether no other name of the archive fits what is left of it."""

    text: str
    truth: str
    classes: tuple[str, ...]
    unique: bool


def measure_people(*, names: int, queries: int, each: int, baselines: bool, say: Say, progress: Say) -> None:
    """Build the archive unless it exists, run the queries, and print the tables.

    names: mentions in the archive; queries: names to mangle in two ways at once; each: names to mangle in each single
    way; baselines: whether to measure the baselines too.
    """
    archive = invented_names(names)
    _build(archive, say, progress)
    distinct = list(dict.fromkeys(map(canonical, archive)))
    say(f"{len(archive):,} mentions, {len(distinct):,} distinct names\n")
    draw = random.Random(1337)  # noqa: S311 — reproducible on purpose
    sample = draw.sample(distinct, min(queries, len(distinct)))
    singles = [(name,) for name in SINGLES]
    pairs = [pair for pair in combinations(SINGLES, 2) if frozenset(pair) not in STACKED]
    stacked = [pair for pair in combinations(SINGLES, 2) if frozenset(pair) in STACKED]
    groups: list[tuple[str, list[MangledName]]] = [
        (single[0], list(_mangled_names(distinct, sample[:each], [single], draw))) for single in singles
    ]
    groups.append(("two ways at once", list(_mangled_names(distinct, sample, pairs, draw))))
    groups.append(
        ("two ways that the rules leave out", list(_mangled_names(distinct, sample[: each // 2], stacked, draw)))
    )
    say("| way | queries | unique | recall@1 | recall@10 | MRR | false *match* | p50 ms | p95 ms | CPU p50 | CPU p95 |")
    say("|---|---|---|---|---|---|---|---|---|---|---|")
    total = Tally()
    find_people(PersonQuery(name="Trần Văn Phú"), AnonymousUser())
    for name, mangled in groups:
        tally = _measure_catalogue(mangled)
        say(_row(name, tally))
        if "leave out" not in name:
            total.add(tally)
    say(_row("**all but the last**", total))
    if baselines:
        _measure_baselines(distinct, groups, say)


def _build(archive: Sequence[str], say: Say, progress: Say) -> None:
    if Mention.objects.exists():
        say("The archive stood already; building is not measured.")
        return
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["record", "page", "name"])
    for index, name in enumerate(archive):
        writer.writerow([f"HC-{index // NAMES_A_FILE:06}", index % NAMES_A_FILE // NAMES_A_PAGE + 1, name])
    began = time.monotonic()
    imported = import_mentions(
        table=io.BytesIO(table.getvalue().encode()),
        create_records=True,
        publish=True,
        on_progress=lambda state: progress(
            f"{state.rows:,} of {len(archive):,} rows, {time.monotonic() - began:.0f} s"
        ),
    )
    seconds = time.monotonic() - began
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    say(
        f"built by import_mentions: {imported.created:,} mentions in {seconds:.0f} s, "
        f"{imported.created / seconds:,.0f} rows/s with keys"
    )
    if connection.vendor == "sqlite":
        size = sum(
            path.stat().st_size for path in Path(str(connection.settings_dict["NAME"])).parent.glob("people.sqlite3*")
        )
        say(f"database {size / 2**20:,.0f} MiB")


def _mangled_names(
    distinct: Sequence[str], sample: Sequence[str], ways: Sequence[tuple[str, ...]], draw: random.Random
) -> Iterator[MangledName]:
    counts: dict[tuple[str, ...], Counter[str]] = {}
    for truth in sample:
        for _attempt in range(12):
            classes = draw.choice(ways)
            text = mangle(truth, classes, draw)
            if text:
                kind = tuple(
                    way for way in classes if way in ("middle missing", "family missing", "initials", "middle differs")
                )
                if kind not in counts:
                    counts[kind] = Counter(information_left(name, kind) for name in distinct)
                yield MangledName(text, truth, classes, counts[kind][information_left(truth, kind)] == 1)
                break


def _measure_catalogue(mangled_names: Sequence[MangledName]) -> Tally:
    tally = Tally()
    visitor = AnonymousUser()
    for mangled in mangled_names:
        began, cpu = time.perf_counter(), time.process_time()
        results = find_people(PersonQuery(name=mangled.text), visitor)
        tally.times.append((time.perf_counter() - began) * 1000)
        tally.worked.append((time.process_time() - cpu) * 1000)
        answers = [
            (mention.mention.name, mention.band)
            for entry in (*results.matches, *results.possible)
            for mention in entry.mentions
        ]
        _count(tally, mangled, list(dict.fromkeys(name for name, _band in answers)))
        matched = {name for name, band in answers if band == "match"}
        tally.answers += len(matched)
        tally.false += sum(_is_false_match(name, mangled) for name in matched)
    return tally


def _count(tally: Tally, mangled: MangledName, names: Sequence[str]) -> None:
    tally.queries += 1
    if not mangled.unique:
        return
    tally.unique += 1
    rank = next(
        (position for position, name in enumerate(names[:RANKS], start=1) if canonical(name) == mangled.truth), 0
    )
    tally.first += rank == 1
    tally.ten += rank > 0
    tally.reciprocal += 1 / rank if rank else 0


def _is_false_match(name: str, mangled: MangledName) -> bool:
    """Whether `name` differs from what was typed and from the true name in the family name or the given name.

    It is no false match if it has all typed words in order (the query left parts out), if all of its words were typed
    (the paper left parts out), or if it equals the true name in all that the query still tells.
    """
    words, true_words = fold(name).split(), fold(mangled.truth).split()
    if words[-1] == true_words[-1] and (words[0] == true_words[0] or "family missing" in mangled.classes):
        return False
    if information_left(name, mangled.classes) == information_left(mangled.truth, mangled.classes):
        return False
    typed = [list(map(fold, reading.tokens)) for reading in read_name(mangled.text).readings]
    return not any(_in_order(typed_words, words) or _in_order(words, typed_words) for typed_words in typed)


def _in_order(words: Sequence[str], name: Sequence[str]) -> bool:
    remaining = iter(name)
    return len(words) > 1 and all(word in remaining for word in words)


def _measure_baselines(distinct: Sequence[str], groups: Sequence[tuple[str, list[MangledName]]], say: Say) -> None:
    say(
        "\n| beside it | queries | unique | recall@1 | recall@10 | MRR | false *match* | p50 ms | p95 ms | CPU p50 | "
        "CPU p95 |"
    )
    say("|---|---|---|---|---|---|---|---|---|---|---|")
    sample = [mangled for group, mangled_names in groups if "leave out" not in group for mangled in mangled_names]
    draw = random.Random(7)  # noqa: S311 — reproducible on purpose
    for name, tokenizer in (("folded words, SQLite FTS5", "unicode61"), ("FTS5 trigram", "trigram")):
        say(_row(name, _measure_baseline(fts5(distinct, tokenizer), draw.sample(sample, min(3000, len(sample))))))
    search, clear = whoosh_fuzzy(distinct)
    try:
        say(_row("Whoosh FuzzyTerm", _measure_baseline(search, draw.sample(sample, min(WHOOSH_QUERIES, len(sample))))))
    finally:
        clear()


def _measure_baseline(search: Search, mangled_names: Sequence[MangledName]) -> Tally:
    tally = Tally()
    for mangled in mangled_names:
        began, cpu = time.perf_counter(), time.process_time()
        names = search(mangled.text)
        tally.times.append((time.perf_counter() - began) * 1000)
        tally.worked.append((time.process_time() - cpu) * 1000)
        _count(tally, mangled, list(dict.fromkeys(map(canonical, names))))
    return tally


def _row(name: str, tally: Tally) -> str:
    wall, cpu = (quantiles(times, n=20) if len(times) > 1 else [0.0] * 19 for times in (tally.times, tally.worked))
    unique = max(tally.unique, 1)
    false = f"{tally.false / tally.answers:.2%}" if tally.answers else "–"
    return (
        f"| {name} | {tally.queries} | {tally.unique} | {tally.first / unique:.3f} | {tally.ten / unique:.3f} | "
        f"{tally.reciprocal / unique:.3f} | {false} | {wall[9]:.1f} | {wall[18]:.1f} | {cpu[9]:.1f} | "
        f"{cpu[18]:.1f} |"
    )
