"""`manage.py import_mentions FILE.csv`: import a table of names indexed by volunteers."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.changes.statistics import analyze_tables
from catalog.interchange.mention_tables import COLUMNS, ImportSummary, UnreadableTable, import_mentions


class Command(BaseCommand):
    """Exit status 1 if a row was refused; the other rows are imported all the same."""

    help = f"Take in mentions from a CSV with the columns {','.join(COLUMNS)} (name and record are needed)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, and what to do with records that do not exist."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--create-records", action="store_true", help="make missing records, as drafts")
        parser.add_argument("--publish", action="store_true", help="publish the records made (for test archives)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import the table and report progress; then list the refused rows with column and reason."""
        began = time.monotonic()
        try:
            with options["file"].open("rb") as table:
                total = sum(1 for _line in table) - 1
                table.seek(0)

                def report(done: ImportSummary) -> None:
                    passed = time.monotonic() - began
                    left = (total - done.rows) * passed / done.rows if done.rows else 0
                    if passed > 2:
                        self.stderr.write(f"{done.rows} of about {total} rows, {left:.0f} s left")

                done = import_mentions(
                    table=table,
                    create_records=options["create_records"],
                    publish=options["publish"],
                    on_progress=report,
                )
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}") from None
        except UnreadableTable as error:
            raise CommandError(f"{options['file']}: {error}") from None
        if done.created:
            analyze_tables()
        for fault in done.bad:
            self.stderr.write(f"line {fault.line}, column {fault.column}: {fault.reason}")
        seconds = time.monotonic() - began
        refused_rows = len({fault.line for fault in done.bad})
        self.stdout.write(
            f"{done.rows} rows: {done.created} mentions made, {done.existing} stood already, {refused_rows} not taken; "
            f"{done.records_created} records made; {seconds:.1f} s ({done.rows / max(seconds, 0.001):,.0f} rows/s)"
        )
        if refused_rows:
            raise CommandError(
                f"{refused_rows} rows were not taken; mend them and run the same file again.", returncode=1
            )
