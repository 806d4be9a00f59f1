"""Where each file of a delivery will go; nothing here writes."""

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
    """Where a file will go: the record (None: there is none) and the place in it."""

    source: Source
    record: Record | None
    place: Place | None


@dataclass
class Options:
    """How to take a delivery in. record: for all files; pattern: otherwise. create: make records that are not there, as
    drafts (`publish`: published, for archives to try with). jobs: children that decode at once."""

    record: Record | None = None
    pattern: Pattern | None = None
    create: bool = False
    publish: bool = False
    repository: Repository | None = None
    jobs: int = 1
    owner: User | None = None
    made: dict[str, Record] = field(default_factory=dict)


def plan(delivery: Delivery, options: Options) -> Iterator[Plan]:
    """Where every file would go; writes nothing."""
    known: dict[str, Record | None] = {}
    usual = Pattern()
    for source in delivery.sources:
        name = PurePath(source.name).name
        if options.record is not None:
            yield Plan(source, options.record, usual.place(name))
            continue
        place = (options.pattern or usual).place(name)
        if place is None:
            yield Plan(source, None, None)
            continue
        if place.record not in known:
            known[place.record] = record_by_number(place.record)
        yield Plan(source, known[place.record], place)
