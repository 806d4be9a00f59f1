"""Scans in an S3-speaking server (Versity S3 Gateway, run for real): taken in, shown, zoomed, checked."""

import hashlib
import io
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.test import Client

from catalog.images.models import Scan
from catalog.management.serving import free_port
from catalog.records.models import Record
from tests.conftest import S3_SERVER
from tests.factories import storage_key
from tests.intake.odd_files import file_of, page, tiff, write_all
from tests.waiting import wait_until

pytestmark = [pytest.mark.needs("s3"), pytest.mark.django_db]
KEY, SECRET = "archive", "only-for-this-test"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The server's address, and the folder it keeps buckets in."""
    folder = tmp_path_factory.mktemp("s3")
    port = free_port()
    running = subprocess.Popen(
        [str(S3_SERVER), "--port", f"127.0.0.1:{port}", "posix", str(folder)],
        env={**os.environ, "ROOT_ACCESS_KEY": KEY, "ROOT_SECRET_KEY": SECRET},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def is_listening() -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return False
        return True

    wait_until(is_listening, 10)
    yield f"http://127.0.0.1:{port}", folder
    running.terminate()
    running.wait(timeout=10)


@pytest.fixture
def bucket(server: tuple[str, Path], settings: Any, tmp_path: Path) -> Path:
    """An empty bucket that holds the archive's scans, as the server keeps it on its disk."""
    import boto3

    address, folder = server
    name = f"archive-{time.time_ns()}"
    boto3.client(
        "s3", endpoint_url=address, aws_access_key_id=KEY, aws_secret_access_key=SECRET, region_name="us-east-1"
    ).create_bucket(Bucket=name)
    from archive.settings.base import MEDIA_IN_A_BUCKET

    options = {
        **MEDIA_IN_A_BUCKET["OPTIONS"],
        "bucket_name": name,
        "endpoint_url": address,
        "access_key": KEY,
        "secret_key": SECRET,
        "region_name": "us-east-1",
    }
    settings.VAR_DIR = tmp_path / "var"
    settings.STORAGES = settings.STORAGES | {"default": MEDIA_IN_A_BUCKET | {"OPTIONS": options}}
    return folder / name


def test_from_intake_to_the_check(
    bucket: Path, client: Client, make_record: Callable[..., Record], tmp_path: Path
) -> None:
    make_record(identifier="HC-9000")
    data = file_of(page((1400, 1900)), "JPEG", quality=90)
    write_all(tmp_path / "in", {"1.jpg": data, "2.tif": tiff(page((300, 400)), page((310, 400))), "3.txt": b"x"})
    call_command("ingest", str(tmp_path / "in"), record="HC-9000", stdout=io.StringIO(), stderr=io.StringIO())
    sha = hashlib.sha256(data).hexdigest()
    assert (bucket / f"originals/{sha[:2]}/{sha}.jpg").read_bytes() == data
    assert "originals/ab" in (bucket / "README.txt").read_text()
    scans = list(Scan.objects.order_by("page__number"))
    assert [(scan.width, scan.height) for scan in scans] == [(1400, 1900), (300, 400), (310, 400)]
    first = scans[0].public_id
    for address in (
        f"/scans/{first}/thumbnail.jpg",
        f"/scans/{first}/reading.jpg",
        f"/iiif/image/{first}/0,0,512,512/512,512/0/default.jpg",
        f"/iiif/image/{first}/full/300,/90/gray.png",
        "/records/HC-9000",
        "/iiif/records/HC-9000/manifest",
    ):
        assert client.get(address).status_code == 200, address
    out = io.StringIO()
    call_command("fixity", rate=0, stdout=out, stderr=io.StringIO())
    assert "4 originals, 0 never checked" in out.getvalue()
    (bucket / f"originals/{sha[:2]}/{sha}.jpg").unlink()
    second = storage_key(scans[1])
    default_storage.delete(second)
    default_storage.save(second, io.BytesIO(b"something else"))
    with pytest.raises(SystemExit):
        call_command("fixity", rate=0, stdout=out, stderr=io.StringIO())
    assert f"missing: originals/{sha[:2]}/{sha}.jpg" in out.getvalue() and f"damaged: {second}" in out.getvalue()


def test_a_store_that_does_not_answer_is_no_damage(
    bucket: Path, make_record: Callable[..., Record], tmp_path: Path, client: Client, settings: Any
) -> None:
    make_record(identifier="HC-9000")
    write_all(tmp_path / "in", {"1.jpg": file_of(page(), "JPEG")})
    call_command("ingest", str(tmp_path / "in"), record="HC-9000", stdout=io.StringIO(), stderr=io.StringIO())
    options = settings.STORAGES["default"]["OPTIONS"] | {"endpoint_url": "http://127.0.0.1:9"}
    settings.STORAGES = settings.STORAGES | {"default": settings.STORAGES["default"] | {"OPTIONS": options}}
    scan = Scan.objects.get()
    assert client.get(f"/iiif/image/{scan.public_id}/full/max/0/default.jpg").status_code == 503
    assert client.get("/records/HC-9000").status_code == 200
    from catalog.images.models import FixityFinding

    with pytest.raises(CommandError, match="The store does not answer"):
        call_command("fixity", rate=0, stdout=io.StringIO(), stderr=io.StringIO())
    assert not FixityFinding.objects.exists()
