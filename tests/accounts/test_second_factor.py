"""The second factor: set up, asked for, used once, lost, reset; and obligatory at every door."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django_otp.plugins.otp_static.models import StaticToken

from catalog.accounts.models import SignIn, User
from tests.accounts.conftest import PASSWORD, code_of, secret_on, with_second_factor

Tried = Callable[..., Any]
DOORS = [
    "/desk/",
    "/desk/reading",
    "/desk/proposals",
    "/desk/batches/",
    "/desk/me",
    "/desk/sign-ins",
    "/lists/",
    "/admin/",
    "/admin/catalog/user/",
]


def test_it_is_set_up_by_a_picture_and_asked_for_at_the_next_sign_in(
    client: Client, people: dict[str, User], try_in: Tried, clock: Any
) -> None:
    try_in(client, "archivist")
    page = client.get("/en/desk/me/second-factor").content.decode()
    assert 'src="data:image/svg+xml' in page and "TOTP" in page
    wrong = client.post("/en/desk/me/second-factor", {"code": "000000"})
    assert wrong.status_code == 400 and "The app shows other digits." in wrong.content.decode()
    secret, _codes = with_second_factor(client)
    assert client.get("/desk/").status_code == 200
    clock.shift(60)
    browser = Client()
    response = try_in(browser, "archivist", next="/desk/proposals")
    assert response["Location"].startswith("/desk/sign-in/code?next=")
    # Half way in is not in.
    assert browser.get("/desk/").status_code == 302
    assert browser.get("/desk/me/second-factor")["Location"].startswith("/desk/sign-in")
    before = browser.cookies["sessionid"].value
    response = browser.post("/desk/sign-in/code", {"code": code_of(secret), "next": "/desk/proposals"})
    assert response["Location"] == "/desk/proposals"
    assert browser.cookies["sessionid"].value != before
    assert browser.get("/desk/proposals").status_code == 200


def test_a_code_that_was_used_is_worth_nothing_to_who_saw_it(
    client: Client, people: dict[str, User], try_in: Tried, clock: Any
) -> None:
    try_in(client, "archivist")
    secret, _codes = with_second_factor(client)
    # The one that confirmed it is used up too.
    thief = Client()
    try_in(thief, "archivist")
    assert thief.post("/desk/sign-in/code", {"code": code_of(secret)}).status_code == 400
    clock.shift(60)
    owner = Client()
    try_in(owner, "archivist")
    try_in(thief, "archivist")
    code = code_of(secret)
    assert owner.post("/desk/sign-in/code", {"code": code}).status_code == 302
    replayed = thief.post("/en/desk/sign-in/code", {"code": code})
    assert replayed.status_code == 400 and "was used before" in replayed.content.decode()
    assert thief.get("/desk/").status_code == 302
    # A telephone whose clock is half a minute off is let in.
    clock.shift(90)
    late = Client()
    try_in(late, "archivist")
    assert late.post("/desk/sign-in/code", {"code": code_of(secret, -1)}).status_code == 302


def test_a_recovery_code_lets_in_once_and_is_kept_as_a_hash(
    client: Client, people: dict[str, User], try_in: Tried
) -> None:
    try_in(client, "archivist")
    _secret, codes = with_second_factor(client)
    plain = {code.replace("-", "") for code in codes}
    assert not plain & set(StaticToken.objects.values_list("token", flat=True))
    browser = Client()
    try_in(browser, "archivist")
    response = browser.post("/en/desk/sign-in/code", {"code": f" {codes[0].upper()} "}, follow=True)
    assert response.redirect_chain and "9 are left" in response.content.decode()
    other_client = Client()
    try_in(other_client, "archivist")
    assert other_client.post("/desk/sign-in/code", {"code": codes[0]}).status_code == 400
    assert other_client.post("/desk/sign-in/code", {"code": codes[1]}).status_code == 302
    assert SignIn.objects.filter(outcome="recovery").count() == 2
    # Nobody else's codes open this account.
    curator = Client()
    try_in(curator, "curator")
    _secret, others = with_second_factor(curator)
    third = Client()
    try_in(third, "archivist")
    assert third.post("/desk/sign-in/code", {"code": others[0]}).status_code == 400


def test_codes_are_not_guessed_without_end_and_the_owner_is_not_kept_out_by_who_guesses(
    client: Client, people: dict[str, User], try_in: Tried, clock: Any
) -> None:
    try_in(client, "archivist", address="192.0.2.10")
    secret, _codes = with_second_factor(client)
    client.post("/desk/sign-out")
    clock.shift(60)
    looked_at = 0
    for number in range(60):
        thief = Client()  # he knows the password
        address = f"10.2.{number}.9"
        if try_in(thief, "archivist", address=address).status_code == 302:
            for guess in range(8):
                code = f"{number * 8 + guess:06}"
                looked_at += thief.post("/desk/sign-in/code", {"code": code}, REMOTE_ADDR=address).status_code == 400
    assert looked_at <= 25
    try_in(client, "archivist", address="192.0.2.10")
    assert client.post("/desk/sign-in/code", {"code": code_of(secret)}, REMOTE_ADDR="192.0.2.10").status_code == 302


def test_the_second_step_is_over_after_ten_minutes_and_when_the_password_changes(
    client: Client, people: dict[str, User], try_in: Tried, clock: Any
) -> None:
    try_in(client, "archivist")
    secret, _codes = with_second_factor(client)
    slow, changed = Client(), Client()
    try_in(slow, "archivist")
    clock.shift(601)
    assert slow.post("/desk/sign-in/code", {"code": code_of(secret)})["Location"] == "/desk/sign-in"
    try_in(changed, "archivist")
    people["archivist"].set_password("một câu dài khác 77")
    people["archivist"].save()
    assert changed.post("/desk/sign-in/code", {"code": code_of(secret)})["Location"] == "/desk/sign-in"
    assert changed.get("/desk/").status_code == 302


@pytest.mark.parametrize(
    ("setting", "must"),
    [
        ("off", set()),
        ("staff", {"archivist", "reviewer", "curator", "family officer", "administrator"}),
        ("publishers", {"archivist", "reviewer", "curator", "family officer", "administrator"}),
    ],
)
def test_who_must_have_one_and_has_none_is_led_to_set_it_up_first(
    people: dict[str, User], try_in: Tried, settings: Any, setting: str, must: set[str]
) -> None:
    settings.SECOND_FACTOR = setting
    for role, user in people.items():
        browser = Client()
        led = try_in(browser, user.username)["Location"]
        assert led.startswith("/desk/me/second-factor") == (role in must), role


def test_of_staff_only_those_who_publish_or_see_what_is_closed_must_by_publishers(
    people: dict[str, User], try_in: Tried, settings: Any
) -> None:
    settings.SECOND_FACTOR = "publishers"
    people["archivist"].groups.clear()  # staff still, but may nothing
    assert try_in(Client(), "archivist")["Location"] == "/desk/"


def test_every_door_is_shut_until_it_is_set_up_and_then_one_goes_where_one_was_going(
    client: Client, people: dict[str, User], try_in: Tried, settings: Any, make_record: Callable[..., Any]
) -> None:
    settings.SECOND_FACTOR = "staff"
    draft = make_record(status="draft")
    address = f"/records/{draft.identifiers.get().value}"
    response = try_in(client, "administrator", next="/desk/sign-ins")
    assert response["Location"] == "/desk/me/second-factor?next=%2Fdesk%2Fsign-ins"
    for door in DOORS:
        led = client.get(door, follow=True)
        assert led.redirect_chain[-1][0].startswith("/desk/me/second-factor"), door
    # Public pages and the API answer as to anybody.
    assert client.get(address).status_code == 404
    assert client.get("/api/v1/records").json()["results"] == []
    assert client.get(f"/iiif/records/{draft.identifiers.get().value}/manifest").status_code == 404
    assert client.post("/desk/me/password", {"current": PASSWORD}).status_code == 302
    assert client.post("/desk/me/second-factor/take-away", {"current": PASSWORD}).status_code == 302
    page = client.get(response["Location"]).content.decode()
    assert "yêu cầu xác thực hai yếu tố" in page
    # The way out is open too.
    out = Client()
    try_in(out, "curator")
    assert out.post("/desk/sign-out")["Location"] == "/desk/sign-in"
    assert out.get("/desk/me/second-factor")["Location"] == "/desk/sign-in"
    done = client.post("/desk/me/second-factor", {"code": code_of(secret_on(page)), "next": "/desk/sign-ins"})
    assert 'href="/desk/sign-ins"' in done.content.decode()
    for door in (*DOORS, address):
        assert client.get(door).status_code == 200, door
    assert len(client.get("/api/v1/records").json()["results"]) == 1
    # Obligatory: it cannot be taken away.
    assert "/take-away" not in client.get("/desk/me").content.decode()
    assert client.post("/desk/me/second-factor/take-away", {"current": PASSWORD}).status_code == 403


def test_a_session_from_before_the_setting_is_asked_too(
    client: Client, people: dict[str, User], try_in: Tried, settings: Any, clock: Any
) -> None:
    try_in(client, "archivist")
    assert client.get("/desk/").status_code == 200
    settings.SECOND_FACTOR = "staff"
    assert client.get("/desk/", follow=True).redirect_chain[-1][0].startswith("/desk/me/second-factor")


def test_a_session_from_before_the_upgrade_ends_once_its_user_has_a_second_factor(
    client: Client, people: dict[str, User], try_in: Tried
) -> None:
    old = Client()
    old.force_login(people["archivist"])
    try_in(client, "archivist")
    with_second_factor(client)
    assert old.get("/desk/").status_code == 302


def test_the_page_after_setting_up_leads_nowhere_else(client: Client, people: dict[str, User], try_in: Tried) -> None:
    try_in(client, "archivist")
    secret = secret_on(client.get("/desk/me/second-factor?next=//evil.example").content.decode())
    done = client.post("/desk/me/second-factor", {"code": code_of(secret), "next": "//evil.example"}).content.decode()
    assert "evil" not in done


def test_new_codes_another_telephone_and_taking_away_ask_for_the_password(
    client: Client, people: dict[str, User], try_in: Tried, clock: Any
) -> None:
    other = Client()
    try_in(other, "archivist")
    try_in(client, "archivist")
    secret, old = with_second_factor(client)
    # Sessions that were begun without it are over.
    assert other.get("/desk/").status_code == 302
    for address in ("/desk/me/second-factor/codes", "/desk/me/second-factor/take-away"):
        assert client.get(address).status_code == 200
        assert client.post(address, {"current": "wrong"}).status_code == 400
    html = client.post("/desk/me/second-factor/codes", {"current": PASSWORD}).content.decode()
    new = re.findall(r'<li class="code">([a-z0-9-]+)</li>', html)
    assert len(new) == 10 and not set(new) & set(old)
    browser = Client()
    try_in(browser, "archivist")
    assert browser.post("/desk/sign-in/code", {"code": old[0]}).status_code == 400
    assert browser.post("/desk/sign-in/code", {"code": new[0]}).status_code == 302
    clock.shift(60)
    replaced = secret_on(client.get("/desk/me/second-factor").content.decode())
    assert client.post("/desk/me/second-factor", {"code": code_of(replaced)}).status_code == 400
    assert client.post("/desk/me/second-factor", {"code": code_of(replaced), "current": PASSWORD}).status_code == 200
    clock.shift(60)
    late = Client()
    try_in(late, "archivist")
    assert late.post("/desk/sign-in/code", {"code": code_of(secret)}).status_code == 400
    assert late.post("/desk/sign-in/code", {"code": code_of(replaced)}).status_code == 302
    assert client.post("/desk/me/second-factor/take-away", {"current": PASSWORD})["Location"] == "/desk/me"
    assert try_in(Client(), "archivist")["Location"] == "/desk/"
    outcomes = set(SignIn.objects.values_list("outcome", flat=True))
    assert {"factor_on", "codes", "factor_off"} <= outcomes


def test_an_administrator_resets_a_colleagues_and_that_is_written_down(
    client: Client, people: dict[str, User], try_in: Tried
) -> None:
    hers = Client()
    try_in(hers, "archivist")
    with_second_factor(hers)
    try_in(client, "administrator")
    user = people["archivist"]
    form = client.get(f"/admin/catalog/user/{user.pk}/change/").content.decode()
    assert f"/admin/catalog/user/{user.pk}/second-factor/" in form
    page = f"/en/admin/catalog/user/{user.pk}/second-factor/"
    assert "Make sure who is asking" in client.get(page).content.decode()
    assert client.post(page).status_code == 302
    assert hers.get("/desk/").status_code == 302
    assert try_in(Client(), "archivist")["Location"] == "/desk/"
    line = SignIn.objects.get(outcome="factor_reset")
    assert (line.user, line.actor) == (user, people["administrator"])
    try_in(hers, "archivist")
    assert "second factor reset by an administrator (administrator)" in hers.get("/en/desk/me").content.decode()
    assert client.get("/admin/catalog/user/999999/second-factor/").status_code == 404


def test_nobody_else_resets_it_and_no_secret_is_shown_in_the_admin(
    client: Client, people: dict[str, User], try_in: Tried
) -> None:
    hers = Client()
    try_in(hers, "administrator")
    with_second_factor(hers)
    try_in(client, "archivist")
    page = f"/admin/catalog/user/{people['administrator'].pk}/second-factor/"
    assert client.post(page).status_code == 403
    assert hers.get("/desk/").status_code == 200
    for address in ("/admin/otp_totp/totpdevice/", "/admin/otp_static/staticdevice/"):
        assert hers.get(address).status_code == 404


def test_the_last_administrator_is_let_in_again_from_the_server(
    client: Client, people: dict[str, User], try_in: Tried, capsys: pytest.CaptureFixture[str]
) -> None:
    try_in(client, "administrator")
    with_second_factor(client)
    call_command("reset_second_factor", "administrator")
    assert "taken away" in capsys.readouterr().out
    assert client.get("/desk/").status_code == 302
    assert try_in(Client(), "administrator")["Location"] == "/desk/"
    assert SignIn.objects.get(outcome="factor_reset").user == people["administrator"]
    call_command("reset_second_factor", "administrator")
    assert "had no second factor" in capsys.readouterr().out
    with pytest.raises(CommandError, match="There is no user 'nemo'"):
        call_command("reset_second_factor", "nemo")
