"""The states of a record, and of what it stands in, that hide it from somebody; each with who may see it all the same."""

import datetime
from typing import Any

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
]  # fmt: skip
PARENT_STATES: list[tuple[str, Rule, dict[str, Any]]] = [
    ("draft", unpublished, {"status": "draft"}),
    ("withdrawn", unpublished, {"status": "withdrawn"}),
    ("closed", closed, {"access_level": "closed", "access_reason": "hư cấu"}),
]  # fmt: skip
