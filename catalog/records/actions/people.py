"""Persons: whether they live and are shown, and merging two rows that are about one person."""

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
    """These two cannot be merged, or their merge cannot be undone. code: same, merged (one of them is part of another
    already), trashed, undone (the merge was undone before)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@action
def set_life(
    *, actor: Actor, person: Person, revision: int | None, life: str, source: Source | None, public_figure: bool
) -> Person:
    """Set whether a person lives, by which source, and whether they are shown although living (a public office).

    Raises NotAllowed, StaleChange. Showing a living person needs a permission of its own.
    """
    current = locked(person)
    require(actor, "judge_life")
    if public_figure and not current.public_figure:
        require(actor, "show_living")
    _require_visible(actor, current)
    values = {"life": life, "life_source": source, "public_figure": public_figure}
    changed = write_changes(person, values, actor=actor, revision=revision)
    if changed.life == Person.Life.LIVING and not changed.public_figure:
        _note_mentions(changed, hides=True)
    return changed


@action
def merge_people(*, actor: Actor, person: Person, into: Person, reason: str = "") -> PersonMerge:
    """Merge one person into another. Identifications, names and statements move to the other; those that contradict
    each other are kept side by side, and the old address redirects. Can be undone (`undo_merge`).

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
    source_person, target = rows[person.pk], rows[into.pk]
    if source_person.merged_into_id or target.merged_into_id:
        raise CannotMerge("merged")
    if source_person.trashed_at or target.trashed_at:
        raise CannotMerge("trashed")
    _require_visible(actor, source_person)
    _require_visible(actor, target)
    moved: list[dict[str, Any]] = []
    _move_identifications(actor, source_person, target, moved)
    _move_names(actor, source_person, target, moved)
    _move_statements(actor, source_person, target, moved)
    for merged_before in Person.objects.filter(merged_into=source_person):
        _move(actor, merged_before, {"merged_into": target}, moved)
    _move(actor, source_person, {"merged_into": target}, moved)
    enqueue_changes([("person", source_person.pk), ("person", target.pk)])
    _note_mentions(target, hides=target.life == Person.Life.LIVING and not target.public_figure)
    return PersonMerge.objects.create(
        person=source_person, into=target, moved=moved, reason=reason, made_by_id=actor.pk
    )


@action
def undo_merge(*, actor: Actor, merge: PersonMerge) -> list[str]:
    """Move each row back that a merge moved, if it still is as the merge left it. Returns the names of rows that were
    changed since and are therefore not moved back. Raises NotAllowed; CannotMerge if it was undone before."""
    require(actor, "change_person", "change_identification")
    merge = PersonMerge.objects.select_for_update().get(pk=merge.pk)
    if merge.undone_at is not None:
        raise CannotMerge("undone")
    _require_visible(actor, merge.into)
    not_restored: list[str] = []
    models = {model._meta.label_lower: model for model in (Identification, PersonName, Statement, Person)}
    for entry in reversed(merge.moved):
        row = models[entry["model"]]._base_manager.filter(pk=entry["key"]).first()
        if row is None or any(_stored_value(getattr(row, name)) != value for name, value in entry["after"].items()):
            not_restored.append(str(row) if row is not None else entry["name"])
            continue
        write_changes(row, _python_values(row, entry["before"]), actor=actor, revision=None)
    merge.undone_at, merge.undone_by_id = timezone.now(), actor.pk
    merge.save()
    for person in (merge.person, merge.into):
        person.refresh_from_db()
        _note_mentions(person, hides=person.life == Person.Life.LIVING and not person.public_figure)
    enqueue_changes([("person", merge.person_id), ("person", merge.into_id)])
    return not_restored


def _move_identifications(actor: Actor, source_person: Person, target: Person, moved: list[dict[str, Any]]) -> None:
    """A mention that was identified with both keeps both decisions; the less certain one is marked as withdrawn."""
    current_by_mention = {
        identification.mention_id: identification
        for identification in Identification.objects.filter(person=target, withdrawn_at=None)
    }
    for identification in Identification.objects.filter(person=source_person).order_by("pk"):
        values: dict[str, Any] = {"person": target}
        other = current_by_mention.get(identification.mention_id)
        if identification.withdrawn_at is None and other is not None:
            if CERTAINTIES.index(identification.certainty) < CERTAINTIES.index(other.certainty):
                _move(actor, other, {"withdrawn_at": timezone.now()}, moved)
            else:
                values["withdrawn_at"] = timezone.now()
        _move(actor, identification, values, moved)


def _move_names(actor: Actor, source_person: Person, target: Person, moved: list[dict[str, Any]]) -> None:
    known = set(target.names.values_list("value", "kind"))
    for name in PersonName.objects.filter(person=source_person).order_by("pk"):
        # The same name of the same kind with another source stays with the merged person; undoing shows it again.
        if (name.value, name.kind) not in known:
            _move(actor, name, {"person": target}, moved)


def _move_statements(actor: Actor, source_person: Person, target: Person, moved: list[dict[str, Any]]) -> None:
    preferred = set(Statement.objects.filter(person=target, preferred=True).values_list("topic", flat=True))
    for statement in Statement.objects.filter(person=source_person).order_by("pk"):
        values: dict[str, Any] = {"person": target}
        if statement.preferred and statement.topic in preferred:
            # The target's preferred statement stays the preferred one; both are shown.
            values["preferred"] = False
        _move(actor, statement, values, moved)


def _move(actor: Actor, row: Any, values: dict[str, Any], moved: list[dict[str, Any]]) -> None:
    names = {name: row._meta.get_field(name).attname for name in values}
    before = {attname: _stored_value(getattr(row, attname)) for attname in names.values()}
    changed = write_changes(row, values, actor=actor, revision=None)
    after = {attname: _stored_value(getattr(changed, attname)) for attname in names.values()}
    moved.append(
        {"model": row._meta.label_lower, "key": row.pk, "name": str(row)[:200], "before": before, "after": after}
    )


def _stored_value(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _python_values(row: Any, values: dict[str, Any]) -> dict[str, Any]:
    return {name: row._meta.get_field(name).to_python(value) for name, value in values.items()}


def _note_mentions(person: Person, *, hides: bool) -> None:
    places = Mention.objects.filter(identifications__person=person).values_list("record_id", "page_id").distinct()
    changes = [("record", record) for record, _page in places] + [("page", page) for _record, page in places if page]
    enqueue_changes(changes, hides=hides)


def _require_visible(actor: Actor, person: Person) -> None:
    if not may_see_person(actor, person):
        raise NotAllowed("view_person")
