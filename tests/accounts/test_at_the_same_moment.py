"""What may happen once happens once, also when it is asked for many times at the same moment."""

import re
from typing import Any

import pytest
from django.test import Client, RequestFactory

from catalog.accounts.models import User
from catalog.accounts.second_factor import check_code
from catalog.accounts.tries import Try
from tests.accounts.conftest import code_of, with_second_factor
from tests.waiting import run_together


@pytest.fixture
def archivist(transactional_db: None, client: Client) -> User:
    """Committed, so that other connections see her; with a session."""
    user = User.objects.create_user("archivist", password="x", is_staff=True)
    client.force_login(user)
    return user


def test_one_code_lets_in_once(client: Client, archivist: User, clock: Any) -> None:
    secret, codes = with_second_factor(client)
    clock.shift(60)
    code = code_of(secret)
    assert re.fullmatch("[0-9]{6}", code)
    assert sorted(run_together(*[lambda: check_code(user=archivist, code=code)] * 12)) == [""] * 11 + ["totp"]
    assert sorted(run_together(*[lambda: check_code(user=archivist, code=codes[0])] * 12)) == [""] * 11 + ["recovery"]


def test_guesses_sent_together_are_no_more_than_guesses_sent_one_by_one(archivist: User, clock: Any) -> None:
    request = RequestFactory().post("/desk/sign-in", REMOTE_ADDR="203.0.113.7")
    waits = run_together(*[lambda: Try(request, archivist, "archivist").take()] * 24)
    assert waits.count(0) == 5
