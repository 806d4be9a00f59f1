"""Writing proved, not only tried: any actions in any order, by anybody, from stale states, broken at any statement or
file.

After each step the check of the catalogue finds nothing, a stranger sees exactly what the rules (written anew in
`proving.py`) allow, and what was refused or broke left the state before or the state after. PROOF_EXAMPLES=2000 runs
long.
"""

import datetime
import os
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, ClassVar

import pytest
import time_machine
from django.conf import settings as django_settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from catalog.changes.models import TrashedRow
from catalog.changes.trash import CannotBeRestored, StillNeeded
from catalog.changes.writing import HOUSE, NotAllowed, StaleChange
from catalog.images.renditions.actions import BadInstructions, cover_part, restore_cover, uncover_part
from catalog.people.models import Person, PersonMerge, PersonName
from catalog.records.actions import (
    AlreadyIdentified,
    CannotMerge,
    OwnWork,
    add_row,
    change_row,
    create_record,
    delete_row,
    describe_record,
    finish_spreads,
    identify_mention,
    mark_opened,
    merge_people,
    publish_record,
    put_back,
    record_mention,
    restore_record,
    restore_row,
    return_to_draft,
    send_to_review,
    set_access,
    set_life,
    trash_mention,
    trash_record,
    undo_merge,
    withdraw_identification,
    withdraw_record,
)
from catalog.records.checking.queries import differences
from catalog.records.models import Cover, Identification, Mention, MentionReading, Page, Record, Spread, Statement
from catalog.records.queries import visible_mentions, visible_pages, visible_persons, visible_to
from catalog.sources.models import Source
from tests.writing.proving import Broken, DiskBroken, Failing, Rules, digest, same_files, same_keys

REFUSED = (
    AlreadyIdentified,
    NotAllowed,
    StaleChange,
    OwnWork,
    ValidationError,
    CannotMerge,
    CannotBeRestored,
    StillNeeded,
    IntegrityError,
    BadInstructions,
)
ACTORS = ("house", "archivist", "house", "archivist", "reviewer", "curator", "family officer")
EXAMPLES = int(os.environ.get("PROOF_EXAMPLES", "0"))
BEGINS = datetime.datetime(2026, 3, 1, 3, 0, tzinfo=datetime.UTC)

actors = st.sampled_from(ACTORS)
one_of_them = st.integers(0, 30)
# A third of the steps break at one of their statements or files: at which, of how many there are.
breaks = st.one_of(st.none(), st.none(), st.floats(0, 1, exclude_max=True))
revisions = st.sampled_from(["none", "now", "before", "first"])
patience = st.sampled_from([None, None, 0.0])


