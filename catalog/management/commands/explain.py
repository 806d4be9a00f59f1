"""`manage.py explain`: show how a name, a unit, a date or a grid reference is read, as JSON lines."""

from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.management.base import BaseCommand
from django.db import Error as DatabaseError

from catalog.management.lines import input_lines, write_json_line
from catalog.messages.search import reason_in_words
from catalog.rules.dates import read_date
from catalog.rules.grids import read_grid
from catalog.rules.names import compare_names, query_keys, read_name
from catalog.rules.names.compare import Rarity
from catalog.rules.names.syllables import base, skeleton, sound, toneless
from catalog.rules.text import fold
from catalog.rules.units import parse_unit, unit_family
from catalog.search.people.candidates import Candidates

KINDS = ("name", "unit", "date", "grid")


class Command(BaseCommand):
    """Shows how the rules work, to archivists and to tests."""

    help = "Explain how texts are read, given as arguments or as lines on standard input; one JSON object a line."
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--kind, --against and the texts."""
        parser.add_argument("--kind", choices=KINDS, required=True)
        parser.add_argument("--against", metavar="OTHER", help="a name to compare with: adds score, band and reasons")
        parser.add_argument("text", nargs="*")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line for each text; no text makes it fail."""
        explain = {"name": _name, "unit": _unit, "date": _date, "grid": _grid}[options["kind"]]
        for text in options["text"] or input_lines():
            line = {"text": text, "kind": options["kind"], **explain(text)}
            if options["kind"] == "name" and options["against"] is not None:
                comparison = compare_names(text, options["against"], _catalogue_rarity(text))
                line |= {
                    "against": options["against"],
                    "score": comparison.score,
                    "band": comparison.band,
                    "reasons": [asdict(reason) for reason in comparison.reasons],
                    "words": list(dict.fromkeys(filter(None, map(reason_in_words, comparison.reasons)))),
                }
            write_json_line(self.stdout, line)


def _name(text: str) -> dict[str, Any]:
    name = read_name(text)
    tokens = dict.fromkeys(token for reading in name.readings for token in reading.tokens)
    return {
        "normal": name.normal,
        "readings": [{"text": reading.text, "how": list(reading.how)} for reading in name.readings],
        "notes": list(name.notes),
        "number": name.number,
        "stripped": list(name.stripped),
        "keys": {
            token: {
                "canonical": token,
                "toneless": toneless(token),
                "folded": fold(token),
                "phonetic": sound(base(token)),
                "skeleton": skeleton(token),
                "looked_up": list(query_keys(token, given=False)),
            }
            for token in tokens
        },
    }


def _catalogue_rarity(text: str) -> Rarity | None:
    """How rare the given name is in this catalogue; None if there is no database."""
    candidates = None
    try:
        candidates = Candidates(read_name(text), AnonymousUser())
    except DatabaseError:
        return None
    return candidates.query.rarity


def _unit(text: str) -> dict[str, Any]:
    reading = parse_unit(text)
    return {
        "normal": reading.normal,
        "readings": list(reading.readings),
        "notes": list(reading.notes),
        "levels": reading.levels,
        "inferred": reading.inferred,
        "family": list(unit_family(reading.normal)) if reading.levels else [],
    }


def _date(text: str) -> dict[str, Any]:
    reading = read_date(text)
    return {
        "normal": reading.edtf or "-",
        "readings": list(reading.readings),
        "notes": list(reading.flags),
        "edtf": reading.edtf,
        "earliest": reading.earliest.isoformat() if reading.earliest else None,
        "latest": reading.latest.isoformat() if reading.latest else None,
    }


def _grid(text: str) -> dict[str, Any]:
    reading = read_grid(text)
    return {
        "normal": reading.normal,
        "readings": list(reading.readings),
        "notes": list(reading.notes),
        "zone": reading.zone,
        "easting": reading.easting,
        "northing": reading.northing,
        "lat": round(reading.latitude, 5) if reading.latitude is not None else None,
        "lon": round(reading.longitude, 5) if reading.longitude is not None else None,
        "radius_m": reading.radius_m,
        "cell_m": reading.cell_m,
    }
