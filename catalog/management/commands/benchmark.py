"""`manage.py benchmark pages URL` and `manage.py benchmark people --names N`: the figures of docs/benchmarks.md."""

import os
import platform
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

INSIDE = "KYUC_BENCHMARK"


class Command(BaseCommand):
    """Prints tables; compare runs on the same machine only."""

    help = "Measure first views of a running site (pages), or the search for people on an invented archive (people)."
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What, where, how often."""
        parser.add_argument("what", choices=["pages", "people"])
        parser.add_argument("url", nargs="?", default="http://localhost:8000", help="pages: the running site")
        parser.add_argument("--runs", type=int, default=5, help="pages: views of each (5)")
        parser.add_argument("--chromium", default="/usr/bin/chromium")
        parser.add_argument("--names", type=int, default=50_000, help="people: mentions in the archive (50000)")
        parser.add_argument("--queries", type=int, default=2000, help="people: names mangled in every way (2000)")
        parser.add_argument("--each", type=int, help="people: queries a way, where fewer than --queries will do")
        parser.add_argument("--keep", type=Path, help="people: build in this folder, or measure what was built there")
        parser.add_argument("--no-baselines", action="store_true", help="people: measure ours alone")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say the machine's size, then measure."""
        if options["what"] == "pages":
            try:
                from catalog.management.benchmarks.pages import measure_pages

                self._machine()
                measure_pages(options["url"], options["runs"], options["chromium"], self.stdout.write)
            except ImportError as error:
                raise CommandError("Install requirements-dev.txt first: manage.py test does.") from error
            return
        if os.environ.get(INSIDE):
            from catalog.management.benchmarks.people import measure_people

            self._machine()
            measure_people(
                names=options["names"], queries=options["queries"], each=options["each"] or options["queries"],
                baselines=not options["no_baselines"], say=self.stdout.write, progress=self.stderr.write,
            )  # fmt: skip
            return
        with tempfile.TemporaryDirectory(prefix="kyuc-bench-") as folder:
            self._apart(options["keep"] or Path(folder))

    def _machine(self) -> None:
        database = settings.DATABASES["default"]["ENGINE"].rsplit(".", 1)[-1]
        self.stdout.write(
            f"{os.cpu_count()} cores, {platform.platform()}, Python {platform.python_version()}, {database}\n"
        )

    def _apart(self, folder: Path) -> None:
        """The same command in an archive of its own: nothing of the real one is read or written."""
        folder.mkdir(parents=True, exist_ok=True)
        own = {
            **os.environ, INSIDE: "1", "VAR_DIR": str(folder), "MEDIA_DIR": str(folder / "media"),
            "DATABASE_URL": os.environ.get("BENCHMARK_DATABASE_URL", f"sqlite:///{(folder / 'people.sqlite3').resolve()}"),
        }  # fmt: skip
        for command in (["migrate", "-v0"], sys.argv[1:]):
            subprocess.run([sys.executable, sys.argv[0], *command], env=own, check=True)  # noqa: S603
