"""Deliveries, refused files and damage of closed records are shown only to users who may see these records."""

from collections.abc import Callable

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from catalog.accounts.models import User
from catalog.images.models import FixityFinding, Original
from catalog.intake.models import IntakeBatch, IntakeFile, Upload
from catalog.reading.models import PageReading, ReadingPriority
from catalog.records.models import (
    Record,
)
from tests.doors.staff import SECRET, _base64, html_of
from tests.factories import picture


def test_files_are_not_sent_into_a_record_by_guessing_its_number(
    somebody: Callable[..., Client], closed: Record
) -> None:
    client = somebody("add_scan", "change_record", "view_record")
    assert client.get(f"/desk/records/{closed.pk}/files").status_code == 404
    sent = SimpleUploadedFile("a.jpg", picture((100, 100)).read(), content_type="image/jpeg")
    assert client.post(f"/desk/records/{closed.pk}/files", {"scans": sent}).status_code == 404
    metadata = f"record {_base64(str(closed.pk))},filename {_base64('a.jpg')}"
    response = client.post("/desk/uploads/", headers={"Upload-Length": "3", "Upload-Metadata": metadata})
    assert response.status_code == 404
    assert not Upload.objects.exists() and closed.pages.count() == 1


def test_deliveries_into_a_closed_record_are_not_reported_to_who_may_not_see_it(
    somebody: Callable[..., Client], archivist: Client, closed: Record, make_record: Callable[..., Record]
) -> None:
    client = somebody("add_scan")
    batch = IntakeBatch.objects.create(source=SECRET, record=closed, state="done", total=1)
    refused = IntakeFile.objects.create(batch=batch, name=f"{SECRET}.tif", outcome="refused", reason="type")
    for address in ("/desk/batches/", "/desk/refused/"):
        assert SECRET not in html_of(client, address) and SECRET in html_of(archivist, address), address
    for address in (f"/desk/batches/{batch.pk}", f"/desk/batches/{batch.pk}.csv"):
        assert client.get(address).status_code == 404 and archivist.get(address).status_code == 200
    assert client.post(f"/desk/refused/{refused.pk}", {"discard": "1"}).status_code == 404
    refused.refresh_from_db()
    assert refused.settled == ""
    # What looks like an image of a closed record says so only to who sees that.
    other = IntakeBatch.objects.create(source="giao", record=make_record(), state="done", total=1)
    file = IntakeFile.objects.create(batch=other, name="b.jpg", outcome="accepted", like=closed.pages.get().scans.get())
    file.scans.add(closed.pages.get().scans.get())
    code = closed.identifiers.get().matched
    for address in (f"/desk/batches/{other.pk}", f"/desk/batches/{other.pk}.csv"):
        assert code not in html_of(client, address) and code in html_of(archivist, address), address


def test_a_refused_file_is_not_tried_again_into_a_record_that_one_may_not_see(
    somebody: Callable[..., Client], closed: Record
) -> None:
    client = somebody("add_scan")
    user = User.objects.get(username="home-made 0")
    batch = IntakeBatch.objects.create(source="giao", owner=user, state="done", total=1)
    file = IntakeFile.objects.create(batch=batch, name="b.jpg", outcome="refused", reason="type", quarantine="nothing")
    code = closed.identifiers.get().matched
    complaints = []
    for number in (code, "KX-NOWHERE"):
        response = client.post(f"/desk/refused/{file.pk}", {"record": number}, follow=True)
        complaints.append([str(message).replace(number, "…") for message in response.context["messages"]])
    assert complaints[0] == complaints[1] != []


def test_damage_and_reading_of_closed_pages_are_shown_to_those_who_may_see_them(
    curator: Client, somebody: Callable[..., Client], archivist: Client, closed: Record
) -> None:
    scan = closed.pages.get().scans.get()
    code = closed.identifiers.get().matched
    FixityFinding.objects.create(original=Original.objects.get(sha256=scan.sha256), kind="damaged", detail=SECRET)
    PageReading.objects.update_or_create(page=scan.page, defaults={"scan": scan, "state": "failed", "reason": SECRET})
    ReadingPriority.objects.create(record=closed, priority=3)
    assert SECRET not in html_of(curator, "/desk/fixity") and code not in html_of(curator, "/desk/fixity")
    assert "hỏng hoặc mất" not in html_of(curator, "/desk/")
    reader = somebody("run_reading")
    assert SECRET not in html_of(reader, "/desk/reading") and code not in html_of(reader, "/desk/reading")
    for address in ("/desk/fixity", "/desk/reading"):
        assert SECRET in html_of(archivist, address) and code in html_of(archivist, address)
