"""One setting chooses the engine; the site says when it has outgrown it."""

import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from catalog.records.models import Record
from catalog.search import checks
from catalog.search.actions import follow_changes, index_differences, rebuild_index
from catalog.search.engine import engine_in

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["whoosh", pytest.param("tantivy", marks=pytest.mark.needs("tantivy"))])
def with_engine(request: pytest.FixtureRequest, settings: Any) -> Iterator[str]:
    """The site on each embedded engine."""
    settings.SEARCH_ENGINE = request.param
    engine_in.cache_clear()
    yield request.param
    engine_in.cache_clear()


def titles(client: Client, text: str) -> list[str]:
    return [hit.record.title_vi for hit in client.get("/search", {"q": text, "tab": "records"}).context["results"].hits]


def test_the_setting_is_the_whole_change(with_engine: str, client: Client, make_record: Callable[..., Record]) -> None:
    make_record(title_vi="Thư gửi mẹ hư cấu")
    hidden = make_record(title_vi="Thư kín hư cấu", status="draft")
    rebuild_index()
    assert titles(client, "thu hu cau") == ["Thư gửi mẹ hư cấu"]
    hidden.status = "published"
    hidden.save()
    follow_changes()
    assert sorted(titles(client, "thu hu cau")) == ["Thư gửi mẹ hư cấu", "Thư kín hư cấu"]
    assert not index_differences()


@pytest.mark.needs("tantivy")
def test_another_engines_index_is_as_if_there_were_none(
    settings: Any, client: Client, make_record: Callable[..., Record]
) -> None:
    record = make_record(title_vi="Thư hư cấu")
    rebuild_index()
    settings.SEARCH_ENGINE = "tantivy"
    response = client.get("/search", {"q": "thu hu cau"})
    assert response.context["results"].is_engine_unavailable
    rebuild_index()
    assert titles(client, "thu hu cau") == [record.title_vi]


def test_a_catalogue_too_large_for_its_engine_is_reported(settings: Any, make_record: Callable[..., Record]) -> None:
    make_record()
    assert checks.engine_is_large_enough() == []
    settings.SEARCH_ENGINE_LIMITS = {"whoosh": 0}
    (warning,) = checks.engine_is_large_enough()
    assert "1 records" in warning.msg and "SEARCH_ENGINE=tantivy" in str(warning.hint)


def test_an_engine_that_is_not_installed_is_an_error_with_its_cure(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SEARCH_ENGINE = "tantivy"
    monkeypatch.setitem(sys.modules, "tantivy", None)
    (error,) = checks.engine_is_installed()
    assert "pip install .[tantivy]" in str(error.hint)
