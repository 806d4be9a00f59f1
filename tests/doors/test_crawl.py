"""A word in every state that somebody may not see, every door, every role: no door says a word to whom it is not meant
for.

`DOORS=all` asks every door with every key as every role in both languages (half an hour) and leaves what it found in
the file that `DOORS_REPORT` names; without it each state is asked at each door once, in one language.
"""

import io
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from catalog.people.models import NameForm
from catalog.search.actions import follow_changes
from catalog.search.params import TABS
from tests.doors.doors import (
    DoorRequest,
    NoFiller,
    addresses,
    asking_doors,
    body_of,
    doors,
    lookups,
    settled,
    without_own,
)
from tests.doors.plant import Planter
from tests.doors.planted import Planted, Secret
from tests.doors.roles import Role, make_roles

EVERYTHING = os.environ.get("DOORS") == "all"
# A word that looks like the planted ones and is nowhere in the archive.
NOWHERE = "zukovefiraso"
# Who comes when there is no time for all: of each kind of right the role that holds the least beside it.
SOME = ["visitor", "curator", "family officer", "describes records", "looks at everything", "writes everything"]
# Own to one person, or shown by no page at all.
SHOWN_NOWHERE = {"finding in a closed record"}
# Rows that many see, of which one column is for some.
SEEN_IN_PART = {
    "kin",
    "lines a name was read from",
    "staff note of custody",
    "archivist's note",
    "closing reason",
    "note on a person",
    "reason of a closure that is over",
}
# What who may see everything finds by searching.
MAY_BE_FOUND = {"draft", "closed", "somebody living", "name under a cover"}
# Whose old address leads to whom they are part of.
PART_OF_ANOTHER = "somebody living who became part of another"


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
    follow_changes()
    return planter.planted


def client_of(role: Role) -> Client:
    """A browser in which the role is signed in."""
    client = Client(raise_request_exception=False)
    if role.user is not None:
        client.force_login(role.user)
    return client


def tells(secret: Secret, text: str) -> bool:
    """Whether the text contains the word, or an identifier that is not the beginning of another."""
    return secret.word in text or any(re.search(rf"{re.escape(public_id)}(?![\w-])", text) for public_id in secret.ids)


def comers(roles: dict[str, Role]) -> list[Role]:
    """Who comes: everybody, or those named in `ROLES`, or those of the short crawl."""
    names = os.environ["ROLES"].split(",") if "ROLES" in os.environ else list(roles) if EVERYTHING else SOME
    return [roles[name] for name in names]


def report(name: str, lines: Iterable[str]) -> None:
    """What the full crawl leaves behind."""
    if folder := os.environ.get("DOORS_REPORT"):
        Path(folder).mkdir(exist_ok=True)
        Path(folder, name).write_text("\n".join(lines))


def every_address(planted: Planted) -> list[DoorRequest]:
    """Every door with every key; in the short crawl with one key of each state."""
    every = [address for door in doors() for address in addresses(door, planted)]
    if EVERYTHING:
        return every
    once: dict[tuple[Any, ...], DoorRequest] = {}
    for request in every:
        once.setdefault((request.door, request.state, request.kind), request)
    return list(once.values())


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
    """Neither by a word, nor by answering otherwise than for what never was."""
    complaints: list[str] = []
    faults: list[str] = []
    every = every_address(planted)
    by_state = {secret.state: secret for secret in planted.secrets}
    for role in comers(roles):
        client, hidden = client_of(role), planted.hidden(role)
        never: dict[str, tuple[int, str]] = {}
        for index, request in enumerate(every):
            withheld = request.state in by_state and not by_state[request.state].seen(role)
            if not EVERYTHING and not worth_asking(role, request, index, withheld):
                continue
            for language in ("", "/en") if EVERYTHING else ("",):
                response = client.get(language + request.address)
                if response.status_code >= 500 and response.status_code not in (501, 503):
                    faults.append(f"{role.name}: {language + request.address}: {response.status_code}")
                text = without_own(body_of(response), language + request.address)
                complaints += [
                    f"{role.name}: {language + request.address} tells “{secret.state}”"
                    for secret in hidden
                    if tells(secret, text)
                ]
                if (
                    not (withheld and request.unknown and request.unknown != request.address)
                    or request.state in SEEN_IN_PART
                ):
                    continue
                if gone(request, response.status_code) or (
                    response.status_code == 301 and request.state == PART_OF_ANOTHER
                ):
                    continue
                unknown = language + request.unknown
                if unknown not in never:
                    other = client.get(unknown)
                    never[unknown] = (other.status_code, settled(without_own(body_of(other), unknown)))
                if (response.status_code, settled(text)) != never[unknown]:
                    faults.append(
                        f"{role.name}: {language + request.address}: {response.status_code}, "
                        f"{unknown}: {never[unknown][0]}"
                    )
        report(f"{role.name}.txt", [f"{len(every)} doors with their keys", *complaints, *faults])
    assert not complaints, "\n".join(complaints[:40])
    assert not faults, "\n".join(faults[:40])


def worth_asking(role: Role, request: DoorRequest, number: int, withheld: bool) -> bool:
    """In the short crawl: the visitor and who may write everything but see nothing hidden ask at each door for each
    state; the other roles ask at the doors that everybody shares, and for every fifth of what is hidden from them."""
    if role.name in ("visitor", "writes everything"):
        return True
    return not request.state or (withheld and number % 5 == 0)


def gone(request: DoorRequest, status: int) -> bool:
    """Whether 410 is right: only for what the public has seen."""
    return status == 410 and request.state == "withdrawn by its action"


