"""Persons: whether they live and are shown, and two that are found to be one."""

from typing import Any

from django.utils import timezone

from catalog.changes.models import enqueue_changes
from catalog.changes.writing import Actor, NotAllowed, action, locked, require, write_changes
from catalog.people.models import Person, PersonMerge, PersonName
from catalog.records.models import Identification, Mention, Statement
from catalog.records.queries import may_see_person
from catalog.sources.models import Source

CERTAINTIES = ("certain", "probable", "possible", "not")


class CannotMerge(Exception):
    """These two cannot be made one. code: same, merged (one of them is part of another already), trashed."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@action
def set_life(
    *, actor: Actor, person: Person, revision: int | None, life: str, source: Source | None, public_figure: bool
) -> Person:
    """Say whether a person lives, by which source, and whether they are shown although living (a public office).

    Raises NotAllowed: showing somebody who lives needs a permission of its own; StaleChange.
    """
    standing = locked(person)
    require(actor, "judge_life")
    if public_figure and not standing.public_figure:
        require(actor, "show_living")
    _require_sight(actor, standing)
    values = {"life": life, "life_source": source, "public_figure": public_figure}
    changed = write_changes(person, values, actor=actor, revision=revision)
    if changed.life == Person.Life.LIVING and not changed.public_figure:
        _note_mentions(changed, hides=True)
    return changed


@action
def merge_people(*, actor: Actor, person: Person, into: Person, reason: str = "") -> PersonMerge:
    """Make one person part of another: decisions about mentions, names and statements move with what is known of them,
    what contradicts stays side by side, and the old address leads to the other. Can be undone (`undo_merge`).

    Raises NotAllowed, CannotMerge.
    """
    require(actor, "change_person", "change_identification")
    first, second = sorted((person.pk, into.pk))
    rows = {
        row.pk: row
        for row in Person.objects.select_for_update(no_key=True).filter(pk__in=(first, second)).order_by("pk")
    }
    if person.pk == into.pk:
        raise CannotMerge("same")
    gone, stays = rows[person.pk], rows[into.pk]
    if gone.merged_into_id or stays.merged_into_id:
        raise CannotMerge("merged")
    if gone.trashed_at or stays.trashed_at:
        raise CannotMerge("trashed")
    _require_sight(actor, gone)
    _require_sight(actor, stays)
    moved: list[dict[str, Any]] = []
    _move_identifications(actor, gone, stays, moved)
    _move_names(actor, gone, stays, moved)
    _move_statements(actor, gone, stays, moved)
    for earlier in Person.objects.filter(merged_into=gone):
        _move(actor, earlier, {"merged_into": stays}, moved)
    _move(actor, gone, {"merged_into": stays}, moved)
    enqueue_changes([("person", gone.pk), ("person", stays.pk)])
    _note_mentions(stays, hides=stays.life == Person.Life.LIVING and not stays.public_figure)
    return PersonMerge.objects.create(person=gone, into=stays, moved=moved, reason=reason, made_by_id=actor.pk)


@action
def undo_merge(*, actor: Actor, merge: PersonMerge) -> list[str]:
    """Put each thing back that a merge moved, if it still stands as the merge left it. Returns the names of what was
    changed since and therefore stays. Raises NotAllowed; CannotMerge where it was undone before."""
    require(actor, "change_person", "change_identification")
    merge = PersonMerge.objects.select_for_update().get(pk=merge.pk)
    if merge.undone_at is not None:
        raise CannotMerge("undone")
    _require_sight(actor, merge.into)
    left: list[str] = []
    models = {model._meta.label_lower: model for model in (Identification, PersonName, Statement, Person)}
    for one in reversed(merge.moved):
        row = models[one["model"]]._base_manager.filter(pk=one["key"]).first()
        if row is None or any(_kept(getattr(row, name)) != value for name, value in one["after"].items()):
            left.append(str(row) if row is not None else one["name"])
            continue
        write_changes(row, _typed(row, one["before"]), actor=actor, revision=None)
    merge.undone_at, merge.undone_by_id = timezone.now(), actor.pk
    merge.save()
    for person in (merge.person, merge.into):
        person.refresh_from_db()
        _note_mentions(person, hides=person.life == Person.Life.LIVING and not person.public_figure)
    enqueue_changes([("person", merge.person_id), ("person", merge.into_id)])
    return left


def _move_identifications(actor: Actor, gone: Person, stays: Person, moved: list[dict[str, Any]]) -> None:
    """A mention that was identified with both keeps both decisions; the less certain one stands as withdrawn."""
    standing = {one.mention_id: one for one in Identification.objects.filter(person=stays, withdrawn_at=None)}
    for one in Identification.objects.filter(person=gone).order_by("pk"):
        values: dict[str, Any] = {"person": stays}
        other = standing.get(one.mention_id)
        if one.withdrawn_at is None and other is not None:
            if CERTAINTIES.index(one.certainty) < CERTAINTIES.index(other.certainty):
                _move(actor, other, {"withdrawn_at": timezone.now()}, moved)
            else:
                values["withdrawn_at"] = timezone.now()
        _move(actor, one, values, moved)


def _move_names(actor: Actor, gone: Person, stays: Person, moved: list[dict[str, Any]]) -> None:
    known = set(stays.names.values_list("value", "kind"))
    for name in PersonName.objects.filter(person=gone).order_by("pk"):
        # The same name of the same kind with another source stays with the merged person, and is shown by the undo.
        if (name.value, name.kind) not in known:
            _move(actor, name, {"person": stays}, moved)


def _move_statements(actor: Actor, gone: Person, stays: Person, moved: list[dict[str, Any]]) -> None:
    preferred = set(Statement.objects.filter(person=stays, preferred=True).values_list("topic", flat=True))
    for statement in Statement.objects.filter(person=gone).order_by("pk"):
        values: dict[str, Any] = {"person": stays}
        if statement.preferred and statement.topic in preferred:
            # Which of the two is shown first was decided for the one that stays; both stand side by side.
            values["preferred"] = False
        _move(actor, statement, values, moved)


def _move(actor: Actor, row: Any, values: dict[str, Any], moved: list[dict[str, Any]]) -> None:
    names = {name: row._meta.get_field(name).attname for name in values}
    before = {attname: _kept(getattr(row, attname)) for attname in names.values()}
    changed = write_changes(row, values, actor=actor, revision=None)
    after = {attname: _kept(getattr(changed, attname)) for attname in names.values()}
    moved.append(
        {"model": row._meta.label_lower, "key": row.pk, "name": str(row)[:200], "before": before, "after": after}
    )


def _kept(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _typed(row: Any, values: dict[str, Any]) -> dict[str, Any]:
    return {name: row._meta.get_field(name).to_python(value) for name, value in values.items()}


def _note_mentions(person: Person, *, hides: bool) -> None:
    named = Mention.objects.filter(identifications__person=person).values_list("record_id", "page_id").distinct()
    things = [("record", record) for record, _page in named] + [("page", page) for _record, page in named if page]
    enqueue_changes(things, hides=hides)


def _require_sight(actor: Actor, person: Person) -> None:
    if not may_see_person(actor, person):
        raise NotAllowed("view_person")
