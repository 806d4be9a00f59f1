"""Benchmark of taking scans in: CPU time for each page beside decoding only, one worker and two, memory at 140
megapixels."""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from django.conf import settings

from catalog.intake.actions import open_batch, take_in
from catalog.intake.planning import Options
from catalog.intake.sources import read_delivery
from catalog.management.benchmarks.machine_speed import machine_speed
from catalog.records.models import Record, Repository
from fixtures.worn_pages import worn_page

Say = Callable[[str], None]
LARGE = (10_000, 14_000)
GOAL_MS, GOAL_TWO, GOAL_MB = 60.0, 1.8, 700.0
# Grain of paper from a scanner that smooths, and from one that does not. The goals are for the first.
SMOOTH, GRAINY = 5, 9
DECODE_ONLY = """
import sys
from pathlib import Path
from PIL import Image
for path in sorted(Path(sys.argv[1]).iterdir()):
    with Image.open(path) as image:
        image.load()
"""


def measure_ingest(*, pages: int, rounds: int, say: Say, progress: Say) -> None:
    """Print a table. pages: A4 pages at 300 dpi in each round. Each round takes in new pages with one worker, as many
    with two, and as many grainier ones with one, and decodes the same files with the image library only. Runs in an
    archive of its own."""
    repository, _made = Repository.objects.get_or_create(code="VN-DO", slug="do", name_vi="Đo", name_en="Measured")
    measured: dict[str, list[float]] = {
        name: [] for name in ("one", "one wall", "two", "two wall", "grainy", "grainy wall")
    }
    decode_only: dict[str, list[float]] = {name: [] for name in ("one", "two", "grainy")}
    size: dict[str, list[float]] = {name: [] for name in decode_only}
    seed = 100_000
    with tempfile.TemporaryDirectory(dir=settings.VAR_DIR) as folder:
        for round_number in range(rounds):
            for jobs, name, grain in ((1, "one", SMOOTH), (2, "two", SMOOTH), (1, "grainy", GRAINY)):
                pages_folder = Path(folder) / f"{round_number}-{name}"
                pages_folder.mkdir()
                for number in range(pages):
                    seed += 1
                    (pages_folder / f"{number:04}.jpg").write_bytes(worn_page(seed, grain=grain))
                progress(f"round {round_number + 1} of {rounds}: {pages} pages drawn")
                size[name].append(sum(path.stat().st_size for path in pages_folder.iterdir()) / pages)
                decode_only[name].append(_decode_only(pages_folder) / pages)
                record = Record.objects.create(
                    repository=repository, code=f"DO-{round_number}-{name}", level="file", title_vi="Đo", invented=True
                )
                cpu, wall = _cpu_seconds(), time.perf_counter()
                take_in(
                    batch=open_batch(source="benchmark", record=record),
                    delivery=read_delivery([pages_folder]),
                    options=Options(record=record, jobs=jobs),
                )
                measured[f"{name} wall"].append(pages / (time.perf_counter() - wall))
                measured[name].append((_cpu_seconds() - cpu) / pages)
    say(machine_speed())
    two_workers_ms = median(measured["two"]) * 1000
    rate_one, rate_two = median(measured["one wall"]), median(measured["two wall"])
    say("\n| taking in | seen | goal |")
    say("|---|---|---|")
    for name, goal in (("one", f"{GOAL_MS:.0f}"), ("grainy", "")):
        intake_ms, decode_ms = median(measured[name]) * 1000, median(decode_only[name]) * 1000
        say(
            f"| A4 at 300 dpi, JPEG of {median(size[name]) / 1e6:.2f} MB: CPU ms a page, one worker; the same file "
            "decoded by the"
            f" library alone; ratio | {intake_ms:.0f}; {decode_ms:.0f}; {intake_ms / decode_ms:.2f} | {goal} |"
        )
    say(f"| CPU ms a page, two workers | {two_workers_ms:.0f} | |")
    say(
        f"| pages a second, one worker; two workers; ratio | {rate_one:.1f}; {rate_two:.1f}; "
        f"{rate_two / rate_one:.2f} | {GOAL_TWO} |"
    )
    say(f"| 140 megapixels: MB of the child that decodes | {_child_memory(progress):.0f} | {GOAL_MB:.0f} |")


def _cpu_seconds() -> float:
    """CPU seconds of this process and of its children that have ended, the decoders included."""
    this, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return this.ru_utime + this.ru_stime + children.ru_utime + children.ru_stime


def _decode_only(folder: Path) -> float:
    before = _cpu_seconds()
    subprocess.run([sys.executable, "-c", DECODE_ONLY, str(folder)], check=True)  # noqa: S603
    return _cpu_seconds() - before


def _child_memory(progress: Say) -> float:
    """The peak memory of the decoding child process for a page of 140 megapixels, in MB."""
    progress("drawing a page of 140 megapixels")
    with tempfile.TemporaryDirectory(dir=settings.VAR_DIR) as folder:
        path = Path(folder) / "large.jpg"
        path.write_bytes(worn_page(0, size=LARGE))
        (Path(folder) / "out").mkdir()
        order = {"path": str(path), "media_type": "image/jpeg", "folder": str(Path(folder) / "out")}
        child = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "catalog.intake.child", str(settings.DECODE_BYTES)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=settings.BASE_DIR,
        )
        assert child.stdin is not None and child.stdout is not None  # noqa: S101 — opened with pipes
        child.stdin.write(json.dumps(order).encode() + b"\n")
        child.stdin.flush()
        answer = json.loads(child.stdout.readline())
        # Not from getrusage, which counts what this process held when it started the child.
        status = Path(f"/proc/{child.pid}/status").read_text()
        child.stdin.close()
        child.wait()
    assert "pages" in answer, answer  # noqa: S101 — a refused page measures nothing
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))
