"""What waits is reported, a full disk gives a sentence, and free space is checked before a file is accepted."""

import base64
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone

from catalog.accounts.models import User
from catalog.changes.models import Change
from catalog.intake.models import IntakeBatch, Upload
from catalog.records.models import Record
from catalog.upkeep import waiting
from catalog.upkeep.models import Alarm
from tests.factories import new_exhibition
from tests.faults import failing_statements, full_disk

ROOT = Path(__file__).parent.parent.parent
LONG_AGO = timedelta(hours=3)


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture
def archivist(client: Client, cast: dict[str, User]) -> Client:
    client.force_login(cast["archivist"])
    client.raise_request_exception = False
    return client


def announced(client: Client, record: Record, size: int, name: str = "a.jpg") -> Any:
    metadata = (
        f"filename {base64.b64encode(name.encode()).decode()},record "
        f"{base64.b64encode(str(record.pk).encode()).decode()}"
    )
    return client.post("/desk/uploads/", headers={"Upload-Length": str(size), "Upload-Metadata": metadata})


def test_a_file_larger_than_what_is_free_is_refused_before_it_is_sent(
    archivist: Client, make_record: Callable[..., Record], monkeypatch: Any, settings: Any
) -> None:
    settings.DISK_RESERVE, settings.ALARM_MAIL = 1_000, ["keeper@archive.example"]
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(100_000, 89_000, 11_000))
    record = make_record()
    refused = announced(archivist, record, 10_001)
    assert refused.status_code == 507 and "không đủ cho tệp này" in refused.content.decode()
    assert not Upload.objects.exists() and Alarm.objects.get().event == "disk.low" and len(mail.outbox) == 1
    first = announced(archivist, record, 6_000)
    assert first.status_code == 201
    assert announced(archivist, record, 5_000).status_code == 507, "the first was promised its room"
    # What has come of it takes room on the disk, and no longer in the promise.
    archivist.patch(
        first["Location"], b"x" * 4_000, content_type="application/offset+octet-stream", headers={"Upload-Offset": "0"}
    )
    assert announced(archivist, record, 8_000).status_code == 201
    old = Upload.objects.order_by("pk")[1]
    Upload.objects.filter(pk=old.pk).update(began_at=timezone.now() - LONG_AGO * 10)
    os.utime(old.path, (1, 1))
    assert announced(archivist, record, 7_000).status_code == 201, "whoever went away keeps no room"


def test_a_piece_that_finds_the_disk_full_is_507_and_goes_on_later(
    archivist: Client, make_record: Callable[..., Record], monkeypatch: Any, cast: dict[str, User]
) -> None:
    address = announced(archivist, make_record(), 6)["Location"]
    headers = {"Upload-Offset": "0"}
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full_disk)
        full = archivist.patch(address, b"abc", content_type="application/offset+octet-stream", headers=headers)
    assert full.status_code == 507 and "Đĩa của máy chủ đã đầy" in full.content.decode()
    assert full["Tus-Resumable"] == "1.0.0" and "/somewhere" not in full.content.decode()
    offset = archivist.head(address)["Upload-Offset"]
    rest = b"abcdef"[int(offset) :]
    on = archivist.patch(
        address, rest, content_type="application/offset+octet-stream", headers={"Upload-Offset": offset}
    )
    assert on.status_code == 204 and on["Upload-Offset"] == "6"
    archivist.force_login(cast["administrator"])
    assert "A disk was full" in archivist.get("/en/desk/").content.decode()


def database_full(*_args: object, **_more: object) -> None:
    raise OperationalError("database or disk is full") from sqlite3.OperationalError("database or disk is full")


@pytest.mark.parametrize("how", [full_disk, database_full])
def test_a_guest_book_entry_on_a_full_disk_gives_a_sentence_and_an_alarm(
    db: None, how: Callable[..., None], settings: Any, capsys: Any
) -> None:
    settings.ALARM_MAIL = ["keeper@archive.example"]
    new_exhibition("mau", title_vi="Mẫu", title_en="Sample", guest_book_open=True)
    visitor = Client(raise_request_exception=False)
    with failing_statements(how, 'INSERT INTO "catalog_guestbookentry"'):
        response = visitor.post("/exhibitions/mau", {"message": "Lời hư cấu"})
    assert response.status_code == 507
    page = response.content.decode()
    assert "Máy chủ hết chỗ chứa" in page and "The server has no room left" in page
    line = json.loads(capsys.readouterr().err.splitlines()[0])
    assert line["event"] == "disk.full" and line["status"] == 507 and line["id"] in page
    assert len(mail.outbox) == 1 and "Đĩa đã đầy" in mail.outbox[0].subject
    with failing_statements(how, 'INSERT INTO "catalog_guestbookentry"'):
        visitor.post("/exhibitions/mau", {"message": "Lời hư cấu"})
    assert len(mail.outbox) == 1 and Alarm.objects.get().count == 1, "one cause, wherever it shows"


