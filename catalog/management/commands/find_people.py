"""`manage.py find_people --format jsonl < names.txt`: a whole list of names looked for, one answer a line."""

import csv
import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.management.base import BaseCommand, CommandError

from catalog.accounts.models import User
from catalog.search.people.asked import FIELDS, PersonAsked, asked_from
from catalog.search.people.listing import find_each
from catalog.search.tables import column_named


class Command(BaseCommand):
    """Answers what a visitor would be answered; --as USER what that member of staff would."""

    help = (
        "Look for each name on standard input (a name a line, or CSV with a header) and print one JSON object a line."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Form of the answer, how many results, and for whom."""
        parser.add_argument("--format", choices=["jsonl"], default="jsonl")
        parser.add_argument("--limit", type=int, default=10, help="results a name (10)")
        parser.add_argument("--as", dest="user", help="answer as this user may see")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read all, answer each."""
        asker: User | AnonymousUser = AnonymousUser()
        if options["user"]:
            found = User.objects.filter(username=options["user"]).first()
            if found is None:
                raise CommandError(f"There is no user “{options['user']}”.")
            asker = found
        if options["limit"] < 1:
            raise CommandError("--limit must be at least 1.")
        stream = sys.stdin
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8-sig", errors="replace")
        for asked, results in find_each(_asked(stream.read().splitlines()), asker, options["limit"]):
            query = {field: value for field in FIELDS if (value := getattr(asked, field))}
            answer = {
                "query": asked.name if set(query) <= {"name"} else query,
                "results": [
                    {
                        "name": one.name, "score": one.score, "band": one.band, "reasons": one.reasons, "record": one.record,
                        "page": one.page, "mention": one.mention,
                    }
                    for one in results
                ],
            }  # fmt: skip
            self.stdout.write(json.dumps(answer, ensure_ascii=False))


def _asked(lines: list[str]) -> Iterator[PersonAsked]:
    header = [column_named(heading, FIELDS) for heading in next(csv.reader(lines[:1]), [])] if lines else []
    if "name" not in header:
        for line in lines:
            if line.strip():
                yield asked_from({"name": line})
        return
    for values in csv.reader(lines[1:]):
        asked = asked_from({column: value for column, value in zip(header, values, strict=False) if column})
        if asked.asked:
            yield asked
