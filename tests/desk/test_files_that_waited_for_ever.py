"""Batches always come to an end that a person sees: names no disk takes, a full disk, a killed worker, a ZIP that
lies."""

import base64
import errno
import io
import os
import shutil
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.paginator import UnorderedObjectListWarning
from django.db import transaction
from django.test import Client
from django.utils import timezone

from catalog.accounts.models import User
from catalog.images.models import Scan
from catalog.intake import uploads
from catalog.intake.models import IntakeBatch, IntakeFile, Upload
from catalog.intake.sources import BadZip, unpack
from catalog.jobs.models import Job
from catalog.jobs.running import claim_next_job, run_all_due
from catalog.records.models import Page, Record
from tests.factories import picture
from tests.faults import failing_statements, full_disk
from tests.intake.odd_files import jpeg, zip_of

pytestmark = pytest.mark.django_db
LONG = "ế" * 200 + ".jpg"


@pytest.fixture
def record(make_record: Callable[..., Record]) -> Record:
    return make_record(identifier="HC-9000")


def image(number: int) -> bytes:
    return picture((300 + number, 400)).getvalue()


def send(client: Client, record: Record, *files: tuple[str, bytes]) -> IntakeBatch:
    """Send files as a browser without script does."""
    sent = [SimpleUploadedFile("x", data) for _name, data in files]
    for file, (name, _data) in zip(sent, files, strict=True):
        file._name = name  # type: ignore[attr-defined]  # Django's test file cuts names itself
    client.post(f"/desk/records/{record.pk}/files", {"scans": sent})
    return IntakeBatch.objects.latest("pk")


def tus(client: Client, into: Record | str, name: str, data: bytes) -> Any:
    """Send one file piece by piece into a record, or into a given key, which may be none of a record."""
    meta = {"filename": name, "record": into if isinstance(into, str) else str(into.pk)}
    header = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in meta.items())
    response = client.post("/desk/uploads/", HTTP_UPLOAD_LENGTH=str(len(data)), HTTP_UPLOAD_METADATA=header)
    if response.status_code == 201:
        client.generic("PATCH", response["Location"], data, "application/offset+octet-stream", HTTP_UPLOAD_OFFSET="0")
    return response


def names(**more: Any) -> list[str]:
    return sorted(Scan.objects.filter(**more).values_list("original_name", flat=True))


def test_a_name_of_two_hundred_vietnamese_letters_goes_in_from_the_browser_and_holds_nobody_up(
    archivist: Client, record: Record
) -> None:
    tus(archivist, record, LONG, image(1))
    tus(archivist, record, "2.jpg", image(2))
    assert archivist.post(f"/desk/records/{record.pk}/files").status_code == 302
    batch = IntakeBatch.objects.get()
    assert (batch.state, names()) == ("done", ["2.jpg", LONG])
    assert set(batch.files.values_list("name", flat=True)) == {"2.jpg", LONG}


