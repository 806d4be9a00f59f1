"""The sign-in page: every role, both languages, where one lands, and what is written down of it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import identify_hasher, make_password
from django.test import Client

from catalog.accounts.models import SignIn, User
from catalog.accounts.sign_in_log import clear_sign_in_log
from tests.accounts.conftest import PASSWORD

Tried = Callable[..., Any]


@pytest.mark.parametrize(
    ("role", "name", "lands"),
    [
        ("archivist", "archivist", "/desk/"),
        ("reviewer", "reviewer", "/desk/"),
        ("curator", "curator", "/desk/"),
        ("family officer", "family officer", "/desk/"),
        ("administrator", "administrator", "/desk/"),
        ("association", "hoi", "/lists/"),
        ("without a role", "nobody", "/desk/me"),
    ],
)
def test_every_role_signs_in_and_lands_on_a_page_of_its_own(
    client: Client, people: dict[str, User], try_in: Tried, role: str, name: str, lands: str
) -> None:
    response = try_in(client, name)
    assert (response.status_code, response["Location"]) == (302, lands)
    page = client.get(lands)
    assert page.status_code == 200
    # It shows who is signed in, and the button to sign out.
    assert str(people[role]) in page.content.decode() and 'action="/desk/sign-out"' in page.content.decode()


def test_the_page_is_in_both_languages_and_keeps_where_one_was_going_when_the_language_is_switched(
    client: Client, db: None
) -> None:
    vietnamese = client.get("/desk/sign-in?next=/desk/reading").content.decode()
    english = client.get("/en/desk/sign-in?next=/desk/reading").content.decode()
    assert "Đăng nhập" in vietnamese and "Sign in" in english and "Sign in" not in vietnamese
    assert 'href="/en/desk/sign-in?next=/desk/reading"' in vietnamese
    assert 'name="next" value="/desk/reading"' in english and "<script" not in english


@pytest.mark.parametrize("door", ["/admin/", "/admin/login/", "/desk/", "/desk/reading", "/lists/", "/desk/me"])
def test_every_staff_door_leads_to_the_one_sign_in_page(client: Client, db: None, door: str) -> None:
    response = client.get(door, follow=True)
    assert response.redirect_chain[-1][0].startswith("/desk/sign-in")
    assert 'id="id_username"' in response.content.decode()


def test_one_lands_where_one_was_going(client: Client, people: dict[str, User], try_in: Tried) -> None:
    response = try_in(client, "archivist", next="/desk/proposals?page=1")
    assert response["Location"] == "/desk/proposals?page=1"


@pytest.mark.parametrize(
    "evil",
    [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "///evil.example",
        "\t//evil.example",
    ],
)
def test_a_next_that_leads_away_is_forgotten_and_one_lands_on_ones_own_page(
    client: Client, people: dict[str, User], try_in: Tried, evil: str
) -> None:
    assert evil not in client.get("/desk/sign-in", {"next": evil}).content.decode()
    response = try_in(client, "archivist", next=evil)
    assert response["Location"] == "/desk/"
    assert client.get(response["Location"]).status_code == 200
    assert client.get("/admin/login/", {"next": evil}, follow=True).redirect_chain[-1][0] == "/desk/sign-in"


def test_a_failed_sign_in_is_reported_beside_the_field_without_naming_which_was_wrong(
    client: Client, people: dict[str, User], try_in: Tried
) -> None:
    empty = client.post("/en/desk/sign-in", {"username": "", "password": ""})
    assert empty.status_code == 400
    assert "Type your user name." in empty.content.decode() and "Type your password." in empty.content.decode()
    assert 'aria-invalid="true"' in empty.content.decode()
    assert 'aria-describedby="id_password_error"' in empty.content.decode()
    assert 'id="id_password_error"' in empty.content.decode()
    known = try_in(client, "archivist", "wrong", language="/en")
    unknown = try_in(client, "no such person", "wrong", language="/en")
    text = "Name and password do not match."
    assert known.status_code == unknown.status_code == 400
    assert text in known.content.decode() and text in unknown.content.decode()
    people["archivist"].is_active = False
    people["archivist"].save()
    assert text in try_in(client, "archivist", language="/en").content.decode()


def test_signing_in_gives_another_session_key_so_that_none_can_be_planted(
    client: Client, people: dict[str, User], try_in: Tried
) -> None:
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    client.cookies["sessionid"] = planted or ""
    try_in(client, "archivist")
    assert client.cookies["sessionid"].value != planted
    stranger = Client()
    stranger.cookies["sessionid"] = planted or ""
    assert stranger.get("/desk/").status_code == 302


def test_signing_out_is_a_form_and_ends_the_session_for_good(
    client: Client, people: dict[str, User], try_in: Tried
) -> None:
    try_in(client, "archivist")
    key = client.cookies["sessionid"].value
    assert client.get("/desk/sign-out").status_code == 405
    assert client.get("/desk/").status_code == 200
    response = client.post("/en/desk/sign-out", follow=True)
    assert "You are signed out." in response.content.decode()
    client.cookies["sessionid"] = key
    assert client.get("/desk/").status_code == 302
    assert SignIn.objects.filter(outcome="out", user=people["archivist"]).count() == 1


def test_the_admin_too_says_who_is_signed_in_and_has_the_way_out(
    client: Client, people: dict[str, User], try_in: Tried
) -> None:
    try_in(client, "administrator")
    page = client.get("/admin/").content.decode()
    assert "administrator" in page and 'action="/desk/sign-out"' in page and 'href="/desk/me"' in page
    assert client.get("/admin/password_change/")["Location"] == "/desk/me/password"
    client.post("/admin/logout/")
    assert client.get("/admin/").status_code == 302


def test_a_user_who_is_no_staff_gets_a_message_at_the_admin_and_no_redirect_loop(
    client: Client, people: dict[str, User], try_in: Tried
) -> None:
    try_in(client, "hoi")
    response = client.get("/admin/", follow=True)
    assert response.status_code == 403
    assert 'action="/desk/sign-out"' in response.content.decode()


def test_a_password_is_hashed_by_argon2_and_an_old_hash_is_replaced_when_its_owner_signs_in(
    client: Client, people: dict[str, User], try_in: Tried, settings: Any
) -> None:
    from archive.settings import base

    settings.PASSWORD_HASHERS = base.PASSWORD_HASHERS
    user = people["archivist"]
    user.password = make_password(PASSWORD, hasher="pbkdf2_sha256")
    user.save()
    assert try_in(client, "archivist").status_code == 302
    user.refresh_from_db()
    assert identify_hasher(user.password).algorithm == "argon2"
    assert "m=19456,t=2,p=1" in user.password
    assert try_in(Client(), "archivist").status_code == 302


def test_the_log_holds_who_and_what_but_no_unknown_name_and_no_full_address(
    client: Client, people: dict[str, User], try_in: Tried
) -> None:
    try_in(client, "bí mật của tôi 123", "x", address="198.51.100.77")
    try_in(client, "archivist", "wrong", address="198.51.100.77")
    try_in(client, "archivist", address="2001:db8:1:2:3:4:5:6")
    lines = list(SignIn.objects.order_by("pk").values_list("user__username", "outcome", "address", "device"))
    assert lines == [
        (None, "wrong", "198.51.100.0/24", "Firefox · Windows"),
        ("archivist", "wrong", "198.51.100.0/24", "Firefox · Windows"),
        ("archivist", "in", "2001:db8:1::/48", "Firefox · Windows"),
    ]
    everything = " ".join(str(row) for row in SignIn.objects.values_list())
    assert "bí mật" not in everything and "198.51.100.77" not in everything
    assert len(SignIn.objects.get(user=None).name_hash) == 32


def test_one_sees_what_was_tried_with_ones_own_name_and_administrators_see_all(
    client: Client, people: dict[str, User], try_in: Tried
) -> None:
    try_in(Client(), "curator", "wrong")
    try_in(Client(), "archivist", "wrong")
    try_in(client, "curator", language="/en")
    own = client.get("/en/desk/me").content.decode()
    assert own.count("wrong name or password") == 1 and "203.0.113.0/24" in own
    assert client.get("/desk/sign-ins").status_code == 403
    administrator = Client()
    try_in(administrator, "administrator")
    everything = administrator.get("/en/desk/sign-ins?outcome=wrong").content.decode()
    rows = everything.split("<tbody>")[1].split("</tbody>")[0]
    assert "archivist" in rows and "curator" in rows and "signed in" not in rows
    narrowed = administrator.get("/en/desk/sign-ins?outcome=wrong&name=cura&page=9").content.decode()
    assert "<td>curator</td>" in narrowed and "<td>archivist</td>" not in narrowed
    assert administrator.get("/desk/sign-ins?name=%00&outcome=%00&page=x").status_code == 200


def test_old_lines_of_the_log_are_cleared_and_only_they(
    client: Client, people: dict[str, User], try_in: Tried, clock: Any, settings: Any
) -> None:
    settings.SIGN_IN_LOG_DAYS = 30
    try_in(client, "archivist", "wrong")
    clock.shift(29 * 86_400)
    try_in(client, "archivist", "wrong")
    assert clear_sign_in_log() == 0
    clock.shift(2 * 86_400)
    assert clear_sign_in_log() == 1
    assert SignIn.objects.count() == 1


def test_after_signing_in_one_goes_on_in_ones_own_language(
    client: Client, people: dict[str, User], try_in: Tried
) -> None:
    # Nobody chose yet: the language of the page one signs in on.
    assert try_in(client, "archivist", next="/desk/reading", language="/en")["Location"] == "/en/desk/reading"
    response = client.post("/desk/me/language", {"language": "en"})
    assert response["Location"] == "/en/desk/me"
    assert '<html lang="en"' in client.get(response["Location"]).content.decode()
    assert try_in(Client(), "archivist")["Location"] == "/en/desk/"
    assert try_in(Client(), "archivist", next="/records/")["Location"] == "/en/records/"
    assert client.post("/en/desk/me/language", {"language": "vi"})["Location"] == "/desk/me"
    assert try_in(Client(), "archivist", language="/en")["Location"] == "/desk/"
    assert client.post("/desk/me/language", {"language": "xx"}, follow=True).status_code == 200
    people["archivist"].refresh_from_db()
    assert people["archivist"].language == "vi"


def test_a_sign_in_form_from_another_site_is_refused(people: dict[str, User]) -> None:
    strict = Client(enforce_csrf_checks=True)
    response = strict.post("/desk/sign-in", {"username": "archivist", "password": PASSWORD})
    assert response.status_code == 403
    # In our words and our dress, since it also meets who signed in elsewhere while this form lay open.
    assert 'class="wordmark"' in response.content.decode() and "CSRF" not in response.content.decode()
