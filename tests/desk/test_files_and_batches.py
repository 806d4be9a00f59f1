"""Files sent in by a browser: in pieces over a bad line, many at once, bad ones among them; what a person does with
those."""

import base64
import fcntl
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from catalog.accounts.models import User
from catalog.images.models import Scan
from catalog.intake.models import IntakeBatch, IntakeFile, Upload
from catalog.jobs.models import Job
from catalog.jobs.running import run_all_due, run_next
from catalog.records.models import Page, Record
from tests.factories import picture
from tests.faults import failing_statements
from tests.intake.odd_files import file_of, jpeg, page, zip_of

pytestmark = pytest.mark.django_db
TUS: dict[str, Any] = {"HTTP_TUS_RESUMABLE": "1.0.0"}


@pytest.fixture
def record(make_record: Callable[..., Record]) -> Record:
    return make_record(identifier="HC-9000")


def begin_upload(client: Client, record: Record, name: str, size: int) -> str:
    metadata = (
        f"filename {base64.b64encode(name.encode()).decode()},record "
        f"{base64.b64encode(str(record.pk).encode()).decode()}"
    )
    response = client.post("/desk/uploads/", HTTP_UPLOAD_LENGTH=str(size), HTTP_UPLOAD_METADATA=metadata, **TUS)
    assert response.status_code == 201, response.content
    return response["Location"]


def send_piece(client: Client, address: str, offset: int, data: bytes) -> Any:
    return client.generic(
        "PATCH", address, data, "application/offset+octet-stream", HTTP_UPLOAD_OFFSET=str(offset), **TUS
    )


def names_of(record: Record) -> list[str]:
    return list(
        Scan.objects.filter(page__record=record).order_by("page__number").values_list("original_name", flat=True)
    )


def test_a_broken_line_loses_nothing(archivist: Client, record: Record) -> None:
    data = jpeg()
    address = begin_upload(archivist, record, "trang 2.jpg", len(data))
    assert send_piece(archivist, address, 0, data[:1000])["Upload-Offset"] == "1000"
    assert archivist.head(address, **TUS)["Upload-Offset"] == "1000"
    wrong = send_piece(archivist, address, 400, data[400:])
    assert wrong.status_code == 409 and wrong["Upload-Offset"] == "1000"
    html = archivist.get(f"/en/desk/records/{record.pk}/files").content.decode()
    assert "Sent in part" in html and "trang 2.jpg" in html
    assert send_piece(archivist, address, 1000, data[1000:]).status_code == 204
    other = picture((301, 400)).getvalue()
    assert (
        send_piece(archivist, begin_upload(archivist, record, "trang 1.jpg", len(other)), 0, other).status_code == 204
    )
    response = archivist.post(f"/desk/records/{record.pk}/files")
    assert response.status_code == 302
    assert names_of(record) == ["trang 1.jpg", "trang 2.jpg"]
    sha = hashlib.sha256(data).hexdigest()
    assert default_storage.open(f"originals/{sha[:2]}/{sha}.jpg").read() == data
    assert not [upload for upload in Upload.objects.all() if upload.path.exists()]


def test_only_the_sender_and_only_staff(client: Client, cast: dict[str, User], record: Record) -> None:
    client.force_login(cast["archivist"])
    address = begin_upload(client, record, "a.jpg", 10)
    for who, status in (("administrator", 404), ("without a role", 403), ("curator", 403)):
        client.force_login(cast[who])
        assert client.head(address).status_code == status
    client.logout()
    assert client.post("/desk/uploads/").status_code == 302


@pytest.mark.parametrize("values", ["", "filename !!,record MQ==", "filename YQ==,record YQ=="])
def test_what_is_missing_is_reported(archivist: Client, values: str) -> None:
    assert archivist.post("/desk/uploads/", HTTP_UPLOAD_LENGTH="9", HTTP_UPLOAD_METADATA=values).status_code == 400


