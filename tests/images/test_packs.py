"""Tiles are kept in packs, each made once, within a bound."""

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.management import CommandError, call_command
from django.test import Client

from catalog.images.folders import BoundedFolder
from catalog.images.models import Scan
from catalog.images.queries import rendition_of
from catalog.images.serving import packs as pack_files
from catalog.images.serving.packs import BadPack, Pack
from catalog.images.serving.store import open_pack, open_stored_pack, packs
from catalog.records.models import Page, Record
from tests.factories import BLUE, GREEN, RED, YELLOW, storage_key
from tests.images.pictures import TILE, corners, image_at, pack_path
from tests.waiting import wait_until


def test_the_first_tile_makes_the_pack_and_others_only_read_it(client: Client, scan: Scan) -> None:
    assert not pack_path(scan).exists()
    first = client.get(f"/iiif/image/{scan.public_id}/{TILE}")
    assert first.status_code == 200 and pack_path(scan).exists()

    # Nothing can be decoded again.
    default_storage.delete(storage_key(scan))
    assert client.get(f"/iiif/image/{scan.public_id}/{TILE}").content == first.content
    # Other sizes come from the smallest level that is large enough.
    assert corners(image_at(client, scan, "full/500,/0/default.jpg"), RED, GREEN, BLUE, YELLOW)
    assert corners(image_at(client, scan, "650,450,651,451/100,/0/default.png"), *(YELLOW,) * 4)
    assert corners(image_at(client, scan, "full/^1400,/0/default.jpg"), RED, GREEN, BLUE, YELLOW)


def test_a_list_of_small_images_makes_no_packs(client: Client, scan: Scan) -> None:
    for size in ("150,", "326,226", "240,", "max"):
        image_at(client, scan, f"full/{size}/0/default.jpg")
    assert not pack_path(scan).exists()


class SlowStorage(FileSystemStorage):
    """Counts how often the original is fetched, and takes its time over it."""

    fetched: ClassVar[list[str]] = []
    go_on: ClassVar[threading.Event] = threading.Event()

    def path(self, name: str) -> str:
        """Where a file is, after a while."""
        if name.startswith("originals/"):
            self.fetched.append(name)
            self.go_on.wait(20)
        return super().path(name)


def test_one_pack_is_made_however_many_ask(scan: Scan, settings: Any) -> None:
    options = {"location": settings.MEDIA_ROOT}
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": f"{__name__}.SlowStorage", "OPTIONS": options}}
    SlowStorage.fetched.clear()
    SlowStorage.go_on.clear()
    rendition = rendition_of(scan)
    started = threading.Barrier(9)
    tiles: list[bytes] = []

    def ask() -> None:
        started.wait(20)
        with open_pack(rendition) as pack:
            tiles.append(pack.tile(0, 0, 0))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    started.wait(20)
    wait_until(lambda: SlowStorage.fetched)
    SlowStorage.go_on.set()
    for thread in threads:
        thread.join()
    assert len(SlowStorage.fetched) == 1 and len(tiles) == 8 and len(set(tiles)) == 1
    assert not list(packs().root.glob("*/*.lock")) and not list(packs().root.glob("*/.*"))


def test_another_process_that_makes_a_thing_is_waited_for(tmp_path: Path) -> None:
    folder = BoundedFolder(tmp_path, 10**6)
    other = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys,time,pathlib;sys.path.insert(0,sys.argv[2])\n"
            "from catalog.images.folders import BoundedFolder\n"
            "with BoundedFolder(pathlib.Path(sys.argv[1]), 10**6).lock('aa'):\n print('held', flush=True); "
            "sys.stdin.read()",
            str(tmp_path),
            str(Path(__file__).parents[2]),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert other.stdin and other.stdout and other.stdout.readline() == b"held\n"
    with pytest.raises(TimeoutError), folder.lock("aa", patience=0.1):
        pass
    other.stdin.close()
    with folder.lock("aa", patience=10):
        assert other.wait(5) == 0


def test_the_folder_keeps_its_bound_and_what_was_used_last(tmp_path: Path) -> None:
    import os

    folder = BoundedFolder(tmp_path, 1000)
    for number in range(8):
        file = folder.temporary_path(f"{number}x")
        file.write_bytes(b"x" * 120)
        folder.add(f"{number}x", file)
        os.utime(folder.path(f"{number}x"), (number, number))
    os.utime(folder.path("0x"), (100, 100))
    file = folder.temporary_path("9x")
    file.write_bytes(b"x" * 120)
    folder.add("9x", file)
    remaining = {number for number in range(10) if folder.path(f"{number}x").exists()}
    assert {0, 9} <= remaining and not {1} & remaining
    assert sum(path.stat().st_size for path in tmp_path.glob("*/*x")) <= 900 == 0.9 * 1000
    assert folder.held() <= 900


