"""An image of four colours."""

from collections.abc import Callable

import pytest

from catalog.images.models import Scan
from catalog.records.models import Record
from tests.factories import four_colours, new_page, new_scan


@pytest.fixture
def scan(make_record: Callable[..., Record]) -> Scan:
    page = new_page(make_record())
    return new_scan(page, four_colours(), name="four.jpg")
