"""`manage.py search QUERY…`: the search page for programs and testers, as JSON lines."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django.utils.translation import override

from catalog.engines.highlights import Highlight
from catalog.management.lines import input_lines, write_json_line
from catalog.records.models import Record
from catalog.records.queries import Asker, address_code
from catalog.search.hits import ExhibitionHit, Hit, PageHit, RecordHit
from catalog.search.params import PAGE_SIZE, SORTS, TABS, SearchParams, params_from_pairs
from catalog.search.people import FoundPerson
from catalog.search.queries import SearchAnswer, search

MOST_HITS = 10_000


class Command(BaseCommand):
    """Prints a line for each hit, then a line with the total and the facets."""

    help = "Search as the page does: print a JSON object a hit, then one with the total and the facets."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The query, the user, and how many hits."""
        parser.add_argument(
            "query", nargs="*", help="as typed into the one box; without it, a query a line on standard input"
        )
        parser.add_argument("--format", choices=["jsonl"], default="jsonl")
        parser.add_argument("--as", dest="user", help="the login of the asker; without it, the public")
        parser.add_argument("--tab", choices=TABS, default="all")
        parser.add_argument("--sort", choices=SORTS, default="relevance")
        parser.add_argument(
            "--filter",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="as in an address: kind=letter, kind=-letter, from=1966, dates=certain",
        )
        parser.add_argument("--limit", type=int, default=PAGE_SIZE, help=f"hits ({PAGE_SIZE})")

    def handle(self, *args: Any, **options: Any) -> None:
        """Search and print."""
        asker = self._asker(options["user"])
        if not 0 <= options["limit"] <= MOST_HITS:
            raise CommandError(f"--limit is from 0 to {MOST_HITS}.")
        queries = [" ".join(options["query"])] if options["query"] else list(input_lines())
        for query in queries:
            self._answer(query, options, asker)

    def _asker(self, login: str | None) -> Asker:
        if not login:
            return AnonymousUser()
        user = get_user_model().objects.filter(username=login).first()
        if user is None:
            raise CommandError(f"There is nobody with the login {login}.")
        return user

    def _answer(self, query: str, options: dict[str, Any], asker: Asker) -> None:
        pairs = [("q", query), ("tab", options["tab"]), ("sort", options["sort"])]
        for text in options["filter"]:
            name, equals, value = text.partition("=")
            if not equals:
                raise CommandError(f"--filter {text}: write NAME=VALUE, for example --filter kind=letter.")
            pairs.append((name, value))
        params = params_from_pairs(pairs)
        hits_left = options["limit"]
        results = self._results_page(params, asker, 1)
        people = results.people
        exact = results.exact if options["tab"] in ("all", "records") and not options["filter"] else None
        if exact and hits_left:
            self._write_line(_exact_hit(exact, results.scores))
            hits_left -= 1
        page = 1
        while hits_left > 0:
            entries: list[Any] = [
                hit for hit in results.hits if not (isinstance(hit, RecordHit) and hit.record == exact)
            ]
            if options["tab"] == "people":
                entries = [*people.matches, *people.possible] if people else []
            for entry in entries[:hits_left]:
                self._write_line(
                    _person(entry)
                    if isinstance(entry, FoundPerson)
                    else _hit(entry, results.scores.get(_document_key(entry), 0.0))
                )
            hits_left -= len(entries)
            if page >= results.pages:
                break
            page += 1
            results = self._results_page(params, asker, page)
            people = results.people
        self._write_line(
            {
                "query": query,
                "total": results.people.total
                if options["tab"] == "people" and results.people
                else max(results.total, 1 if exact else 0),
                "counts": results.counts,
                "certain": results.certain,
                "notes": list(results.notes),
                "searched": not results.is_engine_unavailable,
                "changed": list(results.cleaned),
                "facets": results.facet_counts,
            }
        )

    @staticmethod
    def _results_page(params: SearchParams, asker: Asker, page: int) -> SearchAnswer:
        with override("vi"):
            return search(params.at_page(page), asker)

    def _write_line(self, line: dict[str, Any]) -> None:
        write_json_line(self.stdout, line)


def _document_key(hit: Hit) -> str:
    row = hit.exhibition if isinstance(hit, ExhibitionHit) else hit.page if isinstance(hit, PageHit) else hit.record
    return f"{hit.kind}:{row.pk}"


def _exact_hit(record: Record, scores: dict[str, float]) -> dict[str, Any]:
    """The record whose number was typed; its score is above all others."""
    best = max(scores.values(), default=0.0)
    hit = RecordHit(record, None, None)
    return {**_hit(hit, max(best, 1.0) + 1), "exact": True}


def _hit(hit: Hit, score: float) -> dict[str, Any]:
    fields: dict[str, Any]
    with override("vi"):
        if isinstance(hit, ExhibitionHit):
            fields = {"address": reverse("exhibition", args=[hit.exhibition.slug]), "title": hit.exhibition.title_vi}
        elif isinstance(hit, PageHit):
            code = address_code(hit.page.record)
            fields = {
                "address": reverse("page", args=[code, hit.page.address]),
                "title": hit.page.record.title_vi,
                "record": code,
                "page": hit.page.number,
                "boxes": hit.boxes,
            }
        else:
            code = address_code(hit.record)
            fields = {"address": reverse("record", args=[code]), "title": hit.record.title_vi, "record": code}
    title = getattr(hit, "title", None)
    highlights = [_highlight(highlight) for highlight in (title, hit.excerpt) if highlight]
    return {"type": hit.kind, **fields, "highlights": highlights, "score": round(score, 4)}


def _person(entry: FoundPerson) -> dict[str, Any]:
    mention = entry.mentions[0].mention if entry.mentions else None
    with override("vi"):
        address = reverse("person", args=[entry.person.pk]) if entry.person else ""
        if mention and not address:
            code = address_code(mention.record)
            path = (
                reverse("page", args=[code, mention.page.address]) if mention.page else reverse("record", args=[code])
            )
            address = f"{path}?mention={mention.pk}"
    return {
        "type": "person",
        "address": address,
        "title": entry.person.name_vi if entry.person else mention.name if mention else "",
        "highlights": [],
        "score": entry.score,
        "band": entry.band,
    }


def _highlight(highlight: Highlight) -> dict[str, Any]:
    return {"text": highlight.text, "slices": highlight.slices}
