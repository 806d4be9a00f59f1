"""The cast and the stage. Everyone here is invented."""

import os
import shutil
from collections.abc import Callable, Iterator
from ctypes.util import find_library
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver
from django.test import Client
from django.utils import translation

from catalog.reading.ocr import tesseract_available
from catalog.records.models import Mention, Page, Record, Repository
from catalog.search.actions import rebuild_index
from catalog.search.engine import engine_in
from catalog.upkeep import reporting
from tests.engines import opensearch_server
from tests.factories import Cast, new_cast, new_mention, new_repository, new_scanned_page, record_maker
from tests.guard import guard

VIEWERS = Path(os.environ.get("VIEWERS_HOME", Path(__file__).parent.parent / "var" / "viewers"))
S3_SERVER = Path(os.environ.get("S3_HOME", Path(__file__).parent.parent / "var" / "s3")) / "versitygw"
PROGRAMS: dict[str, Callable[[], bool]] = {
    "tesseract": tesseract_available,
    "chromium": lambda: shutil.which("chromium") is not None,
    "msgfmt": lambda: shutil.which("msgfmt") is not None,
    "opensearch": lambda: find_spec("opensearchpy") is not None and opensearch_server.available(),
    "s3": lambda: S3_SERVER.is_file() and find_spec("storages") is not None,
    "viewers": lambda: (VIEWERS / "mirador" / "dist" / "mirador.min.js").is_file(),
    "tantivy": lambda: find_spec("tantivy") is not None,
    "iiif-validator": lambda: find_spec("iiif_validator") is not None and find_library("magic") is not None,
}


# Minutes of one process each. They begin first, so that no process is left alone with one of them at the end.
SLOWEST_FILES = (
    "doors/test_crawl.py",
    "search/test_killing.py",
    "writing/test_two_editors.py",
    "engines/test_opensearch.py",
    "browser/test_in_the_browser.py",
    "browser/test_texts_in_the_browser.py",
    "intake/test_intake_killed.py",
    "writing/test_proved.py",
    "images/test_flood.py",
    "writing/test_killed.py",
    "web/test_search_page.py",
    "images/test_image_api.py",
    "migrations/test_archive_of_0_4_2.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the slowest files first; the order within a file stays."""
    rank = {name: index for index, name in enumerate(SLOWEST_FILES)}
    items.sort(key=lambda item: rank.get("/".join(item.path.parts[-2:]), len(rank)))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, with the reason, what lacks a program; fail instead under REQUIRE_ALL=1."""
    for marker in item.iter_markers("needs"):
        for program in marker.args:
            if not PROGRAMS[program]():
                reason = f"{program} is not installed"
                if os.environ.get("REQUIRE_ALL") == "1":
                    pytest.fail(f"{reason}, and REQUIRE_ALL=1 allows no skip")
                pytest.skip(reason)


@receiver(connection_created)
def guarded(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Nothing writes the catalogue except actions, on any connection."""
    if guard not in connection.execute_wrappers:
        connection.execute_wrappers.append(guard)


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """Every test begins in the site's language, regardless of requests in earlier tests."""
    with translation.override("vi"):
        yield


@pytest.fixture(autouse=True)
def own_minute() -> None:
    """The failures of one test are no flood in the next."""
    reporting.begin_new_minute()


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, settings: Any) -> None:
    """Every test has its own index and its own media."""
    settings.SEARCH_INDEX_DIR = tmp_path / "index"
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.VAR_DIR = tmp_path / "var"
    settings.STAGING_DIR = tmp_path / "staging"
    settings.QUARANTINE_DIR = tmp_path / "quarantine"
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "media"},
        },
    }


@pytest.fixture
def anyone() -> AnonymousUser:
    """A visitor."""
    return AnonymousUser()


@pytest.fixture
def cast(db: None) -> Cast:
    """One member of staff a role, and a user without a role."""
    return new_cast()


@pytest.fixture
def archivist(cast: Cast) -> Client:
    """A browser in which the archivist is signed in."""
    return cast.client("archivist")


@pytest.fixture
def repository(db: None) -> Repository:
    """An invented archive."""
    return new_repository()


@pytest.fixture
def make_record(repository: Repository) -> Callable[..., Record]:
    """Makes published, open, invented files; fields given replace these values."""
    return record_maker(repository)


@pytest.fixture
def make_page() -> Callable[..., Page]:
    """Makes pages with an image of an invented letter."""
    return new_scanned_page


@pytest.fixture
def make_mention() -> Callable[..., Mention]:
    """Makes mentions of somebody invented."""
    return new_mention


@pytest.fixture
def indexed(db: None) -> Iterator[Callable[[], int]]:
    """Brings the index in step when called."""
    engine_in.cache_clear()
    yield rebuild_index
    engine_in.cache_clear()


assert settings.configured
