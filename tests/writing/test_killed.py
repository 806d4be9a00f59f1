"""A writing process is killed at random instants: every action is complete or undone. KILLS says how often (14)."""

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parent / "kill_writer.py"


def test_no_acknowledged_change_is_lost_and_none_is_half_done(tmp_path: Path) -> None:
    kills = os.environ.get("KILLS", "14")
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(tmp_path), kills], capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert f"{kills} kills, nothing lost" in done.stdout
