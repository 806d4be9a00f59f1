"""The queue of machine reading: filled by itself, ordered, paused, claimed, tried again, never over a person's
words."""

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from PIL import Image, ImageDraw, ImageFont

from catalog.accounts.models import User
from catalog.images.models import Scan
from catalog.images.renditions.actions import set_instructions
from catalog.reading import ocr, queue
from catalog.reading.models import PageReading
from catalog.reading.pages import ReadScan, read_scan
from catalog.reading.preparing import cleaned, grey_copy
from catalog.reading.progress import progress
from catalog.reading.queue import fill_queue, pause_reading, queue_again, read_next, set_priority
from catalog.records.models import Page, Record
from catalog.texts.actions import set_page_text
from catalog.texts.models import PageText
from tests.factories import new_page, new_scan

pytestmark = pytest.mark.django_db


@pytest.fixture
def read(settings: Any) -> list[int]:
    """Pages read, by a reader that reads "Lê Văn Mẫu" everywhere."""
    pages: list[int] = []

    def reader(scan: Scan, languages: str) -> ReadScan:
        pages.append(scan.page_id)
        return ReadScan("Lê Văn Mẫu", [[0, 2, 5, 5, 20, 20]], 0.9, False)

    settings.PAGE_READER = reader
    return pages


def install_tesseract(folder: Path, monkeypatch: pytest.MonkeyPatch, *models: str) -> None:
    """Let a program of that name with these models be the only one that is found."""
    folder.mkdir()
    program = folder / "tesseract"
    program.write_text("#!/bin/sh\necho 'List of available languages'\n" + "".join(f"echo {name}\n" for name in models))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}")


def failing(settings: Any, error: Exception) -> None:
    def reader(scan: Scan, languages: str) -> ReadScan:
        raise error

    settings.PAGE_READER = reader


def test_pages_with_images_and_without_words_are_queued_once(
    make_record: Callable[..., Record], make_page: Callable[..., Page], read: list[int]
) -> None:
    record = make_record()
    plain, spoken = make_page(record, 1), make_page(record, 2)
    new_page(record, 3)
    set_page_text(page=spoken, text="người viết", origin="person")
    assert fill_queue() == 1
    assert fill_queue() == fill_queue(from_the_start=True) == 0
    done = read_next()
    assert done is not None
    assert (done.page, done.state, done.attempts) == (plain, "read", 1)
    text = PageText.objects.get(page=plain)
    assert (text.origin, text.confidence, text.boxes) == ("ocr", 0.9, [[0, 2, 5, 5, 20, 20]])
    # Names are proposed, and nothing enters.
    assert [proposal.name for proposal in plain.mention_proposals.all()] == ["Lê Văn Mẫu"]
    assert not record.mentions.exists()
    assert read_next() is None


def test_a_new_image_is_read_again_but_a_text_of_a_person_is_never_replaced(
    make_record: Callable[..., Record], make_page: Callable[..., Page], read: list[int], cast: dict[str, User]
) -> None:
    from tests.factories import picture

    page = make_page(make_record())
    fill_queue()
    read_next()
    new_scan(page, picture((1400, 1900), "khác"), name="b.jpg")
    assert fill_queue() == 1
    read_next()
    assert page.texts.count() == 2
    set_page_text(page=page, text="người viết", origin="person")
    assert queue_again(pages=[page.pk]) == 1
    done = read_next()
    assert done is not None
    assert done.state == "passed"
    assert PageText.objects.get(page=page, current=True).text == "người viết"


def test_priorities_are_inherited_and_nearer_ones_count(
    make_record: Callable[..., Record], make_page: Callable[..., Page], read: list[int]
) -> None:
    fonds = make_record(level="fonds")
    near, far, other = make_record(parent=fonds), make_record(parent=fonds), make_record()
    pages = {name: make_page(record) for name, record in (("other", other), ("far", far), ("near", near))}
    fill_queue()
    assert set_priority(record=fonds, priority=5) == 2
    assert set_priority(record=near, priority=50) == 1
    late = make_page(far, 2)
    fill_queue()
    while read_next():
        pass
    assert read == [pages["near"].pk, pages["far"].pk, late.pk, pages["other"].pk]
    queue_again(pages=[page.pk for page in pages.values()])
    set_priority(record=near, priority=0)
    assert PageReading.objects.get(page=pages["near"]).priority == 5