def test_too_large_a_file_is_reported_before_anything_is_sent(archivist: Client, record: Record, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 100
    metadata = f"filename YQ==,record {base64.b64encode(str(record.pk).encode()).decode()}"
    response = archivist.post("/en/desk/uploads/", HTTP_UPLOAD_LENGTH="101", HTTP_UPLOAD_METADATA=metadata)
    assert response.status_code == 413 and "too large" in response.content.decode()


def test_many_at_once_without_script_and_a_zip_among_them(archivist: Client, record: Record) -> None:
    packed = zip_of(**{"10__jpg": jpeg(), "9__jpg": picture((302, 400)).getvalue()})
    response = archivist.post(
        f"/desk/records/{record.pk}/files",
        {
            "scans": [
                SimpleUploadedFile("all.zip", packed),
                SimpleUploadedFile("2.jpg", picture((303, 400)).getvalue()),
                SimpleUploadedFile("2.jpg", picture((304, 400)).getvalue()),
                SimpleUploadedFile("broken.zip", b"PK\x03\x04 nonsense"),
                SimpleUploadedFile("a.heif", b"\0\0\0\x18ftypmif1" + bytes(90)),
                SimpleUploadedFile("none.jpg", b""),
            ]
        },
    )
    assert response.status_code == 302
    assert names_of(record) == ["2.jpg", "2.jpg", "9.jpg", "10.jpg"]
    batch = IntakeBatch.objects.get()
    refused = {file.name: file.reason for file in batch.files.filter(outcome="refused")}
    assert set(refused) == {"broken.zip", "a.heif", "none.jpg"} and refused["none.jpg"] == "empty"
    html = archivist.get(f"/en/desk/batches/{batch.pk}").content.decode()
    assert "The ZIP cannot be unpacked" in html and "has no bytes at all" in html
    table = b"".join(archivist.get(f"/desk/batches/{batch.pk}.csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert table.count("\n") == 8 and "broken.zip" in table
    assert "3 delivered files were refused" in archivist.get("/en/desk/").content.decode()


def test_nothing_chosen_is_reported_at_the_field(archivist: Client, record: Record) -> None:
    response = archivist.post(f"/en/desk/records/{record.pk}/files")
    assert response.status_code == 400 and "No file was chosen" in response.content.decode()


def test_a_refused_file_is_tried_again_or_given_up(archivist: Client, record: Record, settings: Any) -> None:
    data = file_of(page((500, 700)), "JPEG")
    settings.DECODE_SECONDS = 0.0001
    archivist.post(f"/desk/records/{record.pk}/files", {"scans": SimpleUploadedFile("a.jpg", data)})
    archivist.post(f"/desk/records/{record.pk}/files", {"scans": SimpleUploadedFile("b.jpg", b"no picture")})
    first, second = IntakeFile.objects.order_by("pk")
    assert first.outcome == second.outcome == "refused"
    assert (Path(settings.QUARANTINE_DIR) / first.quarantine).read_bytes() == data
    settings.DECODE_SECONDS = 60
    assert "a.jpg was taken in" in archivist.post(f"/en/desk/refused/{first.pk}", follow=True).content.decode()
    assert names_of(record) == ["a.jpg"]
    archivist.post(f"/desk/refused/{second.pk}", {"discard": "1"})
    assert "None waits." in archivist.get("/en/desk/refused/").content.decode()
    assert (Path(settings.QUARANTINE_DIR) / second.quarantine).read_bytes() == b"no picture"
    assert archivist.post(f"/desk/refused/{second.pk}").status_code == 404


def test_equal_and_alike_are_shown_side_by_side(archivist: Client, record: Record, make_record: Any) -> None:
    # No noise, which is another at each place in the suite and decides over even ground.
    image = Image.radial_gradient("L").resize((900, 1200)).convert("RGB")
    image.paste((30, 30, 30), (100, 100, 400, 900))
    for quality in (90, 60, 90):
        data = file_of(image, "JPEG", quality=quality)
        archivist.post(f"/desk/records/{record.pk}/files", {"scans": SimpleUploadedFile(f"{quality}.jpg", data)})
    batches = list(IntakeBatch.objects.order_by("pk"))
    alike = archivist.get(f"/en/desk/batches/{batches[1].pk}?show=alike").content.decode()
    assert alike.count("thumbnail.jpg") == 2 and "looks like" in alike
    equal = archivist.get(f"/en/desk/batches/{batches[2].pk}?show=duplicate").content.decode()
    assert "90.jpg" in equal and "here already" in equal
    assert len(names_of(record)) == 2


def test_a_batch_broken_off_goes_on(archivist: Client, record: Record, settings: Any) -> None:
    settings.JOBS_AT_ONCE = False
    files = [SimpleUploadedFile("n.jpg", picture((300 + n, 400)).getvalue()) for n in range(4)]
    archivist.post(f"/desk/records/{record.pk}/files", {"scans": files})
    batch = IntakeBatch.objects.get()
    with (
        pytest.raises(KeyboardInterrupt),
        failing_statements(KeyboardInterrupt(), 'INTO "catalog_page"', after=2),
    ):
        run_next(["intake.batch"])
    assert Page.objects.filter(record=record).count() == 2
    # The worker is gone and wrote nothing; its claim is of a process that is no more.
    place, _pid, *rest = Job.objects.get(kind="intake.batch").claim.split(":")
    Job.objects.update(claim=":".join([place, "4194304", *rest]))
    assert run_all_due() == 1
    assert Page.objects.filter(record=record).count() == 4
    batch.refresh_from_db()
    assert batch.state == "done" and batch.files.count() == 4


def test_a_batch_that_one_worker_is_at_is_left_alone_by_another(
    archivist: Client, record: Record, settings: Any
) -> None:
    settings.JOBS_AT_ONCE = False
    files = [SimpleUploadedFile("n.jpg", picture((300 + n, 400)).getvalue()) for n in range(2)]
    archivist.post(f"/desk/records/{record.pk}/files", {"scans": files})
    batch = IntakeBatch.objects.get()
    with (Path(settings.STAGING_DIR) / f"uploads-{batch.pk}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert run_all_due() == 1
        assert not Page.objects.filter(record=record).exists()
    assert Job.objects.get().state == "waiting"
    Job.objects.update(due_at=timezone.now())
    assert run_all_due() == 1
    assert run_all_due() == 0
    assert Job.objects.get().state == "done"
    assert Page.objects.filter(record=record).count() == 2


def test_names_that_climb_stay_below(archivist: Client, record: Record) -> None:
    for name in ("../../../etc/passwd", "..", "C:\\a\\b.jpg", "=cmd()|x.jpg"):
        archivist.post(
            f"/desk/records/{record.pk}/files", {"scans": SimpleUploadedFile("x", picture((320, 400), name).getvalue())}
        )
        data = picture((330, 400), name).getvalue()
        address = begin_upload(archivist, record, name, len(data))
        send_piece(archivist, address, 0, data)
    archivist.post(f"/desk/records/{record.pk}/files")
    assert {"passwd", "b.jpg", "=cmd()|x.jpg"} <= set(names_of(record))
    response: Any = archivist.get(f"/desk/batches/{IntakeBatch.objects.latest('pk').pk}.csv")
    table = b"".join(response.streaming_content).decode()
    assert "\n=cmd" not in table and "'=cmd" in table


def test_dropping_what_was_sent(archivist: Client, record: Record) -> None:
    address = begin_upload(archivist, record, "a.jpg", 100)
    send_piece(archivist, address, 0, b"x" * 50)
    path = Upload.objects.get().path
    assert path.stat().st_size == 50
    archivist.post(f"{address}/drop")
    assert not path.exists() and not Upload.objects.exists()
