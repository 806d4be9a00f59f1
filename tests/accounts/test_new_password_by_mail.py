"""A forgotten password is replaced by a link from a mail, and asking does not reveal whether an account exists."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.accounts.models import OpenSession, SignIn, User
from tests.accounts.conftest import with_second_factor

Tried = Callable[..., Any]
NEW = "một câu dài khác 77"


def link_in(mail: Any) -> str:
    return str(next(word for word in mail.body.split() if "/desk/sign-in/new/" in word))


def ask(who: str, language: str = "") -> Any:
    return Client().post(f"{language}/desk/sign-in/forgotten", {"who": who}, follow=True)


def test_a_forgotten_password_is_replaced_and_every_session_ends(
    client: Client, people: dict[str, User], try_in: Tried, mailoutbox: list[Any]
) -> None:
    try_in(client, "archivist")
    ask("archivist@archive.example")
    (mail,) = mailoutbox
    assert mail.to == ["archivist@archive.example"] and "đặt mật khẩu mới" in mail.subject
    browser = Client()
    form = browser.get(link_in(mail), follow=True)
    address = form.redirect_chain[-1][0]
    # The secret of the link is in no address that stays open.
    assert address.endswith("/set") and "archivist" in form.content.decode()
    assert browser.post(address, {"password": NEW, "again": NEW})["Location"] == "/desk/sign-in"
    assert client.get("/desk/").status_code == 302
    assert not OpenSession.objects.filter(user=people["archivist"]).exists()
    assert try_in(browser, "archivist", NEW).status_code == 302
    assert list(SignIn.objects.order_by("pk").values_list("outcome", flat=True)) == ["in", "reset_asked", "reset", "in"]


def test_a_link_works_once(people: dict[str, User], mailoutbox: list[Any]) -> None:
    ask("archivist")
    link = link_in(mailoutbox[0])
    first, second = Client(), Client()
    target = first.get(link, follow=True).redirect_chain[-1][0]
    two = second.get(link, follow=True).redirect_chain[-1][0]
    assert first.post(target, {"password": NEW, "again": NEW}).status_code == 302
    # Also where the form was open already in another window.
    late = second.post(two, {"password": "kẻ khác đặt 99 lần", "again": "kẻ khác đặt 99 lần"})
    assert late.status_code == 410 and "chỉ dùng được một lần" in late.content.decode()
    assert Client().get(link).status_code == 410
    people["archivist"].refresh_from_db()
    assert people["archivist"].check_password(NEW)


def test_a_link_is_over_after_two_hours_and_a_made_up_one_never_was(
    people: dict[str, User], mailoutbox: list[Any], clock: Any
) -> None:
    ask("archivist")
    link = link_in(mailoutbox[0])
    clock.shift(2 * 3600 + 1)
    assert Client().get(link).status_code == 410
    uid = link.split("/")[-2]
    for made_up in (
        f"/desk/sign-in/new/{uid}/set",
        f"/desk/sign-in/new/{uid}/abc-def",
        "/desk/sign-in/new/x/y",
        "/desk/sign-in/new/OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5/abc-def",
        "/desk/sign-in/new/%C3%A9/abc",
    ):
        assert Client().get(made_up).status_code == 410


def test_the_answer_is_the_same_for_who_is_there_and_who_is_not(
    people: dict[str, User], mailoutbox: list[Any], try_in: Tried
) -> None:
    User.objects.filter(username="curator").update(is_active=False)
    User.objects.filter(username="reviewer").update(email="")
    statuses, work = [], []
    for who in ("archivist", "nobody at all", "curator", "reviewer", "x@y.example"):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            statuses.append(ask(who).content)
        # What takes time is what is written; the mail itself is the worker's.
        work.append([query["sql"].split('"')[1] for query in queries if query["sql"].startswith("INSERT")])
    assert len(set(statuses)) == 1
    assert all(query == work[1] for query in work)
    assert [mail.to for mail in mailoutbox] == [["archivist@archive.example"]]
    everything = " ".join(str(row) for row in SignIn.objects.values_list())
    assert "nobody at all" not in everything and "y.example" not in everything


def test_the_mail_is_in_the_users_language_and_leads_to_the_archives_own_address(
    people: dict[str, User], mailoutbox: list[Any], settings: Any
) -> None:
    settings.SITE_ADDRESS = "https://kyuc.example"
    User.objects.filter(username="archivist").update(language="en")
    # Whatever host the sender names: a link to his own would hand him the secret.
    Client().post("/desk/sign-in/forgotten", {"who": "archivist"}, HTTP_HOST="evil.example")
    assert link_in(mailoutbox[0]).startswith("https://kyuc.example/en/desk/sign-in/new/")
    assert "evil.example" not in mailoutbox[0].body and "It works once" in mailoutbox[0].body


def test_a_mailbox_is_not_flooded_and_neither_is_the_queue(
    people: dict[str, User], mailoutbox: list[Any], settings: Any
) -> None:
    for _time in range(8):
        assert ask("archivist").status_code == 200
    assert len(mailoutbox) == 3
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "reset": (9, 600)}
    statuses = [ask(f"name {number}").status_code for number in range(4)]
    assert statuses == [200, 429, 429, 429]  # eight came from this address already
    assert Client().get("/desk/sign-in/forgotten").status_code == 200


def test_a_poor_password_is_refused_beside_its_field(people: dict[str, User], mailoutbox: list[Any]) -> None:
    ask("archivist")
    browser = Client()
    address = browser.get(link_in(mailoutbox[0]), follow=True).redirect_chain[-1][0]
    for password, repeated in (("12345", "12345"), ("archivist", "archivist"), (NEW, "khác"), ("", "")):
        response = browser.post(address, {"password": password, "again": repeated})
        assert response.status_code == 400 and 'class="error"' in response.content.decode()
    assert browser.post(address, {"password": NEW, "again": NEW}).status_code == 302


def test_a_new_password_does_not_lead_past_the_second_factor(
    client: Client, people: dict[str, User], try_in: Tried, mailoutbox: list[Any]
) -> None:
    try_in(client, "archivist")
    with_second_factor(client)
    ask("archivist")
    browser = Client()
    address = browser.get(link_in(mailoutbox[0]), follow=True).redirect_chain[-1][0]
    browser.post(address, {"password": NEW, "again": NEW})
    assert try_in(browser, "archivist", NEW)["Location"] == "/desk/sign-in/code"
    assert browser.get("/desk/").status_code == 302


def test_one_changes_ones_own_password_and_only_this_session_goes_on(
    client: Client, people: dict[str, User], try_in: Tried
) -> None:
    other = Client()
    try_in(other, "curator")
    try_in(client, "curator")
    wrong = client.post("/en/desk/me/password", {"current": "wrong", "password": NEW, "again": NEW})
    assert wrong.status_code == 400 and "This is not your password." in wrong.content.decode()
    from tests.accounts.conftest import PASSWORD

    response = client.post("/desk/me/password", {"current": PASSWORD, "password": NEW, "again": NEW})
    assert response["Location"] == "/desk/me"
    page = client.get("/desk/me")
    assert page.status_code == 200 and page.content.decode().count('class="report-line"') == 1
    assert other.get("/desk/").status_code == 302
    assert try_in(Client(), "curator").status_code == 400
    assert try_in(Client(), "curator", NEW).status_code == 302
