"""Limits: counted for all processes of a host together, on every door that can be walked, and for outsiders on the
staff too."""

import multiprocessing
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.contrib.auth.models import Group
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.accounts.limits import count
from catalog.accounts.models import User
from catalog.accounts.shared_counts import SharedCounts
from catalog.exhibitions.models import GuestbookEntry
from tests.factories import new_exhibition, new_person

COUNT_A_HUNDRED = """
import sys
from django.conf import settings
settings.configure(SECRET_KEY="for tests only")
from catalog.accounts.shared_counts import SharedCounts
counts = SharedCounts(sys.argv[1], {})
counts.add("one", 0, timeout=600)
for _time in range(100):
    counts.incr("one")
"""


def test_two_processes_share_one_count_and_lose_none(tmp_path: Path) -> None:
    root = Path(configured.BASE_DIR)
    command = [sys.executable, "-c", COUNT_A_HUNDRED, str(tmp_path / "limits")]
    running = [subprocess.Popen(command, cwd=root) for _process in range(3)]
    assert [process.wait(timeout=60) for process in running] == [0, 0, 0]
    assert SharedCounts(str(tmp_path / "limits"), {}).get("one") == 300


def _count_after_fork(location: str) -> None:
    counts = SharedCounts(location, {})
    for _time in range(200):
        counts.incr("one")


def test_a_process_and_the_one_it_was_split_from_and_their_threads_share_it_too(tmp_path: Path) -> None:
    location = str(tmp_path / "limits")
    counts = SharedCounts(location, {})
    counts.add("one", 0, timeout=600)
    children = [
        multiprocessing.get_context("fork").Process(target=_count_after_fork, args=(location,)) for _child in range(2)
    ]
    threads = [threading.Thread(target=_count_after_fork, args=(location,)) for _thread in range(2)]
    workers: list[multiprocessing.process.BaseProcess | threading.Thread] = [*children, *threads]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert counts.get("one") == 800


def test_a_limit_used_up_in_one_process_is_used_up_in_the_other(client: Client, db: None, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "find": (3, 100_000_000)}
    location = settings.CACHES["limits"]["LOCATION"]
    code = f"""
from django.conf import settings
settings.configure(SECRET_KEY={settings.SECRET_KEY!r}, CACHES={{
    "default": {{"BACKEND": "django.core.cache.backends.dummy.DummyCache"}},
    "limits": {{"BACKEND": "catalog.accounts.shared_counts.SharedCounts", "LOCATION": {str(location)!r}}}}})
from catalog.accounts.limits import count
for _time in range(3):
    assert count("find:127.0.0.1", 3, 100_000_000) == 0
"""
    subprocess.run([sys.executable, "-c", code], cwd=settings.BASE_DIR, check=True, timeout=60)
    assert client.get("/find", {"name": "x"}).status_code == 429


def test_the_file_holds_neither_names_nor_addresses(tmp_path: Path) -> None:
    counts = SharedCounts(str(tmp_path / "limits"), {})
    counts.add("find:203.0.113.77", 1, timeout=60)
    (file,) = tmp_path.iterdir()
    assert b"203.0.113" not in file.read_bytes()


def test_numbers_are_kept_and_forgotten_as_djangos_caches_do(tmp_path: Path, clock: Any) -> None:
    counts = SharedCounts(str(tmp_path / "limits"), {})
    assert counts.get("a") is None and counts.get("a", 7) == 7
    with pytest.raises(ValueError, match="no counter"):
        counts.incr("a")
    assert counts.add("a", 1, timeout=10) and not counts.add("a", 5, timeout=10)
    assert counts.incr("a") == 2 and counts.incr("a", -1) == 1
    counts.set("b", -4, timeout=5)
    clock.shift(6)
    assert (counts.get("a"), counts.get("b")) == (1, None)
    assert counts.touch("a", 100) and not counts.touch("b", 100)
    clock.shift(50)
    assert counts.get("a") == 1
    # A clock that was days ahead when it counted blocks nobody now.
    clock.shift(30 * 86_400)
    counts.set("c", 9, timeout=86_400)
    clock.shift(-30 * 86_400)
    assert counts.get("c") is None
    assert counts.delete("a") and not counts.delete("a")
    counts.set("a", 1, timeout=60)
    counts.clear()
    assert counts.get("a") is None


