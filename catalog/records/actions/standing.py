"""Standing and reference codes of everything below a record, brought in step in short transactions.

A change of a record's standing leaves a `Spread` in its own transaction. Whoever made the change carries it out at
once; what was broken off is gone on with by the worker. While it lasts, `records.queries.visible_to` shows nobody from
outside anything of that record: closing is seen at once, and what is opened appears all together when the last row is
right.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from catalog.changes.models import enqueue_changes
from catalog.changes.writing import action, action_in_steps
from catalog.jobs.actions import enqueue
from catalog.jobs.models import Job
from catalog.records.models import Record, Spread
from catalog.rules.identifiers import reference_code, reference_key
from catalog.rules.standing import Standing, standing

# Rows of the first transaction; the next ones take as many as are done in AT_WORK seconds, so that other writers wait
# no longer than a fifth of a second on a slow machine too.
AT_ONCE = 300
MOST_AT_ONCE = 2000
AT_WORK = 0.05
# After so much work others are let in. SQLite has no queue: whoever waits for its one writer looks again every 25 ms,
# and would look in vain for seconds if the next transaction began at once.
BREATH = 0.04
SPREAD = "records.spread"
# The young ones are still being carried out by whoever began them.
LEFT_BEHIND = timedelta(seconds=3)
UNDER_WAY = (Job.State.WAITING, Job.State.RUNNING, Job.State.FAILED)
Progress = Callable[[int], None]
COLUMNS = (
    "pk",
    "parent_id",
    "code",
    "status",
    "trashed_at",
    "access_level",
    "access_until",
    "published_at",
    "reference_code",
    "chain_published",
    "open_from",
)


@action_in_steps
def finish_spreads(
    *, records: Sequence[int] | None = None, patience: float | None = None, progress: Progress | None = None
) -> bool:
    """Carry out what waits to be passed on below these records; below all where none are named.

    patience: seconds after which the rest is left to the worker; None to go on to the end. progress hears how many
    records have been looked at. Returns whether everything asked for is done.
    """
    until = None if patience is None else time.monotonic() + patience
    waiting = Spread.objects.order_by("pk")
    if records is not None:
        waiting = waiting.filter(record__in=records)
    return all(_spread(key, root, until, progress) for key, root in list(waiting.values_list("pk", "record_id")))


def take_up_spreads() -> int:
    """Have the worker go on with what was left in its middle by whoever began it; returns how much there was. One that
    has failed waits for a person (see the desk's list of jobs)."""
    left = Spread.objects.filter(began_at__lt=timezone.now() - LEFT_BEHIND).values_list("record_id", flat=True)
    keys = {str(key) for key in left}
    known = Job.objects.filter(kind=SPREAD, key__in=keys, state__in=UNDER_WAY).values_list("key", flat=True)
    waiting = keys - set(known)
    for key in sorted(waiting):
        with transaction.atomic():
            enqueue(SPREAD, key=key)
    return len(waiting)


@action
def mark_opened() -> list[int]:
    """Note that the public sees, from today on, what was closed until now. Returns the primary keys of the records
    whose closure ended today."""
    opened = Record._base_manager.filter(open_from=timezone.localdate(), trashed_at=None)
    opened.filter(chain_published=True, published_at=None).update(published_at=timezone.now())
    return list(opened.values_list("pk", flat=True))


class _Pace:
    """How many rows a transaction takes, and when others are let in."""

    def __init__(self) -> None:
        self.rows = AT_ONCE
        self.began = self.rested = time.monotonic()

    def begin(self) -> None:
        """A transaction is about to begin."""
        self.began = time.monotonic()
        if self.began - self.rested > AT_WORK / 2 and connection.vendor == "sqlite" and not connection.in_atomic_block:
            time.sleep(BREATH)
            self.began = self.rested = time.monotonic()

    def ended(self, rows: int) -> None:
        """It is over, and took so many rows."""
        took = time.monotonic() - self.began
        # A few rows say nothing of what many cost.
        if took > AT_WORK or rows >= self.rows:
            fitting = int(rows * AT_WORK / max(took, 0.001))
            self.rows = max(AT_ONCE // 10, min(MOST_AT_ONCE, fitting, 2 * self.rows))


def _spread(key: int, root: int, until: float | None, progress: Progress | None) -> bool:
    done = 0
    level = [root]
    pace = _Pace()
    while level:
        below: list[int] = []
        for parents in _batches(level):
            for looked_at in _bring_in_step(parents, pace):
                below += looked_at
                done += len(looked_at)
                if progress:
                    progress(done)
                if until is not None and time.monotonic() > until:
                    with transaction.atomic():
                        Spread.objects.filter(pk=key).update(done=done)
                    return False
        level = _with_children(below)
    with transaction.atomic():
        # The index follows only now: before, it would have read rows that were about to change.
        found = Spread.objects.select_for_update().filter(pk=key).first()
        if found is not None:
            enqueue_changes([("below", root)], hides=found.hides)
            found.delete()
    return True


def _bring_in_step(parents: Sequence[int], pace: _Pace) -> Iterator[list[int]]:
    """Give the children of these records what follows from their parents as they now stand; yields the children's
    keys."""
    # Listed once: PostgreSQL would sort all that is left for each batch. Who comes later reads the parent as it now
    # stands.
    children = list(
        Record._base_manager.filter(parent__in=parents).order_by("pk").values_list("pk", flat=True).iterator()
    )
    at = 0
    while at < len(children):
        pace.begin()
        some = children[at : at + pace.rows]
        with transaction.atomic():
            # Locked, so that no parent changes, and no child is saved below it, between reading it and writing the
            # child.
            above = {
                pk: (code, Standing(chain, open_from))
                for pk, code, chain, open_from in Record._base_manager.select_for_update(no_key=True)
                .filter(pk__in=parents)
                .order_by("pk")
                .values_list("pk", "reference_code", "chain_published", "open_from")
            }
            rows = list(Record._base_manager.filter(pk__in=some).order_by("pk").values_list(*COLUMNS, named=True))
            # One that was moved elsewhere meanwhile was given what follows from there.
            _write([row for row in rows if row.parent_id in above], above)
        pace.ended(len(some))
        at += len(some)
        yield some


def _write(rows: Sequence[Any], above: dict[int, tuple[str, Standing]]) -> None:
    today, now = timezone.localdate(), timezone.now()
    alike: dict[Standing, list[int]] = {}
    renamed: list[Record] = []
    first_public: list[int] = []
    for row in rows:
        code, stands = what_follows(row, *above[row.parent_id])
        if stands != Standing(row.chain_published, row.open_from):
            alike.setdefault(stands, []).append(row.pk)
        if code != row.reference_code:
            renamed.append(Record(pk=row.pk, reference_code=code, reference_key=reference_key(code)))
        if row.published_at is None and stands.is_public(today):
            first_public.append(row.pk)
    for stands, keys in alike.items():
        Record._base_manager.filter(pk__in=keys).update(
            chain_published=stands.chain_published, open_from=stands.open_from
        )
    if first_public:
        Record._base_manager.filter(pk__in=first_public).update(published_at=now)
    if renamed:
        Record._base_manager.bulk_update(renamed, ["reference_code", "reference_key"], batch_size=200)


def what_follows(row: Any, code_above: str, above: Standing | None) -> tuple[str, Standing]:
    """The reference code and standing of a record, from its own columns and what it stands in.

    code_above: the reference code of that record, or the code of the repository at the top; above: its standing, None
    at the top.
    """
    stands = standing(
        published=row.status == Record.Status.PUBLISHED,
        trashed=row.trashed_at is not None,
        open=row.access_level == Record.Access.OPEN,
        closed_until=row.access_until,
        above=above,
    )
    return reference_code([code_above, row.code]), stands


def _with_children(keys: Sequence[int]) -> list[int]:
    """Those of these records that something stands in: asked of many at once, since most files hold nothing further and
    PostgreSQL, where nearly all stand in one record, reads the whole table for each question."""
    found: list[int] = []
    for some in _batches(keys, 10_000):
        within = Record._base_manager.filter(parent__in=some).order_by().values_list("parent_id", flat=True)
        found += sorted(key for key in within.distinct() if key is not None)
    return found


def _batches(keys: Sequence[int], size: int = 500) -> Iterator[Sequence[int]]:
    for at in range(0, len(keys), size):
        yield keys[at : at + size]
