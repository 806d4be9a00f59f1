"""Whatever is typed, the page answers soon and with a sentence."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from catalog.interchange.invented.archive import make_archive
from catalog.search.actions import rebuild_index
from catalog.search.engine import engine_in
from tests.search.hostile import HOSTILE

pytestmark = pytest.mark.django_db
SECOND = 1.0


@pytest.fixture(params=["whoosh", pytest.param("tantivy", marks=pytest.mark.needs("tantivy"))])
def seconds_of(request: pytest.FixtureRequest, settings: Any) -> Iterator[Callable[[str], float]]:
    """Asks, and says how many seconds the answer took."""
    settings.SEARCH_ENGINE = request.param
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, (100_000, 60))
    engine_in.cache_clear()
    make_archive(records=400, pages=300, mentions=20, seed=1, progress=lambda _: None)
    rebuild_index()
    client = Client()

    def ask(text: str) -> float:
        began = time.process_time()
        response = client.get("/search", {"q": text})
        seconds = time.process_time() - began
        assert response.status_code == 200
        assert "<main" in response.content.decode()
        return seconds

    yield ask
    engine_in.cache_clear()


def test_there_are_fifty() -> None:
    assert len(HOSTILE) >= 50


def test_each_is_answered_within_a_second(seconds_of: Callable[[str], float]) -> None:
    seconds_of("quen")  # the first question opens the index
    slow = {text[:40]: seconds for text in HOSTILE if (seconds := seconds_of(text)) > SECOND}
    assert not slow


def test_bytes_that_are_no_text_are_answered_too(client: Client) -> None:
    assert client.get("/search?q=%ff%fe%00%c3%28").status_code == 200
    assert client.get("/search?q=a&page=99999999999999&kind=%00&from=%00&record=%00").status_code == 200
