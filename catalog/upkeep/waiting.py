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

# Returns since when the oldest item of a queue has been waiting; None if nothing waits.
Oldest = Callable[[], datetime.datetime | None]
_watched: dict[str, Oldest] = {}
_migrated = [False]


def monitor_queue(kind: str, oldest: Oldest) -> None:
    """Have `/health` report when items of `kind` ("index", "jobs") wait longer than WAIT_MINUTES."""
    _watched[kind] = oldest


def waiting_too_long() -> list[str]:
    """The kinds of which something has been waiting for longer than WAIT_MINUTES, in a fixed order. Raises
    DatabaseError."""
    since = timezone.now() - datetime.timedelta(minutes=settings.WAIT_MINUTES)
    return [
        kind
        for kind, oldest in sorted(_watched.items())
        if (waiting_since := oldest()) is not None and waiting_since < since
    ]


def missing_dependencies() -> list[str]:
    """What this process needs but does not have: of "database", "migrations", "media". Empty: it is ready. Never
    fails."""
    missing = list[str]()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
        if not _is_migrated():
            missing.append("migrations")
    except Exception:
        # Any exception of a database that is not available. The next probe begins with a new connection.
        connection.close()
        missing.append("database")
    if not _is_media_writable():
        missing.append("media")
    return missing


def check_migrations_again() -> None:
    """Read the migrations again at the next probe, although they were applied at the last one."""
    _migrated[0] = False


def _is_migrated() -> bool:
    # Reading all migrations takes a while, and none is reverted while the site runs: once true, it stays true.
    if not _migrated[0]:
        executor = MigrationExecutor(connection)
        _migrated[0] = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated[0]


def _is_media_writable() -> bool:
    if not isinstance(default_storage, FileSystemStorage):
        # A remote store: checking it would cost a request at every probe.
        return True
    folder = Path(settings.MEDIA_ROOT)
    return os.access(folder if folder.exists() else folder.parent, os.R_OK | os.W_OK | os.X_OK)
