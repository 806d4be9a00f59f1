"""Benchmark of the full-text engines on an invented archive: building the index, searching through the engine and
through the whole page."""

import contextlib
import random
import resource
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from statistics import quantiles
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from catalog.changes.models import Change
from catalog.changes.statistics import analyze_tables
from catalog.engines.interface import Document, EngineError
from catalog.interchange.invented.archive import AlreadyThere, make_archive
from catalog.management.benchmarks.machine_speed import machine_speed
from catalog.records.models import Record
from catalog.records.queries import refresh_counts
from catalog.rules.text import exact_and_folded
from catalog.search.actions import catalogue_documents, count_documents
from catalog.search.engine import engine, engine_in
from catalog.search.params import SearchParams, params_from_pairs
from catalog.search.parsed_query import parse_query
from catalog.search.queries import engine_request
from catalog.texts.models import PageText

Say = Callable[[str], Any]
SAMPLE = 2000
# At most so many seconds are spent on one kind of query.
SECONDS_A_KIND = 25.0
T = TypeVar("T")
Pairs = list[tuple[str, str]]
Times = tuple[list[float], list[float]]


def measure_search(
    *, engines: list[str], records: int, pages: int, queries: int, through_pages: bool, say: Say, progress: Say
) -> None:
    """Write the archive unless it exists, build the index of each engine, run the queries, and print the tables."""
    began = time.perf_counter()
    try:
        make_archive(records=records, pages=pages, mentions=records // 20, seed=324, progress=lambda _: None)
        seconds = time.perf_counter() - began
        say(f"Archive written in {seconds:.0f} s: {(records + pages) / seconds:,.0f} records and pages a second.\n")
    except AlreadyThere:
        say("The archive stood already.\n")
    Change.objects.all().delete()
    analyze_tables()
    refresh_counts()
    size = count_documents()
    questions = _sample_queries(queries)
    for name in engines:
        settings.SEARCH_ENGINE = name
        settings.SEARCH_INDEX_DIR = Path(settings.VAR_DIR) / f"index-{name}"
        settings.OPENSEARCH_INDEX = "kyuc-benchmark"
        settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, (10**9, 1))
        engine_in.cache_clear()
        _build(name, size, say, progress)
        say(
            f"{machine_speed()}\n\n| question | engine p50 ms | engine p95 ms | CPU p50 | CPU p95 | page p50 ms | "
            "page p95 ms | CPU p50 | CPU p95"
            " | hits (median) |"
        )
        say("|---|---|---|---|---|---|---|---|---|---|")
        for kind, pairs in questions.items():
            say(_measure_kind(kind, pairs, through_pages))
        say(f"| one-record update | {_measure_update()} | | | | | |\n\n{machine_speed()}\n")


def _build(name: str, size: int, say: Say, progress: Say) -> None:
    try:
        indexed = sum(1 for _ in engine().revisions())
    except EngineError:
        indexed = -1
    if indexed == size:
        say(f"**{name}**: {size:,} documents stood indexed already.")
        return
    _reset_peak_memory()
    before = _peak_memory()
    cpu, wall, reported_at = time.process_time(), time.perf_counter(), [time.perf_counter()]

    def step(done: int) -> None:
        if time.perf_counter() - reported_at[0] > 20:
            reported_at[0] = time.perf_counter()
            progress(f"{name}: {done:,} of {size:,}, {done / (reported_at[0] - wall):,.0f} a second")

    total = engine().rebuild(catalogue_documents(), step)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    child_memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    say(
        f"**{name}**: {total:,} documents in {wall:.0f} s ({total / wall:,.0f} a second; {total / cpu:,.0f} a CPU "
        f"second of this process), {_index_size(name)}, at most {_peak_memory():,.0f} MB of memory in this process "
        f"({before:,.0f} MB when it began) and {child_memory:,.0f} MB in a helper, where it has one."
    )


def _reset_peak_memory() -> None:
    """Reset the peak memory of this process where the system can (Linux), since several engines are measured."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak_memory() -> float:
    """The peak resident memory of this process since the last reset, in MB."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _index_size(name: str) -> str:
    if name == "opensearch":
        client: Any = engine()._client  # type: ignore[attr-defined]
        size = client.indices.stats(index="kyuc-benchmark*")["_all"]["primaries"]["store"]["size_in_bytes"]
    else:
        folder = Path(settings.SEARCH_INDEX_DIR)
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return f"{size / 1e6:,.0f} MB"


