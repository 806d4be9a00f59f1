"""Intake killed at random instants, as by a power cut, and begun again: every page is there once, in order, whole.

KILLS in the environment says how often the site and its worker are killed (14; 200 before a release)."""

import base64
import hashlib
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from catalog.management.serving import free_port, site_command
from tests.intake.odd_files import file_of, page, write_all
from tests.waiting import random_delay, wait_until

ROOT = Path(__file__).parent.parent.parent
FILES, KILLS = 24, 8
LOOK = """
import hashlib
from django.core.files.storage import default_storage as store
from catalog.records.models import Page, Record
from catalog.intake.models import IntakeFile
from catalog.images.models import Original, Scan
scans = list(Scan.objects.order_by("page__number").select_related("page"))
names = [scan.original_name for scan in scans]
assert names == [f"{n}.jpg" for n in range(1, 25)], names
assert [scan.page.number for scan in scans] == list(range(1, 25))
assert Page.objects.count() == 24
for scan in scans:
    assert hashlib.sha256(store.open(scan.original.name).read()).hexdigest() == scan.sha256
    assert store.size(f"derived/{scan.sha256[:2]}/{scan.sha256}/thumbnail.jpg") > 300
assert set(Original.objects.values_list("sha256", flat=True)) == {scan.sha256 for scan in scans}
print("whole")
"""
MAKE = """
from catalog.changes.writing import HOUSE
from catalog.records.models import Record, Repository
from catalog.records.actions import create_file_records
place = Repository.objects.create(code="VN-HC", slug="hu-cau", name_vi="Lưu trữ hư cấu")
create_file_records(actor=HOUSE, repository=place, numbers=["HC-9000"], status="draft")
"""


KILLED = int(os.environ.get("KILLS", "14"))
BEGIN = """
import json
from django.contrib.auth.models import Group
from django.test import Client
from catalog.accounts.models import User
from catalog.records.models import Record
user = User.objects.create_user("archivist", password="x", is_staff=True)
user.groups.add(Group.objects.get(name="archivist"))
client = Client()
client.force_login(user)
print(json.dumps({"session": client.cookies["sessionid"].value, "record": Record.objects.get().pk}))
"""
LEFT = """
from catalog.jobs.models import Job
from catalog.intake.models import IntakeBatch
from catalog.changes.models import Change
jobs = Job.objects.filter(state__in=["waiting", "running"])
print(jobs.count() + IntakeBatch.objects.exclude(state="done").count() + Change.objects.count())
"""
PROVE = """
import collections, hashlib, json
from django.core.files.storage import default_storage as store
from django.db import connection
from catalog.jobs.models import Job
from catalog.records.models import Page
from catalog.intake.models import IntakeBatch, IntakeFile
from catalog.images.models import Original, Scan
from catalog.search.actions import follow_changes, index_differences
acknowledged = set(json.loads(open({path!r}).read()))
scans = list(Scan.objects.order_by("page__number").select_related("page"))
held = [scan.sha256 for scan in scans]
assert not acknowledged - set(held), f"acknowledged and lost: {{len(acknowledged - set(held))}}"
assert len(held) == len(set(held)), "a page twice"
assert [scan.page.number for scan in scans] == list(range(1, len(scans) + 1)), "a gap"
for scan in scans:
    assert hashlib.sha256(store.open(scan.original.name).read()).hexdigest() == scan.sha256
assert set(Original.objects.values_list("sha256", flat=True)) == set(held)
states = collections.Counter(Job.objects.values_list("kind", "state"))
assert {{state for _kind, state in states}} == {{"done"}}, states
assert set(IntakeBatch.objects.values_list("state", flat=True)) == {{"done"}}
assert not IntakeFile.objects.filter(outcome="refused").exists(), list(IntakeFile.objects.values_list("name", "reason"))
if connection.vendor == "sqlite":
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        assert cursor.fetchall() == [("ok",)]
while follow_changes():
    pass  # pages read by machine in the last moment
differences = index_differences()
assert not differences, differences
print(f"whole: {{len(scans)}} pages, {{dict(states)}}")
"""


