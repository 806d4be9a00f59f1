"""Two at once: in any order, nothing below a withdrawn record is public, and no record is within itself."""

import pytest
from django.contrib.auth.models import AnonymousUser, Group

from catalog.changes.writing import HOUSE
from catalog.records.actions import (
    create_record,
    describe_record,
    finish_spreads,
    publish_record,
    set_access,
    trash_record,
    withdraw_record,
)
from catalog.records.checking.queries import differences
from catalog.records.models import Record, Repository, Spread
from catalog.records.queries import visible_to
from tests.waiting import errors_together

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 4


@pytest.fixture
def tree(repository: Repository) -> dict[str, Record]:
    """Two inventories in a fonds, a file in each, a document in one; committed, so that other connections see it."""
    assert Group.objects.exists()

    def make(code: str, level: str, parent: Record | None) -> Record:
        record = Record(repository=repository, parent=parent, code=code, level=level, title_vi=code, status="published")
        return create_record(actor=HOUSE, record=record)

    fonds = make("P1", "fonds", None)
    first, two = make("M1", "inventory", fonds), make("M2", "inventory", fonds)
    file = make("H1", "file", first)
    return {
        "fonds": fonds,
        "one": first,
        "two": two,
        "file": file,
        "other": make("H2", "file", two),
        "document": make("D1", "document", file),
    }


def visible_codes() -> set[str]:
    return set(visible_to(AnonymousUser()).values_list("code", flat=True))


def assert_settled() -> None:
    """Everything has arrived and is as the rules say."""
    finish_spreads()
    assert not Spread.objects.exists()
    assert not list(differences())


def test_a_child_saved_while_its_parent_is_withdrawn_is_not_public(tree: dict[str, Record]) -> None:
    for number in range(ROUNDS):
        publish_record(actor=HOUSE, record=tree["one"])
        assert (
            errors_together(
                lambda: withdraw_record(actor=HOUSE, record=tree["one"]),
                lambda number=number: describe_record(  # type: ignore[misc]
                    actor=HOUSE, record=tree["file"], revision=None, values={"title_vi": f"Lần {number}"}
                ),
                lambda number=number: describe_record(  # type: ignore[misc]
                    actor=HOUSE, record=tree["document"], revision=None, values={"title_vi": f"Lần {number}"}
                ),
            )
            == [None] * 3
        )
        assert visible_codes() == {"P1", "M2", "H2"}
        assert_settled()


def test_a_child_made_while_its_parent_is_withdrawn_is_not_public(tree: dict[str, Record]) -> None:
    def make(number: int) -> None:
        # The parent as it was loaded before anybody withdrew it.
        record = Record(
            repository=tree["one"].repository,
            parent=loaded,
            code=f"N{number}",
            level="file",
            title_vi="Mới",
            status="published",
        )
        create_record(actor=HOUSE, record=record)

    for number in range(ROUNDS):
        publish_record(actor=HOUSE, record=tree["one"])
        loaded = Record.objects.get(pk=tree["one"].pk)
        assert (
            errors_together(
                lambda: withdraw_record(actor=HOUSE, record=tree["one"]),
                lambda number=number: make(number),  # type: ignore[misc]
            )
            == [None] * 2
        )
        assert visible_codes() == {"P1", "M2", "H2"}
        assert_settled()


def test_a_parent_loaded_long_before_it_was_closed_makes_nothing_public(tree: dict[str, Record]) -> None:
    loaded = Record.objects.get(pk=tree["one"].pk)
    file = Record.objects.select_related("parent").get(pk=tree["file"].pk)
    set_access(actor=HOUSE, record=tree["one"], revision=None, level="closed", reason="hư cấu")
    new = Record(
        repository=loaded.repository, parent=loaded, code="N", level="file", title_vi="Mới", status="published"
    )
    create_record(actor=HOUSE, record=new)
    describe_record(actor=HOUSE, record=file, revision=file.revision, values={"title_vi": "Khác"})
    describe_record(actor=HOUSE, record=tree["other"], revision=None, values={"parent": loaded})
    assert visible_codes() == {"P1", "M2"}
    assert_settled()


def test_a_record_moved_into_what_is_withdrawn_meanwhile_is_not_public(tree: dict[str, Record]) -> None:
    for _round in range(ROUNDS):
        publish_record(actor=HOUSE, record=tree["one"])
        describe_record(actor=HOUSE, record=tree["other"], revision=None, values={"parent": tree["two"]})
        assert (
            errors_together(
                lambda: withdraw_record(actor=HOUSE, record=tree["one"]),
                lambda: describe_record(
                    actor=HOUSE, record=tree["other"], revision=None, values={"parent": tree["one"]}
                ),
            )
            == [None] * 2
        )
        assert visible_codes() == {"P1", "M2"}
        assert_settled()


def test_two_moves_at_once_make_no_loop(repository: Repository) -> None:
    """By their levels no record could be within one of its own kind: the levels here are changed with the move."""
    for number in range(ROUNDS):
        pair = [
            create_record(
                actor=HOUSE,
                record=Record(
                    repository=repository, code=f"{code}{number}", level=level, title_vi=code, status="published"
                ),
            )
            for code, level in (("A", "inventory"), ("B", "inventory"))
        ]
        first, second = pair
        errors_together(
            lambda first=first, second=second: describe_record(  # type: ignore[misc]
                actor=HOUSE, record=first, revision=None, values={"parent": second, "level": "file"}
            ),
            lambda first=first, second=second: describe_record(  # type: ignore[misc]
                actor=HOUSE, record=second, revision=None, values={"parent": first, "level": "file"}
            ),
        )
        parents = dict(Record._base_manager.values_list("pk", "parent_id"))
        for key in parents:
            steps, position = 0, key
            while position is not None:
                position, steps = parents[position], steps + 1
                assert steps <= len(parents), "a loop"
        assert_settled()


def test_nested_records_withdrawn_at_once_end_right(tree: dict[str, Record]) -> None:
    for _round in range(ROUNDS):
        for name in ("fonds", "one", "file"):
            publish_record(actor=HOUSE, record=tree[name])
        assert visible_codes() == {"P1", "M1", "M2", "H1", "H2", "D1"}
        assert (
            errors_together(
                lambda: withdraw_record(actor=HOUSE, record=tree["fonds"]),
                lambda: withdraw_record(actor=HOUSE, record=tree["one"]),
                lambda: trash_record(actor=HOUSE, record=tree["document"]),
            )
            == [None] * 3
        )
        assert visible_codes() == set()
        assert_settled()
        assert not Record.objects.filter(chain_published=True).exists()
        Record.objects.filter(pk=tree["document"].pk).update(trashed_at=None)


def test_one_withdrawn_and_one_published_at_once_end_as_their_columns_say(tree: dict[str, Record]) -> None:
    for _round in range(ROUNDS):
        publish_record(actor=HOUSE, record=tree["fonds"])
        withdraw_record(actor=HOUSE, record=tree["one"])
        assert (
            errors_together(
                lambda: withdraw_record(actor=HOUSE, record=tree["fonds"]),
                lambda: publish_record(actor=HOUSE, record=tree["one"]),
            )
            == [None] * 2
        )
        assert visible_codes() == set()
        assert_settled()