class Hierarchy(RuleBasedStateMachine):
    """Records in their hierarchy, and who may see them. One archive, several people."""

    staff: ClassVar[dict[str, Any]] = {}

    def __init__(self) -> None:
        super().__init__()
        self.clock = time_machine.travel(BEGINS, tick=False)
        self.traveller = self.clock.start()
        self.kept = ExitStack()
        self.kept.enter_context(same_keys())
        self.kept.enter_context(same_files())
        self.outer = transaction.atomic()
        self.outer.__enter__()
        self.right()

    def teardown(self) -> None:
        """Everything is as it was before the example."""
        django_settings.TWO_PERSONS = False
        transaction.set_rollback(True)
        self.outer.__exit__(None, None, None)
        self.kept.close()
        self.clock.stop()

    # What is done

    @rule(
        who=actors,
        number=st.one_of(st.none(), one_of_them),
        code=st.sampled_from("ABC"),
        status=st.sampled_from(["draft", "draft", "published"]),
        level=st.sampled_from(["", "inventory", "file", "document"]),
        broken=breaks,
    )
    def make(self, who: str, number: int | None, code: str, status: str, level: str, broken: float | None) -> None:
        parent = self.pick(Record, number) if number is not None else None
        below = {"fonds": "inventory", "inventory": "file", "file": "document"}
        expected = level or (below.get(parent.level, "document") if parent else "fonds")

        def act() -> None:
            record = Record(
                repository=self.staff["repository"],
                parent=parent,
                code=code,
                level=expected,
                title_vi=f"Mới {code}",
                status=status,
                date_text="1968",
            )
            create_record(actor=self.actor(who), record=record)

        self.do(act, broken)

    @rule(
        who=actors,
        number=one_of_them,
        values=st.fixed_dictionaries(
            {},
            optional={
                "title_vi": st.sampled_from(["Một", "Hai"]),
                "date_text": st.sampled_from(["", "1968", "tháng 2 năm 1968"]),
                "date_edtf": st.sampled_from(["", "1967", "1968", "không"]),
                "code": st.sampled_from("ABC"),
                "level": st.sampled_from(["file", "document"]),
            },
        ),
        rev=revisions,
        slow=patience,
        broken=breaks,
    )
    def describe(
        self, who: str, number: int, values: dict[str, Any], rev: str, slow: float | None, broken: float | None
    ) -> None:
        row = self.pick(Record, number)
        self.do(
            lambda: describe_record(
                actor=self.actor(who), record=row, revision=self.revision(row, rev), values=values, patience=slow
            ),
            broken,
        )

    @rule(
        who=actors,
        number=one_of_them,
        to=st.one_of(st.none(), one_of_them),
        rev=revisions,
        slow=patience,
        broken=breaks,
    )
    def move(self, who: str, number: int, to: int | None, rev: str, slow: float | None, broken: float | None) -> None:
        row = self.pick(Record, number)
        values = {"parent": self.place_for(row, to) if to is not None else None}
        self.do(
            lambda: describe_record(
                actor=self.actor(who), record=row, revision=self.revision(row, rev), values=values, patience=slow
            ),
            broken,
        )

    @rule(
        who=actors,
        number=one_of_them,
        how=st.sampled_from([publish_record, publish_record, withdraw_record, send_to_review, return_to_draft]),
        rev=revisions,
        slow=patience,
        broken=breaks,
    )
    def status(self, who: str, number: int, how: Any, rev: str, slow: float | None, broken: float | None) -> None:
        row = self.pick(Record, number)
        actor = self.actor(who)
        own = actor.pk is not None and row.created_by_id == actor.pk
        first = own and not row.history.filter(status=Record.Status.PUBLISHED).exists()
        self.do(lambda: how(actor=actor, record=row, revision=self.revision(row, rev), patience=slow), broken)
        row.refresh_from_db()
        if django_settings.TWO_PERSONS and first:
            assert row.status != Record.Status.PUBLISHED, "an author approved her own record"

    @rule(on=st.booleans())
    def two_persons(self, on: bool) -> None:
        """Whether an author may approve her own record."""
        django_settings.TWO_PERSONS = on

    @rule(
        who=actors,
        number=one_of_them,
        level=st.sampled_from(["open", "open", "restricted", "closed"]),
        days=st.sampled_from([None, -1, 0, 1, 400]),
        rev=revisions,
        slow=patience,
        broken=breaks,
    )
    def access(
        self, who: str, number: int, level: str, days: int | None, rev: str, slow: float | None, broken: float | None
    ) -> None:
        row = self.pick(Record, number)
        until = None if days is None else timezone.localdate() + datetime.timedelta(days=days)
        self.do(
            lambda: set_access(
                actor=self.actor(who),
                record=row,
                revision=self.revision(row, rev),
                level=level,
                until=until,
                reason="hư cấu",
                patience=slow,
            ),
            broken,
        )

    @rule(who=actors, number=one_of_them, slow=patience, broken=breaks)
    def trash_or_restore(self, who: str, number: int, slow: float | None, broken: float | None) -> None:
        row = self.pick(Record, number)
        how: Any = trash_record if row.trashed_at is None else restore_record
        self.do(lambda: how(actor=self.actor(who), record=row, patience=slow), broken)

    @rule(broken=breaks)
    def the_worker_comes(self, broken: float | None) -> None:
        self.do(finish_spreads, broken)

    @rule(days=st.sampled_from([1, 2, 500]))
    def days_pass(self, days: int) -> None:
        self.traveller.shift(datetime.timedelta(days=days))
        mark_opened()
        self.right()

    # How it is done and what must hold then

    def pick(self, model: type[Any], number: int) -> Any:
        rows = model._base_manager.order_by("pk")
        return rows[number % rows.count()]

    @staticmethod
    def place_for(row: Record, number: int) -> Record:
        """Mostly one of a level that may hold it, including what is below it; now and then any."""
        fitting = [item for item in Record._base_manager.order_by("pk") if row.RANK[item.level] < row.RANK[row.level]]
        if not fitting or number % 5 == 0:
            fitting = list(Record._base_manager.order_by("pk"))
        return fitting[number % len(fitting)]

    def actor(self, who: str) -> Any:
        return HOUSE if who == "house" else self.staff[who]

    @staticmethod
    def revision(row: Any, which: str) -> int | None:
        now: int = row.revision
        return {"none": None, "now": now, "before": max(1, now - 1), "first": 1}[which]

    def do(self, act: Callable[[], Any], broken: float | None) -> None:
        """One step, broken in its middle or not."""
        self.traveller.shift(1)
        before = digest()
        if broken is not None:
            self.break_off(act, broken, before)
            self.right()
            if (now := digest()) != before:
                return
            before = now
        try:
            act()
        except REFUSED:
            assert digest() == before, "what was refused left something behind"
        self.right()

    def break_off(self, act: Callable[[], Any], broken: float, before: str) -> None:
        counted, after = Failing(), before
        with same_keys(), same_files():
            try:
                with transaction.atomic():
                    try:
                        with counted.watching():
                            act()
                    except REFUSED:
                        pass
                    finish_spreads()
                    after = digest()
                    raise Undone
            except Undone:
                pass
        assert digest() == before, "the test itself cannot go back"
        try:
            with Failing(1 + int(broken * max(1, counted.count))).watching():
                act()
        except (Broken, DiskBroken, *REFUSED):
            pass
        now = digest()
        if now == before:
            return
        # Something was done: the rest waits in a spread, and the next worker completes it.
        with same_keys():
            try:
                with transaction.atomic():
                    finish_spreads()
                    assert digest() == after, "neither the state before nor the state after"
                    raise Undone
            except Undone:
                pass

    def right(self) -> None:
        """What always holds."""
        connection.check_constraints()
        results = list(differences())
        assert not results, results
        stranger, rules = AnonymousUser(), Rules(timezone.localdate())
        assert not rules.misplaced()
        for name, other_rule, allowed in (
            ("records", visible_to(stranger), rules.seen_records()),
            ("pages", visible_pages(stranger), rules.seen_pages()),
            ("mentions", visible_mentions(stranger), rules.seen_mentions()),
            ("persons", visible_persons(stranger), rules.seen_persons()),
        ):
            assert set(other_rule.values_list("pk", flat=True)) == allowed, name
        if not Spread.objects.exists():
            wrong = [
                row.pk
                for row in Record._base_manager.all()
                if row.chain_published and not rules.chain_is_published(row.pk)
            ]
            assert not wrong


