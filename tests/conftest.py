"""The cast and the stage. Everyone here is invented."""

import io
import os
import shutil
from collections.abc import Callable, Iterator
from ctypes.util import find_library
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, Group
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver
from django.utils import translation
from PIL import Image, ImageDraw

from catalog.accounts.models import User
from catalog.changes.writing import HOUSE
from catalog.reading.ocr import tesseract_available
from catalog.records.actions import add_row
from catalog.records.models import Identifier, Mention, Page, Record, Repository
from catalog.search.actions import rebuild_index
from catalog.search.engine import engine_in
from catalog.upkeep import reporting
from tests.engines import opensearch_server
from tests.factories import add_scan
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
    """Nothing writes the catalogue past the actions, whatever connection it uses."""
    if guard not in connection.execute_wrappers:
        connection.execute_wrappers.append(guard)


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """Every test begins in the site's language, whatever a request before it asked for."""
    with translation.override("vi"):
        yield


@pytest.fixture(autouse=True)
def own_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """The failures of one test are no flood in the next."""
    monkeypatch.setattr(reporting, "_minute", reporting._Minute())


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
def cast(db: None) -> dict[str, User]:
    """One member of staff a role, and a user without a role."""
    staff = {}
    for role in ("archivist", "reviewer", "curator", "family officer", "administrator"):
        user = User.objects.create_user(role, password="x", is_staff=True, is_superuser=role == "administrator")
        user.groups.add(Group.objects.get(name=role))
        staff[role] = user
    staff["without a role"] = User.objects.create_user("nobody", password="x")
    return staff


@pytest.fixture
def repository(db: None) -> Repository:
    """An invented archive."""
    return Repository.objects.create(code="VN-HC", slug="hu-cau", name_vi="Lưu trữ hư cấu", name_en="Invented archive")


@pytest.fixture
def make_record(repository: Repository) -> Callable[..., Record]:
    """A published, open, invented file, with whatever is said otherwise."""
    counter = iter(range(1, 10_000))

    def make(**fields: Any) -> Record:
        number = next(counter)
        values = {
            "repository": repository,
            "code": f"HS{number}",
            "level": "file",
            "status": "published",
            "invented": True,
            "title_vi": f"Hồ sơ hư cấu {number}",
            "title_en": f"Invented file {number}",
        } | fields
        identifier = values.pop("identifier", f"HC-{number:04}")
        record = Record.objects.create(**values)
        Identifier.objects.create(record=record, value=identifier, primary=True)
        return record

    return make


@pytest.fixture
def make_page() -> Callable[..., Page]:
    """A page with an image of an invented letter on it."""

    def make(record: Record, number: int = 1, size: tuple[int, int] = (1300, 1800)) -> Page:
        page = Page.objects.create(record=record, number=number)
        add_scan(page=page, file=picture(size, f"{record.pk}-{number}"), original_name="letter.jpg")
        return page

    return make


@pytest.fixture
def make_mention() -> Callable[..., Mention]:
    """A mention of somebody invented."""

    def make(record: Record, name: str, **fields: Any) -> Mention:
        return add_row(actor=HOUSE, row=Mention(record=record, name=name, invented=True, **fields))

    return make


@pytest.fixture
def indexed(db: None) -> Iterator[Callable[[], int]]:
    """Brings the index in step when called."""
    engine_in.cache_clear()
    yield rebuild_index
    engine_in.cache_clear()


def picture(
    size: tuple[int, int] = (1300, 1800), words: str = "hư cấu", kind: str = "JPEG", **options: Any
) -> io.BytesIO:
    """An image file with `words` on it."""
    image = Image.new("RGB", size, "#f4ecd8")
    ImageDraw.Draw(image).text((60, 60), words, fill="black")
    out = io.BytesIO()
    image.save(out, kind, **options)
    out.seek(0)
    return out


assert settings.configured
