"""A kind of work that a test defines."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from catalog.jobs import registry
from catalog.jobs.handle import Handle

Act = Callable[[Handle], None]


@pytest.fixture
def kind(settings: Any) -> Iterator[Callable[..., str]]:
    """Makes a kind of work for one test; nothing runs before it is asked for."""
    settings.JOBS_AT_ONCE = False
    registry.kinds()
    existing = dict(registry._KINDS)

    def make(act: Act, name: str = "tests.work", **options: Any) -> str:
        registry.job(name, "work of a test", **{"lane": "tests", **options})(act)
        return name

    yield make
    registry._KINDS.clear()
    registry._KINDS.update(existing)
