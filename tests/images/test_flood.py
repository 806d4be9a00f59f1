"""Many who ask for the dearest pictures at once, against the site as it is served: pages go on, and memory is
bounded."""

import http.client
import itertools
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from catalog.management.serving import free_port, site_command
from tests.waiting import wait_until

ROOT = Path(__file__).parent.parent.parent
SECONDS = 10
ASKERS = 12
# Without the count by address, which alone would stop this: the bounds must hold against many addresses.
SETTINGS = """
from archive.settings.local import *
RATE_LIMITS = dict.fromkeys(RATE_LIMITS, (10**9, 600))
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
"""
PREPARE = """
import django, io
django.setup()
from django.core.management import call_command
from catalog.records.models import Page, Record, Repository
from catalog.intake.single_images import add_image
from PIL import Image
call_command("migrate", verbosity=0, interactive=False)
repository = Repository.objects.create(code="VN-HC", slug="hu-cau", name_vi="Hư cấu", name_en="Invented")
record = Record.objects.create(
    repository=repository, code="HC", level="file", status="published", title_vi="Thư hư cấu", invented=True
)
for number, size in enumerate([(900, 1200), (2480, 3508), (2480, 3508), (4960, 7016)], 1):
    # Noise is what takes most to encode.
    out = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(out, "JPEG", quality=80)
    page = Page.objects.create(record=record, number=number)
    print(add_image(page=page, data=out.getvalue(), name="a.jpg").public_id)
call_command("index", verbosity=0, stdout=io.StringIO())
"""


class Site:
    """The site under granian, as `manage.py demo` starts it."""

    def __init__(self, folder: Path) -> None:
        (folder / "flood_settings.py").write_text(SETTINGS)
        self.env = {
            **os.environ,
            "VAR_DIR": str(folder / "var"),
            "MEDIA_DIR": str(folder / "media"),
            "DATABASE_URL": "",
            "DJANGO_SETTINGS_MODULE": "flood_settings",
            "PYTHONPATH": f"{folder}:{ROOT}",
        }
        process = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", PREPARE],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert process.returncode == 0, process.stderr
        self.images = [line for line in process.stdout.split() if "p" in line and len(line) >= 18]
        assert len(self.images) == 4
        self.port = free_port()
        self.log = (folder / "log").open("w")
        self.server = subprocess.Popen(
            site_command(self.port, threads=16),
            cwd=ROOT,
            env=self.env,
            stderr=self.log,
            stdout=self.log,
        )
        wait_until(self.is_ready, 60, (folder / "log").read_text)

    def is_ready(self) -> bool:
        """Whether the server answers."""
        try:
            return self.get("/health?ready", 5)[0] == 200
        except OSError:
            return False

    def get(self, path: str, patience: float) -> tuple[int, int]:
        """Status and length. Raises OSError where no answer comes within `patience` seconds."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=patience)
        try:
            line.request("GET", path)
            response = line.getresponse()
            return response.status, len(response.read())
        except http.client.HTTPException as error:
            raise OSError(str(error)) from error
        finally:
            line.close()

    def memory(self) -> float:
        """MB that the server's processes hold together at this moment."""
        processes, total = [self.server.pid], 0.0
        for pid in processes:
            try:
                for children in Path(f"/proc/{pid}/task").glob("*/children"):
                    processes += [int(item) for item in children.read_text().split()]
                # What a process shares with its parent is counted once.
                rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
                total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) / 1024
            except OSError:
                continue
        return total

    def stop(self) -> None:
        self.server.terminate()
        self.server.wait(20)
        self.log.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site_process = Site(tmp_path_factory.mktemp("flood"))
    yield site_process
    site_process.stop()


def dearest(images: list[str], salt: int) -> Iterator[str]:
    """Addresses of which no two are equal: enlarged, turned by odd angles, lossless, whole, each with other numbers."""
    for number in itertools.count(salt * 100_000):
        image = images[number % len(images)]
        angle = f"{number % 360}.{number % 97}"
        yield from (
            f"/iiif/image/{image}/full/^max/{angle}/default.png",
            f"/iiif/image/{image}/full/max/!{number % 4 * 90}/gray.jpg",
            f"/iiif/image/{image}/full/max/{angle}/default.webp",
            f"/iiif/image/{image}/{number % 50},{number % 50},2000,2000/^max/0/default.png",
            f"/iiif/image/{image}/full/pct:{90 + number % 10}.{number % 89}/0/default.jpg",
            f"/iiif/image/{image}/full/max/0/default.png",
        )


def cut_out(images: list[str], salt: int) -> Iterator[str]:
    """Lines cut out of originals that have no pack, as a list of found names shows them, each at another place."""
    for number in itertools.count(salt * 1_000):
        yield f"/iiif/image/{images[2]}/{number % 700},{number % 3000},1500,{150 + number % 50}/760,/0/default.jpg"


@pytest.mark.parametrize("expected", [dearest, cut_out])
def test_twelve_clients_that_request_the_most_expensive_pictures_delay_no_page(
    site: Site, expected: Callable[[list[str], int], Iterator[str]], record_property: Callable[[str, object], None]
) -> None:
    assert len(site.images) == 4
    for path in ("/", "/search?q=thu", "/en/"):
        assert site.get(path, 30)[0] == 200
    ends = time.monotonic() + SECONDS
    over = threading.Event()
    statuses: list[int] = []
    most = [site.memory()]

    def ask(salt: int) -> None:
        for address in expected(site.images, salt):
            if time.monotonic() > ends:
                return
            try:
                statuses.append(site.get(address, 8)[0])
            except OSError:
                statuses.append(0)
            if statuses[-1] == 503:
                # A program that gets 503 tries again soon; a person's browser waits longer.
                over.wait(0.05)

    def weigh() -> None:
        while not over.wait(0.1):
            most.append(site.memory())

    threads = [threading.Thread(target=ask, args=[number]) for number in range(ASKERS)] + [
        threading.Thread(target=weigh)
    ]
    for thread in threads:
        thread.start()
    durations = list[float]()
    pages = itertools.cycle(["/", "/search?q=thu", "/en/", "/en/search?q=thu"])
    while time.monotonic() < ends:
        began = time.monotonic()
        status, _length = site.get(next(pages), 60)
        durations.append(time.monotonic() - began)
        assert status == 200
        over.wait(0.05)
    for thread in threads[:-1]:
        thread.join()
    over.set()
    threads[-1].join()
    durations.sort()
    figures = (
        f"pages {len(durations)}: p50 {durations[len(durations) // 2] * 1000:.0f} ms, "
        f"p95 {durations[int(len(durations) * 0.95)] * 1000:.0f} ms, most {durations[-1] * 1000:.0f} ms; "
        f"pictures {statuses.count(200)} given, {statuses.count(503)} told to wait, {statuses.count(501)} refused, "
        f"{statuses.count(0)} without an answer; memory {most[0]:.0f} MB before, {max(most):.0f} MB at most"
    )
    record_property("figures", figures)
    assert durations[int(len(durations) * 0.95)] < 1, figures
    assert max(most) < 700, figures
    assert statuses.count(200) > 3 and set(statuses) <= {0, 200, 400, 501, 503}, figures
    assert statuses.count(0) <= max(3, len(statuses) // 20), figures
    began = time.monotonic()
    assert site.get("/", 10)[0] == 200 and time.monotonic() - began < 1, "nothing is left behind in a queue"
