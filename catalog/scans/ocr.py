"""Words read by tesseract, one subprocess a page."""

import csv
import io
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

TIME_LIMIT = 120


@dataclass(frozen=True)
class ReadWords:
    """Text with a line a line, and [start, end, x, y, width, height] a word in pixels of the image read."""

    text: str
    boxes: list[list[int]]
    confidence: float | None


def tesseract_available() -> bool:
    """Whether the program and its Vietnamese model are installed."""
    program = shutil.which("tesseract")
    if program is None:
        return False
    listed = subprocess.run([program, "--list-langs"], capture_output=True, text=True, timeout=20, check=False)  # noqa: S603
    return "vie" in listed.stdout.split()


def read_image(path: Path, languages: str = "vie") -> ReadWords:
    """Read the words of an image file. Raises OSError where the program fails or takes longer than TIME_LIMIT seconds."""
    # One thread a page: parallel pages otherwise fight over the cores (three times the CPU, measured).
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    try:
        done = subprocess.run(  # noqa: S603
            ["tesseract", str(path), "-", "-l", languages, "tsv"],  # noqa: S607
            capture_output=True,
            timeout=TIME_LIMIT,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise OSError(f"tesseract took longer than {TIME_LIMIT} s") from error
    if done.returncode:
        raise OSError(done.stderr.decode(errors="replace")[-300:])
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
    return ReadWords(text, boxes, sum(confidences) / len(confidences) / 100 if confidences else None)
