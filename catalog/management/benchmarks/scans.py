"""Benchmark of serving scans: a tile through the whole site, the first zoom, access checks, memory at 140
megapixels."""

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from django.conf import settings
from django.db import connection

from catalog.images.models import Scan
from catalog.images.queries import rendition_of, resolve_image
from catalog.images.serving.packs import SIDE, levels_of
from catalog.images.serving.store import packs
from catalog.images.storage import local_copy
from catalog.intake.single_images import add_image
from catalog.management.benchmarks.machine_speed import machine_speed
from catalog.management.serving import free_port, site_command
from catalog.records.models import Page, Record, Repository
from fixtures.worn_pages import worn_page

Say = Callable[[str], None]
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
LARGE = (10_000, 14_000)
GOALS = {"tile": 0.6, "zoom": 150.0, "rights": 0.2, "memory": 700.0}


def measure_serving(*, pages: int, tiles: int, say: Say, progress: Say) -> None:
    """Print a table. pages: A4 pages at 300 dpi; tiles: requests for stored tiles. Runs in an archive of its own."""
    scans = _make_scans(pages, progress)
    say(machine_speed() + "\n")
    say("| serving | seen | goal |")
    say("|---|---|---|")
    with _Site(progress) as site:
        zooms = []
        for scan in scans:
            began, spent = time.perf_counter(), site.cpu()
            site.get(_tile_address(scan, 0, 1, 1))
            zooms.append(((time.perf_counter() - began) * 1000, (site.cpu() - spent) * 1000))
        wall, cpu = sorted(zoom[0] for zoom in zooms), median(zoom[1] for zoom in zooms)
        say(
            f"| first zoom of {pages} A4 pages at 300 dpi (the tile that makes the pack): ms p50 / p95; CPU ms |"
            f" {median(wall):.0f} / {wall[int(len(wall) * 0.95)]:.0f}; {cpu:.0f} | {GOALS['zoom']:.0f} |"
        )
        addresses = [address for scan in scans for address in _tile_addresses(scan)]
        times = _time_requests(site, addresses, tiles)
        say(f"| stored tile, whole site: CPU ms a request (p50 ms) | {times} | {GOALS['tile']} |")
        times = _time_requests(site, addresses, tiles, not_modified=True)
        say(f"| the same, not changed (304): CPU ms a request (p50 ms) | {times} | |")
        times = _time_requests(site, ["/health?ready"], tiles)
        say(f"| `/health`, for comparison: CPU ms a request (p50 ms) | {times} | |")
        rights = _time_of_rights(scans, frozenset({"public"}))
        say(f"| rights of one tile, visitor: ms | {rights:.3f} | {GOALS['rights']} |")
        large = _make_large_scan(progress)
        before = site.most_memory()
        began = time.perf_counter()
        site.get(_tile_address(large, 0, 2, 2))
        seconds = time.perf_counter() - began
        say(
            f"| 140 megapixels: MB of the site's own processes before / after its first tile; s | {before:.0f} /"
            f" {site.most_memory():.0f}; {seconds:.1f} | {GOALS['memory']:.0f} |"
        )
        began = time.perf_counter()
        site.get(f"/iiif/image/{large.public_id}/full/max/0/default.jpg")
        say(
            f"| the same, the whole image at its largest: MB; s | {site.most_memory():.0f};"
            f" {time.perf_counter() - began:.1f} | {GOALS['memory']:.0f} |"
        )
    say(f"| the child that makes its pack: MB | {_pack_child_memory(large):.0f} | {GOALS['memory']:.0f} |")
    size = sum(packs().path(f"{rendition_of(scan).key}.pack").stat().st_size for scan in scans)
    say(f"| size of a pack, beside its original | {size / sum(scan.bytes for scan in scans):.2f} | |")


def _make_scans(pages: int, progress: Say) -> list[Scan]:
    repository, _made = Repository.objects.get_or_create(code="VN-DO", slug="do", name_vi="Đo", name_en="Measured")
    record, _made = Record.objects.get_or_create(
        repository=repository, code="DO", level="file", status="published", title_vi="Đo", invented=True
    )
    scans = []
    for number in range(1, pages + 1):
        page, _made = Page.objects.get_or_create(record=record, number=number)
        scans.append(add_image(page=page, data=worn_page(number), name=f"{number}.jpg"))
        progress(f"{number} of {pages} pages drawn")
    return scans


def _make_large_scan(progress: Say) -> Scan:
    progress("drawing a page of 140 megapixels")
    page, _made = Page.objects.get_or_create(record=Record.objects.get(code="DO"), number=9999)
    return add_image(page=page, data=worn_page(0, size=LARGE), name="large.jpg")