def test_each_word_is_shown_somewhere_to_those_who_may_see_it(planted: Planted, roles: dict[str, Role]) -> None:
    """The crawl does not pass by finding nothing."""
    missing = {secret.state: secret for secret in planted.secrets if secret.state not in SHOWN_NOWHERE}
    every = [address for door in doors() for address in addresses(door, planted)]
    every.sort(key=lambda item: ("/history/" in item.address, "/admin" in item.address, not item.state))
    for role in (roles["archivist"], roles["reviewer"], roles["administrator"]):
        client = client_of(role)
        for request in every:
            expected = [secret for secret in missing.values() if secret.seen(role)]
            if not expected:
                break
            text = without_own(body_of(client.get(request.address)), request.address)
            for secret in expected:
                if tells(secret, text):
                    del missing[secret.state]
    assert not missing, sorted(missing)


def names_lenders(door: str) -> bool:
    """Whether the door understands names of repositories."""
    return "lender" in door or "repository" in door


def is_a_lender(secret: Secret) -> bool:
    """Whether the word is the name of a repository."""
    return secret.state.startswith(("lender", "repository"))


def test_a_word_that_is_hidden_is_answered_like_a_word_that_is_nowhere(
    planted: Planted, roles: dict[str, Role]
) -> None:
    """Searching doors repeat what was asked; so the answer to a hidden word is held against that to a word that is
    nowhere."""
    complaints: list[str] = []
    for role in comers(roles):
        client = client_of(role)
        hidden = [secret for secret in planted.hidden(role) if not secret.state.startswith("image")]
        requests = [*asking_doors(planted), *([] if role.has("view_closed") else lookups())]
        for index, door in enumerate(requests):
            nowhere = client.get(door + NOWHERE)
            if nowhere.status_code in (302, 400, 403):
                continue
            nothing = settled(body_of(nowhere).replace(NOWHERE, "…"))
            # In the short crawl each door is asked for some of the words, another choice each, and for all that it may
            # name.
            selection = [
                *hidden[index % 12 :: 12],
                *(secret for secret in hidden if names_lenders(door) and is_a_lender(secret)),
            ]
            for secret in hidden if EVERYTHING or door in lookups() else selection:
                response = settled(body_of(client.get(door + secret.word)).replace(secret.word, "…"))
                if response != nothing:
                    complaints.append(f"{role.name}: {door} knows of “{secret.state}”")
    report("asked", complaints)
    assert not complaints, "\n".join(complaints[:40])
    # Not because nothing is ever found.
    client, results = client_of(roles["archivist"]), set()
    for door in ("/search?q=", "/find?q=", "/admin/catalog/record/?q="):
        nothing = settled(body_of(client.get(door + NOWHERE)).replace(NOWHERE, "…"))
        for secret in planted.secrets:
            if secret.state in MAY_BE_FOUND:
                response = settled(body_of(client.get(door + secret.word)).replace(secret.word, "…"))
                results |= {secret.state} if response != nothing else set()
    assert results == MAY_BE_FOUND


def test_commands_answer_a_hidden_word_like_a_word_that_is_nowhere(
    planted: Planted, roles: dict[str, Role], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`search` and `find_people` with `--as`: the same visibility on the server's own command line."""

    def output_of(command: str, word: str, *options: str) -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{word}\n"))
        out = io.StringIO()
        call_command(command, *options, stdout=out, stderr=io.StringIO())
        return out.getvalue().replace(word, "…")

    complaints: list[str] = []
    commands = [("find_people", []), *(("search", ["--tab", tab]) for tab in TABS)]
    for role in comers(roles):
        asker = ["--as", role.user.username] if role.user else []
        hidden = [secret for secret in planted.hidden(role) if not secret.state.startswith("image")]
        for index, (command, options) in enumerate(commands):
            nothing = output_of(command, NOWHERE, *options, *asker)
            for secret in hidden if EVERYTHING else hidden[index % 3 :: 3]:
                if output_of(command, secret.word, *options, *asker) != nothing:
                    complaints.append(f"{role.name}: {command} {' '.join(options)} knows of “{secret.state}”")
    assert not complaints, "\n".join(complaints[:40])
    results = {
        secret.state
        for secret in planted.secrets
        if secret.state in MAY_BE_FOUND
        and output_of("search", secret.word, "--as", "archivist") != output_of("search", NOWHERE, "--as", "archivist")
    }
    assert results == MAY_BE_FOUND, "not because nothing is ever found"


def test_what_is_hidden_changes_nothing_that_the_public_sees(
    roles: dict[str, Role], indexed: Callable[[], int]
) -> None:
    """No count, no order, no label: every public door answers as it did before anything hidden was there."""
    # Keys are past the thousand from which on the rarity of a given name is reckoned: hidden ones once counted in it.
    NameForm.objects.create(pk=1500, text="Tên Không Ai Mang")
    planter = Planter(roles)
    planter.plant_public()
    indexed()
    planter.note_the_rest()
    every = [
        address.address
        for door in doors()
        if not door.route.startswith(("admin", "desk", "health", "lists"))
        for address in addresses(door, planter.planted, strict=False)
    ]
    every += [door + "homnay" for door in asking_doors(planter.planted) if not door.startswith("/admin")]
    client = client_of(roles["visitor"])
    before = {address: settled(body_of(client.get(address))) for address in every}
    planter.plant_hidden(changes_public=False)
    indexed()
    follow_changes()
    differ = [address for address in every if settled(body_of(client.get(address))) != before[address]]
    assert not differ, "\n".join(differ)
