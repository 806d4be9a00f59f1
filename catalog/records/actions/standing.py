"""Updating standing and reference codes of everything below a record, in short transactions.

A change of a record's standing writes a `Spread` in the same transaction. The process that made the change carries it
out at once; if that is interrupted, the worker continues. Until it is done, `records.queries.visible_to` shows nothing
of that record to the public: closing takes effect at once, and what is opened appears all together when the last row is
updated.
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

# Rows of the first transaction. The next ones take as many rows as can be written in TARGET_SECONDS, so that other
# writers wait no longer than a fifth of a second, on a slow machine too.
FIRST_BATCH = 300
LARGEST_BATCH = 2000
TARGET_SECONDS = 0.05
# Pause between transactions on SQLite. It has no queue of writers: a waiting writer tries again every 25 ms, and would
# fail for seconds if the next transaction began at once.
PAUSE_SECONDS = 0.04
SPREAD = "records.spread"
# Younger spreads are still being carried out by the process that began them.
ABANDONED_AFTER = timedelta(seconds=3)
HAS_A_JOB = (Job.State.WAITING, Job.State.RUNNING, Job.State.FAILED)
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
    """Carry out the waiting spreads of these records; all waiting spreads if `records` is None.

    patience: seconds after which the rest is left to the worker; None to go on to the end. progress: called with the
    number of records looked at so far. Returns whether all of them are done.
    """
    deadline = None if patience is None else time.monotonic() + patience
    waiting = Spread.objects.order_by("pk")
    if records is not None:
        waiting = waiting.filter(record__in=records)
    return all(_spread(key, root, deadline, progress) for key, root in list(waiting.values_list("pk", "record_id")))


def resume_spreads() -> int:
    """Enqueue jobs for spreads that were interrupted; returns how many. One whose job has failed waits for a person
    (see the desk's list of jobs)."""
    abandoned = Spread.objects.filter(began_at__lt=timezone.now() - ABANDONED_AFTER).values_list("record_id", flat=True)
    keys = {str(key) for key in abandoned}
    known_keys = Job.objects.filter(kind=SPREAD, key__in=keys, state__in=HAS_A_JOB).values_list("key", flat=True)
    waiting = keys - set(known_keys)
    for key in sorted(waiting):
        with transaction.atomic():
            enqueue(SPREAD, key=key)
    return len(waiting)


@action
def mark_opened() -> list[int]:
    """Set the date of first publication of the published records whose closure ended today. Returns the primary keys of
    all records whose closure ended today."""
    opened = Record._base_manager.filter(open_from=timezone.localdate(), trashed_at=None)
    opened.filter(chain_published=True, published_at=None).update(published_at=timezone.now())
    return list(opened.values_list("pk", flat=True))


class _BatchSize:
    """How many rows the next transaction takes, and when to pause for other writers."""

    def __init__(self) -> None:
        self.rows = FIRST_BATCH
        self.began = self.rested = time.monotonic()

    def begin(self) -> None:
        """Call before a transaction begins; pauses if needed."""
        self.began = time.monotonic()
        if (
            self.began - self.rested > TARGET_SECONDS / 2
            and connection.vendor == "sqlite"
            and not connection.in_atomic_block
        ):
            time.sleep(PAUSE_SECONDS)
            self.began = self.rested = time.monotonic()

    def end(self, rows: int) -> None:
        """Call after it has ended; rows: how many it wrote."""
        duration = time.monotonic() - self.began
        # The cost of a few rows does not tell the cost of many.
        if duration > TARGET_SECONDS or rows >= self.rows:
            rows_in_time = int(rows * TARGET_SECONDS / max(duration, 0.001))
            self.rows = max(FIRST_BATCH // 10, min(LARGEST_BATCH, rows_in_time, 2 * self.rows))


def _spread(key: int, root: int, deadline: float | None, progress: Progress | None) -> bool:
    done = 0
    level = [root]
    batch_size = _BatchSize()
    while level:
        children: list[int] = []
        for parents in _batches(level):
            for batch in _update_children(parents, batch_size):
                children += batch
                done += len(batch)
                if progress:
                    progress(done)
                if deadline is not None and time.monotonic() > deadline:
                    with transaction.atomic():
                        Spread.objects.filter(pk=key).update(done=done)
                    return False
        level = _with_children(children)
    with transaction.atomic():
        # Note the change for the index only now: before, it would have read rows that were about to change.
        spread = Spread.objects.select_for_update().filter(pk=key).first()
        if spread is not None:
            enqueue_changes([("below", root)], hides=spread.hides)
            spread.delete()
    return True


def _update_children(parents: Sequence[int], batch_size: _BatchSize) -> Iterator[list[int]]:
    """Write the children's derived values from their parents as they are now; yields the children's keys, in
    batches."""
    # Listed once: PostgreSQL would sort all remaining rows for each batch. A child that is added later reads the
    # current parent itself.
    children = list(
        Record._base_manager.filter(parent__in=parents).order_by("pk").values_list("pk", flat=True).iterator()
    )
    start = 0
    while start < len(children):
        batch_size.begin()
        batch = children[start : start + batch_size.rows]
        with transaction.atomic():
            # Locked, so that between reading a parent and writing its child no parent changes and no child is added.
            above = {
                pk: (code, Standing(chain, open_from))
                for pk, code, chain, open_from in Record._base_manager.select_for_update(no_key=True)
                .filter(pk__in=parents)
                .order_by("pk")
                .values_list("pk", "reference_code", "chain_published", "open_from")
            }
            rows = list(Record._base_manager.filter(pk__in=batch).order_by("pk").values_list(*COLUMNS, named=True))
            # A child that was moved elsewhere meanwhile got its values there.
            _write_changed_rows([row for row in rows if row.parent_id in above], above)
        batch_size.end(len(batch))
        start += len(batch)
        yield batch


def _write_changed_rows(rows: Sequence[Any], above: dict[int, tuple[str, Standing]]) -> None:
    today, now = timezone.localdate(), timezone.now()
    by_standing: dict[Standing, list[int]] = {}
    renamed: list[Record] = []
    newly_public: list[int] = []
    for row in rows:
        code, new_standing = derived_values(row, *above[row.parent_id])
        if new_standing != Standing(row.chain_published, row.open_from):
            by_standing.setdefault(new_standing, []).append(row.pk)
        if code != row.reference_code:
            renamed.append(Record(pk=row.pk, reference_code=code, reference_key=reference_key(code)))
        if row.published_at is None and new_standing.is_public(today):
            newly_public.append(row.pk)
    for new_standing, keys in by_standing.items():
        Record._base_manager.filter(pk__in=keys).update(
            chain_published=new_standing.chain_published, open_from=new_standing.open_from
        )
    if newly_public:
        Record._base_manager.filter(pk__in=newly_public).update(published_at=now)
    if renamed:
        Record._base_manager.bulk_update(renamed, ["reference_code", "reference_key"], batch_size=200)


def derived_values(row: Any, code_above: str, above: Standing | None) -> tuple[str, Standing]:
    """The reference code and standing of a record, derived from its own columns and from its parent.

    code_above: the parent's reference code, or the repository's code at the top; above: the parent's standing, None at
    the top.
    """
    new_standing = standing(
        published=row.status == Record.Status.PUBLISHED,
        trashed=row.trashed_at is not None,
        open=row.access_level == Record.Access.OPEN,
        closed_until=row.access_until,
        above=above,
    )
    return reference_code([code_above, row.code]), new_standing


def _with_children(keys: Sequence[int]) -> list[int]:
    """Those of these records that have children. One query for many records: most files have none, and PostgreSQL reads
    the whole table for each query where nearly all records have the same parent."""
    parents: list[int] = []
    for batch in _batches(keys, 10_000):
        parent_keys = Record._base_manager.filter(parent__in=batch).order_by().values_list("parent_id", flat=True)
        parents += sorted(key for key in parent_keys.distinct() if key is not None)
    return parents


def _batches(keys: Sequence[int], size: int = 500) -> Iterator[Sequence[int]]:
    for start in range(0, len(keys), size):
        yield keys[start : start + size]