def test_such_a_name_goes_in_within_a_zip(archivist: Client, record: Record, tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as out:
        out.writestr(f"tờ/{LONG}", image(1))
        out.writestr("2.jpg", image(2))
    tus(archivist, record, "all.zip", packed.getvalue())
    archivist.post(f"/desk/records/{record.pk}/files")
    assert names() == ["2.jpg", LONG]
    assert set(IntakeFile.objects.values_list("name", flat=True)) == {"2.jpg", f"tờ/{LONG}"}
    (tmp_path / "b.zip").write_bytes(packed.getvalue())
    call_command("ingest", str(tmp_path / "b.zip"), record="HC-9000", stdout=io.StringIO(), stderr=io.StringIO())
    assert IntakeFile.objects.filter(outcome="duplicate").count() == 2


def test_the_longest_name_that_a_folder_takes_goes_in_from_a_folder(record: Record, tmp_path: Path) -> None:
    name = "ế" * 83 + ".jpg"
    assert len(name.encode()) == 253
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(image(1))
    call_command("ingest", str(tmp_path / "in"), record="HC-9000", stdout=io.StringIO(), stderr=io.StringIO())
    assert names() == [name]


def test_of_two_files_of_one_name_in_a_zip_both_go_in(archivist: Client, record: Record) -> None:
    packed = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(packed, "w") as out:
        warnings.simplefilter("ignore")
        out.writestr("same.jpg", image(1))
        out.writestr("same.jpg", image(2))
        out.writestr("same.jpg/x.jpg", image(3))
    send(archivist, record, ("all.zip", packed.getvalue()))
    assert names() == ["same.jpg", "same.jpg", "x.jpg"]


def test_a_checksum_list_in_a_zip_and_a_bag_are_still_read(archivist: Client, record: Record) -> None:
    import hashlib

    good, bad = image(1), image(2)
    listed = f"{hashlib.sha256(good).hexdigest()}  1.jpg\n{'0' * 64}  2.jpg\n{'1' * 64}  3.jpg\n"
    packed = zip_of(**{"a/1__jpg": good, "a/2__jpg": bad, "a/sha256sums__txt": listed.encode()})
    batch = send(archivist, record, ("all.zip", packed))
    assert sorted(batch.files.values_list("name", "reason")) == [
        ("a/1.jpg", ""),
        ("a/2.jpg", "checksum"),
        ("a/3.jpg", "missing"),
    ]
    bag = zip_of(
        **{
            "bagit__txt": b"BagIt-Version: 1.0\n",
            "data/9__jpg": image(9),
            "note__jpg": image(8),
            "manifest-sha256__txt": f"{hashlib.sha256(image(9)).hexdigest()}  data/9.jpg\n".encode(),
        }
    )
    batch = send(archivist, record, ("bag.zip", bag))
    assert list(batch.files.values_list("name", "outcome")) == [("data/9.jpg", "accepted")]


@pytest.mark.parametrize("harm", ["bomb of small entries", "damaged entry", "system error"])
def test_a_zip_that_cannot_be_taken_is_refused_without_a_word_about_the_server(
    harm: str, archivist: Client, record: Record, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        for number in range(12):
            out.writestr(f"{number}.jpg", bytes(1_000_000) if harm == "bomb of small entries" else image(number))
    data = bytearray(packed.getvalue())
    if harm == "damaged entry":
        data[200:260] = bytes(60)
    if harm == "system error":

        def refuse(self: Any, entry: Any) -> Any:
            raise PermissionError(errno.EACCES, "Permission denied", f"{settings.STAGING_DIR}/uploads-1/1")

        monkeypatch.setattr(zipfile.ZipFile, "open", refuse)
    batch = send(archivist, record, ("all.zip", bytes(data)), ("1.jpg", image(77)))
    monkeypatch.undo()
    assert batch.state == "done" and names() == ["1.jpg"]
    line = batch.files.get(name="all.zip")
    assert (line.outcome, line.reason) == ("refused", "zip")
    page = archivist.get(f"/en/desk/batches/{batch.pk}").content.decode()
    table = b"".join(archivist.get(f"/desk/batches/{batch.pk}.csv").streaming_content).decode()  # type: ignore[attr-defined]
    for text in (page, table, line.detail):
        assert str(settings.STAGING_DIR) not in text and "staging" not in text
    assert {"bomb of small entries": "grows more than", "damaged entry": "damaged", "system error": "Permission"}[
        harm
    ] in line.detail


def test_a_zip_of_many_blank_pages_among_written_ones_is_no_bomb(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as out:
        for number in range(12):
            out.writestr(f"{number}.tif", bytes(1_000_000))
            out.writestr(f"{number}.jpg", os.urandom(60_000))
    assert len(unpack(tmp_path / "a.zip", tmp_path / "out").files) == 24
    with zipfile.ZipFile(tmp_path / "b.zip", "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("1.tif", bytes(11_000_000))
    with pytest.raises(BadZip):
        unpack(tmp_path / "b.zip", tmp_path / "out2")


def test_the_batch_and_its_job_are_written_together_or_not_at_all(
    archivist: Client, record: Record, cast: dict[str, User], settings: Any
) -> None:
    settings.JOBS_AT_ONCE = False
    tus(archivist, record, "1.jpg", image(1))

    with (
        failing_statements(KeyboardInterrupt(), 'INTO "catalog_job"'),
        pytest.raises(KeyboardInterrupt),
        transaction.atomic(),
    ):
        uploads.queue_uploads(record=record, owner=cast["archivist"])
    assert not IntakeBatch.objects.exists() and Upload.objects.get().batch is None
    batch = uploads.queue_uploads(record=record, owner=cast["archivist"])
    assert batch is not None
    assert Job.objects.get().key == str(batch.pk)


@pytest.mark.parametrize("state", ["queued", "working"])
def test_a_batch_whose_worker_was_killed_at_any_point_is_taken_up_without_a_restart(
    state: str, archivist: Client, record: Record, settings: Any
) -> None:
    settings.JOBS_AT_ONCE = False
    batch = send(archivist, record, ("1.jpg", image(1)))
    row = claim_next_job(["intake.batch"])
    assert row is not None
    # Killed while laying out (the batch still says queued), or in the middle.
    IntakeBatch.objects.filter(pk=batch.pk).update(state=state)
    place, _pid, *rest = row.claim.split(":")
    Job.objects.update(claim=":".join([place, "4194304", *rest]))
    assert run_all_due() == 1
    batch.refresh_from_db()
    assert (batch.state, names()) == ("done", ["1.jpg"])


@pytest.mark.parametrize("where", ["originals", "quarantine", "staging", "unpacking"])
def test_a_batch_that_met_a_full_disk_goes_on_by_itself_when_there_is_room(
    where: str, archivist: Client, record: Record, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.JOBS_AT_ONCE = False
    packed = zip_of(**{"5__jpg": image(5)})
    batch = send(
        archivist, record, ("1.jpg", image(1)), ("2.jpg", b"no picture"), ("3.jpg", image(3)), ("4.zip", packed)
    )
    working_storages = settings.STORAGES
    open_path = Path.open

    def open_unless_staged(path: Path, *arguments: Any, **options: Any) -> Any:
        return full_disk() if path.name == "delivered" and "wb" in arguments else open_path(path, *arguments, **options)

    with monkeypatch.context() as patched:
        if where == "originals":
            settings.STORAGES = {**working_storages, "default": {"BACKEND": "tests.faults.FullDisk"}}
        elif where == "quarantine":
            patched.setattr(shutil, "move", full_disk)
        elif where == "staging":
            patched.setattr(Path, "open", open_unless_staged)
        else:
            patched.setattr(zipfile.ZipFile, "open", full_disk)
        run_all_due()
    settings.STORAGES = working_storages
    job = Job.objects.get()
    assert job.state == "waiting" and "disk is full" in job.reason
    html = archivist.get(f"/en/desk/batches/{batch.pk}").content.decode()
    assert "The disk is full" in html and "/somewhere" not in html
    Job.objects.update(due_at=timezone.now())
    run_all_due()
    batch.refresh_from_db()
    assert (batch.state, names()) == ("done", ["1.jpg", "3.jpg", "5.jpg"])
    assert list(batch.files.filter(outcome="refused").values_list("name", "reason")) == [("2.jpg", "kind")]
    assert Page.objects.filter(record=record).count() == 3


def test_a_picture_that_fails_on_a_full_disk_is_not_called_damaged(
    archivist: Client, record: Record, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.JOBS_AT_ONCE = False
    send(archivist, record, ("1.jpg", jpeg()[:2000]))
    usage = shutil.disk_usage(settings.STAGING_DIR)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=0))
    run_all_due()
    assert not IntakeFile.objects.exists() and "disk is full" in Job.objects.get().reason


def test_a_batch_that_cannot_be_taken_in_ends_as_broken_off_and_is_tried_again_by_a_button(
    archivist: Client, record: Record, settings: Any
) -> None:
    settings.JOBS_AT_ONCE = False

    batch = send(archivist, record, ("1.jpg", image(1)))
    for _ in range(10):
        with failing_statements(KeyError("Lê Văn Kín.jpg"), 'INTO "catalog_intakefile"'):
            run_all_due()
        Job.objects.filter(state="waiting").update(due_at=timezone.now())
    job = Job.objects.get()
    batch.refresh_from_db()
    assert (job.state, batch.state) == ("failed", "stopped") and "Kín" not in job.reason
    assert "choose “Try again”" in archivist.get(f"/en/desk/batches/{batch.pk}").content.decode()
    assert "1 piece of background work failed" in archivist.get("/en/desk/").content.decode()
    archivist.post("/desk/jobs", {"job": job.pk, "do": "again"})
    run_all_due()
    batch.refresh_from_db()
    assert (batch.state, names()) == ("done", ["1.jpg"])


def test_a_batch_is_stopped_at_its_next_file_and_goes_on_when_tried_again(
    archivist: Client, record: Record, settings: Any
) -> None:
    settings.JOBS_AT_ONCE = False
    settings.JOB_PROGRESS_SECONDS = 0.0
    batch = send(archivist, record, *((f"{n}.jpg", image(n)) for n in range(5)))

    def stop() -> None:
        archivist.post("/desk/jobs", {"job": Job.objects.get().pk, "do": "stop"})

    with failing_statements(stop, 'INTO "catalog_page"', after=2):
        run_all_due()
    batch.refresh_from_db()
    job = Job.objects.get()
    assert (job.state, job.done, job.total, batch.state) == ("stopped", 3, 5, "stopped")
    assert Page.objects.filter(record=record).count() == 3
    archivist.post("/desk/jobs", {"job": job.pk, "do": "again"})
    run_all_due()
    batch.refresh_from_db()
    assert (batch.state, len(names())) == ("done", 5)


@pytest.mark.parametrize("key", ["²", "١", "1" * 5000, "-1", ""])
def test_a_record_that_is_no_number_is_no_failure_of_ours(key: str, archivist: Client) -> None:
    assert tus(archivist, key, "a.jpg", b"123").status_code in (400, 404)


def test_lengths_and_places_of_any_number_of_digits_are_answered(archivist: Client, record: Record) -> None:
    metadata = f"filename YQ==,record {base64.b64encode(str(record.pk).encode()).decode()}"
    for length, status in (("9" * 5000, 413), ("9" * 30, 413), ("²", 400)):
        response = archivist.post("/desk/uploads/", HTTP_UPLOAD_LENGTH=length, HTTP_UPLOAD_METADATA=metadata)
        assert response.status_code == status
    address = tus(archivist, record, "a.jpg", b"")["Location"]
    response = archivist.generic(
        "PATCH", address, b"1", "application/offset+octet-stream", HTTP_UPLOAD_OFFSET="9" * 5000
    )
    assert response.status_code == 400


def test_a_draft_with_a_revision_of_five_thousand_digits_is_answered(
    archivist: Client, record: Record, make_page: Callable[..., Page]
) -> None:
    page = make_page(record)
    for revision in ("9" * 5000, "²", "-1", "x"):
        response = archivist.post(f"/desk/pages/{page.pk}/text/draft", {"text": "chữ", "revision": revision})
        assert response.status_code in (200, 409)


def test_pages_of_batches_come_in_one_order(archivist: Client, record: Record) -> None:
    IntakeBatch.objects.bulk_create([IntakeBatch(source=f"{n}", state="done") for n in range(250)])
    visited: list[int] = []
    with warnings.catch_warnings():
        warnings.simplefilter("error", UnorderedObjectListWarning)
        for page in (1, 2, 3):
            visited += [batch.pk for batch in archivist.get(f"/desk/batches/?page={page}").context["batches"]]
    assert visited == sorted(visited, reverse=True) and len(set(visited)) == 250
