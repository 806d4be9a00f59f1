"""The search for people, on an archive of invented names: how often the right one comes first, and how fast."""

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
TEN = 10
A_PAGE, A_FILE = 20, 200
# Whoosh's fuzzy search takes so long that a part of the queries must do.
WHOOSH_QUERIES = 300


@dataclass
class Tally:
    """What came of the queries of one way. times, worked: milliseconds that passed, and that this process worked, a
    query."""

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
        """Sum up."""
        for name in ("queries", "unique", "first", "ten", "reciprocal", "answers", "false"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.times += other.times
        self.worked += other.worked


@dataclass(frozen=True)
class MangledName:
    """A mangled query, the name it comes from, whether nobody else of the archive answers to what is left of it."""

    text: str
    truth: str
    classes: tuple[str, ...]
    unique: bool


def measure_people(*, names: int, queries: int, each: int, baselines: bool, say: Say, progress: Say) -> None:
    """Build (unless built), ask, and say the tables."""
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
        (one[0], list(_asked(distinct, sample[:each], [one], draw))) for one in singles
    ]
    groups.append(("two ways at once", list(_asked(distinct, sample, pairs, draw))))
    groups.append(("two ways that the rules leave out", list(_asked(distinct, sample[: each // 2], stacked, draw))))
    say("| way | queries | unique | recall@1 | recall@10 | MRR | false *match* | p50 ms | p95 ms | CPU p50 | CPU p95 |")
    say("|---|---|---|---|---|---|---|---|---|---|---|")
    total = Tally()
    find_people(PersonQuery(name="Trần Văn Phú"), AnonymousUser())
    for way, asked in groups:
        tally = _ours(asked)
        say(_row(way, tally))
        if "leave out" not in way:
            total.add(tally)
    say(_row("**all but the last**", total))
    if baselines:
        _baselines(distinct, groups, say)


def _build(archive: Sequence[str], say: Say, progress: Say) -> None:
    if Mention.objects.exists():
        say("The archive stood already; building is not measured.")
        return
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["record", "page", "name"])
    for at, name in enumerate(archive):
        writer.writerow([f"HC-{at // A_FILE:06}", at % A_FILE // A_PAGE + 1, name])
    began = time.monotonic()
    done = import_mentions(
        table=io.BytesIO(table.getvalue().encode()),
        create_records=True,
        publish=True,
        on_progress=lambda done: progress(f"{done.rows:,} of {len(archive):,} rows, {time.monotonic() - began:.0f} s"),
    )
    taken = time.monotonic() - began
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    rate = done.created / taken
    say(f"built by import_mentions: {done.created:,} mentions in {taken:.0f} s, {rate:,.0f} rows/s with keys")
    if connection.vendor == "sqlite":
        size = sum(
            path.stat().st_size for path in Path(str(connection.settings_dict["NAME"])).parent.glob("people.sqlite3*")
        )
        say(f"database {size / 2**20:,.0f} MiB")


def _asked(
    distinct: Sequence[str], sample: Sequence[str], ways: Sequence[tuple[str, ...]], draw: random.Random
) -> Iterator[MangledName]:
    counts: dict[tuple[str, ...], Counter[str]] = {}
    for truth in sample:
        for _attempt in range(12):
            classes = draw.choice(ways)
            text = mangle(truth, classes, draw)
            if text:
                kind = tuple(
                    one for one in classes if one in ("middle missing", "family missing", "initials", "middle differs")
                )
                if kind not in counts:
                    counts[kind] = Counter(information_left(name, kind) for name in distinct)
                yield MangledName(text, truth, classes, counts[kind][information_left(truth, kind)] == 1)
                break


def _ours(asked: Sequence[MangledName]) -> Tally:
    tally = Tally()
    visitor = AnonymousUser()
    for one in asked:
        began, worked = time.perf_counter(), time.process_time()
        found = find_people(PersonQuery(name=one.text), visitor)
        tally.times.append((time.perf_counter() - began) * 1000)
        tally.worked.append((time.process_time() - worked) * 1000)
        answers = [
            (mention.mention.name, mention.band)
            for entry in (*found.matches, *found.possible)
            for mention in entry.mentions
        ]
        _count(tally, one, list(dict.fromkeys(name for name, _band in answers)))
        matched = {name for name, band in answers if band == "match"}
        tally.answers += len(matched)
        tally.false += sum(_cannot_be_meant(name, one) for name in matched)
    return tally


def _count(tally: Tally, one: MangledName, names: Sequence[str]) -> None:
    tally.queries += 1
    if not one.unique:
        return
    tally.unique += 1
    rank = next((at for at, name in enumerate(names[:TEN], start=1) if canonical(name) == one.truth), 0)
    tally.first += rank == 1
    tally.ten += rank > 0
    tally.reciprocal += 1 / rank if rank else 0


def _cannot_be_meant(name: str, one: MangledName) -> bool:
    """Whether `name` is spelled otherwise than what was typed and than the true name, in family or given name.

    A name that has every word typed, in order, can be meant (parts were left out), and one all of whose words were
    typed (the paper left parts out); so can one that agrees with the true one in all that is left of it in the query.
    """
    mine, true = fold(name).split(), fold(one.truth).split()
    if mine[-1] == true[-1] and (mine[0] == true[0] or "family missing" in one.classes):
        return False
    if information_left(name, one.classes) == information_left(one.truth, one.classes):
        return False
    typed = [list(map(fold, reading.tokens)) for reading in read_name(one.text).readings]
    return not any(_in_order(words, mine) or _in_order(mine, words) for words in typed)


def _in_order(words: Sequence[str], name: Sequence[str]) -> bool:
    left = iter(name)
    return len(words) > 1 and all(word in left for word in words)


def _baselines(distinct: Sequence[str], groups: Sequence[tuple[str, list[MangledName]]], say: Say) -> None:
    say(
        "\n| beside it | queries | unique | recall@1 | recall@10 | MRR | false *match* | p50 ms | p95 ms | CPU p50 | "
        "CPU p95 |"
    )
    say("|---|---|---|---|---|---|---|---|---|---|---|")
    every = [one for way, asked in groups if "leave out" not in way for one in asked]
    draw = random.Random(7)  # noqa: S311 — reproducible on purpose
    for name, tokenizer in (("folded words, SQLite FTS5", "unicode61"), ("FTS5 trigram", "trigram")):
        say(_row(name, _theirs(fts5(distinct, tokenizer), draw.sample(every, min(3000, len(every))))))
    search, clear = whoosh_fuzzy(distinct)
    try:
        say(_row("Whoosh FuzzyTerm", _theirs(search, draw.sample(every, min(WHOOSH_QUERIES, len(every))))))
    finally:
        clear()


def _theirs(search: Search, asked: Sequence[MangledName]) -> Tally:
    tally = Tally()
    for one in asked:
        began, worked = time.perf_counter(), time.process_time()
        names = search(one.text)
        tally.times.append((time.perf_counter() - began) * 1000)
        tally.worked.append((time.process_time() - worked) * 1000)
        _count(tally, one, list(dict.fromkeys(map(canonical, names))))
    return tally


def _row(way: str, tally: Tally) -> str:
    cuts, worked = (quantiles(times, n=20) if len(times) > 1 else [0.0] * 19 for times in (tally.times, tally.worked))
    unique = max(tally.unique, 1)
    false = f"{tally.false / tally.answers:.2%}" if tally.answers else "–"
    return (
        f"| {way} | {tally.queries} | {tally.unique} | {tally.first / unique:.3f} | {tally.ten / unique:.3f} | "
        f"{tally.reciprocal / unique:.3f} | {false} | {cuts[9]:.1f} | {cuts[18]:.1f} | {worked[9]:.1f} | "
        f"{worked[18]:.1f} |"
    )
