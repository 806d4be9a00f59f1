"""What tests set up: the cast of users, and rows of an invented archive. Everybody in it is invented.

Each function makes one thing with plain values; `**fields` replaces any of them. The fixtures of `conftest.py` are thin
over it. Scans are made in one place, `new_scan`.
"""

import io
import threading
from collections.abc import Callable
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.test import Client
from PIL import Image, ImageDraw

from catalog.accounts.models import User
from catalog.changes.writing import HOUSE
from catalog.exhibitions.models import Exhibition
from catalog.images.models import Scan
from catalog.intake.decoder import Decoder
from catalog.intake.single_images import add_image
from catalog.people.models import Person, Unit
from catalog.records.actions import add_row
from catalog.records.models import Identifier, Mention, Page, Record, Repository
from catalog.sources.models import Source

STAFF_ROLES = ("archivist", "reviewer", "curator", "family officer", "administrator")
NO_ROLE = "without a role"

RED, GREEN, BLUE, YELLOW = (220, 30, 30), (30, 160, 60), (40, 60, 220), (230, 210, 40)
FOUR_COLOURS_SIZE = (1301, 901)

_numbers = count(1)


class Cast(dict[str, User]):
    """One member of staff for each role, by the role's name, and a signed-in stranger without any."""

    @property
    def stranger(self) -> User:
        """Has an account and no role."""
        return self[NO_ROLE]

    def colleague(self, role: str) -> User:
        """Somebody else of the same role."""
        return new_user(f"another {role}", role)

    def client(self, role: str) -> Client:
        """A browser in which the user of that role is signed in."""
        return client_of(self[role])


def new_cast() -> Cast:
    """The cast of the suite; passwords are "x"."""
    cast = Cast((role, new_user(role, role)) for role in STAFF_ROLES)
    cast[NO_ROLE] = new_user("nobody", staff=False)
    return cast


def new_user(name: str, *roles: str, staff: bool = True, permissions: tuple[str, ...] = (), **fields: Any) -> User:
    """A user with the given roles (groups) and, beside these, single permissions of the catalogue by codename."""
    values: dict[str, Any] = {"password": "x", "is_superuser": "administrator" in roles} | fields
    user = User.objects.create_user(name, is_staff=staff, **values)
    for role in roles:
        user.groups.add(Group.objects.get(name=role))
    if permissions:
        user.user_permissions.set(
            Permission.objects.filter(content_type__app_label="catalog", codename__in=permissions)
        )
        assert user.user_permissions.count() == len(set(permissions)), "a permission of that name does not exist"
    return user


def client_of(user: User | None) -> Client:
    """A browser in which `user` is signed in; a visitor's if None."""
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def new_repository(**fields: Any) -> Repository:
    """An invented archive."""
    values = {"code": "VN-HC", "slug": "hu-cau", "name_vi": "Lưu trữ hư cấu", "name_en": "Invented archive"} | fields
    return Repository.objects.create(**values)


def record_maker(repository: Repository) -> Callable[..., Record]:
    """A function that makes published, open files, numbered from 1: `HS1` with the number `HC-0001`. They are kept by
    `repository` unless another is given."""
    numbers = count(1)

    def make(**fields: Any) -> Record:
        return new_record(fields.pop("repository", repository), number=next(numbers), **fields)

    return make


def new_record(
    repository: Repository, *, number: int | None = None, identifier: str | None = None, **fields: Any
) -> Record:
    """A published, open, invented file with its primary number: `HC-0001` for the first, or `identifier`."""
    if number is None:
        number = next(_numbers)
    values = {
        "repository": repository,
        "code": f"HS{number}",
        "level": "file",
        "status": "published",
        "invented": True,
        "title_vi": f"Hồ sơ hư cấu {number}",
        "title_en": f"Invented file {number}",
    } | fields
    record = Record.objects.create(**values)
    if identifier is None:
        identifier = f"HC-{number:04}"
    Identifier.objects.create(record=record, value=identifier, primary=True)
    return record


def new_page(record: Record, number: int = 1, **fields: Any) -> Page:
    """A page without an image."""
    return Page.objects.create(record=record, number=number, **fields)


