"""Work is asked for in the transaction that makes it necessary, once for one thing."""

import datetime
from collections.abc import Callable

import pytest
from django.db import transaction
from django.utils import timezone, translation

from catalog.jobs import registry, running
from catalog.jobs.actions import enqueue
from catalog.jobs.handle import Handle
from catalog.jobs.models import Job

pytestmark = pytest.mark.django_db


def test_work_asked_for_in_a_transaction_that_fails_is_not_asked_for(kind: Callable[..., str]) -> None:
    kind(lambda handle: None)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        enqueue("tests.work")
        1 / 0  # noqa: B018
    assert not Job.objects.exists()
    with pytest.raises(KeyError):
        enqueue("tests.unheard")


def test_one_waits_for_a_thing_however_often_it_is_asked_for(kind: Callable[..., str]) -> None:
    visited: list[str] = []

    def work(handle: Handle) -> None:
        visited.append(handle.key)
        if len(visited) == 1:
            # What comes while it runs is not lost: it waits, and is done once this has ended.
            enqueue("tests.work", key="7")
            enqueue("tests.work", key="7")
            assert running.claim_next_job(["tests.work"]) is None

    kind(work)
    later = timezone.now() + datetime.timedelta(hours=1)
    first = enqueue("tests.work", key="7", at=later)
    second = enqueue("tests.work", key="7")
    assert second.pk == first.pk and second.due_at < later
    assert running.run_all_due(["tests.work"]) == 2
    assert visited == ["7", "7"]
    assert list(Job.objects.values_list("state", flat=True)) == ["done", "done"]


def test_two_kinds_of_one_name_are_refused(kind: Callable[..., str]) -> None:
    kind(lambda handle: None)

    def other(handle: Handle) -> None:
        """Of another module."""

    other.__module__ = "elsewhere"
    with pytest.raises(ValueError):
        registry.job("tests.work", "x")(other)


def test_every_kind_has_words_in_both_languages() -> None:
    for kind in registry.kinds().values():
        with translation.override("vi"):
            local = str(kind.words)
        with translation.override("en"):
            assert local != str(kind.words), kind.name
