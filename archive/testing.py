"""pytest behind Django's test runner, so that `manage.py test` means the whole suite."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from django.test.runner import DiscoverRunner

# Each process has a database of its own to make; beyond so many that costs more than it saves.
MOST_PROCESSES = 4


class PytestRunner(DiscoverRunner):
    """Hands its labels and options to pytest unchanged."""

    def run_tests(self, test_labels: Sequence[str], **kwargs: Any) -> int:
        """Run pytest with `test_labels` as its command line; returns pytest's exit status."""
        return int(pytest.main([*side_by_side(test_labels), *test_labels]))


def side_by_side(labels: Sequence[str]) -> list[str]:
    """Options that run the whole suite in a process a core, each file in one of them. None where `labels` name a file
    or a folder, a number of processes, or the debugger: a single file is there sooner in one."""
    processes = min(MOST_PROCESSES, os.cpu_count() or 1)
    chosen = any(label.startswith(("-n", "--numprocesses", "--pdb", "--trace")) for label in labels)
    if processes == 1 or chosen or any(Path(label.partition("::")[0]).exists() for label in labels):
        return []
    return ["-n", str(processes), "--dist", "loadfile"]