def test_a_full_table_forgets_small_counts_before_large_ones(tmp_path: Path) -> None:
    counts = SharedCounts(str(tmp_path / "limits"), {"OPTIONS": {"SLOTS": 64}})
    counts.set("the one who asks and asks", 500, timeout=600)
    for number in range(2000):
        counts.add(f"passer-by {number}", 1, timeout=600)
    assert counts.get("the one who asks and asks") == 500


def test_where_no_file_can_be_made_each_process_counts_for_itself(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    counts = SharedCounts(str(tmp_path / "file" / "limits"), {})
    counts.add("a", 1, timeout=60)
    assert counts.incr("a") == 2
    assert "for this process alone" in caplog.text


def test_counting_asks_nothing_of_the_database(client: Client, db: None) -> None:
    with CaptureQueriesContext(connection) as queries:
        count("find:1.2.3.4", 5, 60)
    assert not queries


@pytest.mark.parametrize("what", ["person", "record", "iiif"])
def test_what_can_be_walked_from_number_to_number_has_a_limit(
    client: Client, settings: Any, make_record: Callable[..., Any], what: str
) -> None:
    record = make_record()
    person = new_person("Nguyễn Hư Cấu", name_en="Nguyễn Hư Cấu", public_figure=True)
    code = record.identifiers.get().value
    address = {
        "person": f"/people/{person.pk}",
        "record": f"/records/{code}",
        "iiif": f"/iiif/records/{code}/manifest",
    }[what]
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, what: (3, 600)}
    assert [client.get(address).status_code for _time in range(5)] == [200, 200, 200, 429, 429]
    assert 0 < int(client.get(address)["Retry-After"]) <= 600
    assert client.get(address, REMOTE_ADDR="10.0.0.9").status_code == 200


def test_the_guest_book_takes_no_hundred_and_twenty_entries_in_a_second(
    client: Client, db: None, settings: Any
) -> None:
    from archive.settings import base

    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "guest-book": base.RATE_LIMITS["guest-book"]}
    new_exhibition("hu-cau", title_vi="Hư cấu", title_en="Invented", guest_book_open=True)
    responses = [client.post("/en/exhibitions/hu-cau", {"message": f"words {number}"}) for number in range(120)]
    assert GuestbookEntry.objects.count() == 10
    assert [response.status_code for response in responses[8:12]] == [302, 302, 429, 429]
    words = responses[-1].content.decode()
    assert "Very many forms were sent from this address" in words and "Nothing you typed is lost" in words
    # The exhibition itself is still to be seen.
    assert client.get("/exhibitions/hu-cau").status_code == 200


def test_an_association_is_counted_also_when_it_is_staff_and_from_whatever_address(
    client: Client, people: dict[str, User], settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "find": (3, 600)}
    User.objects.filter(username="hoi").update(is_staff=True)
    client.force_login(User.objects.get(username="hoi"))
    statuses = [client.get("/find", {"name": "x"}, REMOTE_ADDR=f"10.0.0.{number}").status_code for number in range(5)]
    assert statuses == [200, 200, 200, 429, 429]


@pytest.mark.parametrize("role", ["archivist", "reviewer", "curator", "family officer", "administrator"])
def test_the_house_is_not_counted(client: Client, people: dict[str, User], settings: Any, role: str) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "find": (1, 600)}
    client.force_login(people[role])
    assert [client.get("/find", {"name": "x"}).status_code for _time in range(3)] == [200] * 3


def test_a_role_of_ones_own_is_free_when_it_has_the_permission(
    client: Client, people: dict[str, User], settings: Any
) -> None:
    from django.contrib.auth.models import Permission

    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "find": (1, 600)}
    role = Group.objects.create(name="thực tập")
    role.permissions.add(Permission.objects.get(codename="no_harvest_limit"))
    people["without a role"].groups.add(role)
    client.force_login(people["without a role"])
    assert [client.get("/find", {"name": "x"}).status_code for _time in range(3)] == [200] * 3
    assert caches["limits"] is not None