def _tile_address(scan: Scan, level: int, column: int, row: int) -> str:
    step = SIDE * levels_of((scan.width, scan.height))[level].factor
    x, y = column * step, row * step
    w, h = min(step, scan.width - x), min(step, scan.height - y)
    factor = step // SIDE
    return f"/iiif/image/{scan.public_id}/{x},{y},{w},{h}/{-(-w // factor)},{-(-h // factor)}/0/default.jpg"


def _tile_addresses(scan: Scan) -> list[str]:
    return [
        _tile_address(scan, number, column, row)
        for number, level in enumerate(levels_of((scan.width, scan.height))[:-1])
        for column in range(level.columns)
        for row in range(level.rows)
    ]


def _time_requests(site: "_Site", addresses: list[str], count: int, not_modified: bool = False) -> str:
    tags = {address: site.get(address)[1] for address in addresses}
    wall, cpu_began = [], site.cpu()
    for number in range(count):
        address = addresses[number * 7919 % len(addresses)]
        began = time.perf_counter()
        status, _tag = site.get(address, {"If-None-Match": tags[address]} if not_modified else {})
        wall.append((time.perf_counter() - began) * 1000)
        assert status == (304 if not_modified else 200), (status, address)  # noqa: S101 — a wrong answer measures nothing
    return f"{(site.cpu() - cpu_began) * 1000 / count:.2f} ({median(wall):.2f})"


def _time_of_rights(scans: list[Scan], audiences: frozenset[str], count: int = 5000) -> float:
    connection.ensure_connection()
    began = time.process_time()
    for number in range(count):
        assert resolve_image(scans[number % len(scans)].public_id, lambda: audiences)  # noqa: S101 — as above
    return (time.process_time() - began) * 1000 / count


def _pack_child_memory(scan: Scan) -> float:
    """The peak memory of the child process that makes a pack, in MB."""
    rendition = rendition_of(scan)
    target = Path(settings.VAR_DIR) / "measured.pack"
    order = json.dumps(
        {"path": str(local_copy(rendition.original)), "rendition": rendition.as_json(), "target": str(target)}
    )
    child = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "catalog.images.serving.child", str(settings.DECODE_BYTES)],
        stdin=subprocess.PIPE,
        cwd=settings.BASE_DIR,
    )
    assert child.stdin is not None  # noqa: S101 — opened with a pipe
    child.stdin.write(order.encode() + b"\n")
    child.stdin.close()
    peak = 0.0
    while child.poll() is None:
        # Not from getrusage at the end, which counts what this process held when it started the child.
        peak = max(peak, _peak_memory(child.pid))
        time.sleep(0.01)
    assert child.returncode == 0  # noqa: S101 — as above
    target.unlink(missing_ok=True)
    return peak


def _peak_memory(pid: int) -> float:
    """The peak memory of a process in MB; 0 if it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


class _Site:
    """The site served by granian with one worker of four threads, on a port of its own."""

    def __init__(self, progress: Say) -> None:
        self.progress = progress

    def __enter__(self) -> "_Site":
        self.port = free_port()
        self.server = subprocess.Popen(site_command(self.port, threads=4), cwd=settings.BASE_DIR)  # noqa: S603
        self.line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        for _ in range(300):
            try:
                if self.get("/health?ready")[0] == 200:
                    break
            except OSError:
                self.line.close()
                time.sleep(0.1)
        self.progress("the site stands")
        return self

    def __exit__(self, *_about: object) -> None:
        self.line.close()
        self.server.terminate()
        self.server.wait()

    def get(self, address: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
        """The status and the ETag of the response."""
        try:
            self.line.request("GET", address, headers=headers or {})
            response = self.line.getresponse()
        except http.client.RemoteDisconnected:
            # The server closes a connection that was idle for a while.
            self.line.close()
            self.line.request("GET", address, headers=headers or {})
            response = self.line.getresponse()
        response.read()
        return response.status, response.getheader("ETag") or ""

    def _processes(self) -> list[int]:
        pids = [self.server.pid]
        for pid in pids:
            for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
                pids += [int(child) for child in tasks.read_text().split()]
        return pids

    def cpu(self) -> float:
        """CPU seconds that the site and its children have used."""
        total = 0
        for pid in self._processes():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += sum(map(int, fields[11:15]))
        return total / TICKS_A_SECOND

    def most_memory(self) -> float:
        """The largest peak memory of any process of the site, in MB."""
        return max(_peak_memory(pid) for pid in self._processes())
