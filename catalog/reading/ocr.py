"""OCR with tesseract, one subprocess for each page, with low priority, one thread and a time limit."""

import csv
import io
import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

TIME_LIMIT = 120
NICENESS = 10


@dataclass(frozen=True)
class ReadWords:
    """Recognised text with line breaks, and [start, end, x, y, width, height] for each word, in pixels of the image.
    confidence: 0 to 1, None without words."""

    text: str
    boxes: list[list[int]]
    confidence: float | None


def tesseract_available() -> bool:
    """Whether the program and its Vietnamese model are installed."""
    return "vie" in installed_models()


@lru_cache(maxsize=1)
def _list_models(program: str) -> frozenset[str]:
    try:
        process = subprocess.run([program, "--list-langs"], capture_output=True, text=True, timeout=20, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return frozenset()
    # The first line is a heading with their number.
    return frozenset(line.strip() for line in process.stdout.splitlines()[1:])


def installed_models() -> frozenset[str]:
    """The languages whose models are installed; empty if tesseract is not installed."""
    program = shutil.which("tesseract")
    return _list_models(program) if program else frozenset()


def models_for(languages: str) -> str:
    """The value of tesseract's option -l for a record's languages ("vi,en"): `vie`, or `vie+eng` if English is one of
    them and installed."""
    codes = {code.strip().lower()[:2] for code in languages.split(",")}
    return "vie+eng" if "en" in codes and "eng" in installed_models() else "vie"


def read_image(path: Path, languages: str = "vie", dpi: int = 200) -> ReadWords:
    """Read the words of an image file. dpi: its resolution. Raises OSError if the program fails or takes longer than
    TIME_LIMIT seconds."""
    # One thread for each page: otherwise pages read in parallel compete for the cores (three times the CPU, measured).
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    nice = ["nice", "-n", str(NICENESS)] if shutil.which("nice") else []
    try:
        process = subprocess.run(  # noqa: S603
            [*nice, "tesseract", str(path), "-", "--dpi", str(dpi), "-l", languages, "tsv"],
            capture_output=True,
            timeout=TIME_LIMIT,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise OSError(f"tesseract took longer than {TIME_LIMIT} s") from error
    if process.returncode:
        raise OSError(
            process.stderr.decode(errors="replace").strip()[-250:] or f"tesseract ended with {process.returncode}"
        )
    return _read_tsv(process.stdout.decode("utf-8", errors="replace"))


def _read_tsv(tsv: str) -> ReadWords:
    text, boxes, confidences = "", list[list[int]](), list[float]()
    line: tuple[str, ...] = ()
    for row in csv.DictReader(io.StringIO(tsv), delimiter="\t", quoting=csv.QUOTE_NONE):
        word = (row.get("text") or "").strip()
        if row.get("level") != "5" or not word:
            continue
        row_line = (row["block_num"], row["par_num"], row["line_num"])
        text += "" if not text else (" " if row_line == line else "\n")
        line = row_line
        boxes.append(
            [len(text), len(text) + len(word), int(row["left"]), int(row["top"]), int(row["width"]), int(row["height"])]
        )
        text += word
        confidences.append(float(row["conf"]))
    return ReadWords(
        text, boxes, min(1.0, max(0.0, sum(confidences) / len(confidences) / 100)) if confidences else None
    )
