"""Intake killed at random instants, as by a power cut, and begun again: every page is there once, in order, whole."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.scans.scans_odd_files import file_of, page, write_all

ROOT = Path(__file__).parent.parent.parent
FILES, KILLS = 24, 8
LOOK = """
import hashlib
from django.core.files.storage import default_storage as store
from catalog.changes.writing import HOUSE
from catalog.records.models import Page, Record
from catalog.scans.models import IntakeFile, Original, Scan
scans = list(Scan.objects.order_by("page__number").select_related("page"))
assert [scan.original_name for scan in scans] == [f"{n}.jpg" for n in range(1, 25)], [scan.original_name for scan in scans]
assert [scan.page.number for scan in scans] == list(range(1, 25))
assert Page.objects.count() == 24
for scan in scans:
    assert hashlib.sha256(store.open(scan.original.name).read()).hexdigest() == scan.sha256
    assert store.size(f"derived/{scan.sha256[:2]}/{scan.sha256}/thumbnail.jpg") > 300
assert set(Original.objects.values_list("sha256", flat=True)) == {scan.sha256 for scan in scans}
print("whole")
"""
MAKE = """
from catalog.records.models import Record, Repository
from catalog.records.actions import make_files
place = Repository.objects.create(code="VN-HC", slug="hu-cau", name_vi="Lưu trữ hư cấu")
make_files(actor=HOUSE, repository=place, numbers=["HC-9000"], status="draft")
"""


def test_killed_again_and_again(tmp_path: Path) -> None:
    write_all(tmp_path / "in", {f"{n}.jpg": file_of(page((500 + n, 700)), "JPEG") for n in range(1, FILES + 1)})
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "archive.settings.local", "VAR_DIR": str(tmp_path / "var"),
        "MEDIA_DIR": str(tmp_path / "media"), "DATABASE_URL": f"sqlite:///{tmp_path / 'kill.sqlite3'}",
    }  # fmt: skip
    (tmp_path / "var").mkdir()

    def manage(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    manage("migrate", "-v0")
    manage("shell", "-v0", "-c", MAKE)
    draw = random.Random(9000)
    ingest = [sys.executable, "manage.py", "ingest", str(tmp_path / "in"), "--record", "HC-9000", "--jobs", "2"]
    died = 0
    for _ in range(KILLS):
        running = subprocess.Popen(
            ingest,
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(draw.uniform(0.9, 2.2))
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
            died += 1
        running.wait()
    assert died >= KILLS // 2
    manage(*ingest[2:])
    assert "whole" in manage("shell", "-v0", "-c", LOOK)
