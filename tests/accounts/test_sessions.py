"""Sessions end when idle, when old, and when their user says so; being kept account of costs no write for each page."""

from collections.abc import Callable
from typing import Any

from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.accounts.models import OpenSession, SignIn, User
from catalog.accounts.sessions import clear_sessions

Tried = Callable[..., Any]


def written(client: Client, address: str) -> list[str]:
    """What a page wrote."""
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]


def test_a_session_that_is_idle_ends_and_one_that_is_used_goes_on(
    client: Client, people: dict[str, User], try_in: Tried, settings: Any, clock: Any
) -> None:
    settings.IDLE_MINUTES = 30
    try_in(client, "archivist")
    for _time in range(6):
        clock.shift(29 * 60)
        assert client.get("/desk/").status_code == 200
    clock.shift(31 * 60)
    response = client.get("/en/desk/proposals", follow=True, HTTP_ACCEPT="text/html")
    assert response.redirect_chain[-1][0] == "/en/desk/sign-in?next=/en/desk/proposals"
    assert "Your session has ended" in response.content.decode()
    assert SignIn.objects.filter(outcome="idle", user=people["archivist"]).count() == 1
    assert not OpenSession.objects.exists()
    # Ended everywhere, not only on the desk: public pages and programs see a visitor.
    assert client.get("/api/v1/records").status_code == 200
    assert try_in(client, "archivist").status_code == 302


def test_an_idle_session_is_nobody_on_public_pages_too(
    client: Client, people: dict[str, User], try_in: Tried, clock: Any, make_record: Callable[..., Any], settings: Any
) -> None:
    address = f"/records/{make_record(status='draft').identifiers.get().value}"
    try_in(client, "archivist")
    assert client.get(address).status_code == 200
    clock.shift(settings.IDLE_MINUTES * 60 + 1)
    assert client.get(address).status_code == 404


def test_a_session_ends_after_some_days_however_busy(
    client: Client, people: dict[str, User], try_in: Tried, settings: Any, clock: Any
) -> None:
    settings.SESSION_DAYS, settings.IDLE_MINUTES = 2, 60
    try_in(client, "archivist")
    hours = 0
    while client.get("/desk/").status_code == 200 and hours < 100:
        clock.shift(3599)
        hours += 1
    assert hours == 49


def test_a_clock_that_goes_back_ends_no_session_and_keeps_none_for_ever(
    client: Client, people: dict[str, User], try_in: Tried, settings: Any, clock: Any
) -> None:
    try_in(client, "archivist")
    clock.shift(-3 * 3600)
    assert client.get("/desk/").status_code == 200
    clock.shift(settings.IDLE_MINUTES * 60 + 1)
    assert client.get("/desk/").status_code == 302


def test_pages_shown_write_nothing_within_a_minute(
    client: Client, people: dict[str, User], try_in: Tried, clock: Any
) -> None:
    try_in(client, "archivist")
    client.get("/desk/")
    assert [written(client, "/desk/") for _time in range(5)] == [[]] * 5
    clock.shift(61)
    assert 0 < len(written(client, "/desk/")) <= 2
    assert written(client, "/desk/me") == []


def test_a_session_from_before_the_upgrade_goes_on_and_is_listed(client: Client, people: dict[str, User]) -> None:
    client.force_login(people["archivist"])
    assert client.get("/desk/me").content.decode().count('class="report-line"') == 1


def test_one_ends_another_session_of_ones_own_or_all_of_them(
    client: Client, people: dict[str, User], try_in: Tried
) -> None:
    phone, library = Client(), Client()
    try_in(phone, "archivist")
    try_in(library, "archivist")
    try_in(client, "archivist")
    page = client.get("/en/desk/me").content.decode()
    assert page.count("Firefox · Windows</b>") == 3 and page.count("here and now") == 1 and "End all others" in page
    phones = OpenSession.objects.get(key=phone.cookies["sessionid"].value)
    assert client.post(f"/desk/me/sessions/{phones.pk}/end")["Location"] == "/desk/me"
    assert phone.get("/desk/").status_code == 302
    assert library.get("/desk/").status_code == 200
    client.post("/desk/me/sessions/end-others")
    assert library.get("/desk/").status_code == 302
    assert client.get("/desk/").status_code == 200
    assert SignIn.objects.filter(outcome="ended").count() == 2


def test_the_sessions_of_others_are_not_ones_own(client: Client, people: dict[str, User], try_in: Tried) -> None:
    hers = Client()
    try_in(hers, "reviewer")
    try_in(client, "archivist")
    session = OpenSession.objects.get(user=people["reviewer"])
    assert client.post(f"/desk/me/sessions/{session.pk}/end").status_code == 404
    assert client.get(f"/desk/me/sessions/{session.pk}/end").status_code == 405
    client.post("/desk/me/sessions/end-others")
    assert hers.get("/desk/").status_code == 200


def test_what_is_left_of_sessions_is_cleared_and_open_ones_are_not(
    client: Client, people: dict[str, User], try_in: Tried, settings: Any, clock: Any
) -> None:
    other_client = Client()
    try_in(other_client, "archivist")
    clock.shift(settings.IDLE_MINUTES * 60 - 30)
    try_in(client, "curator")
    assert clear_sessions() == 0
    clock.shift(120)
    assert clear_sessions() == 1
    assert client.get("/desk/").status_code == 200
    assert Session.objects.count() == OpenSession.objects.count() == 1
    clock.shift(30 * 86_400)
    clear_sessions()
    assert Session.objects.count() == OpenSession.objects.count() == 0


def test_a_visitor_gets_no_session(client: Client, db: None) -> None:
    for address in ("/", "/about", "/find?name=x", "/desk/sign-in", "/desk/sign-in/forgotten"):
        assert "sessionid" not in client.get(address).cookies
    assert Session.objects.count() == 0
