"""What the tests of staff pages start from."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from catalog.accounts.models import User
from catalog.images.renditions.actions import cover_part
from catalog.records.models import (
    Page,
    Record,
)
from catalog.sources.models import Source
from catalog.texts.actions import set_page_text
from tests.doors.staff import CLOSED, SECRET
from tests.factories import client_of, new_page, new_scan, new_source, picture


@pytest.fixture
def closed(make_record: Callable[..., Record], make_page: Callable[..., Page]) -> Record:
    """A closed record with a page."""
    record = make_record(title_vi=f"Hồ sơ {SECRET}", code=f"HS-{SECRET}", **CLOSED)
    make_page(record, size=(300, 400))
    return record


@pytest.fixture
def source(db: None) -> Source:
    """Somebody's word."""
    return new_source("nguon", citation_vi="Nguồn")


@pytest.fixture
def covered(make_record: Callable[..., Record]) -> Page:
    """A public page on which a word is covered."""
    page = new_page(make_record())
    new_scan(page, picture((300, 400), "che"), name="che.jpg")
    set_page_text(page=page, text=f"{SECRET} kia", origin="ocr", boxes=[[0, len(SECRET), 30, 30, 90, 20]])
    cover_part(page=page, box=(20, 20, 200, 60))
    return page


@pytest.fixture
def somebody(db: None) -> Callable[..., Client]:
    """A browser of a member of staff with just these permissions."""
    number = iter(range(100))

    def made(*codenames: str) -> Client:
        user = User.objects.create_user(f"home-made {next(number)}", password="x", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(content_type__app_label="catalog", codename__in=codenames))
        client = Client()
        client.force_login(user)
        return client

    return made


@pytest.fixture
def curator(cast: dict[str, User]) -> Client:
    """Sees drafts, and nothing closed."""
    return client_of(cast["curator"])
