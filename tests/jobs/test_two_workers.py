"""Several workers and several people at once, on either database: each thing is done once, and nobody waits for a
picture."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from catalog.images.models import Scan
from catalog.images.renditions.actions import cover_part, set_instructions, uncover_part
from catalog.intake.actions import open_batch, take_in
from catalog.intake.models import IntakeFile
from catalog.intake.planning import Options
from catalog.intake.sources import read_delivery
from catalog.jobs import registry, running
from catalog.jobs.actions import enqueue
from catalog.jobs.daily import enqueue_daily_jobs
from catalog.jobs.handle import Handle
from catalog.jobs.models import Job
from catalog.reading import queue
from catalog.reading.models import PageReading
from catalog.reading.pages import ReadScan
from catalog.records.models import Page, Record, Repository
from tests.factories import new_page, new_scan, picture
from tests.intake.odd_files import file_of, page, pdf, write_all
from tests.waiting import run_together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_at_once(settings: Any) -> Iterator[None]:
    settings.JOBS_AT_ONCE = False
    registry.kinds()
    existing = dict(registry._KINDS)
    yield
    registry._KINDS.clear()
    registry._KINDS.update(existing)


def test_each_job_is_worked_once_by_four_workers() -> None:
    worked: list[str] = []

    @registry.job("tests.shared", "work of a test", lane="tests")
    def act(handle: Handle) -> None:
        worked.append(handle.key)

    for number in range(60):
        enqueue("tests.shared", key=str(number))
    turns = run_together(*[lambda: running.run_all_due(["tests.shared"])] * 4)
    assert sorted(worked, key=int) == [str(number) for number in range(60)]
    assert sum(turns) == 60
    assert set(Job.objects.values_list("state", "attempts")) == {("done", 1)}


def test_of_one_thing_one_job_runs_at_a_time() -> None:
    inside: list[int] = []
    most: list[int] = []
    done: list[int] = []
    another_is_inside = threading.Event()

    @registry.job("tests.serial", "work of a test", lane="tests")
    def act(handle: Handle) -> None:
        inside.append(1)
        most.append(len(inside))
        if len(inside) > 1:
            another_is_inside.set()
        if len(done) < 8:
            enqueue("tests.serial", key="7")
        # Time for another worker to come in, if it could.
        another_is_inside.wait(0.01)
        done.append(1)
        inside.pop()

    enqueue("tests.serial", key="7")
    until = time.monotonic() + 30

    def work() -> None:
        while len(done) < 9 and time.monotonic() < until:
            running.run_next(["tests.serial"])

    run_together(work, work, work)
    assert (len(done), max(most)) == (9, 1)
    assert not Job.objects.exclude(state="done").exists()


def test_the_same_is_asked_for_once_by_many_at_once() -> None:
    @registry.job("tests.asked", "work of a test", lane="tests")
    def act(handle: Handle) -> None:
        """Nothing to do."""

    run_together(*[lambda: enqueue("tests.asked", key="7")] * 6)
    assert Job.objects.filter(kind="tests.asked").count() == 1
    run_together(*[enqueue_daily_jobs] * 4)
    daily = list(Job.objects.exclude(kind="tests.asked").values_list("kind", flat=True))
    assert len(daily) == len(set(daily))


def test_each_page_is_read_once_by_three_readers(make_record: Callable[..., Record], settings: Any) -> None:
    record = make_record()
    for number in range(1, 9):
        new = new_page(record, number)
        new_scan(new, picture((300, 400), f"{number}"))
    queue.fill_queue()
    read: list[int] = []

    def reader(scan: Scan, languages: str) -> ReadScan:
        read.append(scan.page_id)
        return ReadScan("chữ", [], 0.9, False)

    settings.PAGE_READER = reader

    def work() -> None:
        while queue.read_next() is not None:
            pass

    run_together(work, work, work)
    assert len(read) == len(set(read)) == 8
    assert set(PageReading.objects.values_list("state", "attempts")) == {("read", 1)}


def test_two_deliveries_into_one_record_take_turns(make_record: Callable[..., Record], tmp_path: Path) -> None:
    record = make_record()
    shared = file_of(page((700, 900)), "JPEG")
    for side in "ab":
        own = {f"{side}{n}.jpg": file_of(page((500 + n, 640 + ord(side))), "JPEG") for n in range(6)}
        write_all(tmp_path / side, {"0.jpg": shared, **own})

    def work(side: str) -> Callable[[], Any]:
        def take() -> Any:
            batch = open_batch(source=side, record=record)
            return take_in(batch=batch, delivery=read_delivery([tmp_path / side]), options=Options(record=record)).state

        return take

    assert run_together(work("a"), work("b")) == ["done", "done"]
    numbers = list(Page.objects.filter(record=record).order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, 14))
    outcomes = list(IntakeFile.objects.values_list("outcome", flat=True))
    assert (outcomes.count("accepted"), outcomes.count("duplicate")) == (13, 1)


@pytest.mark.parametrize("deed", ["turn", "crop", "cover", "uncover", "turned page of a PDF"])
def test_no_other_writer_waits_for_a_picture(
    deed: str,
    make_record: Callable[..., Record],
    repository: Repository,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    record = make_record()
    sheet = new_page(record)
    scan = new_scan(sheet, picture())
    cover = cover_part(page=sheet, box=(0, 0, 100, 100)) if deed == "uncover" else None
    save_jpeg = Image.SAVE["JPEG"]
    drawing, saved = threading.Event(), threading.Event()

    def save_slowly(*arguments: Any) -> None:
        """Draws until a colleague's save is through: a save that waits for the picture never comes through."""
        drawing.set()
        assert saved.wait(15), "a colleague's save waited for a picture"
        save_jpeg(*arguments)

    monkeypatch.setitem(Image.SAVE, "JPEG", save_slowly)
    if deed == "uncover":
        # The pictures without the cover came with the image; they were cleared away, and are made again.
        from django.core.files.storage import default_storage

        for name in ("thumbnail", "reading"):
            default_storage.delete(f"derived/{scan.sha256[:2]}/{scan.sha256}/{name}.jpg")

    def act() -> Any:
        match deed:
            case "turn":
                return set_instructions(scan=scan, turn=90, skew=0, crop=None)
            case "crop":
                return set_instructions(scan=scan, turn=0, skew=0, crop=(100, 100, 500, 500))
            case "cover":
                return cover_part(page=sheet, box=(0, 0, 100, 100))
            case "uncover":
                assert cover is not None
                return uncover_part(cover=cover)
        import pypdfium2

        lying = pypdfium2.PdfDocument(pdf(page((900, 600)), page((910, 600)), page((920, 600))))
        for pdf_page in lying:
            pdf_page.set_rotation(90)
        (tmp_path / "in").mkdir()
        lying.save(tmp_path / "in" / "a.pdf")
        batch = open_batch(source="pdf", record=record)
        return take_in(batch=batch, delivery=read_delivery([tmp_path / "in"]), options=Options(record=record))

    def colleague() -> None:
        assert drawing.wait(60)
        Repository.objects.filter(pk=repository.pk).update(name_en="while a picture is drawn")
        saved.set()

    run_together(act, colleague)


def test_two_people_at_one_image_lose_nothing(make_record: Callable[..., Record], client: Client) -> None:
    sheet = new_page(make_record())
    scan = new_scan(sheet, picture((900, 1200)))
    run_together(
        lambda: set_instructions(scan=scan, turn=90, skew=0, crop=None),
        lambda: cover_part(page=sheet, box=(0, 0, 100, 100)),
        lambda: cover_part(page=sheet, box=(300, 300, 100, 100)),
    )
    scan.refresh_from_db()
    assert scan.turn == 90 and sheet.covers.count() == 2
    for name in ("thumbnail", "reading"):
        assert client.get(f"/scans/{scan.public_id}/{name}.jpg").status_code == 200
