"""`manage.py search QUERY…`: the search page for programs and testers, a JSON object a line."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django.utils.translation import override

from catalog.engines.highlights import Highlight
from catalog.management.lines import said_as_json, typed_lines
from catalog.records.models import Record
from catalog.records.queries import Asker, address_code
from catalog.search.hits import ExhibitionHit, Hit, PageHit, RecordHit
from catalog.search.params import PAGE_SIZE, SORTS, TABS, SearchParams, params_of
from catalog.search.people import FoundPerson
from catalog.search.queries import Found, search

MOST = 10_000


class Command(BaseCommand):
    """A line per hit, then a line with the total and the facets."""

    help = "Search as the page does: print a JSON object a hit, then one with the total and the facets."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to ask, as whom, and how much of the answer."""
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
        """Ask and print."""
        asker = self._asker(options["user"])
        if not 0 <= options["limit"] <= MOST:
            raise CommandError(f"--limit is from 0 to {MOST}.")
        queries = [" ".join(options["query"])] if options["query"] else list(typed_lines())
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
        for one in options["filter"]:
            name, equals, value = one.partition("=")
            if not equals:
                raise CommandError(f"--filter {one}: write NAME=VALUE, for example --filter kind=letter.")
            pairs.append((name, value))
        params = params_of(pairs)
        left = options["limit"]
        found = self._page(params, asker, 1)
        people = found.people
        exact = found.exact if options["tab"] in ("all", "records") and not options["filter"] else None
        if exact and left:
            self._say(_exact(exact, found.scores))
            left -= 1
        page = 1
        while left > 0:
            entries: list[Any] = [hit for hit in found.hits if not (isinstance(hit, RecordHit) and hit.record == exact)]
            if options["tab"] == "people":
                entries = [*people.matches, *people.possible] if people else []
            for entry in entries[:left]:
                self._say(
                    _person(entry)
                    if isinstance(entry, FoundPerson)
                    else _hit(entry, found.scores.get(_key(entry), 0.0))
                )
            left -= len(entries)
            if page >= found.pages:
                break
            page += 1
            found = self._page(params, asker, page)
            people = found.people
        self._say(
            {
                "query": query,
                "total": found.people.total
                if options["tab"] == "people" and found.people
                else max(found.total, 1 if exact else 0),
                "counts": found.counts,
                "certain": found.certain,
                "notes": list(found.notes),
                "searched": not found.engine_away,
                "changed": list(found.cleaned),
                "facets": found.facet_counts,
            }
        )

    @staticmethod
    def _page(params: SearchParams, asker: Asker, page: int) -> Found:
        with override("vi"):
            return search(params.at_page(page), asker)

    def _say(self, line: dict[str, Any]) -> None:
        said_as_json(self.stdout, line)


def _key(hit: Hit) -> str:
    thing = hit.exhibition if isinstance(hit, ExhibitionHit) else hit.page if isinstance(hit, PageHit) else hit.record
    return f"{hit.kind}:{thing.pk}"


def _exact(record: Record, scores: dict[str, float]) -> dict[str, Any]:
    """The record whose number was asked for: it stands before everything that only speaks of it."""
    best = max(scores.values(), default=0.0)
    hit = RecordHit(record, None, None)
    return {**_hit(hit, max(best, 1.0) + 1), "exact": True}


def _hit(hit: Hit, score: float) -> dict[str, Any]:
    said: dict[str, Any]
    with override("vi"):
        if isinstance(hit, ExhibitionHit):
            said = {"address": reverse("exhibition", args=[hit.exhibition.slug]), "title": hit.exhibition.title_vi}
        elif isinstance(hit, PageHit):
            code = address_code(hit.page.record)
            said = {
                "address": reverse("page", args=[code, hit.page.address]),
                "title": hit.page.record.title_vi,
                "record": code,
                "page": hit.page.number,
                "boxes": hit.boxes,
            }
        else:
            code = address_code(hit.record)
            said = {"address": reverse("record", args=[code]), "title": hit.record.title_vi, "record": code}
    title = getattr(hit, "title", None)
    marked = [_marked(one) for one in (title, hit.piece) if one]
    return {"type": hit.kind, **said, "highlights": marked, "score": round(score, 4)}


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


def _marked(highlight: Highlight) -> dict[str, Any]:
    return {"text": highlight.text, "slices": highlight.slices}
