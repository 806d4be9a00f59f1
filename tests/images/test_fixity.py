"""Originals held against their checksums: what is damaged is found, said and mailed, and nothing is written over."""

import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.test import Client

from catalog.accounts.models import User
from catalog.images import fixity
from catalog.images.models import FixityFinding, FixityPass, Original, Scan
from catalog.records.models import Page, Record
from tests.factories import storage_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def scans(make_record: Callable[..., Record], make_page: Callable[..., Page]) -> list[Scan]:
    record = make_record(identifier="HC-9000")
    return [make_page(record, number, (300, 400)).scans.get() for number in (1, 2, 3, 4)]


def checked(**options: Any) -> tuple[int, str]:
    """The status and what was said."""
    out = io.StringIO()
    try:
        call_command("fixity", stdout=out, stderr=io.StringIO(), **options)
    except SystemExit as error:
        return int(str(error.code)), out.getvalue()
    return 0, out.getvalue()


def path_of(scan: Scan) -> Path:
    return Path(default_storage.path(storage_key(scan)))


def test_whole_ones_are_whole(scans: list[Scan]) -> None:
    status, output = checked(rate=0)
    assert status == 0 and "4 originals, 0 never checked" in output and "4 checked, 0 faults, ended" in output


def test_what_is_damaged_or_missing_is_found_reported_mailed_and_not_touched(
    scans: list[Scan], client: Client, cast: dict[str, User], settings: Any, mailoutbox: list[Any]
) -> None:
    settings.ALARM_MAIL = ["keeper@archive.example"]
    damaged, missing = path_of(scans[0]), path_of(scans[1])
    complete = damaged.read_bytes()
    wrong = complete[:500] + bytes([complete[500] ^ 1]) + complete[501:]
    damaged.write_bytes(wrong)
    away = missing.rename(missing.with_suffix(".away"))
    status, output = checked(rate=0)
    assert (
        status == 1
        and f"damaged: {scans[0].original.name}" in output
        and f"missing: {scans[1].original.name}" in output
    )
    assert damaged.read_bytes() == wrong and not missing.exists()
    (mail,) = mailoutbox
    assert (
        mail.to == ["keeper@archive.example"]
        and scans[0].original.name in mail.body
        and scans[1].original.name in mail.body
    )
    client.force_login(cast["archivist"])
    home = client.get("/en/desk/").content.decode()
    assert "2 originals are damaged or missing" in home and 'class="grave"' in home
    report = client.get("/en/desk/fixity").content.decode()
    assert storage_key(scans[0]) in report and "HC-9000, page 1" in report
    checked(rate=0)
    assert len(mailoutbox) == 1 and FixityFinding.objects.count() == 2
    damaged.write_bytes(complete)
    away.rename(missing)
    assert checked(rate=0)[0] == 0
    assert "damaged or missing." not in client.get("/en/desk/").content.decode()
    assert "Whole again" in client.get("/en/desk/fixity").content.decode()


def test_a_mail_that_fails_is_sent_the_next_time(scans: list[Scan], settings: Any, mailoutbox: list[Any]) -> None:
    settings.ALARM_MAIL = ["keeper@archive.example"]
    path_of(scans[0]).unlink()

    working_mail = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "tests.faults.DeadMailServer"
    checked(rate=0)
    assert not mailoutbox
    settings.EMAIL_BACKEND = working_mail
    checked(rate=0)
    assert len(mailoutbox) == 1


def test_it_goes_on_where_it_stopped(scans: list[Scan]) -> None:
    checked(rate=0, limit=3)
    walk = FixityPass.objects.get()
    assert walk.ended_at is None and Original.objects.filter(checked_at=None).count() == 1
    assert "3 checked, 0 faults, 1 left" in checked(status=True)[1]
    checked(rate=0)
    walk.refresh_from_db()
    assert walk.ended_at is not None and walk.checked == 4 and FixityPass.objects.count() == 1
    assert not fixity.is_due()
    FixityPass.objects.update(ended_at=walk.ended_at - fixity.datetime.timedelta(days=91))
    assert fixity.is_due()


def test_it_reads_no_faster_than_it_may(scans: list[Scan]) -> None:
    size = sum(original.bytes for original in Original.objects.all())
    began = time.monotonic()
    fixity.check_next(fixity_pass=fixity.current_pass(), rate=fixity.Rate(size * 2))
    assert time.monotonic() - began > 0.4


def test_the_file_that_scans_came_in_is_kept_and_checked_too(
    make_record: Callable[..., Record], tmp_path: Path
) -> None:
    from tests.intake.odd_files import page, tiff, write_all

    make_record(identifier="HC-9001")
    write_all(tmp_path / "in", {"two.tif": tiff(page((90, 90)), page((91, 90)))})
    call_command("ingest", str(tmp_path / "in"), record="HC-9001", stdout=io.StringIO(), stderr=io.StringIO())
    assert Original.objects.count() == 3
    delivered = Original.objects.exclude(sha256__in=Scan.objects.values("sha256")).get()
    Path(default_storage.path(delivered.name)).unlink()
    assert checked(rate=0)[0] == 1
