"""The writer of the index killed two hundred times on each embedded engine: nothing committed is lost."""

import subprocess
import sys
from pathlib import Path

import pytest

KILLS = 200


@pytest.mark.parametrize("engine", ["whoosh", pytest.param("tantivy", marks=pytest.mark.needs("tantivy"))])
def test_killing_the_writer(engine: str, tmp_path: Path) -> None:
    script = Path(__file__).with_name("kill_writer.py")
    done = subprocess.run(
        [sys.executable, str(script), engine, str(tmp_path), str(KILLS)],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"killed {KILLS} times" in done.stdout