class Writing(Hierarchy):
    """Everything: names, persons, decisions, covers, the trash, in the hierarchy as it changes."""

    @rule(
        who=actors,
        number=one_of_them,
        name=st.sampled_from(["Lê Văn Mẫu", "Trần Thị Khác"]),
        x=st.sampled_from([None, 0, 40]),
        broken=breaks,
    )
    def mention(self, who: str, number: int, name: str, x: int | None, broken: float | None) -> None:
        page = self.pick(Page, number)
        box = None if x is None else (x, x, 30, 10)
        facts = {"born_text": "1945", "unit_text": "c3/d9/e90/f324"}
        self.do(lambda: record_mention(actor=self.actor(who), page=page, name=name, facts=facts, box=box), broken)

    @rule(
        who=actors,
        number=one_of_them,
        values=st.fixed_dictionaries(
            {},
            optional={
                "name": st.sampled_from(["Lê Văn Mẫu", "Nguyễn Văn Ba", "X"]),
                "unit_text": st.sampled_from(["", "c1/d9/e90/f324", "d8"]),
                "unit": st.none(),
                "born_text": st.sampled_from(["", "1950"]),
                "number": st.sampled_from(["", "12-3"]),
            },
        ),
        rev=revisions,
        broken=breaks,
    )
    def correct(self, who: str, number: int, values: dict[str, Any], rev: str, broken: float | None) -> None:
        row = self.pick(Mention, number)
        self.do(
            lambda: change_row(actor=self.actor(who), row=row, revision=self.revision(row, rev), values=values), broken
        )

    @rule(who=actors, number=one_of_them, value=st.sampled_from(["Lê Văn Mậu", "Ba Mẫu"]), broken=breaks)
    def read_otherwise(self, who: str, number: int, value: str, broken: float | None) -> None:
        row = self.pick(Mention, number)
        self.do(lambda: add_row(actor=self.actor(who), row=MentionReading(mention=row, value=value)), broken)

    @rule(who=actors, kind=st.sampled_from([Page, Mention, Person]), number=one_of_them, broken=breaks)
    def trash_a_row(self, who: str, kind: type[Any], number: int, broken: float | None) -> None:
        row = self.pick(kind, number)
        if row.trashed_at is not None:
            self.do(lambda: restore_row(actor=self.actor(who), row=row), broken)
        elif kind is Mention:
            self.do(lambda: trash_mention(actor=self.actor(who), mention=row), broken)
        else:
            self.do(lambda: delete_row(actor=self.actor(who), row=row), broken)

    @rule(who=actors, kind=st.sampled_from([Statement, MentionReading, PersonName]), number=one_of_them, broken=breaks)
    def delete(self, who: str, kind: type[Any], number: int, broken: float | None) -> None:
        if kind._base_manager.exists():
            row = self.pick(kind, number)
            self.do(lambda: delete_row(actor=self.actor(who), row=row), broken)

    @rule(who=actors, number=one_of_them, broken=breaks)
    def put_a_row_back(self, who: str, number: int, broken: float | None) -> None:
        if TrashedRow.objects.exists():
            entry = self.pick(TrashedRow, number)
            self.do(lambda: put_back(actor=self.actor(who), entry=entry), broken)

    @rule(
        who=actors,
        number=one_of_them,
        person=one_of_them,
        certainty=st.sampled_from(["certain", "probable", "not"]),
        broken=breaks,
    )
    def identify(self, who: str, number: int, person: int, certainty: str, broken: float | None) -> None:
        mention, named = self.pick(Mention, number), self.pick(Person, person)
        self.do(
            lambda: identify_mention(
                actor=self.actor(who), mention=mention, person=named, certainty=certainty, reason_vi="hư cấu"
            ),
            broken,
        )

    @rule(who=actors, number=one_of_them, broken=breaks)
    def withdraw_a_decision(self, who: str, number: int, broken: float | None) -> None:
        if Identification.objects.exists():
            row = self.pick(Identification, number)
            self.do(lambda: withdraw_identification(actor=self.actor(who), identification=row), broken)

    @rule(who=actors, number=one_of_them, into=one_of_them, broken=breaks)
    def merge(self, who: str, number: int, into: int, broken: float | None) -> None:
        first, other = self.pick(Person, number), self.pick(Person, into)
        self.do(lambda: merge_people(actor=self.actor(who), person=first, into=other), broken)

    @rule(who=actors, number=one_of_them, broken=breaks)
    def undo(self, who: str, number: int, broken: float | None) -> None:
        if PersonMerge.objects.exists():
            row = self.pick(PersonMerge, number)
            self.do(lambda: undo_merge(actor=self.actor(who), merge=row), broken)

    @rule(
        who=actors,
        number=one_of_them,
        life=st.sampled_from(["unknown", "living", "living", "dead"]),
        public=st.booleans(),
        rev=revisions,
        broken=breaks,
    )
    def life(self, who: str, number: int, life: str, public: bool, rev: str, broken: float | None) -> None:
        row = self.pick(Person, number)
        source = Source.objects.first() if life == "dead" else None
        self.do(
            lambda: set_life(
                actor=self.actor(who),
                person=row,
                revision=self.revision(row, rev),
                life=life,
                source=source,
                public_figure=public,
            ),
            broken,
        )

    @rule(number=one_of_them, x=st.sampled_from([0, 20, 60]), broken=breaks)
    def cover(self, number: int, x: int, broken: float | None) -> None:
        page = self.pick(Page, number)
        self.do(lambda: cover_part(page=page, box=(x, x, 30, 20), actor=self.staff["archivist"]), broken)

    @rule(who=st.sampled_from(ACTORS[1:]), number=one_of_them, broken=breaks)
    def uncover_or_cover_again(self, who: str, number: int, broken: float | None) -> None:
        if not Cover.objects.exists():
            return
        row = self.pick(Cover, number)
        if row.trashed_at is None:
            self.do(lambda: uncover_part(cover=row, actor=self.actor(who)), broken)
        else:
            self.do(lambda: restore_cover(actor=self.actor(who), cover=row), broken)


