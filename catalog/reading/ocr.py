"""Words read by tesseract, one subprocess a page: its niceness, its one thread, its time limit, its table read."""

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
    """Text with a line a line, and [start, end, x, y, width, height] a word in pixels of the image read."""

    text: str
    boxes: list[list[int]]
    confidence: float | None


def tesseract_available() -> bool:
    """Whether the program and its Vietnamese model are installed."""
    return "vie" in installed_models()


@lru_cache(maxsize=1)
def _models(program: str) -> frozenset[str]:
    try:
        listed = subprocess.run([program, "--list-langs"], capture_output=True, text=True, timeout=20, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return frozenset()
    # The first line says how many there are.
    return frozenset(line.strip() for line in listed.stdout.splitlines()[1:])


def installed_models() -> frozenset[str]:
    """The languages that tesseract can read here; none where it is not installed."""
    program = shutil.which("tesseract")
    return _models(program) if program else frozenset()


def models_for(languages: str) -> str:
    """What to ask tesseract for, for a record's languages ("vi,en"): `vie`, or `vie+eng` where English is among
    them."""
    codes = {code.strip().lower()[:2] for code in languages.split(",")}
    return "vie+eng" if "en" in codes and "eng" in installed_models() else "vie"


def read_image(path: Path, languages: str = "vie", dpi: int = 200) -> ReadWords:
    """Read the words of an image file of so many dots an inch. Raises OSError where the program fails or takes longer
    than TIME_LIMIT seconds."""
    # One thread a page: parallel pages otherwise fight over the cores (three times the CPU, measured).
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    nice = ["nice", "-n", str(NICENESS)] if shutil.which("nice") else []
    try:
        done = subprocess.run(  # noqa: S603
            [*nice, "tesseract", str(path), "-", "--dpi", str(dpi), "-l", languages, "tsv"],
            capture_output=True,
            timeout=TIME_LIMIT,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise OSError(f"tesseract took longer than {TIME_LIMIT} s") from error
    if done.returncode:
        raise OSError(done.stderr.decode(errors="replace").strip()[-250:] or f"tesseract ended with {done.returncode}")
    return _from_tsv(done.stdout.decode("utf-8", errors="replace"))


def _from_tsv(tsv: str) -> ReadWords:
    text, boxes, confidences = "", list[list[int]](), list[float]()
    line: tuple[str, ...] = ()
    for row in csv.DictReader(io.StringIO(tsv), delimiter="\t", quoting=csv.QUOTE_NONE):
        word = (row.get("text") or "").strip()
        if row.get("level") != "5" or not word:
            continue
        this_line = (row["block_num"], row["par_num"], row["line_num"])
        text += "" if not text else (" " if this_line == line else "\n")
        line = this_line
        boxes.append(
            [len(text), len(text) + len(word), int(row["left"]), int(row["top"]), int(row["width"]), int(row["height"])]
        )
        text += word
        confidences.append(float(row["conf"]))
    return ReadWords(
        text, boxes, min(1.0, max(0.0, sum(confidences) / len(confidences) / 100)) if confidences else None
    )
