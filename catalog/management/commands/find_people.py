"""`manage.py find_people --format jsonl < names.txt`: a whole list of names looked for, one answer a line."""

import csv
import io
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.management.base import BaseCommand, CommandError

from catalog.accounts.models import User
from catalog.management.lines import said_as_json, typed_bytes
from catalog.messages.search import reason_in_words, reasons_in_words
from catalog.name_lists.answers import Result, find_each
from catalog.name_lists.tables import list_column
from catalog.rules.names import Reason
from catalog.search.people.person_query import FIELDS, PersonQuery, person_query_from
from catalog.search.tables import UnreadableTable, delimiter_of, read_lines

LONGEST_HEADER = 10_000


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
        try:
            self._answer(_queries(typed_bytes(self.stderr.write)), asker, options["limit"])
        except UnreadableTable as error:
            raise CommandError(str(error)) from None

    def _answer(self, questions: Iterator[PersonQuery], asker: User | AnonymousUser, limit: int) -> None:
        for query, results in find_each(questions, asker, limit):
            given = {field: value for field in FIELDS if (value := getattr(query, field))}
            answer = {
                "query": query.name if set(given) <= {"name"} else given,
                "results": [
                    {
                        "name": one.name,
                        "score": one.score,
                        "band": one.band,
                        "reasons": one.reasons,
                        "record": one.record,
                        "page": one.page,
                        "mention": one.mention,
                        "words": _words(one),
                    }
                    for one in results
                ],
            }
            said_as_json(self.stdout, answer)


def _queries(data: bytes) -> Iterator[PersonQuery]:
    """A question a line: names as they stand, or the rows of a table where the first line names its columns."""
    text = data.decode().replace("\r\n", "\n").replace("\r", "\n")
    columns = _columns(text.partition("\n")[0][:LONGEST_HEADER])
    if "name" not in columns:
        for line in text.split("\n"):
            if line.strip(" \t\0"):
                yield person_query_from({"name": line})
        return
    lines = read_lines(io.BytesIO(text.encode()))
    next(lines)
    for _line, values in lines:
        query = person_query_from({column: value for column, value in zip(columns, values, strict=False) if column})
        if not query.is_empty:
            yield query


def _words(result: Result) -> list[str]:
    """The reasons as the page says them."""
    if result.found:
        return reasons_in_words(result.found)
    return list(dict.fromkeys(filter(None, (reason_in_words(Reason(**reason)) for reason in result.reasons))))


def _columns(first: str) -> list[str]:
    try:
        headings = next(csv.reader([first], delimiter=delimiter_of(first)), [])
    except csv.Error:
        return []
    return [list_column(heading) for heading in headings]
