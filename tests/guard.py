"""Refuses a catalogue row that is written past the actions.

Installed on every connection of the suite (`tests/conftest.py`). A test may set its stage by itself: what the test's
own lines write is let through. What product code or Django's admin writes while no action runs is not.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from catalog.changes.writing import running_action

GUARDED = {
    f"catalog_{name}"
    for name in (
        "record",
        "identifier",
        "page",
        "mention",
        "mentionreading",
        "mentionform",
        "identification",
        "statement",
        "custodyevent",
        "instantiation",
        "cover",
        "person",
        "personname",
        "personmerge",
        "spread",
        "exhibition",
        "part",
        "panel",
        "placement",
        "milestone",
        "milestone_records",
        "pagetext",
        "pagetranslation",
        "scan",
        "trashedrow",
    )
}
WRITES = re.compile(
    r"\s*(?:INSERT (?:OR \w+ )?INTO|UPDATE(?: ONLY)?|DELETE FROM|WITH\b.*?\b(?:INSERT INTO|UPDATE|"
    r'DELETE FROM)) +"?(\w+)"?',
    re.I | re.S,
)
ROOT = Path(__file__).resolve().parent.parent
PRODUCT, TESTS = f"{ROOT / 'catalog'}/", f"{ROOT / 'tests'}/"


class WrittenPastActions(AssertionError):
    """A catalogue row was written while no action ran."""


def guard(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    """An execute wrapper of Django's (see its "Database instrumentation")."""
    match = WRITES.match(sql)
    if match and match[1].lower() in GUARDED and not running_action() and not _by_the_test(sys._getframe(1)):
        raise WrittenPastActions(f"{match[1]} was written while no action ran: {sql[:120]}")
    return execute(sql, params, many, context)


def _by_the_test(frame: FrameType | None) -> bool:
    """Whether the line that wrote is in a test or in a migration; models and library code between do not count."""
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith(PRODUCT):
            inside = file[len(PRODUCT) :]
            if inside == "management/commands/test.py":
                break
            if inside.startswith("migrations/"):
                return True
            if "models" not in inside and not inside.startswith("changes/"):
                return False
        elif file.startswith(TESTS) and not file.endswith("guard.py"):
            return True
        frame = frame.f_back
    # Neither the product nor a test: the library that empties the database between tests.
    return True
