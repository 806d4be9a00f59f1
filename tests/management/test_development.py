"""The commands for developers."""

import io
import os
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from catalog.management.commands import check_all, dev


def test_a_check_that_fails_is_named_and_the_others_still_run() -> None:
    steps = [
        check_all.Step("breaks", [sys.executable, "-c", "print('line 7 is wrong'); raise SystemExit(1)"]),
        check_all.Step("passes", [sys.executable, "-c", ""]),
        check_all.Step("has its settings", [sys.executable, "-c", "import os; os.environ['OWN']"], {"OWN": "1"}),
    ]

    class ThreeChecks(check_all.Command):
        def steps(self) -> list[check_all.Step]:
            """Three."""
            return steps

    output = io.StringIO()
    with pytest.raises(CommandError, match=r"1 of 3 checks failed: breaks"):
        call_command(ThreeChecks(), "--no-tests", stdout=output)
    assert "line 7 is wrong" in output.getvalue()
    assert "pass  passes" in output.getvalue() and "pass  has its settings" in output.getvalue()


def test_every_check_names_a_program_that_is_there() -> None:
    missing = [step.name for step in check_all.steps() if not os.access(step.command[0], os.X_OK)]
    assert missing == []


def test_a_saved_module_is_noticed() -> None:
    module = Path(dev.__file__)
    before, modified_at = dev.newest_change(), module.stat().st_mtime
    try:
        os.utime(module, (before + 5, before + 5))
        assert dev.newest_change() == before + 5
    finally:
        os.utime(module, (modified_at, modified_at))