def test_paused_reads_nothing(
    make_record: Callable[..., Record], make_page: Callable[..., Page], read: list[int]
) -> None:
    make_page(make_record())
    fill_queue()
    pause_reading(paused=True)
    assert read_next() is None
    assert progress().paused
    pause_reading(paused=False)
    assert read_next() is not None


def test_a_failure_is_kept_with_its_reason_and_tried_three_times(
    make_record: Callable[..., Record], make_page: Callable[..., Page], settings: Any
) -> None:
    make_page(make_record())
    fill_queue()
    failing(settings, OSError("tesseract took longer than 120 s"))
    states = []
    while done := read_next():
        states.append((done.state, done.reason))
    assert [state for state, _ in states] == ["waiting", "waiting", "failed"]
    assert states[-1][1] == "tesseract took longer than 120 s"
    failing(settings, ZeroDivisionError())
    queue_again(pages=[done.page_id for done in PageReading.objects.all()])
    done = read_next()
    assert done is not None
    assert done.reason == "ZeroDivisionError"


def test_a_page_whose_reader_was_killed_is_taken_up_again_a_few_times(
    make_record: Callable[..., Record], make_page: Callable[..., Page], settings: Any
) -> None:
    make_page(make_record())
    fill_queue()
    failing(settings, KeyboardInterrupt())  # type: ignore[arg-type]
    for attempt in range(1, 4):
        with pytest.raises(KeyboardInterrupt):
            read_next()
        reading = PageReading.objects.get()
        assert (reading.state, reading.attempts) == ("working", attempt)
        assert read_next() is None
        PageReading.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert read_next() is None
    reading = PageReading.objects.get()
    assert (reading.state, reading.reason) == ("failed", "reading it was broken off 3 times")


def test_a_process_that_ends_gives_its_page_back(
    make_record: Callable[..., Record], make_page: Callable[..., Page], settings: Any
) -> None:
    make_page(make_record())
    fill_queue()
    failing(settings, KeyboardInterrupt())  # type: ignore[arg-type]
    with pytest.raises(KeyboardInterrupt):
        read_next()
    assert queue.release_readings() == 1
    reading = PageReading.objects.get()
    assert (reading.state, reading.attempts, reading.claimed_until) == ("waiting", 0, None)


def test_who_lost_the_claim_writes_nothing(
    make_record: Callable[..., Record], make_page: Callable[..., Page], settings: Any
) -> None:
    page = make_page(make_record())
    fill_queue()

    def reader(scan: Scan, languages: str) -> ReadScan:
        PageReading.objects.update(claim="elsewhere:1:9:another")
        return ReadScan("a", [], None, False)

    settings.PAGE_READER = reader
    read_next()
    assert not page.texts.exists()


def test_no_recognised_text_is_a_state(
    make_record: Callable[..., Record], make_page: Callable[..., Page], settings: Any, client: Any
) -> None:
    page = make_page(make_record(identifier="HC-7300"))
    fill_queue()
    settings.PAGE_READER = lambda scan, languages: ReadScan("", [], None, True)
    done = read_next()
    assert done is not None
    assert (done.state, done.prepared) == ("empty", True)
    text = PageText.objects.get(page=page)
    assert (text.current, text.words) == (True, 0)
    assert "No words were recognised on this page" in client.get("/en/records/HC-7300/pages/1").content.decode()
    assert fill_queue(from_the_start=True) == 0


def test_languages_of_the_record_choose_the_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_tesseract(tmp_path / "both", monkeypatch, "vie", "eng")
    assert [ocr.models_for(text) for text in ("", "vi", "vi,en", "en", "fr")] == [
        "vie",
        "vie",
        "vie+eng",
        "vie+eng",
        "vie",
    ]
    install_tesseract(tmp_path / "one", monkeypatch, "vie")
    assert ocr.models_for("vi, en") == "vie"


@pytest.mark.parametrize("orientation", [1, 6, 8])
def test_the_picture_read_is_upright_grey_and_about_200_dpi(orientation: int) -> None:
    image = Image.new("RGB", (1200, 1800) if orientation == 1 else (1800, 1200), "white")
    exif = Image.Exif()
    exif[0x0112] = orientation
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif, dpi=(300, 300))
    grey = grey_copy(io.BytesIO(out.getvalue()), 1200, 1800)
    assert (grey.mode, grey.size) == ("L", (800, 1200))
    out = io.BytesIO()
    Image.new("I;16", (300, 400), 65535).save(out, "PNG")
    unstated = grey_copy(io.BytesIO(out.getvalue()), 300, 400)
    assert (unstated.size, unstated.getpixel((5, 5))) == ((300, 400), 255)


