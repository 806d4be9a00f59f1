"""Names, by the table of examples."""

import csv
from pathlib import Path

import pytest

from catalog.rules.names import compare_names, name_keys

ROWS = list(csv.DictReader((Path(__file__).parent.parent / "data" / "name_pairs.csv").open(encoding="utf-8")))
# Found by stored rows, not by likeness; and VIQR, which is not read yet.
APART = [row for row in ROWS if row["reason"].startswith(("[alias]", "[alternate]")) or "VIQR" in row["reason"]]


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row not in APART], ids=lambda row: f"{row['query']} ~ {row['candidate']}"
)
def test_the_band_is_the_intended_one(row: dict[str, str]) -> None:
    meets = bool(set(name_keys(row["query"], asked=True)) & set(name_keys(row["candidate"])))
    band = compare_names(row["query"], row["candidate"]).band if meets else "none"
    assert band in {"yes": {"match"}, "weak": {"match", "possible"}, "no": {"none", "possible"}}[row["should_match"]]


@pytest.mark.parametrize(
    "text", ["", " ", "\0", "😀 😀", "\u0301\u0301", "a" * 65536, "( (( ))", "tức", ",,,", "((" * 500, "1234567"]
)
def test_nothing_typed_fails(text: str) -> None:
    assert compare_names(text, "Lê Văn Mẫu").band == "none"
    assert isinstance(name_keys(text), tuple)
