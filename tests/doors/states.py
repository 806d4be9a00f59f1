"""The states of a record, and of the records above it, that hide it from somebody; each with who may see it all the
same."""

import datetime
from collections.abc import Callable
from typing import Any

from catalog.changes.writing import HOUSE
from catalog.records.actions import set_access, trash_record, withdraw_record
from catalog.records.models import Record
from tests.doors.roles import Rule, needs

unpublished, closed = needs("view_unpublished"), needs("view_closed")
both = needs("view_unpublished", "view_closed")
LATER = datetime.date(2090, 1, 1)
RECORD_STATES: list[tuple[str, Rule, dict[str, Any]]] = [
    ("draft", unpublished, {"status": "draft"}),
    ("in review", unpublished, {"status": "in_review"}),
    ("withdrawn", unpublished, {"status": "withdrawn"}),
    ("withdrawn while closed", both, {"status": "withdrawn", "access_level": "closed", "access_reason": "hư cấu"}),
    ("restricted", closed, {"access_level": "restricted", "access_reason": "hư cấu"}),
    ("closed", closed, {"access_level": "closed", "access_reason": "hư cấu"}),
    ("closed until later", closed, {"access_level": "closed", "access_reason": "hư cấu", "access_until": LATER}),
    ("closed draft", both, {"status": "draft", "access_level": "closed", "access_reason": "hư cấu"}),
]
PARENT_STATES: list[tuple[str, Rule, dict[str, Any]]] = [
    ("draft", unpublished, {"status": "draft"}),
    ("withdrawn", unpublished, {"status": "withdrawn"}),
    ("closed", closed, {"access_level": "closed", "access_reason": "hư cấu"}),
]


def _close(record: Record) -> None:
    set_access(actor=HOUSE, record=record, revision=None, level="closed", until=None, reason="hư cấu")


# A public record is hidden by each of these actions, including everything that the action leaves behind.
HIDING_ACTIONS: list[tuple[str, Rule, Callable[[Record], Any]]] = [
    ("withdrawn by its action", unpublished, lambda record: withdraw_record(actor=HOUSE, record=record)),
    ("closed by its action", closed, _close),
    (
        "in the trash",
        needs("view_unpublished", "view_record", staff=True),
        lambda record: trash_record(actor=HOUSE, record=record),
    ),
]