def faded(words: str) -> Image.Image:
    image = Image.new("L", (1600, 500), 200)
    pen = ImageDraw.Draw(image)
    for x in range(0, 1600, 4):
        pen.line((x, 0, x, 500), fill=170 + x * 50 // 1600)
    pen.text((80, 180), words, font=ImageFont.truetype("fixtures/fonts/NotoSerif-Regular.ttf", 60), fill=120)
    return image


def test_cleaning_takes_the_ground_away_and_leaves_the_ink() -> None:
    clean = cleaned(faded("Trần Văn Mẫu"))
    assert clean.size == (1600, 500)
    histogram = clean.histogram()
    assert sum(histogram[240:]) > 0.8 * 1600 * 500
    assert sum(histogram[:80]) > 1000


@pytest.mark.needs("tesseract")
def test_a_real_page_is_read_and_its_boxes_lie_on_the_words(make_record: Callable[..., Record], tmp_path: Any) -> None:
    page = new_page(make_record())
    image = Image.new("RGB", (2480, 1200), "#f4ecd8")
    font = ImageFont.truetype("fixtures/fonts/NotoSerif-Regular.ttf", 64)
    ImageDraw.Draw(image).text((300, 400), "Trung đội trưởng Lê Văn Mẫu", font=font, fill="#222")
    out = io.BytesIO()
    image.save(out, "JPEG", dpi=(300, 300), quality=90)
    out.seek(0)
    scan = new_scan(page, out)
    read = read_scan(scan)
    assert "Mẫu" in read.text
    row = next(row for row in read.boxes if read.text[row[0] : row[1]] == "Mẫu")
    remaining = 300 + font.getlength("Trung đội trưởng Lê Văn ")
    assert abs(row[2] - remaining) < 25
    assert 400 < row[3] < 480


def test_the_command(
    tmp_path: Path,
    make_record: Callable[..., Record],
    make_page: Callable[..., Page],
    read: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record = make_record(identifier="HC-7400")
    make_page(record, 1)
    make_page(make_record(), 1)

    def output_of(*options: str) -> str:
        out = io.StringIO()
        call_command("ocr", *options, stdout=out, stderr=io.StringIO())
        return out.getvalue()

    monkeypatch.setenv("PATH", str(tmp_path))
    assert "not installed" in output_of("--run")
    install_tesseract(tmp_path / "bin", monkeypatch, "vie")
    assert "2 wait" in " ".join(output_of("--status").split())
    assert "paused" in output_of("--pause")
    assert "1 pages read" in output_of("--run", "--record", "HC-7400")
    assert "0 pages read" in output_of("--run", "--record", "HC-7400")
    assert "1 pages read" in output_of("--run", "--record", "HC-7400", "--again")
    assert "priority 7; 0 waiting" in output_of("--priority", "7", "--record", "HC-7400")
    assert output_of("--resume").startswith("Machine reading goes on")
    for wrong in (["--priority", "7"], ["--priority", "700", "--record", "HC-7400"], ["--record", "HC-0"]):
        with pytest.raises(CommandError):
            output_of(*wrong)


@pytest.mark.needs("tesseract")
def test_a_page_that_was_turned_is_read_as_it_is_shown(make_record: Callable[..., Record]) -> None:
    upright = Image.new("L", (1400, 700), 250)
    font = ImageFont.truetype("fixtures/fonts/NotoSerif-Regular.ttf", 60)
    ImageDraw.Draw(upright).text((120, 300), "Tên: Lê Văn Mẫu", font=font, fill=20)
    out = io.BytesIO()
    upright.transpose(Image.Transpose.ROTATE_90).save(out, "PNG")
    out.seek(0)
    page = new_page(make_record())
    scan = new_scan(page, out, name="lying.png")
    scan = set_instructions(scan=scan, turn=90, skew=0.0, crop=None)
    assert (scan.width, scan.height) == (1400, 700)
    read = read_scan(scan)
    assert "Mẫu" in read.text
    x, y = next(row[2:4] for row in read.boxes if "Mẫu" in read.text[row[0] : row[1]])
    assert 400 < x < 700 and 270 < y < 380