def test_site_and_two_workers_are_killed_while_files_come_in(tmp_path: Path) -> None:
    environment = surroundings(tmp_path)

    def manage(*words: str) -> str:
        return managed(environment, *words)

    manage("migrate", "-v0")
    manage("collectstatic", "-v0", "--noinput")
    manage("shell", "-v0", "-c", MAKE)
    data = json.loads(manage("shell", "-v0", "-c", BEGIN))
    port = free_port()
    site = site_command(port, threads=4, log_level="error")
    log = (tmp_path / "log").open("wb")

    def start(command: list[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)

    worker = [sys.executable, "manage.py", "worker"]
    commands = {"site": site, "worker": worker, "second worker": worker}
    running = {name: start(command) for name, command in commands.items()}
    sender = Sender(port, data["session"], data["record"])
    thread = threading.Thread(target=sender.send_until_told, daemon=True)
    thread.start()
    draw = random.Random(int(os.environ.get("SEED", "413")))
    try:
        for _ in range(KILLED):
            random_delay(draw, 0.6, 3.2)
            name = draw.choice(list(commands))
            os.killpg(running[name].pid, signal.SIGKILL)
            running[name].wait()
            running[name] = start(commands[name])
        sender.enough.set()
        thread.join(timeout=120)
        assert sender.ended, "the sender never got its last answer"
        wait_until(lambda: manage("shell", "-v0", "-c", LEFT).strip() == "0", 120)
    finally:
        for process in running.values():
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        log.close()
    (tmp_path / "acknowledged").write_text(json.dumps(sorted(sender.acknowledged)))
    assert len(sender.acknowledged) >= min(KILLED, 5)
    said_so = manage("shell", "-v0", "-c", PROVE.format(path=str(tmp_path / "acknowledged")))
    assert "whole" in said_so


class Sender:
    """A browser that sends one small scan after another in pieces, asks how much has come whenever the line breaks, and
    has every third taken in. `acknowledged`: sums of files of which the site said that all has come."""

    def __init__(self, port: int, session: str, record: int) -> None:
        self.port, self.record = port, record
        self.cookies = f"sessionid={session}; csrftoken={'c' * 32}"
        self.enough = threading.Event()
        self.acknowledged: set[str] = set()
        self.ended = False

    def send_until_told(self) -> None:
        """Send until `enough`; then have the rest taken in."""
        number = 0
        while not self.enough.is_set():
            number += 1
            data = file_of(page((400 + number % 300, 500 + number // 300)), "JPEG")
            self._patiently(partial(self._send, f"{number}.jpg", data))
            self.acknowledged.add(hashlib.sha256(data).hexdigest())
            if number % 3 == 0:
                self._patiently(self._take_in)
        self._patiently(self._take_in)
        self.ended = True

    def _patiently(self, act: Callable[[], object]) -> None:
        """Do `act` again and again until it succeeds: the site was killed, and is being started again."""

        def succeeds() -> bool:
            try:
                act()
            except (OSError, http.client.HTTPException):
                return False
            return True

        wait_until(succeeds, 300)

    def _ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> http.client.HTTPResponse:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        other_headers = {"Cookie": self.cookies, "X-CSRFToken": "c" * 32, "Content-Length": str(len(body))}
        line.request(
            method, path, body, other_headers | {name.replace("_", "-"): value for name, value in headers.items()}
        )
        response = line.getresponse()
        response.read()
        line.close()
        return response

    def _send(self, name: str, data: bytes) -> None:
        text = ",".join(
            f"{key} {base64.b64encode(value.encode()).decode()}"
            for key, value in (("filename", name), ("record", str(self.record)))
        )
        begun = self._ask("POST", "/desk/uploads/", Upload_Length=str(len(data)), Upload_Metadata=text)
        assert begun.status == 201, begun.status
        address = begun.headers["Location"]
        position = 0
        while position < len(data):
            try:
                piece = data[position : position + len(data) // 2 + 1]
                response = self._ask(
                    "PATCH", address, piece, Upload_Offset=str(position), Content_Type="application/offset+octet-stream"
                )
                assert response.status in (204, 409, 423), response.status
                position = int(response.headers["Upload-Offset"] or position)
            except (OSError, http.client.HTTPException):
                self._patiently(lambda: self._ask("HEAD", address))
                position = int(self._ask("HEAD", address).headers["Upload-Offset"])

    def _take_in(self) -> None:
        response = self._ask("POST", f"/desk/records/{self.record}/files")
        # 400: no whole file waits, as the answer to an earlier try was lost.
        assert response.status in (302, 400), response.status


def surroundings(tmp_path: Path) -> dict[str, str]:
    """The environment of an archive of its own."""
    (tmp_path / "var").mkdir()
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "archive.settings.local",
        "VAR_DIR": str(tmp_path / "var"),
        "MEDIA_DIR": str(tmp_path / "media"),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'kill.sqlite3'}",
    }


def managed(environment: dict[str, str], *words: str) -> str:
    """What a command says; it must succeed."""
    done = subprocess.run(
        [sys.executable, "manage.py", *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_killed_again_and_again(tmp_path: Path) -> None:
    write_all(tmp_path / "in", {f"{n}.jpg": file_of(page((500 + n, 700)), "JPEG") for n in range(1, FILES + 1)})
    environment = surroundings(tmp_path)

    def manage(*words: str) -> str:
        return managed(environment, *words)

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
        random_delay(draw, 0.9, 2.2)
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
            died += 1
        running.wait()
    assert died >= KILLS // 2
    manage(*ingest[2:])
    assert "whole" in manage("shell", "-v0", "-c", LOOK)