class Undone(Exception):
    """Take back what was tried."""


@pytest.fixture
def archive(cast: dict[str, Any], repository: Any, make_record: Any, make_page: Any) -> dict[str, Any]:
    """Two fonds with their records, a page with an image, names, persons."""
    fonds = make_record(level="fonds", code="P1")
    record = make_record(level="inventory", parent=fonds, code="M1")
    two = make_record(level="inventory", parent=fonds, code="M2", access_level="closed", access_reason="hư cấu")
    file = make_record(parent=record, code="H1", date_text="1968")
    make_record(parent=two, code="H2", status="draft")
    make_record(level="document", parent=file, code="D1")
    make_record(level="fonds", code="P2")
    page = make_page(file, size=(120, 160))
    source = add_row(actor=HOUSE, row=Source(slug="hu-cau", citation_vi="Hư cấu"))
    for name in ("Lê Văn Mẫu", "Trần Thị Khác"):
        mention = record_mention(actor=HOUSE, page=page, name=name, facts={}, box=(0, 0, 30, 10))
        person = add_row(actor=HOUSE, row=Person(name_vi=name))
        add_row(actor=HOUSE, row=PersonName(person=person, value=name))
        add_row(
            actor=HOUSE,
            row=Statement(
                person=person, topic="birth", value_vi="1945", source=source, date_text="1945", preferred=True
            ),
        )
        identify_mention(actor=HOUSE, mention=mention, person=person, certainty="certain", reason_vi="hư cấu")
    return cast | {"repository": repository}


def profile() -> settings:
    """In the suite the same few examples every time; PROOF_EXAMPLES=N tries N others."""
    return settings(
        max_examples=EXAMPLES or 12,
        stateful_step_count=30 if EXAMPLES else 12,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        print_blob=True,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.django_db
@pytest.mark.parametrize("machine", [Hierarchy, Writing])
def test_whatever_is_done_in_whatever_order_the_rules_hold(
    archive: dict[str, Any], machine: type[RuleBasedStateMachine]
) -> None:
    Hierarchy.staff = archive
    run_state_machine_as_test(machine, settings=profile())
