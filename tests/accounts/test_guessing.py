"""Guessing passwords is slowed down, and nobody keeps a colleague out by guessing at her name."""

from collections.abc import Callable
from typing import Any

from django.test import Client

from catalog.accounts.models import SignIn, User
from tests.accounts.conftest import PASSWORD

Tried = Callable[..., Any]


def test_sixty_wrong_passwords_in_a_row_are_not_sixty_tries(people: dict[str, User], try_in: Tried, clock: Any) -> None:
    stranger = Client()
    statuses = []
    for number in range(60):
        statuses.append(try_in(stranger, "archivist", f"guess {number}").status_code)
        clock.shift(1)
    # Some are looked at, ever fewer; the rest is refused before the password is compared.
    assert statuses[:5] == [400] * 5 and statuses.count(400) <= 9
    assert statuses.count(429) == 60 - statuses.count(400)
    # Refused is refused, also with the right password: otherwise the refusal would tell.
    refused = try_in(stranger, "archivist", PASSWORD, language="/en")
    assert refused.status_code == 429 and int(refused["Retry-After"]) > 0
    assert "This one was not looked at; try again in" in refused.content.decode()
    # The log has the tries that were looked at, and one line for those that were not.
    assert SignIn.objects.filter(outcome="wrong").count() == statuses.count(400)
    assert SignIn.objects.filter(outcome="slowed").count() == 1


def test_who_mistyped_a_few_times_waits_a_little_and_gets_in(
    client: Client, people: dict[str, User], try_in: Tried, clock: Any
) -> None:
    for _time in range(5):
        try_in(client, "archivist", "wrong")
    assert try_in(client, "archivist").status_code == 429
    clock.shift(16)
    assert try_in(client, "archivist").status_code == 302


def test_the_wait_grows_and_is_forgotten_after_an_hour(
    client: Client, people: dict[str, User], try_in: Tried, clock: Any
) -> None:
    waits = []
    for _time in range(14):
        response = try_in(client, "archivist", "wrong")
        if response.status_code == 429:
            waits.append(int(response["Retry-After"]))
            clock.shift(waits[-1] + 1)
    assert waits == [15, 30, 60, 120, 240]
    clock.shift(3601)
    assert [try_in(client, "archivist", "wrong").status_code for _time in range(5)] == [400] * 5


def test_from_a_thousand_addresses_one_name_is_guessed_slowly_all_the_same(
    people: dict[str, User], try_in: Tried, clock: Any
) -> None:
    looked_at = 0
    for number in range(300):
        address = f"10.{number % 250}.{number // 250}.9"
        looked_at += try_in(Client(), "archivist", f"guess {number}", address=address).status_code == 400
        clock.shift(1)
    assert looked_at <= 20 + 300 // 30 + 1


def test_a_colleague_gets_in_from_her_own_browser_while_strangers_guess_at_her_name(
    people: dict[str, User], try_in: Tried, clock: Any
) -> None:
    hers = Client()
    assert try_in(hers, "archivist", address="192.0.2.10").status_code == 302
    hers.post("/desk/sign-out")
    for number in range(200):
        try_in(Client(), "archivist", f"guess {number}", address=f"10.1.{number}.9")
    # From her browser wherever it is, even behind the address that guesses; and from her office without the cookie.
    assert try_in(hers, "archivist", address="10.1.7.9").status_code == 302
    assert try_in(Client(), "archivist", address="192.0.2.11").status_code == 302
    # A stranger is still refused, with a cookie of his own too.
    his = Client()
    assert try_in(his, "curator", address="172.16.0.1").status_code == 302
    assert try_in(his, "archivist", "guess", address="172.16.0.1").status_code == 429


def test_a_colleague_gets_in_from_a_new_place_by_a_link_from_her_mail_while_strangers_guess(
    people: dict[str, User], try_in: Tried, mailoutbox: list[Any], clock: Any
) -> None:
    for number in range(200):
        try_in(Client(), "archivist", f"guess {number}", address=f"10.1.{number}.9")
    new = Client()
    assert try_in(new, "archivist", address="172.16.0.1").status_code == 429
    new.post("/desk/sign-in/forgotten", {"who": "archivist"})
    link = next(word for word in mailoutbox[0].body.split() if "/desk/sign-in/new/" in word)
    form = new.get(link, follow=True)
    new.post(form.redirect_chain[-1][0], {"password": "một câu dài khác 77", "again": "một câu dài khác 77"})
    assert try_in(new, "archivist", "một câu dài khác 77", address="172.16.0.1").status_code == 302


def test_one_address_that_tries_many_names_is_slowed_down_whatever_the_names(
    people: dict[str, User], try_in: Tried, clock: Any
) -> None:
    statuses = [try_in(Client(), f"name {number}", "x").status_code for number in range(60)]
    assert statuses[:30] == [400] * 30 and statuses[30:] == [429] * 30
    assert try_in(Client(), "archivist", address="192.0.2.10").status_code == 302


def test_addresses_of_one_household_count_as_one(people: dict[str, User], try_in: Tried, clock: Any) -> None:
    statuses = [
        try_in(Client(), "archivist", "x", address=f"2001:db8:1:2::{number:x}").status_code for number in range(1, 9)
    ]
    assert statuses == [400] * 5 + [429] * 3


def test_a_known_browser_cannot_be_used_to_guess_without_end_either(
    people: dict[str, User], try_in: Tried, clock: Any
) -> None:
    hers = Client()
    try_in(hers, "archivist")
    hers.post("/desk/sign-out")
    statuses = [try_in(hers, "archivist", f"guess {number}").status_code for number in range(20)]
    assert statuses.count(400) == 10 and statuses[10:] == [429] * 10


def test_a_forged_or_copied_cookie_of_another_is_worth_nothing(
    people: dict[str, User], try_in: Tried, clock: Any
) -> None:
    forged = Client()
    for number in range(60):
        forged.cookies["known_device"] = f"eyJpcyI6ImEiLCJ1c2VycyI6WzFdfQ:{number}:forged"
        response = try_in(forged, "archivist", f"guess {number}")
    assert response.status_code == 429


def test_guesses_at_the_password_of_an_open_screen_are_counted_too(
    client: Client, people: dict[str, User], try_in: Tried, clock: Any
) -> None:
    try_in(client, "archivist")
    new = {"password": "một câu dài khác 77", "again": "một câu dài khác 77"}
    for number in range(10):
        assert client.post("/desk/me/password", {"current": f"guess {number}", **new}).status_code == 400
    response = client.post("/en/desk/me/password", {"current": PASSWORD, **new})
    assert response.status_code == 400 and "Too many wrong tries" in response.content.decode()
