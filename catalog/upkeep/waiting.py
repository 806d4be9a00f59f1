"""What `/health` reports: queues in which something waits too long, and whether this process is ready.

Rooms above register their queues: `monitor_queue("index", oldest)` in `catalog/apps.py`. So this room need not import
any of them.
"""

import datetime
import os
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

# Gives since when the oldest thing of a kind has been waiting; None where nothing waits.
Oldest = Callable[[], datetime.datetime | None]
_watched: dict[str, Oldest] = {}
_migrated = [False]


def monitor_queue(kind: str, oldest: Oldest) -> None:
    """Let `/health` say when things of `kind` (a word for machines, "index", "jobs") wait longer than WAIT_MINUTES."""
    _watched[kind] = oldest


def waiting_too_long() -> list[str]:
    """The kinds of which something has been waiting for longer than WAIT_MINUTES, in a fixed order. Raises
    DatabaseError."""
    since = timezone.now() - datetime.timedelta(minutes=settings.WAIT_MINUTES)
    return [kind for kind, oldest in sorted(_watched.items()) if (at := oldest()) is not None and at < since]


def missing_dependencies() -> list[str]:
    """What keeps this process from answering: of "database", "migrations", "media". Empty: it is ready. Never fails."""
    missing = list[str]()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
        if not _is_migrated():
            missing.append("migrations")
    except Exception:
        # Whatever a database raises when it is away. The next probe begins with a new connection.
        connection.close()
        missing.append("database")
    if not _media_stands():
        missing.append("media")
    return missing


def _is_migrated() -> bool:
    # Reading all migrations takes a while, and nobody takes one back under a running site: once true it is true.
    if not _migrated[0]:
        executor = MigrationExecutor(connection)
        _migrated[0] = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated[0]


def _media_stands() -> bool:
    if not isinstance(default_storage, FileSystemStorage):
        # A distant store: to ask it at every probe would cost a request each.
        return True
    folder = Path(settings.MEDIA_ROOT)
    return os.access(folder if folder.exists() else folder.parent, os.R_OK | os.W_OK | os.X_OK)
