"""`manage.py dev`: the demonstration archive served so that a saved file is seen at the next request."""

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

# Seconds between two looks at the files.
PAUSE = 1.0


class Command(BaseCommand):
    """Django's own server, which begins again when a module is saved, and a worker that does so too."""

    help = "Set the demonstration archive up and serve it for development, with a worker beside, until Ctrl-C."
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--port."""
        parser.add_argument("--port", type=int, default=8000, help="port on 127.0.0.1 to listen on (8000)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Set up; serve and watch until Ctrl-C, or until the server ends by itself."""
        call_command("demo", prepare_only=True)
        site = self._start("runserver", f"127.0.0.1:{options['port']}")
        worker, seen = self._start("worker"), newest_change()
        try:
            while site.poll() is None:
                time.sleep(PAUSE)
                if (now := newest_change()) > seen:
                    seen = now
                    self.stdout.write("A module was saved: the worker begins again.")
                    _stop(worker)
                    worker = self._start("worker")
        except KeyboardInterrupt:
            self.stdout.write("\nStopping …")
        finally:
            _stop(worker)
            _stop(site)

    def _start(self, *command: str) -> "subprocess.Popen[bytes]":
        # Errors are shown with their lines on the page, and static files come from their folders.
        environment = {**os.environ, "DEBUG": "1", "PYTHONUNBUFFERED": "1"}
        manage = str(settings.BASE_DIR / "manage.py")
        # A process group of its own: Ctrl-C reaches this process alone, which stops both in order.
        return subprocess.Popen([sys.executable, manage, *command], env=environment, start_new_session=True)  # noqa: S603


def newest_change() -> float:
    """When a module of the project was saved last, in seconds since 1970."""
    return max(path.stat().st_mtime for path in _modules() if path.exists())


def _modules() -> Iterator[Path]:
    for folder in ("archive", "catalog"):
        yield from (settings.BASE_DIR / folder).rglob("*.py")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        # Django's reloader is a child of the server's: the whole group is told.
        os.killpg(process.pid, 15)
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