def test_a_form_whose_files_do_not_fit_on_the_disk_gives_a_sentence(
    archivist: Client, make_record: Callable[..., Record], monkeypatch: Any
) -> None:
    record = make_record()
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full_disk)
        sent = {"scans": SimpleUploadedFile("a.jpg", b"xyz")}
        assert archivist.post(f"/desk/records/{record.pk}/files", sent).status_code == 507
    # Already while it is received, before any view or form sees it.
    monkeypatch.setattr(MemoryFileUploadHandler, "receive_data_chunk", full_disk)
    sent = {"scans": SimpleUploadedFile("a.jpg", b"xyz")}
    response = archivist.post(f"/desk/records/{record.pk}/files", sent)
    assert response.status_code == 507 and "Máy chủ hết chỗ chứa" in response.content.decode()


def test_health_says_what_waits_too_long_and_nothing_else(client: Client, db: None, settings: Any) -> None:
    Change.objects.all().delete()
    assert client.get("/health").json() == {"ok": True, "waits": []}
    Change.objects.create(kind="record", key=1)
    assert client.get("/health").status_code == 200
    Change.objects.create(kind="record", key=2)
    Change.objects.update(made_at=timezone.now() - LONG_AGO)
    response = client.get("/health")
    assert response.status_code == 503 and response.json() == {"ok": False, "waits": ["index"]}
    assert client.get("/health?ready").status_code == 200, "what waits is no reason to send nobody here"
    batch = IntakeBatch.objects.create(source="x", state=IntakeBatch.State.QUEUED)
    IntakeBatch.objects.filter(pk=batch.pk).update(began_at=timezone.now() - LONG_AGO)
    assert client.get("/health").json()["waits"] == ["files", "index"]
    settings.WAIT_MINUTES = 300
    assert client.get("/health").json() == {"ok": True, "waits": []}


def test_another_room_can_say_what_waits(client: Client, db: None) -> None:
    waiting.monitor_queue("another room", lambda: timezone.now() - LONG_AGO)
    try:
        assert client.get("/health").json() == {"ok": False, "waits": ["another room"]}
    finally:
        waiting.monitor_queue("another room", lambda: None)


def test_readiness_asks_database_migrations_and_media(
    client: Client, db: None, monkeypatch: Any, settings: Any
) -> None:
    assert client.get("/health?ready").json() == {"ok": True, "missing": []}
    settings.MEDIA_ROOT = "/none/at/all"
    assert client.get("/health?ready").json() == {"ok": False, "missing": ["media"]}
    waiting.check_migrations_again()
    MigrationRecorder.Migration.objects.filter(app="catalog").latest("pk").delete()
    assert client.get("/health?ready").json()["missing"] == ["migrations", "media"]

    with failing_statements(OperationalError(), "SELECT 1"), monkeypatch.context() as patched:
        # The next probe begins with a new connection; this test's transaction must stay open.
        patched.setattr(connection, "close", lambda: None)
        response = client.get("/health?ready")
    assert response.status_code == 503 and response.json()["missing"] == ["database", "media"]


def test_health_is_cheap_and_needs_no_session(client: Client, db: None, django_assert_max_num_queries: Any) -> None:
    client.get("/health?ready")
    client.cookies["sessionid"] = "x" * 32
    with django_assert_max_num_queries(3):
        assert client.get("/health", headers={"host": "10.1.2.3"}).status_code == 200
    with django_assert_max_num_queries(1):
        assert client.get("/health?ready").status_code == 200
    assert client.post("/health").status_code == 405
    assert "sessionid" not in client.get("/health").cookies


PROBED = """
import django, json
django.setup()
from django.test import Client
from django.conf import settings
said = {}
for path in ("/health", "/health?ready", "/robots.txt"):
    answer = Client().get(path, headers={"host": "10.1.2.3"})
    said[path] = answer.status_code
answer = Client().get("/robots.txt", headers={"host": "archive.example"}, secure=True)
print(json.dumps([said, answer["Strict-Transport-Security"]]))
"""


@pytest.mark.parametrize("complete", [False, True])
def test_production_answers_probes_over_plain_http_and_includes_subdomains_only_when_set(
    tmp_path: Path, complete: bool
) -> None:
    text = {"SECURE_HSTS_INCLUDE_SUBDOMAINS": "1", "SECURE_HSTS_PRELOAD": "1"} if complete else {}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROBED],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={
            **os.environ,
            "VAR_DIR": str(tmp_path),
            "MEDIA_DIR": str(tmp_path),
            "DATABASE_URL": "",
            "SECRET_KEY": "k" * 60,
            "ALLOWED_HOSTS": "archive.example",
            "DJANGO_SETTINGS_MODULE": "archive.settings.production",
            **text,
        },
    )
    flags, hsts = json.loads(done.stdout)
    # The empty database has no tables: the answer is 503, and nothing is redirected.
    assert flags == {"/health": 503, "/health?ready": 503, "/robots.txt": 400}
    assert hsts == ("max-age=31536000; includeSubDomains; preload" if complete else "max-age=31536000")