def new_scanned_page(record: Record, number: int = 1, size: tuple[int, int] = (1300, 1800)) -> Page:
    """A page with an image of an invented letter, `size` in pixels. The image differs from page to page."""
    page = new_page(record, number)
    new_scan(page, picture(size, f"{record.pk}-{number}"), name="letter.jpg")
    return page


class SharedDecoder(Decoder):
    """One decoding child for all tests of a process: starting one for each image would take longer than the tests."""

    def __init__(self) -> None:
        super().__init__(memory=settings.DECODE_BYTES, seconds=settings.DECODE_SECONDS)
        self._turn = threading.Lock()

    def decode(self, path: Path, media_type: str, folder: Path) -> list[dict[str, Any]]:
        with self._turn:
            return super().decode(path, media_type, folder)


@cache
def shared_decoder() -> SharedDecoder:
    """The decoder of this process."""
    return SharedDecoder()


def new_scan(page: Page, file: BinaryIO | None = None, *, name: str = "a.jpg", actor: User | None = None) -> Scan:
    """`file` (a small picture if None) as the image now shown for `page`."""
    image = picture() if file is None else file
    image.seek(0)
    return add_image(page=page, data=image.read(), name=name, actor=actor, decoder=shared_decoder())


def scan_of(page: Page) -> Scan:
    """The image that is shown for `page`, as it is in the database now."""
    return Scan.objects.get(page=page, current=True)


def storage_key(scan: Scan) -> str:
    """Where the original of `scan` is in the storage."""
    assert scan.original.name
    return scan.original.name


def new_mention(record: Record, name: str, **fields: Any) -> Mention:
    """A name in `record`, written by an action as staff would."""
    return add_row(actor=HOUSE, row=Mention(record=record, name=name, invented=True, **fields))


def new_person(name: str = "Lê Hư Cấu", **fields: Any) -> Person:
    """An invented person."""
    return Person.objects.create(**{"name_vi": name, "invented": True} | fields)


def new_source(slug: str = "hu-cau", **fields: Any) -> Source:
    """An invented source."""
    return Source.objects.create(**{"slug": slug, "citation_vi": "Nguồn hư cấu"} | fields)


def new_exhibition(slug: str = "hu-cau", **fields: Any) -> Exhibition:
    """A published exhibition without parts."""
    return Exhibition.objects.create(**{"slug": slug, "title_vi": "Hư cấu", "status": "published"} | fields)


def unit_of(words: str) -> Unit:
    """The unit that `words` name, made if it is new."""
    unit = Unit.objects.of(words)
    assert unit is not None, words
    return unit


def picture(
    size: tuple[int, int] = (1300, 1800), words: str = "hư cấu", kind: str = "JPEG", **options: Any
) -> io.BytesIO:
    """An image file with `words` on it; `size` in pixels, `options` are Pillow's for saving that kind."""
    image = Image.new("RGB", size, "#f4ecd8")
    ImageDraw.Draw(image).text((60, 60), words, fill="black")
    return _file_of(image, kind, **options)


def four_colours(width: int = FOUR_COLOURS_SIZE[0], height: int = FOUR_COLOURS_SIZE[1], **options: Any) -> io.BytesIO:
    """A JPEG with a colour in each quarter: red, green above; blue, yellow below."""
    image = Image.new("RGB", (width, height))
    pen = ImageDraw.Draw(image)
    middle_x, middle_y = width // 2, height // 2
    for box, colour in (
        ((0, 0, middle_x, middle_y), RED),
        ((middle_x, 0, width, middle_y), GREEN),
        ((0, middle_y, middle_x, height), BLUE),
        ((middle_x, middle_y, width, height), YELLOW),
    ):
        pen.rectangle(box, fill=colour)
    return _file_of(image, "JPEG", quality=92, subsampling=0, **options)


def _file_of(image: Image.Image, kind: str, **options: Any) -> io.BytesIO:
    file = io.BytesIO()
    image.save(file, kind, **options)
    file.seek(0)
    return file
