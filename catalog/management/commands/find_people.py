"""`manage.py find_people --format jsonl < names.txt`: search for a list of names, one line of JSON for each."""

import csv
import io
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.management.base import BaseCommand, CommandError

from catalog.accounts.models import User
from catalog.interchange.csv_tables import UnreadableTable, guess_delimiter, read_rows
from catalog.management.lines import input_bytes, write_json_line
from catalog.messages.search import reason_in_words, reasons_in_words
from catalog.name_lists.answers import Result, find_each
from catalog.name_lists.tables import list_column
from catalog.rules.names import Reason
from catalog.search.people.person_query import FIELDS, PersonQuery, person_query_from

LONGEST_HEADER = 10_000


class Command(BaseCommand):
    """Finds what a visitor would find; with --as USER what that user would find."""

    help = (
        "Look for each name on standard input (a name a line, or CSV with a header) and print one JSON object a line."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The format, the number of results, and the user."""
        parser.add_argument("--format", choices=["jsonl"], default="jsonl")
        parser.add_argument("--limit", type=int, default=10, help="results a name (10)")
        parser.add_argument("--as", dest="user", help="answer as this user may see")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read all of the input, then search for each name."""
        asker: User | AnonymousUser = AnonymousUser()
        if options["user"]:
            user = User.objects.filter(username=options["user"]).first()
            if user is None:
                raise CommandError(f"There is no user “{options['user']}”.")
            asker = user
        if options["limit"] < 1:
            raise CommandError("--limit must be at least 1.")
        try:
            self._answer(_queries(input_bytes(self.stderr.write)), asker, options["limit"])
        except UnreadableTable as error:
            raise CommandError(str(error)) from None

    def _answer(self, queries: Iterator[PersonQuery], asker: User | AnonymousUser, limit: int) -> None:
        for query, results in find_each(queries, asker, limit):
            fields = {field: value for field in FIELDS if (value := getattr(query, field))}
            line = {
                "query": query.name if set(fields) <= {"name"} else fields,
                "results": [
                    {
                        "name": result.name,
                        "score": result.score,
                        "band": result.band,
                        "reasons": result.reasons,
                        "record": result.record,
                        "page": result.page,
                        "mention": result.mention,
                        "words": _reasons_in_words(result),
                    }
                    for result in results
                ],
            }
            write_json_line(self.stdout, line)


def _queries(data: bytes) -> Iterator[PersonQuery]:
    """A query for each line: a name as it is, or a row of a table if the first line has column headings."""
    text = data.decode().replace("\r\n", "\n").replace("\r", "\n")
    columns = _columns(text.partition("\n")[0][:LONGEST_HEADER])
    if "name" not in columns:
        for line in text.split("\n"):
            if line.strip(" \t\0"):
                yield person_query_from({"name": line})
        return
    lines = read_rows(io.BytesIO(text.encode()))
    next(lines)
    for _line, values in lines:
        query = person_query_from({column: value for column, value in zip(columns, values, strict=False) if column})
        if not query.is_empty:
            yield query


def _reasons_in_words(result: Result) -> list[str]:
    """The reasons in the words of the page."""
    if result.mention_hit:
        return reasons_in_words(result.mention_hit)
    return list(dict.fromkeys(filter(None, (reason_in_words(Reason(**reason)) for reason in result.reasons))))


def _columns(first_line: str) -> list[str]:
    try:
        headings = next(csv.reader([first_line], delimiter=guess_delimiter(first_line)), [])
    except csv.Error:
        return []
    return [list_column(heading) for heading in headings]
