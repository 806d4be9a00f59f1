"""pytest behind Django's test runner, so that `manage.py test` means the whole suite."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from django.test.runner import DiscoverRunner

# Each process creates its own database; with more processes that costs more time than it saves.
MOST_PROCESSES = 4


class PytestRunner(DiscoverRunner):
    """Passes its labels and options to pytest unchanged."""

    def run_tests(self, test_labels: Sequence[str], **kwargs: Any) -> int:
        """Run pytest with `test_labels` as its command line; returns pytest's exit status."""
        return int(pytest.main([*parallel_options(test_labels), *test_labels]))


def parallel_options(labels: Sequence[str]) -> list[str]:
    """Options of pytest that run the whole suite with one process per core, each file in one process. Empty if `labels`
    name a file, a folder, a number of processes or the debugger: a single file is faster in one process.

    Files are handed out in the order of collection (tests/conftest.py puts the slowest first), not by their number of
    tests: the slowest files have few."""
    processes = min(MOST_PROCESSES, os.cpu_count() or 1)
    has_own_options = any(label.startswith(("-n", "--numprocesses", "--pdb", "--trace")) for label in labels)
    if processes == 1 or has_own_options or any(Path(label.partition("::")[0]).exists() for label in labels):
        return []
    return ["-n", str(processes), "--dist", "loadfile", "--no-loadscope-reorder"]
