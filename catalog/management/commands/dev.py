"""`manage.py dev`: serve the demonstration archive for development; saved files take effect at the next request."""

import os
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

# Seconds between two checks for saved files.
PAUSE = 1.0


class Command(BaseCommand):
    """Runs Django's development server and a worker; both restart when a module is saved."""

    help = "Set the demonstration archive up and serve it for development, with a worker beside, until Ctrl-C."
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--port."""
        parser.add_argument("--port", type=int, default=8000, help="port on 127.0.0.1 to listen on (8000)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare the archive; serve and watch files until Ctrl-C, or until the server ends by itself."""
        call_command("demo", prepare_only=True)
        site = self._start("runserver", f"127.0.0.1:{options['port']}")
        worker, last_change = self._start("worker"), newest_change()
        try:
            while site.poll() is None:
                time.sleep(PAUSE)
                if (change := newest_change()) > last_change:
                    last_change = change
                    self.stdout.write("A module was saved: the worker begins again.")
                    _stop(worker)
                    worker = self._start("worker")
        except KeyboardInterrupt:
            self.stdout.write("\nStopping …")
        finally:
            _stop(worker)
            _stop(site)

    def _start(self, *command: str) -> "subprocess.Popen[bytes]":
        # DEBUG: errors are shown on the page with their lines, and static files come from their folders.
        environment = {**os.environ, "DEBUG": "1", "PYTHONUNBUFFERED": "1"}
        manage = str(settings.BASE_DIR / "manage.py")
        # A process group of its own, so that Ctrl-C reaches only this process, which then stops both in order.
        return subprocess.Popen([sys.executable, manage, *command], env=environment, start_new_session=True)  # noqa: S603


def newest_change() -> float:
    """When a module of the project was last saved, in seconds since 1970."""
    return max(path.stat().st_mtime for path in _modules() if path.exists())


def _modules() -> Iterator[Path]:
    for folder in ("archive", "catalog"):
        yield from (settings.BASE_DIR / folder).rglob("*.py")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        # Django's reloader runs the server in a child process: the whole group gets the signal.
        os.killpg(process.pid, 15)
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
