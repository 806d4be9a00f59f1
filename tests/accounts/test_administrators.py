"""An administrator who is no superuser makes nobody one, and takes over none."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from catalog.accounts.models import User
from tests.accounts.conftest import PASSWORD


@pytest.fixture
def plain(client: Client, people: dict[str, User]) -> User:
    """A member of the group, signed in, who is no superuser."""
    user = User.objects.create_user("quan-tri", password=PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name="administrator"))
    client.force_login(user)
    return user


def form_of(user: User, **changed: Any) -> dict[str, Any]:
    return {
        "username": user.username,
        "email": user.email,
        "is_active": "on",
        "is_staff": "on",
        "display_name": "",
        "language": "",
        "date_joined_0": "01/01/2026",
        "date_joined_1": "00:00:00",
        "last_login_0": "",
        "last_login_1": "",
        "groups": [group.pk for group in user.groups.all()],
    } | changed


def test_he_cannot_make_himself_or_another_a_superuser(client: Client, people: dict[str, User], plain: User) -> None:
    for user in (plain, people["archivist"]):
        address = f"/admin/catalog/user/{user.pk}/change/"
        assert 'name="is_superuser"' not in client.get(address).content.decode()
        response = client.post(address, form_of(user, is_superuser="on", email="new@archive.example"))
        assert response.status_code == 302, response.content.decode()
        user.refresh_from_db()
        assert not user.is_superuser and user.email == "new@archive.example"


def test_he_cannot_change_delete_or_take_over_a_superuser(client: Client, people: dict[str, User], plain: User) -> None:
    chief = people["administrator"]
    address = f"/admin/catalog/user/{chief.pk}"
    assert client.post(f"{address}/change/", form_of(chief, email="mine@evil.example")).status_code == 403
    new = {"password1": "một câu dài khác 77", "password2": "một câu dài khác 77"}
    assert client.post(f"{address}/password/", new).status_code == 403
    assert client.post(f"{address}/second-factor/").status_code == 403
    assert client.post(f"{address}/delete/", {"post": "yes"}).status_code == 403
    many = {"action": "delete_selected", "_selected_action": [chief.pk], "post": "yes"}
    client.post("/admin/catalog/user/", many)
    chief.refresh_from_db()
    assert chief.email == "administrator@archive.example" and chief.check_password(PASSWORD)


def test_a_superuser_can(client: Client, people: dict[str, User]) -> None:
    client.force_login(people["administrator"])
    user = people["archivist"]
    address = f"/admin/catalog/user/{user.pk}/change/"
    assert 'name="is_superuser"' in client.get(address).content.decode()
    assert client.post(address, form_of(user, is_superuser="on")).status_code == 302
    user.refresh_from_db()
    assert user.is_superuser


def test_a_password_set_by_an_administrator_ends_what_was_open_by_the_old_one(
    client: Client, people: dict[str, User], plain: User
) -> None:
    hers = Client()
    hers.post("/desk/sign-in", {"username": "curator", "password": PASSWORD})
    assert hers.get("/desk/").status_code == 200
    new = {"password1": "một câu dài khác 77", "password2": "một câu dài khác 77", "usable_password": "true"}
    assert client.post(f"/admin/catalog/user/{people['curator'].pk}/password/", new).status_code == 302
    assert hers.get("/desk/").status_code == 302
    assert people["curator"].open_sessions.count() == 0
