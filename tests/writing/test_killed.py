"""Whoever writes is killed at random instants: every act stands whole or not at all. KILLS says how often (14)."""

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parent / "kill_writer.py"


def test_no_acknowledged_word_is_lost_and_nothing_stands_in_its_middle(tmp_path: Path) -> None:
    kills = os.environ.get("KILLS", "14")
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(tmp_path), kills], capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert f"{kills} kills, nothing lost" in done.stdout
