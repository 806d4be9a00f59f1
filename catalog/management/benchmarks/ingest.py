"""Taking scans in, measured: processor time a page beside the bare decode, one worker and two, memory at 140
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
# Paper as grainy as a scanner that smooths gives it, and as one that does not; the goals are held against the first.
SMOOTH, GRAINY = 5, 9
BARE = """
import sys
from pathlib import Path
from PIL import Image
for path in sorted(Path(sys.argv[1]).iterdir()):
    with Image.open(path) as image:
        image.load()
"""


def measure_ingest(*, pages: int, rounds: int, say: Say, progress: Say) -> None:
    """Say a table. pages: A4 pages at 300 dpi a round. Each round takes fresh pages in with one worker, as many with
    two, and as many grainier ones with one, and decodes the same files with the image library alone. Runs in an archive
    of its
    own."""
    repository, _made = Repository.objects.get_or_create(code="VN-DO", slug="do", name_vi="Đo", name_en="Measured")
    seen: dict[str, list[float]] = {
        name: [] for name in ("one", "one wall", "two", "two wall", "grainy", "grainy wall")
    }
    bare: dict[str, list[float]] = {name: [] for name in ("one", "two", "grainy")}
    size: dict[str, list[float]] = {name: [] for name in bare}
    seed = 100_000
    with tempfile.TemporaryDirectory(dir=settings.VAR_DIR) as folder:
        for turn in range(rounds):
            for jobs, name, grain in ((1, "one", SMOOTH), (2, "two", SMOOTH), (1, "grainy", GRAINY)):
                drawn = Path(folder) / f"{turn}-{name}"
                drawn.mkdir()
                for number in range(pages):
                    seed += 1
                    (drawn / f"{number:04}.jpg").write_bytes(worn_page(seed, grain=grain))
                progress(f"round {turn + 1} of {rounds}: {pages} pages drawn")
                size[name].append(sum(path.stat().st_size for path in drawn.iterdir()) / pages)
                bare[name].append(_bare(drawn) / pages)
                record = Record.objects.create(
                    repository=repository, code=f"DO-{turn}-{name}", level="file", title_vi="Đo", invented=True
                )
                cpu, wall = _spent(), time.perf_counter()
                take_in(
                    batch=open_batch(source="benchmark", record=record),
                    delivery=read_delivery([drawn]),
                    options=Options(record=record, jobs=jobs),
                )
                seen[f"{name} wall"].append(pages / (time.perf_counter() - wall))
                seen[name].append((_spent() - cpu) / pages)
    say(machine_speed())
    two = median(seen["two"]) * 1000
    rate_one, rate_two = median(seen["one wall"]), median(seen["two wall"])
    say("\n| taking in | seen | goal |")
    say("|---|---|---|")
    for name, goal in (("one", f"{GOAL_MS:.0f}"), ("grainy", "")):
        whole, alone = median(seen[name]) * 1000, median(bare[name]) * 1000
        say(
            f"| A4 at 300 dpi, JPEG of {median(size[name]) / 1e6:.2f} MB: CPU ms a page, one worker; the same file "
            "decoded by the"
            f" library alone; ratio | {whole:.0f}; {alone:.0f}; {whole / alone:.2f} | {goal} |"
        )
    say(f"| CPU ms a page, two workers | {two:.0f} | |")
    say(
        f"| pages a second, one worker; two workers; ratio | {rate_one:.1f}; {rate_two:.1f}; "
        f"{rate_two / rate_one:.2f} | {GOAL_TWO} |"
    )
    say(f"| 140 megapixels: MB of the child that decodes | {_child_memory(progress):.0f} | {GOAL_MB:.0f} |")


def _spent() -> float:
    """Seconds of processor of this process and its children that ended, and of the decoders."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def _bare(folder: Path) -> float:
    before = _spent()
    subprocess.run([sys.executable, "-c", BARE, str(folder)], check=True)  # noqa: S603
    return _spent() - before


def _child_memory(progress: Say) -> float:
    """Most memory that the decoding child holds for a page of 140 megapixels, in MB."""
    progress("drawing a page of 140 megapixels")
    with tempfile.TemporaryDirectory(dir=settings.VAR_DIR) as folder:
        path = Path(folder) / "large.jpg"
        path.write_bytes(worn_page(0, size=LARGE))
        (Path(folder) / "out").mkdir()
        asked = {"path": str(path), "media_type": "image/jpeg", "folder": str(Path(folder) / "out")}
        child = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "catalog.intake.child", str(settings.DECODE_BYTES)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=settings.BASE_DIR,
        )
        assert child.stdin is not None and child.stdout is not None  # noqa: S101 — opened with pipes
        child.stdin.write(json.dumps(asked).encode() + b"\n")
        child.stdin.flush()
        answer = json.loads(child.stdout.readline())
        # What the system tells of ended children counts what this process held when it began them.
        status = Path(f"/proc/{child.pid}/status").read_text()
        child.stdin.close()
        child.wait()
    assert "pages" in answer, answer  # noqa: S101 — a refused page measures nothing
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))
