"""Benchmark of machine reading: speed and errors on printed Vietnamese pages, clean, worn and faded.

The pages are drawn from invented sentences in the fonts of the fixtures, so that every letter is known: 300 dpi, paper,
grain, slightly rotated; worn ones with stains, a stamp and noise; faded ones with pale broken strokes. The character
error rate is the edit distance divided by the number of letters, after NFC and with spaces folded.
"""

import io
import random
import resource
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings

from catalog.reading.ocr import ReadWords, read_image, tesseract_available
from catalog.texts.packing import pack

Say = Callable[[str], Any]
KINDS = ("clean", "worn", "faded")
FAMILIES = "Nguyễn Trần Lê Phạm Hoàng Vũ Đặng Bùi Đỗ Hồ Ngô Dương Phan Trịnh Đinh Lương".split()
MIDDLES = "Văn Thị Hữu Đức Đình Công Quang Xuân Ngọc Minh Thanh Trọng".split()
GIVEN = "Mẫu Thử Ví Dụ Giả Phú Hòa Khỏe Thúy Huỳnh Quý Đạt Sửu Tỵ Ngọ Mùi Thân Dậu Tuất Hợi Nghĩa Nhượng".split()
SENTENCES = (
    "Đồng chí {name}, sinh năm {year}, quê xã {place}, nhập ngũ tháng {month} năm 1965, đơn vị c{c}/d{d}/e{e}/f324.",
    "Hôm nay đơn vị vượt sông, nước chảy xiết, anh em giữ được đủ súng đạn và gạo.",
    "Kính gửi thủ trưởng trung đoàn: đề nghị cấp giấy đi đường cho {name} về trạm quân y số {d}.",
    "Mẹ ở nhà giữ gìn sức khỏe, con vẫn khỏe mạnh, ruộng vườn nhờ các em trông nom.",
    "Danh sách chiến sĩ đại đội {c}: {name}, tiểu đội trưởng; {other}, y tá; cả hai quê {place}.",
    "Số đạn còn lại {e} viên, lựu đạn {d} quả, thuốc nổ {c} ki-lô-gam, giao lại cho {other}.",
    "Ngày {d} tháng {month} năm 1967, trời mưa, đường trơn, phải nghỉ lại bên suối đến sáng.",
)
PLACES = ("Song An, Vũ Thư, Thái Bình", "Nghĩa Thịnh, Nghĩa Hưng, Nam Định", "Diễn Châu, Nghệ An", "Yên Dũng, Hà Bắc")


@dataclass(frozen=True)
class PageMeasure:
    """The result of one page: CPU seconds, wrong letters, letters in all, words read, bytes of their boxes."""

    seconds: float
    wrong: int
    letters: int
    words: int
    box_bytes: int


def measure_reading(say: Say, pages: int = 6) -> None:
    """Draw `pages` pages of each kind, read them as the queue does and in colour at 300 dpi, and print a table."""
    if not tesseract_available():
        say("tesseract with its Vietnamese model is not installed; nothing was measured.")
        return
    say(f"{pages} pages a kind, A4 at 300 dpi, one process, OMP_THREAD_LIMIT=1; CPU of tesseract and Pillow together\n")
    say(
        "| pages | read | CPU s/page | pages/min/core | CER mean | CER worst | without any word | bytes of boxes a "
        "word |"
    )
    say("|---|---|---|---|---|---|---|---|")
    chance = random.Random(1967)  # noqa: S311 — drawn pages, no secret
    with TemporaryDirectory(prefix="kyuc-reading-") as folder:
        for kind in KINDS:
            pages_drawn = []
            for number in range(pages):
                text, image = draw(kind, number, chance)
                path = Path(folder) / f"{kind}{number}.jpg"
                image.save(path, "JPEG", quality=88, dpi=(300, 300))
                pages_drawn.append((text, path))
            for method, reader in (("as the queue", _read_like_queue), ("colour, 300 dpi", _read_unprepared)):
                say(_row(kind, method, [_measure_page(text, path, reader) for text, path in pages_drawn]))


def draw(kind: str, number: int, chance: random.Random) -> tuple[str, Any]:
    """A page of a kind: its text with line breaks, and its image."""
    from catalog.management.benchmarks.drawn_pages import Page, draw_page

    serif = number % 2 == 0
    fonts = Path(settings.FIXTURE_DIR) / "fonts"
    font = fonts / ("NotoSerif-Regular.ttf" if serif else "Cousine-Regular.ttf")
    page = Page(font=font, size=50 if serif else 44, kind=kind, seed=chance.randrange(10_000_000))
    return draw_page(page, _sentences(chance))


def character_error(read: str, expected_text: str) -> int:
    """The edit distance (Levenshtein) of two texts in NFC with spaces folded."""
    first, second = (" ".join(unicodedata.normalize("NFC", text).split()) for text in (read, expected_text))
    row = list(range(len(second) + 1))
    for i, letter in enumerate(first, start=1):
        before, row[0] = row[0], i
        for j, expected in enumerate(second, start=1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (letter != expected))
    return row[-1]


def _sentences(chance: random.Random) -> list[str]:
    def name() -> str:
        return f"{chance.choice(FAMILIES)} {chance.choice(MIDDLES)} {chance.choice(GIVEN)}"

    return [
        chance.choice(SENTENCES).format(
            name=name(),
            other=name(),
            year=chance.randrange(1936, 1950),
            month=chance.randrange(1, 13),
            place=chance.choice(PLACES),
            c=chance.randrange(1, 20),
            d=chance.randrange(1, 30),
            e=chance.randrange(1, 900),
        )
        for _ in range(22)
    ]


def _read_like_queue(path: Path) -> ReadWords:
    from catalog.reading.pages import read_grey
    from catalog.reading.preparing import grey_copy

    read, _prepared = read_grey(grey_copy(io.BytesIO(path.read_bytes()), 2480, 3508), "vie")
    return read


def _read_unprepared(path: Path) -> ReadWords:
    return read_image(path, "vie", dpi=300)


def _measure_page(text: str, path: Path, reader: Callable[[Path], ReadWords]) -> PageMeasure:
    before = _cpu_seconds()
    read = reader(path)
    seconds = _cpu_seconds() - before
    letters = len(" ".join(text.split()))
    return PageMeasure(seconds, character_error(read.text, text), letters, len(read.boxes), len(pack(read.boxes)))


def _cpu_seconds() -> float:
    child, this = resource.getrusage(resource.RUSAGE_CHILDREN), time.process_time()
    return child.ru_utime + child.ru_stime + this


def _row(kind: str, method: str, pages: list[PageMeasure]) -> str:
    seconds = sum(page.seconds for page in pages) / len(pages)
    rates = [page.wrong / page.letters for page in pages]
    words = sum(page.words for page in pages)
    return (
        f"| {kind} | {method} | {seconds:.2f} | {60 / seconds:.0f} | {sum(rates) / len(rates):.1%} | "
        f"{max(rates):.1%} | "
        f"{sum(not page.words for page in pages)} of {len(pages)} | "
        f"{sum(page.box_bytes for page in pages) / max(words, 1):.1f} |"
    )
