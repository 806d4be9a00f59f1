"""Words and rows of the tests of what staff pages tell."""

import base64
from typing import Any

from django.test import Client

from catalog.changes.writing import HOUSE
from catalog.people.models import Person
from catalog.records.actions import add_row
from catalog.records.models import (
    Identification,
    Mention,
)
from tests.factories import new_person

SECRET = "zukofidare"


CLOSED = {"access_level": "closed", "access_reason": "hư cấu"}


def html_of(client: Client, address: str) -> str:
    """The answer's words."""
    response: Any = client.get(address)
    return (b"".join(response.streaming_content) if response.streaming else response.content).decode()


def living(name: str = f"Ông {SECRET}") -> Person:
    return new_person(name, life="living")


def of(mention: Mention, person: Person, certainty: str = "certain") -> Identification:
    return add_row(actor=HOUSE, row=Identification(mention=mention, person=person, certainty=certainty, reason_vi="vì"))


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
