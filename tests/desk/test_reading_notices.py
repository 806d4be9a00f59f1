"""What the staff home says of machine reading and of names to be decided."""

from collections.abc import Callable

import pytest
from django.test import Client

from catalog.accounts.models import User
from catalog.reading.models import PageReading
from catalog.reading.proposals.actions import propose_mentions
from catalog.records.models import Page, Record
from catalog.texts.actions import set_page_text


@pytest.mark.django_db
def test_failed_pages_and_waiting_names_are_shown_to_those_who_may_act(
    make_record: Callable[..., Record], make_page: Callable[..., Page], cast: dict[str, User]
) -> None:
    page = make_page(make_record())
    PageReading.objects.create(page=page, scan=page.scans.get(), state="failed", reason="kaputt")
    set_page_text(page=page, text="Đồng chí Lê Văn Mẫu", origin="ocr")
    propose_mentions(page=page)
    html_by_role = {}
    for role in ("archivist", "curator"):
        client = Client()
        client.force_login(cast[role])
        html_by_role[role] = client.get("/en/desk/").content.decode()
    assert "1 page could not be read by machine" in html_by_role["archivist"]
    assert "1 name waits for a decision" in html_by_role["archivist"]
    assert "could not be read" not in html_by_role["curator"]
    assert "waits for a decision" not in html_by_role["curator"]
