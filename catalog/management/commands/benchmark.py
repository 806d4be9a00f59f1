"""`manage.py benchmark pages URL`, `people --names N`, `search --records N --pages P`, `scans`, `writing`: the figures
of docs/benchmarks.md."""

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

INSIDE_BENCHMARK = "KYUC_BENCHMARK"


class Command(BaseCommand):
    """Prints tables; compare runs on the same machine only."""

    help = (
        "Measure first views of a running site (pages), or the search for people on an invented archive (people), "
        "or the full-text engines on one (search), or how scans are taken in, served and read (scans), or a parent of "
        "many children withdrawn while others save (writing)."
    )
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to measure, and the sizes."""
        parser.add_argument("what", choices=["pages", "people", "search", "scans", "writing"])
        parser.add_argument("url", nargs="?", default="http://localhost:8000", help="pages: the running site")
        parser.add_argument("--runs", type=int, default=5, help="pages: views of each (5)")
        parser.add_argument("--chromium", default="/usr/bin/chromium")
        parser.add_argument("--names", type=int, default=50_000, help="people: mentions in the archive (50000)")
        parser.add_argument("--queries", type=int, default=2000, help="people: names mangled in every way (2000)")
        parser.add_argument("--each", type=int, help="people: queries a way, where fewer than --queries will do")
        parser.add_argument("--keep", type=Path, help="people: build in this folder, or measure what was built there")
        parser.add_argument("--records", type=int, default=30_000, help="search: records in the archive (30000)")
        parser.add_argument("--pages", type=int, default=30_000, help="search: pages in the archive (30000)")
        parser.add_argument(
            "--engine",
            action="append",
            choices=["whoosh", "tantivy", "opensearch"],
            help="search: these engines, side by side (whoosh and tantivy)",
        )
        parser.add_argument("--no-pages", action="store_true", help="search: ask the engines alone, not the whole page")
        parser.add_argument("--scans", type=int, default=16, help="scans: pages to take in and serve (16)")
        parser.add_argument(
            "--part", action="append", choices=["intake", "serving", "reading"], help="scans: this alone (all three)"
        )
        parser.add_argument("--tiles", type=int, default=4000, help="scans: requests for stored tiles (4000)")
        parser.add_argument(
            "--children", type=int, nargs="+", default=[10_000, 100_000], help="writing: children of each parent"
        )
        parser.add_argument("--no-baselines", action="store_true", help="people: measure ours alone")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the size of the machine, then measure. All but `pages` run again in an archive of their own."""
        if options["what"] == "pages":
            try:
                from catalog.management.benchmarks.pages import measure_pages

                self._machine()
                measure_pages(options["url"], options["runs"], options["chromium"], self.stdout.write)
            except ImportError as error:
                raise CommandError("Install requirements-dev.txt first: manage.py test does.") from error
            return
        if os.environ.get(INSIDE_BENCHMARK) and options["what"] == "search":
            from catalog.management.benchmarks.search import measure_search

            self._machine()
            measure_search(
                engines=options["engine"] or ["whoosh", "tantivy"],
                records=options["records"],
                pages=options["pages"],
                queries=min(options["queries"], 200),
                through_pages=not options["no_pages"],
                say=self.stdout.write,
                progress=self.stderr.write,
            )
            return
        if os.environ.get(INSIDE_BENCHMARK) and options["what"] == "writing":
            from catalog.management.benchmarks.writing import measure_writing

            self._machine()
            measure_writing(children=options["children"], say=self.stdout.write, progress=self.stderr.write)
            return
        if os.environ.get(INSIDE_BENCHMARK) and options["what"] == "scans":
            self._machine()
            self._scans(options)
            return
        if os.environ.get(INSIDE_BENCHMARK):
            from catalog.management.benchmarks.people import measure_people

            self._machine()
            measure_people(
                names=options["names"],
                queries=options["queries"],
                each=options["each"] or options["queries"],
                baselines=not options["no_baselines"],
                say=self.stdout.write,
                progress=self.stderr.write,
            )
            return
        with tempfile.TemporaryDirectory(prefix="kyuc-bench-") as folder:
            self._apart(options["keep"] or Path(folder))

    def _scans(self, options: dict[str, Any]) -> None:
        parts = options["part"] or ["intake", "serving", "reading"]
        if "intake" in parts:
            from catalog.management.benchmarks.ingest import measure_ingest

            measure_ingest(
                pages=max(150, options["scans"]), rounds=3, say=self.stdout.write, progress=self.stderr.write
            )
        if "serving" in parts:
            from catalog.management.benchmarks.scans import measure_serving

            measure_serving(
                pages=options["scans"], tiles=options["tiles"], say=self.stdout.write, progress=self.stderr.write
            )
        if "reading" in parts:
            from catalog.management.benchmarks.reading import measure_reading

            measure_reading(self.stdout.write)

    def _machine(self) -> None:
        database = settings.DATABASES["default"]["ENGINE"].rsplit(".", 1)[-1]
        self.stdout.write(
            f"{os.cpu_count()} cores, {platform.platform()}, Python {platform.python_version()}, {database}\n"
        )

    def _apart(self, folder: Path) -> None:
        """Run the same command in an archive of its own in `folder`; the real archive is neither read nor written."""
        folder.mkdir(parents=True, exist_ok=True)
        environment = {
            **os.environ,
            INSIDE_BENCHMARK: "1",
            "VAR_DIR": str(folder),
            "MEDIA_DIR": str(folder / "media"),
            "DATABASE_URL": os.environ.get(
                "BENCHMARK_DATABASE_URL", f"sqlite:///{(folder / 'people.sqlite3').resolve()}"
            ),
        }
        for command in (["migrate", "-v0"], ["collectstatic", "--noinput", "-v0"], sys.argv[1:]):
            subprocess.run([sys.executable, sys.argv[0], *command], env=environment, check=True)  # noqa: S603