def _sample_queries(count: int) -> dict[str, list[Pairs]]:
    """Queries of each kind, made of words of the archive, rare and common ones as they come."""
    draw = random.Random(9)  # noqa: S311 — reproducible on purpose
    first, last = (PageText.objects.order_by(by).values_list("pk", flat=True).first() or 0 for by in ("pk", "-pk"))
    keys = [draw.randint(first, last) for _ in range(SAMPLE)] if last else []
    texts = list(PageText.objects.filter(pk__in=keys[:900]).values_list("text", flat=True))
    if not texts:
        texts = list(Record.objects.order_by("-pk").values_list("description_vi", flat=True)[:900])
    pages = [words for text in texts if len(words := exact_and_folded(text)[0]) > 20]

    def run(words: int) -> str:
        page = draw.choice(pages)
        index = draw.randrange(len(page) - words)
        return " ".join(page[index : index + words])

    def folded(words: int) -> str:
        page = [word for word in draw.choice(pages) if word.isalpha()]
        return " ".join(draw.sample(page, words))

    def long_word(least: int) -> str:
        return next(word for word in iter(lambda: run(1), "") if len(word) >= least and word.isalpha())

    def repeat(make: Callable[[], Pairs]) -> list[Pairs]:
        return [make() for _ in range(count)]

    years = [str(year) for year in range(1955, 1976)]
    narrowed: list[Callable[[], Pairs]] = [
        lambda: [
            ("q", folded(1)),
            ("kind", "letter"),
            ("from", draw.choice(years[:10])),
            ("to", draw.choice(years[10:])),
        ],
        lambda: [("q", folded(2)), ("decade", "1960"), ("kind", "-report")],
    ]
    return {
        "word": repeat(lambda: [("q", folded(1))]),
        "two words": repeat(lambda: [("q", folded(2))]),
        "phrase": repeat(lambda: [("q", f'"{run(2)}"')]),
        "common word with facets": repeat(
            lambda: [("q", draw.choice(["tiểu đoàn", "của", "hy sinh", "đơn vị", "và"]))]
        ),
        "filtered, with facets": repeat(lambda: draw.choice(narrowed)()),
        "prefix": repeat(lambda: [("q", long_word(3)[:2] + "*")]),
        "near word": repeat(lambda: [("q", long_word(4) + "~")]),
        "sorted by date": repeat(lambda: [("q", folded(1)), ("sort", "date")]),
        "deep page (500th)": repeat(lambda: [("q", draw.choice(["của", "và", "trong"])), ("page", "500")]),
    }


def _measure_kind(kind: str, queries: list[Pairs], through_pages: bool) -> str:
    anyone = AnonymousUser()

    def by_engine(params: SearchParams) -> int:
        request = engine_request(params, parse_query(params.q), anyone)
        return engine().search(replace(request, seconds=30)).total if request else 0

    asks = [params_from_pairs(pairs) for pairs in queries]
    by_engine(asks[0])
    engine_times, hits = _measure(by_engine, asks)
    page_times: Times = ([], [])
    if through_pages:
        client = Client()
        client.get("/search", dict(queries[0]))
        page_times, _ = _measure(lambda params: client.get("/search?" + params.query_string()).status_code, asks)
    median_hits = sorted(hits)[len(hits) // 2]
    return f"| {kind} | {_median_and_p95(engine_times)} | {_median_and_p95(page_times)} | {median_hits:,} |"


def _measure(run: Callable[[T], int], items: Iterable[T]) -> tuple[Times, list[int]]:
    """Wall and CPU milliseconds of each run, and the results. CPU is of this process only: for an engine in this
    process it is the time on a machine that does nothing else."""
    wall: list[float] = []
    cpu: list[float] = []
    results: list[int] = []
    deadline = time.perf_counter() + SECONDS_A_KIND
    for item in items:
        began, cpu_began = time.perf_counter(), time.process_time()
        results.append(run(item))
        wall.append((time.perf_counter() - began) * 1000)
        cpu.append((time.process_time() - cpu_began) * 1000)
        if time.perf_counter() > deadline:
            break
    return (wall, cpu), results


def _median_and_p95(times: Times) -> str:
    if len(times[0]) < 3:
        return "– | – | – | –"
    return " | ".join(f"{sorted(values)[len(values) // 2]:.1f} | {quantiles(values, n=20)[-1]:.1f}" for values in times)


def _measure_update() -> str:
    keys = Record.objects.filter(level="file").order_by("-pk").values_list("pk", flat=True)[:20]
    from catalog.search.documents import record_documents

    def write(document: Document) -> int:
        engine().apply([replace(document, newest=document.newest + 1)], [])
        return 1

    return _median_and_p95(_measure(write, record_documents(keys))[0])
