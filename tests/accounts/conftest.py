"""What tests of signing in share: empty counters, a clock that is moved, and a way in through the page."""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.core.cache import caches
from django.test import Client
from django_otp.oath import TOTP

from catalog.accounts.models import User

PASSWORD = "giấy cũ phai màu 1968"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture(autouse=True)
def no_tries_yet() -> Iterator[None]:
    """Nobody has tried anything before a test."""
    caches["limits"].clear()
    yield
    caches["limits"].clear()


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """A clock that is stopped until it is moved: `clock.shift(seconds)`."""
    with time_machine.travel(time.time(), tick=False) as moved:
        yield moved


@pytest.fixture
def people(cast: dict[str, User]) -> dict[str, User]:
    """The cast with a password and a mail address each, and somebody of an association."""
    from django.contrib.auth.models import Group

    association = User.objects.create_user("hoi", display_name="Hội hư cấu")
    association.groups.add(Group.objects.get(name="association"))
    cast["association"] = association
    for role, user in cast.items():
        user.set_password(PASSWORD)
        user.email = f"{role.replace(' ', '-')}@archive.example"
        user.save()
    return cast


@pytest.fixture
def try_in() -> Callable[..., Any]:
    """Send the sign-in form once."""

    def send(client: Client, name: str, password: str = PASSWORD, address: str = "203.0.113.7", **more: Any) -> Any:
        language = more.pop("language", "")
        return client.post(
            f"{language}/desk/sign-in",
            {"username": name, "password": password, **more},
            REMOTE_ADDR=address,
            HTTP_USER_AGENT=FIREFOX,
        )

    return send


def secret_on(page: str) -> str:
    """The secret that a set-up page shows in letters, as hex."""
    from base64 import b32decode

    match = re.search(r'class="code">([A-Z2-7 ]+)<', page)
    assert match, page
    return b32decode(match.group(1).replace(" ", "")).hex()


def code_of(secret: str, steps: int = 0) -> str:
    """What the app shows now, or so many half minutes later."""
    device = TOTP(bytes.fromhex(secret))
    device.time = time.time() + steps * 30
    return f"{device.token():06}"


def with_second_factor(client: Client) -> tuple[str, list[str]]:
    """Set a second factor up through the page; its secret and the recovery codes."""
    secret = secret_on(client.get("/desk/me/second-factor").content.decode())
    response = client.post("/desk/me/second-factor", {"code": code_of(secret)})
    assert response.status_code == 200, response.content.decode()
    codes = re.findall(r'<li class="code">([a-z0-9-]+)</li>', response.content.decode())
    assert len(codes) == 10
    return secret, codes
