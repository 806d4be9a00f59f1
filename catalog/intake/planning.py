"""Finding the record for each file of a delivery. Nothing is written here."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePath

from catalog.accounts.models import User
from catalog.intake.matching import Pattern, Place
from catalog.intake.sources import Delivery, Source
from catalog.records.models import Record, Repository
from catalog.records.queries import record_by_number


@dataclass(frozen=True)
class Plan:
    """The record for a file (None: there is none) and the place in it."""

    source: Source
    record: Record | None
    place: Place | None


@dataclass
class Options:
    """How to take a delivery in. record: for all files; pattern: of file names, if there is no record. create: create
    missing records, as drafts (with `publish` published, for trial archives), in `repository`. jobs: child processes
    that decode in parallel. created: records that were created, by number."""

    record: Record | None = None
    pattern: Pattern | None = None
    create: bool = False
    publish: bool = False
    repository: Repository | None = None
    jobs: int = 1
    owner: User | None = None
    created: dict[str, Record] = field(default_factory=dict)


def plan(delivery: Delivery, options: Options) -> Iterator[Plan]:
    """The plan of each file in order; writes nothing."""
    records_by_number: dict[str, Record | None] = {}
    default_pattern = Pattern()
    for source in delivery.sources:
        name = PurePath(source.name).name
        if options.record is not None:
            yield Plan(source, options.record, default_pattern.place(name))
            continue
        place = (options.pattern or default_pattern).place(name)
        if place is None:
            yield Plan(source, None, None)
            continue
        if place.record not in records_by_number:
            records_by_number[place.record] = record_by_number(place.record)
        yield Plan(source, records_by_number[place.record], place)