@pytest.mark.parametrize("harm", ["cut", "other", "empty", "table"])
def test_a_damaged_pack_is_made_again(client: Client, scan: Scan, harm: str) -> None:
    first = client.get(f"/iiif/image/{scan.public_id}/{TILE}").content
    path = pack_path(scan)
    data = path.read_bytes()
    path.write_bytes(
        {
            "cut": data[:-2000][: len(first) // 2 + 300],
            "other": b"x" * len(data),
            "empty": b"",
            "table": data[:40] + b"\xff" * 200 + data[240:],
        }[harm]
    )
    assert client.get(f"/iiif/image/{scan.public_id}/{TILE}").content == first
    with pytest.raises(BadPack):
        Pack(path, (1301, 900))


def test_a_large_image_is_packed_by_a_child_and_never_decoded_here(client: Client, scan: Scan, settings: Any) -> None:
    settings.IMAGE_CHILD_AREA = settings.IMAGE_TILED_AREA = 1_000_000
    # A child that has no time fails; what this process does has no such limit.
    patience, settings.DECODE_SECONDS = settings.DECODE_SECONDS, 0.01
    for parameters in (TILE, "full/max/0/default.jpg"):
        assert client.get(f"/iiif/image/{scan.public_id}/{parameters}").status_code == 503
    settings.DECODE_SECONDS = patience
    assert client.get(f"/iiif/image/{scan.public_id}/{TILE}").status_code == 200
    default_storage.delete(storage_key(scan))
    for other_parameters in (
        TILE,
        "full/max/0/default.jpg",
        "full/1200,/0/default.png",
        "600,400,300,300/max/0/default.jpg",
    ):
        assert client.get(f"/iiif/image/{scan.public_id}/{other_parameters}").status_code == 200
    assert corners(image_at(client, scan, "full/max/0/default.jpg"), RED, GREEN, BLUE, YELLOW)
    assert corners(image_at(client, scan, "full/326,226/0/default.jpg"), RED, GREEN, BLUE, YELLOW)


def test_packs_beforehand(
    scan: Scan, make_record: Callable[..., Record], make_page: Callable[..., Page], capsys: Any, settings: Any
) -> None:
    parent = scan.page.record
    below, apart = make_record(parent=parent), make_record()
    pages = [make_page(below), make_page(apart)]
    code = parent.identifiers.get().value
    call_command("packs", record=code)
    assert "2 packs made, 0 stood already, 0 could not be made, of 2 pages" in capsys.readouterr().out
    assert open_stored_pack(rendition_of(pages[0].scans.get())) and not open_stored_pack(
        rendition_of(pages[1].scans.get())
    )
    call_command("packs", all=True)
    assert "1 packs made, 2 stood already" in capsys.readouterr().out
    lost = pages[1].scans.get()
    packs().path(f"{lost.public_id}.pack").unlink()
    default_storage.delete(storage_key(lost))
    default_storage.save(lost.original.name, ContentFile(b"\xff\xd8\xffnothing"))
    with pytest.raises(CommandError, match="1 images could not be read"):
        call_command("packs", all=True)
    assert "2 stood already, 1 could not be made" in capsys.readouterr().out
    settings.PACKS_BYTES = packs().held()
    call_command("packs", all=True)
    assert "The folder is full" in capsys.readouterr().out
    with pytest.raises(CommandError, match="There is no record"):
        call_command("packs", record="NONE-1")


@pytest.mark.parametrize(
    "parameters", ["full/300,/0/default.jpg", "full/700,/0/default.jpg", "10,10,700,700/350,/0/gray.png", TILE]
)
def test_a_truncated_pack_is_no_reason_for_503_while_the_original_exists(
    client: Client, scan: Scan, parameters: str
) -> None:
    first = client.get(f"/iiif/image/{scan.public_id}/{TILE}").content
    data = pack_path(scan).read_bytes()
    level = pack_files.levels_of((scan.width, scan.height))
    head = pack_files.HEAD.size + pack_files.ENTRY.size * (level[-1].first + 1)
    pack_path(scan).write_bytes(data[: head + 10])
    response = client.get(f"/iiif/image/{scan.public_id}/{parameters}")
    assert response.status_code == 200, response.content
    assert client.get(f"/iiif/image/{scan.public_id}/{TILE}").content == first
