"""The staff home: who may open it, and what it says needs attention."""

from collections.abc import Callable
from typing import Any

from django.test import Client

from catalog.accounts.models import User
from catalog.records.models import Record


def test_only_staff_come_in(client: Client, cast: dict[str, User]) -> None:
    assert client.get("/desk/").status_code == 302
    client.force_login(cast["without a role"])
    assert client.get("/desk/").status_code == 403
    client.force_login(cast["archivist"])
    assert client.get("/desk/").status_code == 200


def test_it_says_when_the_catalogue_has_outgrown_its_engine(
    client: Client, cast: dict[str, User], make_record: Callable[..., Record], settings: Any
) -> None:
    client.force_login(cast["archivist"])
    make_record()
    assert "SEARCH_ENGINE" not in client.get("/desk/").content.decode()
    make_record()
    settings.SEARCH_ENGINE_LIMITS = {"whoosh": 1}
    html = client.get("/en/desk/").content.decode()
    assert "2 records and pages" in html and "SEARCH_ENGINE=tantivy" in html
