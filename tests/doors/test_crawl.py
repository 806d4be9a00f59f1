"""A word in every state that somebody may not see, every door, every role: no door says a word to whom it is not meant for.

`DOORS=all` asks every door with every key as every role in both languages; without it each state is asked at the doors that
can take it, in one language.
"""

import io
import os
import re
import time
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from tests.doors.doors import (
    NoFiller,
    addresses,
    asking_doors,
    body_of,
    doors,
    lookups,
    settled,
    without_own,
)
from tests.doors.plant import Planted, Planter, Secret
from tests.doors.roles import Role, make_roles

EVERYTHING = os.environ.get("DOORS") == "all"
# A word of the shape of the planted ones that stands nowhere.
NOWHERE = "zukovefiraso"


@pytest.fixture
def roles(db: None) -> dict[str, Role]:
    """Everybody who comes."""
    return make_roles()


@pytest.fixture
def planted(roles: dict[str, Role], indexed: Callable[[], int]) -> Planted:
    """The whole stage, with its index."""
    planter = Planter(roles)
    planter.plant_public()
    planter.plant_hidden()
    planter.note_the_rest()
    indexed()
    return planter.planted


def client_of(role: Role) -> Client:
    """A browser in which the role is signed in."""
    client = Client(raise_request_exception=False)
    if role.user is not None:
        client.force_login(role.user)
    return client


def tells(secret: Secret, text: str) -> bool:
    """Whether the word stands in the text, or an identifier that is not the beginning of another."""
    return secret.word in text or any(re.search(rf"{re.escape(one)}(?![\w-])", text) for one in secret.ids)


class Told(list[str]):
    """What was told to whom it is not meant for; at most so many lines are of use."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.found: set[str] = set()

    def look(self, role: Role, secrets: Iterable[Secret], address: str, text: str) -> None:
        """Note every secret that the text tells."""
        for secret in secrets:
            if tells(secret, text):
                self.append(f"{role.name}: {address} tells “{secret.state}”")


def test_every_door_has_what_it_is_opened_with(planted: Planted) -> None:
    """A new address is in the crawl by itself, or says here what it needs to be."""
    unfilled = []
    for door in doors():
        try:
            if not addresses(door, planted):
                unfilled.append(door.route)
        except NoFiller as error:
            unfilled.append(str(error))
    assert not unfilled, unfilled


def test_no_door_tells_what_is_not_meant_for_the_asker(planted: Planted, roles: dict[str, Role]) -> None:
    told = Told()
    faults: list[str] = []
    asked = 0
    found: set[str] = set()
    every = [one for door in doors() for one in addresses(door, planted)]
    print(len(every), flush=True)
    for role in roles.values():
        if os.environ.get("ROLES") and role.name not in os.environ["ROLES"].split(","):
            continue
        client, began = client_of(role), time.monotonic()
        hidden, seen = planted.hidden(role), [one for one in planted.secrets if one.seen(role)]
        for one in every:
            if not EVERYTHING and not worth_asking(role, one.address, one.state):
                continue
            for before in ("", "/en") if EVERYTHING else ("",):
                answer = client.get(before + one.address)
                asked += 1
                if answer.status_code >= 500 and answer.status_code not in (501, 503):
                    faults.append(f"{role.name}: {one.address}: {answer.status_code}")
                text = without_own(body_of(answer), one.address)
                told.look(role, hidden, before + one.address, text)
                found |= {secret.state for secret in seen if secret.state not in found and tells(secret, text)}
        if EVERYTHING or os.environ.get("DOORS_REPORT"):
            print(f"{role.name}: {asked} asked, {time.monotonic() - began:.0f} s, {len(told)} told")
    if path := os.environ.get("DOORS_REPORT"):
        with open(path, "w") as report:
            report.write("\n".join(sorted(set(told)) + faults + sorted({one.state for one in planted.secrets} - found)))
    assert not told, "\n".join(told[:40])
    assert not faults, "\n".join(faults[:40])
    # Not by finding nothing: each word stands somewhere for those whom it is meant for.
    assert {one.state for one in planted.secrets} - found == SHOWN_NOWHERE


# What no page shows to anybody.
SHOWN_NOWHERE: set[str] = set()


def worth_asking(role: Role, address: str, state: str) -> bool:
    """Whether the short crawl asks: staff doors only of who is staff, public ones in full of the visitor."""
    return True


def test_a_word_that_is_hidden_is_answered_like_a_word_that_is_nowhere(
    planted: Planted, roles: dict[str, Role]
) -> None:
    """Searching doors repeat what was asked; so the answer to a hidden word is held against that to a word that is nowhere."""
    told: list[str] = []
    answered: set[str] = set()
    for role in roles.values():
        if os.environ.get("ROLES") and role.name not in os.environ["ROLES"].split(","):
            continue
        client, began = client_of(role), time.monotonic()
        hidden = [one for one in planted.hidden(role) if not one.state.startswith("image")]
        for door in [*asking_doors(planted), *(lookups() if not role.has("view_closed") else [])]:
            nowhere = client.get(door + NOWHERE)
            if nowhere.status_code in (302, 403, 404) and not door.startswith(("/iiif", "/units")):
                continue
            told_nothing = settled(body_of(nowhere).replace(NOWHERE, "…"))
            for secret in hidden:
                if not (EVERYTHING or worth_asking_for(role, door, secret)):
                    continue
                told_this = settled(body_of(client.get(door + secret.word)).replace(secret.word, "…"))
                if told_this != told_nothing:
                    told.append(f"{role.name}: {door} knows of “{secret.state}”")
        if role.everything:
            for door in asking_doors(planted):
                nothing = settled(body_of(client.get(door + NOWHERE)).replace(NOWHERE, "…"))
                for secret in planted.secrets:
                    if secret.state not in answered:
                        answer = settled(body_of(client.get(door + secret.word)).replace(secret.word, "…"))
                        answered |= {secret.state} if answer != nothing else set()
        if EVERYTHING or os.environ.get("DOORS_REPORT"):
            print(f"{role.name}: {time.monotonic() - began:.0f} s, {len(told)} told", flush=True)
    if path := os.environ.get("DOORS_REPORT"):
        with open(path + ".asked", "w") as report:
            report.write("\n".join(told + ["", *sorted({one.state for one in planted.secrets} - answered)]))
    assert not told, "\n".join(told[:40])
    assert len(answered) > len(planted.secrets) / 2, "what may be found is found"


def worth_asking_for(role: Role, door: str, secret: Secret) -> bool:
    """Whether the short crawl asks."""
    return True
