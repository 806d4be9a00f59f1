"""What the property test of writing needs: a digest of the whole catalogue, injected failures, and the rules written
anew."""

import datetime
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from django.apps import apps
from django.conf import settings as django_settings
from django.core.files.storage import FileSystemStorage
from django.db import OperationalError, connection

from catalog.records.models import Cover, Identification, Mention, Page, Record, Spread

# Not the catalogue: what an action does not write, or what only says in which order things were done.
LEFT_OUT = {"catalog_change", "catalog_spread", "catalog_user", "catalog_user_groups", "catalog_user_user_permissions"}
# Within the test's own transaction RELEASE is what COMMIT is outside: it may fail like any other.
NOT_A_FAILURE = ("SAVEPOINT", "ROLLBACK")


class Broken(OperationalError):
    """A failure that the test put in at a statement."""


class DiskBroken(OSError):
    """A failure that the test put in at a file."""


def digest() -> str:
    """Every row of every table of the catalogue, its history and trash included."""
    total = hashlib.sha256()
    for model in TABLES:
        total.update(model._meta.db_table.encode())
        for row in model._base_manager.order_by("pk").values_list():
            total.update(repr(row).encode())
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, key, hides FROM catalog_change ORDER BY kind, key, hides")
        total.update(repr([(kind, key, bool(hides)) for kind, key, hides in cursor.fetchall()]).encode())
        cursor.execute("SELECT record_id, hides FROM catalog_spread ORDER BY record_id, hides")
        total.update(repr([(key, bool(hides)) for key, hides in cursor.fetchall()]).encode())
    return total.hexdigest()


TABLES: list[Any] = sorted(
    (
        model
        for model in apps.get_app_config("catalog").get_models(include_auto_created=True)
        if model._meta.db_table not in LEFT_OUT
    ),
    key=lambda model: model._meta.db_table,
)


class Failing:
    """Counts what is asked of the database and written to files, and breaks at the one of that number."""

    def __init__(self, number: int | None = None) -> None:
        self.at, self.count, self.undoing = number, 0, False

    def step(self, error: type[Exception]) -> None:
        self.count += 1
        if self.count == self.at:
            raise error("put in by the test")

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        # The RELEASE that tidies up after a ROLLBACK TO commits nothing.
        if not sql.startswith(NOT_A_FAILURE) and not (self.undoing and sql.startswith("RELEASE")):
            self.step(Broken)
        self.undoing = sql.startswith("ROLLBACK")
        return execute(sql, params, many, context)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Within it statements and files are counted."""
        storage: Any = FileSystemStorage  # the stubs do not know `_save`
        save = storage._save

        def saving(storage: Any, *args: Any, **kwargs: Any) -> Any:
            self.step(DiskBroken)
            return save(storage, *args, **kwargs)

        with patch.object(FileSystemStorage, "_save", saving), connection.execute_wrapper(self):
            yield


@contextmanager
def same_keys() -> Iterator[None]:
    """What is rolled back within it leaves no gap in the keys: PostgreSQL's sequences do not go back by themselves."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(sequencename), last_value, start_value FROM pg_sequences WHERE schemaname = 'public'"
        )
        before = cursor.fetchall()
    yield
    with connection.cursor() as cursor:
        for name, last, start in before:
            cursor.execute("SELECT setval(%s, %s, %s)", [name, start if last is None else last, last is not None])


@contextmanager
def same_files() -> Iterator[None]:
    """The files are afterwards those that were there before: an action that finds its pictures made takes fewer
    steps."""
    media = Path(django_settings.MEDIA_ROOT)
    with tempfile.TemporaryDirectory() as folder:
        if media.exists():
            shutil.copytree(media, folder, dirs_exist_ok=True)
        yield
        shutil.rmtree(media, ignore_errors=True)
        shutil.copytree(folder, media)


class Rules:
    """What a stranger may see, from each record's own status, access and parents: written from the rules, in plain
    Python."""

    def __init__(self, today: datetime.date) -> None:
        self.records = {row.pk: row for row in Record._base_manager.all()}
        self.today = today
        self.hidden = set(Spread.objects.filter(hides=True).values_list("record_id", flat=True))

    def seen_records(self) -> set[int]:
        return {key for key in self.records if self.allowed(key) and not self.on_the_way(key)}

    def chain(self, key: int) -> list[Record]:
        results = []
        number: int | None = key
        while number is not None:
            results.append(self.records[number])
            number = self.records[number].parent_id
            assert len(results) <= len(self.records), "a loop"
        return results

    def allowed(self, key: int) -> bool:
        return all(self.lets_through(record) for record in self.chain(key))

    def chain_is_published(self, key: int) -> bool:
        return all(record.status == "published" and record.trashed_at is None for record in self.chain(key))

    def misplaced(self) -> list[Record]:
        """Records within one whose level cannot hold them."""
        above = {row.pk: self.records[row.parent_id] for row in self.records.values() if row.parent_id}
        return [
            row
            for key, row in self.records.items()
            if key in above and row.RANK[row.level] <= row.RANK[above[key].level]
        ]

    def on_the_way(self, key: int) -> bool:
        """Nobody sees anything below what was just closed or is being opened, until that has arrived everywhere."""
        return any(record.pk in self.hidden for record in self.chain(key))

    def lets_through(self, record: Record) -> bool:
        if record.status != "published" or record.trashed_at is not None:
            return False
        if record.access_level == "open":
            return True
        return record.access_until is not None and record.access_until <= self.today

    def seen_pages(self) -> set[int]:
        visible = self.seen_records()
        return {page.pk for page in Page._base_manager.all() if page.trashed_at is None and page.record_id in visible}

    def seen_mentions(self) -> set[int]:
        visible = self.seen_records()
        pages = {page.pk: page for page in Page._base_manager.all()}
        covers = [cover for cover in Cover._base_manager.all() if cover.trashed_at is None]
        living = {
            item.mention_id
            for item in Identification._base_manager.select_related("person")
            if item.withdrawn_at is None
            and item.certainty != "not"
            and item.person.life == "living"
            and not item.person.public_figure
        }
        visited = set()
        for mention in Mention._base_manager.all():
            page = pages.get(mention.page_id or 0)
            if mention.trashed_at is not None or mention.record_id not in visible or mention.pk in living:
                continue
            if page is not None and page.trashed_at is not None:
                continue
            if any(_meet(mention, cover) for cover in covers if cover.page_id == mention.page_id):
                continue
            visited.add(mention.pk)
        return visited

    def seen_persons(self) -> set[int]:
        from catalog.people.models import Person

        mentions = self.seen_mentions()
        named = {
            item.person_id
            for item in Identification._base_manager.all()
            if item.withdrawn_at is None and item.certainty != "not" and item.mention_id in mentions
        }
        return {
            person.pk
            for person in Person._base_manager.all()
            if person.trashed_at is None
            and person.merged_into_id is None
            and (person.public_figure or (person.life != "living" and person.pk in named))
        }


def _meet(mention: Mention, cover: Cover) -> bool:
    x, y, width, height = mention.box_x, mention.box_y, mention.box_w, mention.box_h
    if x is None or y is None or width is None or height is None:
        return False
    across = range(max(x, cover.x), min(x + width, cover.x + cover.w))
    down = range(max(y, cover.y), min(y + height, cover.y + cover.h))
    return len(across) > 0 and len(down) > 0
