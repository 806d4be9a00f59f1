"""How fast and how well pages are read by machine: printed Vietnamese pages, clean, worn and faded, whose words are
known.

Pages are drawn here from invented sentences in the fonts of the fixtures, so that every letter is known: 300 dpi,
paper, grain, a small turn; worn ones with stains, a stamp and noise; faded ones with pale broken strokes. The character
error rate is the edit distance over letters, after NFC and with spaces folded.
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
class Read:
    """What one page cost and gave: CPU seconds, letters wrong, letters there, words found, bytes of their boxes."""

    seconds: float
    wrong: int
    letters: int
    words: int
    box_bytes: int


def measure_reading(say: Say, pages: int = 6) -> None:
    """Draw `pages` pages of each kind and read them as the queue does, beside colour at 300 dpi; print a table."""
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
            drawn = []
            for number in range(pages):
                text, image = draw(kind, number, chance)
                path = Path(folder) / f"{kind}{number}.jpg"
                image.save(path, "JPEG", quality=88, dpi=(300, 300))
                drawn.append((text, path))
            for how, reader in (("as the queue", _as_the_queue), ("colour, 300 dpi", _as_it_is)):
                say(_row(kind, how, [_measured(text, path, reader) for text, path in drawn]))


def draw(kind: str, number: int, chance: random.Random) -> tuple[str, Any]:
    """A page of a kind: its text, a line a line, and its picture."""
    from catalog.management.benchmarks.drawn_pages import Page, draw_page

    serif = number % 2 == 0
    fonts = Path(settings.FIXTURE_DIR) / "fonts"
    font = fonts / ("NotoSerif-Regular.ttf" if serif else "Cousine-Regular.ttf")
    page = Page(font=font, size=50 if serif else 44, kind=kind, seed=chance.randrange(10_000_000))
    return draw_page(page, _sentences(chance))


def character_error(read: str, true: str) -> int:
    """The edit distance of two texts, NFC, spaces folded (Levenshtein, by rows)."""
    one, other = (" ".join(unicodedata.normalize("NFC", text).split()) for text in (read, true))
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        before, row[0] = row[0], i
        for j, wanted in enumerate(other, start=1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (letter != wanted))
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


def _as_the_queue(path: Path) -> ReadWords:
    from catalog.reading.pages import read_grey
    from catalog.reading.preparing import grey_copy

    read, _prepared = read_grey(grey_copy(io.BytesIO(path.read_bytes()), 2480, 3508), "vie")
    return read


def _as_it_is(path: Path) -> ReadWords:
    return read_image(path, "vie", dpi=300)


def _measured(text: str, path: Path, reader: Callable[[Path], ReadWords]) -> Read:
    before = _cpu()
    read = reader(path)
    taken = _cpu() - before
    letters = len(" ".join(text.split()))
    return Read(taken, character_error(read.text, text), letters, len(read.boxes), len(pack(read.boxes)))


def _cpu() -> float:
    child, own = resource.getrusage(resource.RUSAGE_CHILDREN), time.process_time()
    return child.ru_utime + child.ru_stime + own


def _row(kind: str, how: str, read: list[Read]) -> str:
    seconds = sum(one.seconds for one in read) / len(read)
    rates = [one.wrong / one.letters for one in read]
    words = sum(one.words for one in read)
    return (
        f"| {kind} | {how} | {seconds:.2f} | {60 / seconds:.0f} | {sum(rates) / len(rates):.1%} | {max(rates):.1%} | "
        f"{sum(not one.words for one in read)} of {len(read)} | "
        f"{sum(one.box_bytes for one in read) / max(words, 1):.1f} |"
    )
