"""Archives that earlier versions filled, opened by the present code as an administrator opens them: the migrations run
in a process of their own."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data"
KIND = "sqlite" if connection.vendor == "sqlite" else "postgres"
# Tables that Django fills again after each migration.
DERIVED = ("django_content_type", "auth_permission", "auth_group_permissions")
DUMP = """
import json
from django.db import connection
tables = {}
plain = lambda value: bytes(value).hex() if isinstance(value, (bytes, memoryview)) else value
with connection.cursor() as cursor:
    for table in connection.introspection.table_names(cursor):
        cursor.execute(f'SELECT * FROM "{table}"')
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, map(plain, row))) for row in cursor]
        tables[table] = sorted(rows, key=lambda row: str(row.get('id', row)))
print(json.dumps(tables, default=str))
"""


class Archive:
    """A database of an earlier version with the files beside it. `before`: every row as that version left it."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url
        self.before = self.tables()
        self.run("migrate", "-v0")

    def run(self, *command: str, code: str = "") -> str:
        """What `manage.py` prints with this archive; with `code`, what that Python program prints."""
        environment = {
            **os.environ,
            "DATABASE_URL": self.url,
            "VAR_DIR": str(self.folder / "var"),
            "MEDIA_DIR": str(self.folder / "media"),
            "DJANGO_SETTINGS_MODULE": "archive.settings.local",
        }
        arguments = [sys.executable, "manage.py", *command]
        if code:
            arguments = [sys.executable, "-c", f"import django; django.setup()\n{code}"]
        result = subprocess.run(arguments, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
        assert result.returncode == 0, result.stderr[-3000:]
        return result.stdout

    def tables(self) -> dict[str, list[dict[str, Any]]]:
        """Every row of every table, by table, ordered by key."""
        tables: dict[str, list[dict[str, Any]]] = json.loads(self.run(code=DUMP))
        return tables

    def lost(self, *, changed: dict[str, set[str]], moved: tuple[str, ...]) -> list[Any]:
        """What a row of the earlier version contained and no longer does, as (table, key, column, before, after).

        changed: columns that the migrations put right on purpose, by table; moved: prefixes of the names of tables
        whose rows are work that waits, and is kept elsewhere now.
        """
        after = self.tables()
        lost: list[Any] = []
        for table, rows in self.before.items():
            if table in DERIVED or table.startswith(moved):
                continue
            key = next((name for name in ("history_id", "id", "name") if rows and name in rows[0]), "")
            by_key = {row[key]: row for row in after[table]} if key else {}
            for row in rows:
                if not key:
                    lost += [] if row in after[table] else [(table, row)]
                    continue
                now = by_key.get(row[key], {})
                lost += [
                    (table, row[key], name, value, now.get(name))
                    for name, value in row.items()
                    if name not in changed.get(table, set()) and now.get(name) != value
                ]
        return lost

    def files(self) -> list[Path]:
        """The files of `media/`."""
        return sorted(path for path in (self.folder / "media").rglob("*") if path.is_file())


@contextlib.contextmanager
def opened(version: str, folder: Path) -> Iterator[Archive]:
    """The archive of `version` ("0_4_2"), unpacked into `folder` and migrated."""
    with tarfile.open(DATA / f"archive_{version}" / f"{KIND}.tar.xz") as packed:
        # Python has the filter since 3.11.4; the archive is our own.
        if hasattr(tarfile, "data_filter"):
            packed.extractall(folder, filter="data")
        else:
            packed.extractall(folder)
    folder = folder / KIND
    if KIND == "sqlite":
        yield Archive(folder, f"sqlite:///{folder / 'archive.sqlite3'}")
        return
    with _postgres_database(f"archive_of_{version}") as url:
        command = ["psql", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(folder / "archive.sql"), url]
        result = subprocess.run(command, capture_output=True, text=True)
        assert result.returncode == 0, result.stderr[-2000:]
        yield Archive(folder, url)


@contextlib.contextmanager
def _postgres_database(name: str) -> Iterator[str]:
    """An empty database on the server that the suite runs on."""
    if shutil.which("psql") is None:
        pytest.skip("psql is not installed")
    server = urlparse(os.environ["DATABASE_URL"])
    admin = server._replace(path="/postgres").geturl()

    def execute(statement: str) -> None:
        subprocess.run(["psql", "-q", admin, "-c", statement], check=True, capture_output=True)

    execute(f"DROP DATABASE IF EXISTS {name}")
    execute(f"CREATE DATABASE {name}")
    try:
        yield server._replace(path=f"/{name}").geturl()
    finally:
        execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
